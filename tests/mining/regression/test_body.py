"""What a loop goes through, what a call gives a helper, and what ends a test early."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.regression.body import (
    _bind_arguments,
    _compares_with_itself,
)


def _parse(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


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
