"""Match lists: in order with ellipses, in any order, and what they may leave over.

An environment is a dictionary from metavariable to bound value; a matcher returns every
environment under which pattern and code agree, so an empty list means no match.
"""

from __future__ import annotations

from devmatrix_guard.engine.budget import Effort
from devmatrix_guard.engine.matching.expressions.candidates import Candidates
from devmatrix_guard.engine.matching.expressions.types import BindMany, Env, Envs, MatchOne, State
from devmatrix_guard.lazy_typing import Any, Sequence

# Arrangements of one place that are told apart; beyond it they only repeat each other.
_MAX_ARRANGEMENTS = 256


def match_in_order(
    patterns: Sequence[Any],
    nodes: Sequence[Any],
    env: Env,
    match_one: MatchOne,
    effort: Effort,
    *,
    bind_many: BindMany | None = None,
    dots: Any = ("dots",),
    less_is_ok: bool = False,
) -> Envs:
    """Match item by item; `dots` stands for any number of items, `("many", name)` binds them.

    A state is an environment and how many items it has used; after `dots` of all states with
    the same environment only the one that used the fewest items says anything new.
    """
    states: list[State] = [(env, 0)]
    loose = False
    for number, pattern in enumerate(patterns, start=1):
        if pattern == dots:
            loose = True
            if number < len(patterns):  # Semgrep skips nothing with `...` only at the very end
                states = [state for state in states if state[1] < len(nodes)]
            states = _keep_earliest(states)
        elif pattern[0] == "many" and bind_many is not None:
            states = _bound_to_many(pattern[1], nodes, states, loose, bind_many, effort)
            loose = False
        elif loose:
            states = _match_anywhere(pattern, nodes, states, match_one, effort)
            loose = False
        else:
            states = [
                (bound, place + 1)
                for before, place in states
                if place < len(nodes)
                for bound in match_one(pattern, nodes[place], before)
            ]
        if not states:
            return []
    return [found for found, used in states if loose or less_is_ok or used == len(nodes)]


def _keep_earliest(states: list[State]) -> list[State]:
    kept: dict[int, State] = {}
    for state in states:
        known = kept.setdefault(id(state[0]), state)
        if state[1] < known[1]:
            kept[id(state[0])] = state
    return list(kept.values())


def _match_anywhere(
    pattern: Any, nodes: Sequence[Any], states: list[State], match_one: MatchOne, effort: Effort
) -> list[State]:
    table = Candidates(pattern, nodes, match_one, effort)
    return [
        (bound, place + 1)
        for before, start in states
        for place, envs in table.under(before, start)
        for bound in envs
    ]


def _bound_to_many(
    variable: str,
    nodes: Sequence[Any],
    states: list[State],
    loose: bool,
    bind_many: BindMany,
    effort: Effort,
) -> list[State]:
    found: list[State] = []
    for env, used in states:
        for start in range(used, len(nodes) + 1) if loose else (used,):
            for stop in range(start, len(nodes) + 1):
                effort.spend(10 + (stop - start) // 16)
                found += [(bound, stop) for bound in bind_many(variable, nodes[start:stop], env)]
    return found


def match_in_any_order(
    patterns: Sequence[Any],
    nodes: Sequence[Any],
    env: Env,
    match_one: MatchOne,
    effort: Effort,
    *,
    less_is_ok: bool,
) -> Envs:
    """Match every pattern with an item of its own, in any order."""
    if len(patterns) > len(nodes) or (len(patterns) < len(nodes) and not less_is_ok):
        return []
    tables = [Candidates(pattern, nodes, match_one, effort) for pattern in patterns]
    return _arrange(tables, env, frozenset())


def _arrange(tables: list[Candidates], env: Env, used: frozenset[int]) -> Envs:
    """Give every pattern an item that is not used.

    The pattern with the fewest possible items goes first (fail-first search): one that fits none
    ends the search at once, instead of after every arrangement of the others.
    """
    if not tables:
        return [env]
    possible = [[row for row in table.under(env, 0) if row[0] not in used] for table in tables]
    chosen = min(range(len(tables)), key=lambda number: len(possible[number]))
    others = [*tables[:chosen], *tables[chosen + 1 :]]
    found: Envs = []
    for place, envs in possible[chosen]:
        for bound in envs:
            found += _arrange(others, bound, used | {place})
            if len(found) > _MAX_ARRANGEMENTS:
                return found[:_MAX_ARRANGEMENTS]
    return found
