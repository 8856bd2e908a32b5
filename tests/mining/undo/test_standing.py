"""When a hunk of a fix stands in a version: by what it added, and by what it removed."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.edits import ChangedFile, find_fix_hunks
from devmatrix_guard.mining.undo.indexing import (
    Tree,
    is_standing,
    select_moved,
    select_standing,
)
from tests.helpers_bounds import count_calls
from tests.mining.undo.test_index import FIXED, GUARD, GUARDED, LOAD, NAMED, RENAMED


def hunk_of(before: str, after: str) -> list[object]:
    file = ChangedFile("a.py", "a.py", before.encode(), after.encode())
    return [hunk for hunk in find_fix_hunks(NAMED, file, "a.py") if not hunk.is_part]


def stands(before: str, after: str, now: str | None) -> bool:
    """Tell whether the first hunk of a fix stands in a version, None for one without the file."""
    hunk = hunk_of(before, after)[0]
    return is_standing(hunk, Tree(lambda _: None if now is None else now.encode()))  # type: ignore[arg-type]


BODY = "def f(a):\n{}    return a\n"
CALLS = [f"    call_{n}(a, {n})\n" for n in range(5)]

HEAVY = "def f(a):\n    one(a, 1, 2)\n    two(a, 1, 2)\n    return a\n"


def body(*numbers: int) -> str:
    return BODY.format("".join(CALLS[n] for n in numbers))


@pytest.mark.parametrize(
    ("before", "after", "now", "is_there"),
    [
        pytest.param(LOAD, FIXED, FIXED, True, id="as it was made"),
        pytest.param(LOAD, FIXED, LOAD, False, id="taken back"),
        pytest.param(LOAD, FIXED, RENAMED, True, id="locals renamed"),
        pytest.param(LOAD, FIXED, FIXED.replace("load", "read"), False, id="another function"),
        pytest.param(LOAD, FIXED, None, False, id="no file"),
        pytest.param(LOAD, FIXED, "", False, id="an empty file"),
        pytest.param(LOAD, GUARDED, GUARDED, True, id="a guard"),
        pytest.param(LOAD, GUARDED, LOAD, False, id="no guard"),
        pytest.param(LOAD, GUARDED, "x = 1\n" + GUARDED, True, id="below something"),
        # three of five statements are enough, two are not
        pytest.param(body(), body(0, 1, 2, 3, 4), body(0, 1, 2), True, id="most of it"),
        pytest.param(body(), body(0, 1, 2, 3, 4), body(0, 1), False, id="less than most"),
        # what a fix only took away stands away while the function is there
        pytest.param(GUARDED, LOAD, LOAD, True, id="away"),
        pytest.param(GUARDED, LOAD, GUARDED, False, id="back"),
        pytest.param(GUARDED, LOAD, "def other():\n    pass\n", False, id="no function any more"),
        pytest.param(
            HEAVY, body(), HEAVY.replace("    two(a, 1, 2)\n", ""), False,
            id="a telling statement of two is back",
        ),
        pytest.param(
            "def f(a):\n    b\n    c\n    return a\n", body(),
            "def f(a):\n    b\n    return a\n", True, id="of two light ones one is back",
        ),
        pytest.param(
            "def f(a):\n    b\n    c\n    return a\n", body(),
            "def f(a):\n    b\n    c\n    return a\n", False, id="both light ones are back",
        ),
        # code that no longer runs is not there
        pytest.param(LOAD, GUARDED, LOAD.replace("    session = ", f"    '''\n{GUARD}'''\n"
                                                 "    session = ", 1), False, id="in a text"),
    ],
)  # fmt: skip
def test_a_hunk_stands(before: str, after: str, now: str | None, is_there: bool) -> None:
    assert stands(before, after, now) is is_there


@pytest.mark.parametrize(
    ("definitions", "paths"),
    [
        ({"load": ["b.py"]}, ["b.py"]),
        ({"load": ["b.py", "a.py"]}, ["b.py"]),
        ({"load": ["b.py", "c.py", "d.py"]}, ["b.py", "c.py", "d.py"]),
        ({"load": ["b.py", "c.py", "d.py", "e.py"]}, []),  # too common a name
        ({"save": ["b.py"]}, []),
        ({}, []),
    ],
)
def test_a_hunk_moved_with_its_function(
    definitions: dict[str, list[str]], paths: list[str]
) -> None:
    tree = Tree(lambda path: FIXED.encode() if path != "a.py" else b"")
    found = select_moved(hunk_of(LOAD, FIXED), tree, definitions)  # type: ignore[arg-type]
    assert [hunk.path for hunk in found] == paths


@pytest.mark.parametrize(
    ("before", "after", "is_followed"),
    [
        ("x = old(1)\n", "x = new(1)\n", False),  # in no function
        ("def f():\n    pass\n", "def f():\n    return\n", False),  # too light
        ("def f():\n    pass\n", "def f():\n    return g(1)\n", True),
    ],
)
def test_what_is_light_or_in_no_function_is_not_followed(
    before: str, after: str, is_followed: bool
) -> None:
    tree = Tree(lambda path: after.encode())
    hunks = hunk_of(before, after)
    assert bool(select_moved(hunks, tree, {"f": ["b.py"]})) is is_followed  # type: ignore[arg-type]


def test_the_expressions_of_a_function_are_read_once_for_all_fixes_of_it() -> None:
    def write(text: str, *, changed: int = -1) -> str:
        calls = (text.format(n=n, value=100 * (n == changed)) for n in range(80))
        return "def f(a):\n" + "".join(calls)

    before = write("    call_{n}(a, size={value})\n")
    now = write("    other_{n}(a, width={value})\n").encode()

    def count(fixes: int) -> int:
        after = (write("    call_{n}(a, size={value})\n", changed=n) for n in range(fixes))
        hunks = [hunk for text in after for hunk in hunk_of(before, text)]
        assert len(hunks) == fixes
        tree = Tree(lambda _: now)
        tree.get_units("a.py", frozenset(["f"]))
        return count_calls(lambda: select_standing(hunks, tree))

    few, many = count(10), count(40)
    assert many - few < 30 * 160  # 97 calls a fix; 499 where each looks at all statements
