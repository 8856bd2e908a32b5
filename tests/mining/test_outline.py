"""Which function a line is in, told by definitions and indentation in any language."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.outline import Outline, read_outline

PYTHON = """\
import os

@cache
def one(a):
    if a:
        return 1

    # a remark
    return 2

class Cart:
    total = 0

    async def add(self):
        def inner():
            pass
        return inner

    def drop(self):
        text = '''
        def no_function():
        '''
        return text
x = one(1)
"""


def _outline(path: str, text: str) -> list[str]:
    """Return `name first-last`, a class with a star."""
    return [
        f"{d.name}{'*' if d.is_class else ''} {d.start}-{d.end}"
        for d in read_outline(path, text.encode()).definitions
    ]


def test_functions_and_classes_have_their_lines_and_full_names() -> None:
    assert _outline("a.py", PYTHON) == [
        "one 4-9",
        "Cart* 11-23",
        "Cart.add 14-17",
        "Cart.add.inner 15-16",
        "Cart.drop 19-23",
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (1, ""),
        (3, ""),
        (4, "one"),
        (9, "one"),
        (10, ""),
        (11, "Cart"),
        (12, "Cart"),
        (14, "Cart.add"),
        (16, "Cart.add"),
        (17, "Cart.add"),
        (18, "Cart"),
        (21, "Cart.drop"),
        (23, "Cart.drop"),
        (24, ""),
    ],
)
def test_a_line_is_in_its_outermost_function_else_in_its_class(line: int, name: str) -> None:
    assert read_outline("a.py", PYTHON.encode()).find_function(line) == name


def test_the_functions_of_some_lines_are_told_once_each_in_their_order() -> None:
    outline = read_outline("a.py", PYTHON.encode())
    assert outline.find_functions([20, 5, 6, 1, 21]) == ["Cart.drop", "one", ""]


def test_the_lines_of_a_name() -> None:
    outline = read_outline("a.py", PYTHON.encode())
    assert outline.find_lines("Cart.add") == (14, 17)
    assert outline.find_lines("add") is None
    assert "Cart.drop" in outline.names
    assert Outline(()).find_function(1) == ""


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        pytest.param("a.py", "", [], id="nothing"),
        pytest.param("a.py", "def f(): pass", ["f 1-1"], id="one line"),
        pytest.param(
            "a.py", "class A: pass\nclass B: pass\n", ["A* 1-1", "B* 2-2"], id="two lines"
        ),
        pytest.param(
            "a.py", "def f():\n    a(\n  b\n    )\n", ["f 1-3"], id="a bracket ends no block"
        ),
        pytest.param("a.py", "def f():\n    a = [\n]\n    b\n", ["f 1-4"], id="one at the margin"),
        pytest.param("a.py", "def f():\n    a\n# b\nc\n", ["f 1-2"], id="a remark at the margin"),
        pytest.param("a.py", "def f():\n    a\n\n\n", ["f 1-2"], id="blank lines at the end"),
        pytest.param(
            "a.pyx", "def f():\n\ta\n\tdef g():\n\t\tb\n", ["f 1-4", "f.g 3-4"], id="tabs"
        ),
        pytest.param("a.py", "if a:\n  def f():\n    b\n  c\n", ["f 2-3"], id="in a block"),
        pytest.param("a.py", "undef f():\n  a\ndefine(b)\n", [], id="other words"),
        pytest.param("a.js", "function f(a) {\n  b\n}\n", ["f 1-2"], id="JavaScript"),
        pytest.param("a.js", "export async function f() {\n  b\n}\n", ["f 1-2"], id="exported"),
        pytest.param("a.js", "const f = (a) => {\n  b\n}\n", ["f 1-2"], id="an arrow"),
        pytest.param("a.js", "let f = async function() {\n  b\n}\n", ["f 1-2"], id="assigned"),
        pytest.param("a.js", "const n = 1\n", [], id="a constant"),
        pytest.param("a.js", "if (a) {\n  b\n}\nwhile (a) {\n}\n", [], id="no function"),
        pytest.param(
            "a.ts", "class A {\n  get(a) {\n    b\n  }\n}\n", ["A* 1-3", "A.get 2-3"], id="a method"
        ),
        pytest.param("a.py", "if a:\n\tdef f():\n\t b\n", ["f 2-3"], id="a tab and a blank"),
        pytest.param(
            "a.ts", "class A {\n\tget(a) {\n\t b\n\t}\n}\n", ["A* 1-3", "A.get 2-3"], id="the same"
        ),
        pytest.param("a.go", "func (s *T) Run() {\n\tx\n}\n", ["Run 1-2"], id="Go"),
        pytest.param("a.go", "type T struct {\n}\n", [], id="a type of Go"),
        pytest.param("a.rs", "pub(crate) fn f() {\n  x\n}\n", ["f 1-2"], id="Rust"),
        pytest.param("a.rb", "def self.f\n  x\nend\n", ["f 1-2"], id="Ruby"),
        pytest.param("a.rb", "module A\n  def f\n  end\nend\n", ["A* 1-3", "A.f 2-2"], id="module"),
        pytest.param(
            "A.java",
            "public class A {\n  private static int f(int a) {\n    x;\n  }\n}\n",
            ["A* 1-3", "A.f 2-3"],
            id="Java",
        ),
        pytest.param("a.c", "int main(void) {\n  x;\n}\n", ["main 1-2"], id="C"),
        pytest.param("a.c", "int main(void);\n", [], id="a declaration"),
    ],
)
def test_definitions_are_found_by_their_words(path: str, text: str, found: list[str]) -> None:
    assert _outline(path, text) == found


@pytest.mark.parametrize(("size", "count"), [(2_000_000, 1), (2_000_001, 0)])
def test_what_is_too_long_has_no_outline(size: int, count: int) -> None:
    source = b"def f(): 0\n".ljust(size, b"#")
    assert len(read_outline("a.py", source).definitions) == count


def test_what_is_no_utf8_has_a_name_all_the_same() -> None:
    (found,) = read_outline("a.py", b"def f\xe9(): 0\n").definitions
    assert found.name.startswith("f")


def test_a_string_that_begins_its_lines_at_the_margin_ends_no_function_and_no_class() -> None:
    text = (
        "class Forms:\n"
        "    def test_one(self):\n"
        '        data = b"""\\\n'
        "--1234\n"
        '--1234--""".replace(b"1", b"2")\n'
        "        assert read(data)\n"
        "\n"
        "    def test_two(self):\n"
        '        """Says\n'
        'nothing."""\n'
        "\n"
        "    def test_three(self):\n"
        "        assert read('')\n"
        '"""At the margin\n'
        'itself."""\n'
    )
    assert _outline("a.py", text) == [
        "Forms* 1-13",
        "Forms.test_one 2-6",
        "Forms.test_two 8-10",
        "Forms.test_three 12-13",
    ]
