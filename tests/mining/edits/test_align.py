"""Two versions of a file differ in the smallest code that changed, statement by statement."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.edits.align import find_differences
from devmatrix_guard.mining.edits.scope import Module, Scope

EMPTY = Scope(Module({}, {}, frozenset(), frozenset()))


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """Return the smallest code of each difference, before and after."""
    found = find_differences(ast.parse(before), ast.parse(after), EMPTY, EMPTY)
    return [(shown(one.levels[0][0]), shown(one.levels[0][1])) for one in found]


def shown(node: ast.AST) -> str:
    """Return a node's code; of an operator its class."""
    return ast.unparse(node) or type(node).__name__


def levels(before: str, after: str) -> list[tuple[str, str]]:
    """Return every level of the only difference, from the smallest outwards."""
    (one,) = find_differences(ast.parse(before), ast.parse(after), EMPTY, EMPTY)
    return [(ast.unparse(old), ast.unparse(new)) for old, new in one.levels]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param("a = 1\n", "a = 1\n", [], id="equal"),
        pytest.param("a = f(1)\n", "a = f(2)\n", [("1", "2")], id="argument"),
        pytest.param("a = f(1)\n", "a = f(1, 2)\n", [("f(1)", "f(1, 2)")], id="one-argument-more"),
        pytest.param("a = f(1)\n", "a = g(1)\n", [("f", "g")], id="callee"),
        pytest.param("a = f(1)\n", "b = f(1)\n", [], id="target-teaches-nothing"),
        pytest.param("import a\n", "import b\n", [], id="imports"),
        pytest.param("def f(a): ...\n", "def f(b): ...\n", [], id="signature"),
        pytest.param("@a\ndef f(): g(1)\n", "@b\ndef f(): g(2)\n", [("1", "2")], id="decorator"),
        pytest.param("class C(A): x = f(1)\n", "class C(B): x = f(2)\n", [("1", "2")], id="base"),
        pytest.param("def f(): g(1)\n", "def h(): g(2)\n", [], id="another-function"),
        pytest.param("if a == b: c()\n", "if a is b: c()\n", [("Eq", "Is")], id="test"),
        pytest.param("if a:\n    b(1)\n", "if a:\n    b(2)\n", [("1", "2")], id="inside-a-block"),
        pytest.param(
            "if a(1): b(3)\n", "if a(2): b(4)\n", [("3", "4"), ("1", "2")], id="block-header"
        ),
        pytest.param("for a in b(1): c()\n", "for a in b(2): c()\n", [("1", "2")], id="iterable"),
        pytest.param("with a(1) as b: c()\n", "with a(2) as b: c()\n", [("1", "2")], id="with"),
        pytest.param("raise A(b)\n", "raise C(b)\n", [("A", "C")], id="raise-of-another"),
        pytest.param("f(a)\n", "b = f(a)\n", [("f(a)", "b = f(a)")], id="alone"),
        pytest.param("a\nb(1)\nc\n", "a\nb(2)\nd()\nc\n", [("1", "2")], id="inserted-beside"),
        pytest.param("a: int = f(1)\n", "a: str = f(2)\n", [], id="annotation"),
        pytest.param(
            "f(a(1), b(2))\n",
            "f(a(3), b(4))\n",
            [("f(a(1), b(2))", "f(a(3), b(4))")],
            id="two-arguments",
        ),
        pytest.param(
            "f(load(key, a), load(key, b))\n",
            "f(load(key, c), load(key, d))\n",
            [
                ("f(load(key, a), load(key, b))", "f(load(key, c), load(key, d))"),
                ("a", "c"),
                ("b", "d"),
            ],
            id="two-calls-that-stayed",
        ),
    ],
)  # fmt: skip
def test_what_differs_is_the_smallest_code(
    before: str, after: str, found: list[tuple[str, str]]
) -> None:
    assert differences(before, after) == found


def test_levels_lead_from_the_smallest_code_to_the_statement() -> None:
    assert levels("a = f(g(1))\n", "a = f(g(2))\n") == [
        ("1", "2"),
        ("g(1)", "g(2)"),
        ("f(g(1))", "f(g(2))"),
        ("a = f(g(1))", "a = f(g(2))"),
    ]


def test_levels_of_a_header_end_below_the_statement() -> None:
    assert levels("while f(1): ...\n", "while f(2): ...\n") == [("1", "2"), ("f(1)", "f(2)")]


def test_scope_is_that_of_the_function_around() -> None:
    code = "class C:\n    def f(self, a):\n        g(1)\n"
    (one,) = find_differences(ast.parse(code), ast.parse(code.replace("1", "2")), EMPTY, EMPTY)
    assert one.scope_before.qualname == one.scope_after.qualname == ("C", "f")
    assert one.scope_before.get_kind("a") == "local"


def test_what_stands_hundreds_of_times_is_aligned_all_the_same() -> None:
    many = "if x: a(1)\n" * 250
    assert differences(many, "if x: a(2)\n" + many) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param("raise A(b, c, d)\n", "raise b\n", [("A(b, c, d)", "b")], id="a raise alone"),
        pytest.param("raise A(b, c, d)\nd()\n", "raise b\ne(1)\n", [], id="a raise of several"),
        pytest.param("f(a, b)\n", "g(c, d)\n", [], id="unlike"),
        pytest.param("f(a, b)\n", "f(a, c)\n", [("b", "c")], id="like"),
        pytest.param("f(1)\nf(2)\n", "f(3)\nf(4)\n", [("1", "3"), ("2", "4")], id="in order"),
        pytest.param("f(a)\ng(b)\n", "g(c)\nf(d)\n", [("a", "d")], id="none twice"),
    ],
)
def test_statements_are_paired_in_order_by_likeness(
    before: str, after: str, found: list[tuple[str, str]]
) -> None:
    assert differences(before, after) == found


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param("f(1)", "f(2)", [("1", "2")], id="one row"),
        pytest.param("f(1,\n  2)", "f(1,\n  3)", [("2", "3")], id="two rows"),
        pytest.param("f(1,\n  2)", "f(1,\n  2)  ", [], id="spaces at the end"),
        pytest.param("f(1); g(2)", "f(1); g(3)", [("2", "3")], id="two in a row"),
        pytest.param("if a:\n  f(1)", "if a:\n  f(2)", [("1", "2")], id="a block"),
    ],
)
def test_lines_tell_what_is_equal_as_the_structure_does(
    before: str, after: str, found: list[tuple[str, str]]
) -> None:
    trees = ast.parse(before), ast.parse(after)
    lines = before.encode().splitlines(), after.encode().splitlines()
    seen = find_differences(*trees, EMPTY, EMPTY, lines)
    assert [(shown(one.levels[0][0]), shown(one.levels[0][1])) for one in seen] == found
