"""Entries of a large literal are told apart, by the keys around them and the list they are in."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.undo.entries import cut_entries


def cut(code: str) -> tuple[str, list[str]]:
    """Return the head, and each entry as `keys, owner: nodes`."""
    head, entries = cut_entries(ast.parse(code).body[0])
    return ast.unparse(head), [
        f"{'.'.join(e.keys)}|{e.owner}: {' = '.join(map(ast.unparse, e.nodes))}" for e in entries
    ]


def constant(value: str) -> str:
    return f"Constant(value='{value}')"


@pytest.mark.parametrize(
    ("code", "head", "entries"),
    [
        ("x = [1, 2, 3, 4]", "x = []", ["|: 1", "|: 2", "|: 3", "|: 4"]),
        ("x: list = [1, 2, 3, 4]", "x: list = []", ["|: 1", "|: 2", "|: 3", "|: 4"]),
        ("x = (1, 2, 3, 4)", "x = ()", ["|: 1", "|: 2", "|: 3", "|: 4"]),
        ("x = {1, 2, 3, 4}", "x = {*()}", ["|: 1", "|: 2", "|: 3", "|: 4"]),
        (
            "x = {'a': 1, 'b': 2, 'c': {}, **d}",
            "x = {}",
            ["|: 'a' = 1", "|: 'b' = 2", "|: 'c' = {}", "|: d"],
        ),
        (
            "x = {'a': {'b': 1, 'c': 2}, 'd': [3], 'e': [4]}",
            "x = {}",
            [
                f"{constant('a')}|: 'b' = 1",
                f"{constant('a')}|: 'c' = 2",
                "|: 'd' = [3]",
                "|: 'e' = [4]",
            ],
        ),
        (
            "x = {'a': [{'n': 1, 'm': 2}, {}, 7], 'b': 1}",
            "x = {}",
            [
                f"{constant('a')}|/{constant('n')}:Constant(value=1): 'n' = 1",
                f"{constant('a')}|/{constant('n')}:Constant(value=1): 'm' = 2",
                f"{constant('a')}|: {{}}",
                f"{constant('a')}|: 7",
                "|: 'b' = 1",
            ],
        ),
        (
            "x = [{**a, 'b': 1}, {'c': 2, 'd': 3}]",
            "x = []",
            [
                f"|/**:{ast.dump(ast.Name('a', ast.Load()))}: a",
                f"|/**:{ast.dump(ast.Name('a', ast.Load()))}: 'b' = 1",
                f"|/{constant('c')}:Constant(value=2): 'c' = 2",
                f"|/{constant('c')}:Constant(value=2): 'd' = 3",
            ],
        ),
    ],
)
def test_a_large_literal_is_a_head_and_its_entries(
    code: str, head: str, entries: list[str]
) -> None:
    assert cut(code) == (head, entries)


@pytest.mark.parametrize(
    "code",
    ["x = [1, 2, 3]", "x = {'a': {'b': 1, 'c': 2}, 'd': 3}", "x = f(1, 2, 3, 4)", "[1, 2, 3, 4]",
     "x += [1, 2, 3, 4]", "x = [a for a in b]", "x: list", "return", "pass"],
)  # fmt: skip
def test_anything_else_is_one_statement(code: str) -> None:
    assert cut(code) == (code, [])


def test_what_is_returned_is_cut_as_well() -> None:
    head, entries = cut("return [1, 2, 3, 4]")
    assert (head, len(entries)) == ("return []", 4)
