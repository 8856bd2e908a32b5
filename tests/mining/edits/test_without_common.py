"""What is equal on both sides of a change is left out of its trees, as far as it may be."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.edits.chunks import parse_changed, parse_without_common

SAME = "def same():\n    return 1\n"
FIRST = "def first():\n    return 2\n"
SECOND = "def second():\n    return 3\n"


def names(tree: ast.Module) -> list[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in ast.walk(tree) if isinstance(node, kinds)]


def left(old: str, new: str, *, may: bool = True) -> tuple[list[str], list[str]] | None:
    trees = parse_without_common(old.encode(), new.encode(), lambda text: may)
    return None if trees is None else (names(trees[0]), names(trees[1]))


@pytest.mark.parametrize(
    ("old", "new", "sides"),
    [
        pytest.param(SAME + FIRST, SAME + SECOND, (["first"], ["second"]), id="a function"),
        pytest.param(SAME, SAME, ([], []), id="all"),
        pytest.param(FIRST + SAME, SAME + SECOND, (["first"], ["second"]), id="in another place"),
        pytest.param(SAME, SAME + SAME, ([], ["same"]), id="once and twice"),
        pytest.param(
            "@mark\n" + SAME + FIRST, SAME + FIRST, (["same"], ["same"]), id="a decorator"
        ),
        pytest.param(
            "class A:\n    def same(self):\n        pass\n",
            "class B:\n    def same(self):\n        pass\n",
            (["A", "same"], ["B", "same"]), id="a method of another class",
        ),
        pytest.param(
            "class A:\n    def same(self):\n        pass\n    def one(self):\n        pass\n",
            "class A:\n    def same(self):\n        pass\n    def two(self):\n        pass\n",
            (["A", "one"], ["A", "two"]), id="a method of the same class",
        ),
        pytest.param(
            "def out():\n    def inner():\n        pass\n    a()\n",
            "def out():\n    def inner():\n        pass\n    b()\n",
            (["out", "inner"], ["out", "inner"]), id="what is defined within stays with it",
        ),
        pytest.param(
            "async def out():\n    def inner():\n        pass\n    a()\n",
            "async def out():\n    def inner():\n        pass\n    b()\n",
            (["out", "inner"], ["out", "inner"]), id="async",
        ),
        pytest.param(f"{SAME}print 'x'\n", f"{SAME}print 'y'\n", None, id="not this Python"),
        pytest.param(
            "def old():\n    print 'x'\n" + FIRST, "def old():\n    print 'x'\n" + SECOND,
            (["first"], ["second"]), id="not this Python, and equal",
        ),
    ],
)  # fmt: skip
def test_equal_functions_are_left_out(
    old: str, new: str, sides: tuple[list[str], list[str]] | None
) -> None:
    assert left(old, new) == sides


def test_what_may_not_be_left_out_stays() -> None:
    assert left(SAME + FIRST, SAME + SECOND, may=False) == (["same", "first"], ["same", "second"])


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("import a\nx = 1\nfrom b import c\n", (1, 3)),
        ("x = 1\n\nimport a, b\n", (3,)),
        ("import_it()\nimport a; import b\n", (1, 2, 2)),
        ("a\rimport b\r\nimport c\n", (2, 3)),
        ("x = 1\n", ()),
    ],
)
def test_rows_that_speak_of_imports_are_counted_from_one(
    source: str, rows: tuple[int, ...]
) -> None:
    versions = parse_changed(source.encode(), (source + "y = 2\n").encode())
    assert versions is not None
    assert versions[0].import_rows == rows


@pytest.mark.parametrize(
    ("source", "functions", "constants"),
    [
        ("def a(): pass\nasync def b(): pass\nclass C: pass\nD = 1\ne: int = 2\n", "abC", "De"),
        ("class A:\n    def b(self): pass\n    c = 1\n", "A", ""),
        ("a == 1\nb.c = 2\n", "", ""),
    ],
)
def test_names_of_a_file_are_known_though_its_code_is_left_out(
    source: str, functions: str, constants: str
) -> None:
    versions = parse_changed(source.encode(), (source + "last()\n").encode())
    assert versions is not None
    assert versions[0].functions == frozenset(functions)
    assert versions[0].constants == frozenset(constants)
