"""A default that all calls share: which arguments have one, and when its loss is a lesson."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.edits.steps import (
    find_shared_default,
    is_shared,
    list_defaults,
)


@pytest.mark.parametrize(
    ("value", "shared"),
    [
        ("[]", True),
        ("{}", True),
        ("list()", True),
        ("dict()", True),
        ("set()", True),
        ("tuple()", False),
        ("list(a)", False),
        ("dict(a=1)", False),
        ("collections.list()", False),
        ("[1]", False),
        ("()", False),
        ("None", False),
        ("''", False),
    ],
)
def test_an_empty_container_is_shared(value: str, shared: bool) -> None:
    assert is_shared(ast.parse(value, mode="eval").body) is shared


@pytest.mark.parametrize(
    ("head", "defaults"),
    [
        ("a, b=1", ["b=1"]),
        ("a=1, /, b=2, *, c, d=3", ["a=1", "b=2", "d=3"]),
        ("a, b", []),
        ("*a, b=1, **c", ["b=1"]),
        ("", []),
    ],
)
def test_each_default_belongs_to_its_argument(head: str, defaults: list[str]) -> None:
    (node,) = ast.parse(f"def f({head}): pass").body
    assert isinstance(node, ast.FunctionDef)
    assert [f"{name}={ast.unparse(value)}" for name, value in list_defaults(node)] == defaults


@pytest.mark.parametrize(
    ("before", "after", "is_lesson"),
    [
        ("def f(a=[]): pass", "def f(a=None): pass", True),
        ("async def f(*, a={}): pass", "async def f(*, a=None): pass", True),
        ("def f(a=[], b=1): pass", "def f(a=None, b=2): pass", True),
        ("def f(a=[], b=[]): pass", "def f(a=[], b=None): pass", True),
        ("def f(a=[]): pass", "def f(a=()): pass", False),
        ("def f(a=[]): pass", "def f(a): pass", False),
        ("def f(a=[]): pass", "def f(b=None): pass", False),
        ("def f(a=1): pass", "def f(a=None): pass", False),
        ("def f(a=None): pass", "def f(a=[]): pass", False),
        ("def f(a=[]): pass", "class f: pass", False),
        ("f(a=[])", "f(a=None)", False),
    ],
)
def test_none_in_place_of_a_shared_default_is_a_lesson(
    before: str, after: str, is_lesson: bool
) -> None:
    nodes = (ast.parse(side).body[0] for side in (before, after))
    assert bool([*find_shared_default(*nodes)]) is is_lesson
