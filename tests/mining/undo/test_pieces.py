"""A hunk of a fix is divided into what can be undone by itself."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.pieces import divide_hunk
from devmatrix_guard.mining.undo.units import Unit, read_units


def units(code: str, name: str = "a.py") -> list[Unit]:
    return read_units(name, code.encode())


def divide(before: str, after: str) -> list[str]:
    """Return each piece as `old -> new`, statements of a side with bars between them."""
    pieces = divide_hunk(units(before), units(after))
    return [
        " -> ".join("|".join(u.own.decode() for u in side) for side in piece) for piece in pieces
    ]


GUARD = "if not path:\n    raise ValueError(path)\n"


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        pytest.param("", GUARD, [], id="a guard alone"),
        pytest.param("a(b)\n", "a(c)\n", [], id="one statement for another"),
        pytest.param("a(b)\n", "", [], id="only taken away"),
        pytest.param(
            "read(path)\n", f"{GUARD}read(path, 'r')\n",
            ["read(path) -> read(path, 'r')", " -> if not path:|raise ValueError(path)"],
            id="a guard beside an edit",
        ),
        pytest.param(
            "read(path)\nold_thing()\n", "read(path, 'r')\n",
            ["read(path) -> read(path, 'r')"], id="what goes beside an edit is none",
        ),
        pytest.param(
            "", f"{GUARD}read_it()\n",
            [" -> if not path:|raise ValueError(path)", " -> read_it()"],
            id="a head with its block, and what follows",
        ),
        pytest.param("", "a()\nb()\n", [], id="statements in a row"),
        pytest.param(
            "", "a()\nb()\nif c:\n    d()\n", [" -> a()|b()", " -> if c:|d()"],
            id="a row ends at a head",
        ),
        pytest.param(
            "", "if a:\n    b()\nelse:\n    c()\nd()\n",
            [" -> if a:|b()|else:|c()", " -> d()"], id="what goes on with a block",
        ),
        pytest.param(
            "", "try:\n    b()\nexcept E:\n    c()\n",
            [" -> try:|b()", " -> except E:|c()"], id="a handler by itself",
        ),
        pytest.param(
            "", "if a:\n    if b:\n        c()\nd()\n",
            [" -> if a:|if b:|c()", " -> d()"], id="blocks in blocks",
        ),
        pytest.param(
            "use(path)\n", "first()\nuse(path, 1)\nlast()\n",
            ["use(path) -> use(path, 1)", " -> first()", " -> last()"], id="around an edit",
        ),
    ],
)  # fmt: skip
def test_a_hunk_of_several_things_is_divided(before: str, after: str, pieces: list[str]) -> None:
    assert divide(before, after) == pieces


@pytest.mark.parametrize(
    ("before", "after", "is_pair"),
    [
        ("use(a, b, c)", "use(a, d, e)", True),  # two words of four
        ("use(a, b, c)", "use(d, e, f)", False),  # one of four
        ("use(a)", "call(a, b, c, d)", True),  # half of the shorter side
        ("use(a)", "call(b, c)", False),
        ("()", "[]", False),  # no words
    ],
)
def test_statements_with_half_of_their_words_are_versions_of_one(
    before: str, after: str, is_pair: bool
) -> None:
    guard = "if not path:\n    pass\n"
    first = divide(before, f"{guard}{after}")[0]
    assert (first == f"{before} -> {after}") is is_pair


def test_those_most_alike_are_paired_first_and_each_once() -> None:
    assert divide("use(a, b)\nuse(a, c)\n", "use(a, c, d)\nuse(a, b, d)\n") == [
        "use(a, b) -> use(a, b, d)",
        "use(a, c) -> use(a, c, d)",
    ]


def test_long_hunks_are_rewritten_code() -> None:
    rows = "".join(f"if a{n}:\n    b{n}()\n" for n in range(8))
    assert len(divide("", rows)) == 8  # sixteen statements
    assert divide("zero()\n", rows) == []
    assert divide("", rows.replace("    b7()\n", "    b7()\nc()\n")) == []


def test_more_than_eight_things_are_none() -> None:
    before = "".join(f"use{n}(path)\n" for n in range(4))
    after = "".join(f"first{n}()\nuse{n}(path, {n})\n" for n in range(4))
    assert len(divide(before, after)) == 8
    assert divide(before, after + "last()\n") == []
