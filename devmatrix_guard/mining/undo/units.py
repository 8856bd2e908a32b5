"""Gives statements keys that do not depend on layout, comments or the names of local variables.

The *exact* key of a statement is the hash of its syntax tree, the *loose* one is the same with
local names replaced by their order in the statement, and the *placed* one adds what stands before
it and the head of the block it is in. What this Python cannot parse, and every other language, is
hashed by its tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.undo.layout import Span, Statement, is_python_text, list_statements
from devmatrix_guard.mining.undo.parts import (
    Part,
    Parts,
    describe_python,
    describe_tokens,
    hash_text,
)


class Unit(NamedTuple):
    """One statement, or the head of a compound one, by its keys.

    `weight` counts the names, constants and operators in it; rows count from 0. `own` is the text
    of the statement, whose words tell a rewritten statement from a deleted one. An entry of a large
    literal is a unit as well, and `owner` is the key of what it is an entry of. `depth` counts the
    blocks around it, as far as they were read, and `is_head` tells that it has a block itself.
    """

    exact: int
    loose: int
    placed: int
    weight: int
    scope: str
    first: int
    last: int
    own: bytes
    parts: tuple[Part, ...] = ()
    owner: int = 0
    depth: int = 0
    is_head: bool = False


def read_units(
    path: str,
    text: bytes,
    spans: Sequence[Span] | None = None,
    scopes: Collection[str] | None = None,
) -> list[Unit]:
    """Return the units of the statements that spans touch, in order.

    Args:
        path: the file's name, which tells the language.
        text: all of the file.
        spans: rows from 0, each with the row after it. An empty span stands for a place between
            rows, and touches the statement around it. None asks for all.
        scopes: only statements of these functions and classes; None for all.
    """
    statements = list_statements(path, text, spans)
    wanted = _select_touched(statements, spans)
    if scopes is not None:
        wanted = [number for number in wanted if statements[number].scope in scopes]
    describe = describe_python if is_python_text(path, text) else describe_tokens
    known: dict[int, list[Parts]] = {}

    def get_parts(number: int) -> list[Parts]:
        if number not in known:
            known[number] = describe(statements[number].text)
        return known[number]

    def get_key(number: int) -> int:
        while number >= 0 and not get_parts(number):
            number = statements[number].previous
        return get_parts(number)[-1].hash_exact() if number >= 0 else 0

    found = []
    for number in wanted:
        one = statements[number]
        head = get_key(one.parent) if one.parent >= 0 else 0
        before = get_key(one.previous)
        for parts in get_parts(number):
            exact = parts.hash_exact()
            placed = hash_text(f"{head} {before} {exact}")
            start, end = parts.rows
            first, last = (one.first + start, one.first + end) if end else (one.first, one.last)
            found.append(
                Unit(
                    exact, parts.hash_loose(), placed, parts.weight, one.scope,
                    first, last, parts.own or one.text, parts.inner, parts.owner,
                    _measure_depth(statements, number), _is_head(statements, number),
                )
            )  # fmt: skip
            before = exact
    return found


def _measure_depth(statements: Sequence[Statement], number: int) -> int:
    """Return how many blocks a statement is in."""
    depth = 0
    while (number := statements[number].parent) >= 0:
        depth += 1
    return depth


def _is_head(statements: Sequence[Statement], number: int) -> bool:
    """Tell whether a statement has a block, whose first statement follows it."""
    return number + 1 < len(statements) and statements[number + 1].parent == number


def _select_touched(statements: Sequence[Statement], spans: Sequence[Span] | None) -> list[int]:
    if spans is None:
        return list(range(len(statements)))
    found = []
    at = 0
    for number, one in enumerate(statements):
        while at < len(spans) and spans[at][1] <= one.first:
            at += 1
        for start, end in spans[at:]:
            if start >= one.last:
                break
            if (one.first < end and one.last > start) or one.first < start < one.last:
                found.append(number)
                break
    return found
