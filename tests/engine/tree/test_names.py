"""What each name of a file is, as Semgrep resolves names, its odd corners included."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.engine.tree.source import Source


def resolve(code: str) -> list[str]:
    """Return each name and parameter in order: `name kind number [imported name]`, or `name ?`."""
    source = Source(code.encode())
    numbers: dict[int, int] = {}
    found = []
    nodes = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name | ast.arg)]
    for node in sorted(nodes, key=lambda each: (each.lineno, each.col_offset)):
        name = node.id if isinstance(node, ast.Name) else node.arg
        resolved = source.names.of(node)
        if resolved is None:
            found.append(f"{name} ?")
            continue
        kind, number, imported = resolved
        number = numbers.setdefault(number, len(numbers) + 1)
        found.append(" ".join((name, kind, str(number), *filter(None, [".".join(imported)]))))
    return found


NAMES = {
    # variables of the file, of functions, and parameters
    "a": ["a ?"],
    "a = 1\na": ["a global 1", "a global 1"],
    "a = 1\na = 2": ["a global 1", "a global 1"],
    "a: int = 1\na": ["a global 1", "int ?", "a global 1"],
    "(a := 1)\na": ["a global 1", "a global 1"],
    "for a in b: a\na": ["a global 1", "b ?", "a global 1", "a global 1"],
    "with b as a: a\na": ["b ?", "a global 1", "a global 1", "a global 1"],
    "try: b\nexcept E as a: a": ["b ?", "E ?", "a global 1"],
    "a = 1\ndef f():\n  a": ["a global 1", "a global 1"],
    "a = 1\ndef f():\n  a = 2\n  a\na": ["a global 1", "a local 2", "a local 2", "a global 1"],
    "def f():\n  a = 1\na": ["a local 1", "a ?"],
    "def f(a):\n  a\na": ["a parameter 1", "a parameter 1", "a ?"],
    "def f(a):\n  def g():\n    a": ["a parameter 1", "a parameter 1"],
    "def f(a):\n  a = 1": ["a parameter 1", "a parameter 1"],
    "lambda a: a": ["a parameter 1", "a parameter 1"],
    "[a for a in b]\na": ["a global 1", "a global 1", "b ?", "a ?"],
    "def f(a):\n  [a for a in a]": ["a parameter 1", *["a local 2"] * 3],
    # what Semgrep leaves alone or sees otherwise than Python
    "class K:\n  a = 1\n  a": ["a ?", "a ?"],
    "def f(*a, **b): a; b": ["a ?", "b ?", "a ?", "b ?"],
    "def f(self): self": ["self parameter 1", "self ?"],
    "def f():\n  global a\n  a = 1\na": ["a local 1", "a ?"],
    "match a:\n  case b: b": ["a ?", "b ?"],
    # imports
    "import a\na": ["a ?"],
    "import a.b\na": ["a ?"],
    "import a as b\nb": ["b module 1 a"],
    "import a.b as c\nc": ["c module 1 a.b"],
    "from a import b\nb": ["b entity 1 a.b"],
    "from a.b import c as d\nd": ["d entity 1 a.b.c"],
    "from . import a\na": ["a entity 1 ..a"],
    "from ..a import b\nb": ["b entity 1 ...a.b"],
    "from a import *\nb": ["b ?"],
    "import a as b\nb = 1\nb": ["b module 1 a", "b module 1 a"],
    "def f():\n  import a as b\nb": ["b module 1 a"],
}


@pytest.mark.parametrize("code", NAMES)
def test_a_name_resolves_to(code: str) -> None:
    assert resolve(code) == NAMES[code]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("x = 1\nx", "int"),
        ("x = True\nx", "bool"),
        ("x = 1.5\nx", "float"),
        ("x = 'a'\nx", "str"),
        ("y = 1\nx = y\nx", "int"),
        ("x = None\nx", None),
        ("x = f()\nx", None),
        ("x", None),
    ],
)
def test_a_variable_has_the_type_of_what_it_was_made_of(code: str, kind: str | None) -> None:
    source = Source(code.encode())
    assert source.names.type_of(source.tree.body[-1].value) == kind


@pytest.mark.parametrize("code", ["x: A = f()\nx", "def g(x: A):\n  x"])
def test_an_annotation_is_the_type(code: str) -> None:
    source = Source(code.encode())
    last = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]
    (read,) = [node for node in last if node.id == "x" and isinstance(node.ctx, ast.Load)]
    assert source.names.type_of(read).id == "A"


def test_what_a_file_imports_is_listed() -> None:
    source = Source(b"import a\nimport b as c\nfrom d import e, f as g\nfrom h.i import *\n")
    names = source.names
    assert {name: found[2] for name, found in names.imported.items() if found[2]} == {
        "c": ("b",),
        "e": ("d", "e"),
        "g": ("d", "f"),
    }
    assert names.wildcards == [("h", "i")]
