"""What a loop goes through, what a call gives a helper, and what ends a test early."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.body import (
    MAX_TURNS,
    _bind_arguments,
    _compares_with_itself,
    _list_turns,
)


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
        ("zip([1], [2])", None),
        ("a", None),
    ],
)
def test_a_loop_goes_through_what_is_written_out(over: str, turns: list[str] | None) -> None:
    found = _list_turns(_parse(over))
    assert (None if found is None else [ast.unparse(turn) for turn in found]) == turns


@pytest.mark.parametrize(("count", "told"), [(MAX_TURNS, True), (MAX_TURNS + 1, False)])
def test_a_long_range_is_not_gone_through(count: int, told: bool) -> None:
    assert (_list_turns(_parse(f"range({count})")) is not None) is told


@pytest.mark.parametrize(
    ("head", "call", "given"),
    [
        ("a, b", "f(1, 2)", {"a": "1", "b": "2"}),
        ("a, b=3", "f(1)", {"a": "1", "b": "3"}),
        ("a, b=3", "f(1, 2)", {"a": "1", "b": "2"}),
        ("a=1, b=2", "f(b=3)", {"a": "1", "b": "3"}),
        ("a, /, b", "f(1, 2)", {"a": "1", "b": "2"}),
        ("self, a", "self.f(1)", {"a": "1"}),
        ("cls, a=2", "f()", {"a": "2"}),
        ("a, *, b=1, c", "f(2, c=3)", {"a": "2", "b": "1", "c": "3"}),
        ("a", "f()", {}),
        ("a", "f(1, 2)", {"a": "1"}),
        ("a", "f(**b)", {}),
    ],
)
def test_a_call_gives_a_helper_its_parameters(head: str, call: str, given: dict[str, str]) -> None:
    (helper,) = ast.parse(f"def f({head}): pass").body
    made = _parse(call)
    assert isinstance(helper, ast.FunctionDef)
    assert isinstance(made, ast.Call)
    found = _bind_arguments(helper, made)
    assert {name: ast.unparse(value) for name, value in found.items()} == given


@pytest.mark.parametrize(
    ("test", "itself"),
    [
        ("a == a", True),
        ("a.b is a.b", True),
        ("a == b", False),
        ("a != a", False),
        ("a <= a", False),
        ("a", False),
    ],
)
def test_a_comparison_with_itself_asks_for_nothing(test: str, itself: bool) -> None:
    assert _compares_with_itself(_parse(test)) is itself
