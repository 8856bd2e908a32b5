"""Match lists: in order with ellipses, in any order, and what they may leave over.

An environment is a dictionary from metavariable to bound value; a matcher returns every
environment under which pattern and code agree, so an empty list means no match.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Env = dict[str, Any]
Envs = list[Env]
MatchOne = Callable[[Any, Any, Env], Envs]
# Arrangements of one place that are told apart; beyond it they only repeat each other.
_MAX_ARRANGEMENTS = 256
BindMany = Callable[[str, Sequence[Any], Env], Envs]


def in_order(
    patterns: Sequence[Any],
    nodes: Sequence[Any],
    env: Env,
    match_one: MatchOne,
    *,
    bind_many: BindMany | None = None,
    dots: Any = ("dots",),
    less_is_ok: bool = False,
) -> Envs:
    """Match item by item; `dots` stands for any number of items, `("many", name)` binds them."""
    if not patterns:
        return [env] if less_is_ok or not nodes else []
    head, rest = patterns[0], patterns[1:]
    if head == dots:
        while rest and rest[0] == dots:  # neighbours say no more than one does
            rest = rest[1:]
        if not rest:
            return [env]
        found: Envs = []
        for start in range(len(nodes) + 1):
            found += in_order(
                rest, nodes[start:], env, match_one,
                bind_many=bind_many, dots=dots, less_is_ok=less_is_ok,
            )  # fmt: skip
        return found
    if head[0] == "many" and bind_many is not None:
        found = []
        for stop in range(len(nodes) + 1):
            for bound in bind_many(head[1], nodes[:stop], env):
                found += in_order(
                    rest, nodes[stop:], bound, match_one,
                    bind_many=bind_many, dots=dots, less_is_ok=less_is_ok,
                )  # fmt: skip
        return found
    if not nodes:
        return []
    found = []
    for bound in match_one(head, nodes[0], env):
        found += in_order(
            rest, nodes[1:], bound, match_one,
            bind_many=bind_many, dots=dots, less_is_ok=less_is_ok,
        )  # fmt: skip
    return found


def in_any_order(
    patterns: Sequence[Any],
    nodes: Sequence[Any],
    env: Env,
    match_one: MatchOne,
    *,
    less_is_ok: bool,
) -> Envs:
    """Match every pattern with an item of its own, in any order.

    The pattern with the fewest possible items goes first (fail-first search): one that fits none
    ends the search at once, instead of after every arrangement of the others.
    """
    if not patterns:
        return [env] if less_is_ok or not nodes else []
    if len(patterns) > len(nodes) or (len(patterns) < len(nodes) and not less_is_ok):
        return []
    fits = [[(i, match_one(p, node, env)) for i, node in enumerate(nodes)] for p in patterns]
    possible = [[(i, bound) for i, bound in row if bound] for row in fits]
    chosen = min(range(len(patterns)), key=lambda k: len(possible[k]))
    remaining = [*patterns[:chosen], *patterns[chosen + 1 :]]
    found: Envs = []
    for index, envs in possible[chosen]:
        rest = [*nodes[:index], *nodes[index + 1 :]]
        for bound in envs:
            found += in_any_order(remaining, rest, bound, match_one, less_is_ok=less_is_ok)
            if len(found) > _MAX_ARRANGEMENTS:
                return found[:_MAX_ARRANGEMENTS]
    return found
