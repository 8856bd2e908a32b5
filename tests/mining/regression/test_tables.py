"""What a loop or a mark goes through."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.tables import MAX_TURNS, list_turns


def _parse(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


@pytest.mark.parametrize(
    ("over", "turns"),
    [
        ("[1, 2]", ["1", "2"]),
        ("(a, b)", ["a", "b"]),
        ("{1}", ["1"]),
        ("[]", []),
        ("[1, *b]", None),
        ("{1: 2, 3: 4}", ["1", "3"]),
        ("{1: 2, **b}", ["1"]),
        ("{1: 2, 3: 4}.items()", ["(1, 2)", "(3, 4)"]),
        ("{1: 2, **b}.items()", None),
        ("a.items()", None),
        ("items({1: 2})", None),
        ("[1, 2, 3][1:]", ["2", "3"]),
        ("[1, 2, 3][:-1]", ["1", "2"]),
        ("[1, 2, 3][::2]", ["1", "3"]),
        ("[1, 2, 3][n:]", None),
        ("[1, 2, 3]['a':]", None),
        ("[1, 2, 3][0]", None),
        ("a[1:]", None),
        ("range(3)", ["0", "1", "2"]),
        ("range(1, 3)", ["1", "2"]),
        ("range(1, 6, 2)", ["1", "3", "5"]),
        ("range(3, 1)", []),
        ("range(1, 3, 0)", None),
        ("range(n)", None),
        ("range('3')", None),
        ("range()", None),
        ("range(1, 2, 3, 4)", None),
        ("list([1, 2])", ["1", "2"]),
        ("tuple({1: 2})", ["1"]),
        ("sorted([1], key=f)", ["1"]),
        ("list(a)", None),
        ("list()", None),
        ("iter([1], 2)", None),
        ("enumerate([a, b])", ["(0, a)", "(1, b)"]),
        ("enumerate(a)", None),
        ("enumerate()", None),
        ("zip([1], [2])", ["(1, 2)"]),
        ("zip([1], b)", None),
        ("frozenset({1})", ["1"]),
        ("a", None),
    ],
)
def test_a_loop_goes_through_what_is_written_out(over: str, turns: list[str] | None) -> None:
    found = list_turns(_parse(over))
    assert (None if found is None else [ast.unparse(turn) for turn in found]) == turns


@pytest.mark.parametrize(("count", "told"), [(MAX_TURNS, True), (MAX_TURNS + 1, False)])
def test_a_long_range_is_not_gone_through(count: int, told: bool) -> None:
    assert (list_turns(_parse(f"range({count})")) is not None) is told
