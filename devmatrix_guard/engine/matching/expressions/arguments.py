"""Match the arguments of a call: positional ones in order, keywords wherever they stand."""

from __future__ import annotations

from devmatrix_guard.engine.matching.expressions.atoms import ValueMatcher
from devmatrix_guard.engine.matching.expressions.candidates import Candidates
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.tree.expressions import is_keyword
from devmatrix_guard.lazy_typing import Any, Iterator, Sequence
from devmatrix_guard.model.named_value import NamedValue

Node = Any
Pattern = tuple[Any, ...]
_OPEN = ("dots", "many")


class _State(NamedValue):
    """What is bound, and what is left: the arguments from some place on, without those taken.

    After an ellipsis that is any place from `first` to `last`, else the two are the same.
    """

    env: Env
    first: int
    last: int
    taken: frozenset[int]


def match_arguments(
    matcher: ValueMatcher, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env
) -> Envs:
    """Return every environment under which the patterns are the arguments."""
    if patterns == (("dots",),):
        return [env]
    if len(patterns) != len(nodes) and not any(p[0] in _OPEN for p in patterns):
        return []
    states = [_State(env, 0, 0, frozenset())]
    for number, pattern in enumerate(patterns, start=1):
        if pattern == ("dots",):
            if number < len(patterns):  # Semgrep skips nothing with `...` only at the very end
                states = [state for state in states if _has_more(nodes, state)]
            states = _keep_earliest([state._replace(last=len(nodes)) for state in states])
        elif pattern[0] == "many":
            states = [
                new for state in states for new in _match_many(matcher, pattern, nodes, state)
            ]
        elif pattern[0] == "kw":
            states = [
                new for state in states for new in _match_keyword(matcher, pattern, nodes, state)
            ]
        else:
            states = _match_positional(matcher, pattern, nodes, states)
        if not states:
            return []
    count = len(nodes)
    return [s.env for s in states if all(n in s.taken for n in range(s.last, count))]


def _keep_earliest(states: list[_State]) -> list[_State]:
    """Behind an ellipsis, of states that bind the same only the earliest says anything new."""
    kept: dict[Any, _State] = {}
    for state in states:
        key = (id(state.env), state.taken)
        known = kept.setdefault(key, state)
        if state.first < known.first:
            kept[key] = state
    return list(kept.values())


def _has_more(nodes: Sequence[Node], state: _State) -> bool:
    return any(place not in state.taken for place in range(state.first, len(nodes)))


def _find_next(nodes: Sequence[Node], state: _State) -> Iterator[int]:
    """Return where the next argument can be."""
    place = state.first
    while place < len(nodes):
        if place not in state.taken:
            yield place
            if place >= state.last:
                return
        place += 1


def _match_positional(
    matcher: ValueMatcher, pattern: Pattern, nodes: Sequence[Node], states: list[_State]
) -> list[_State]:
    def match_one(wanted: Pattern, node: Node, env: Env) -> Envs:
        return [] if is_keyword(node) else matcher.expr(wanted, node, env)

    found: list[_State] = []
    table: Candidates | None = None
    for env, first, last, taken in states:
        if first == last and not taken:
            if first < len(nodes):
                envs = match_one(pattern[1], nodes[first], env)
                found += [_State(bound, first + 1, first + 1, taken) for bound in envs]
            continue
        possible = set(_find_next(nodes, _State(env, first, last, taken))) if taken else None
        table = table or Candidates(pattern[1], nodes, match_one, matcher.effort)
        for place, envs in table.under(env, first):
            if possible is None and place > last:
                break
            if possible is None or place in possible:
                found += [_State(bound, place + 1, place + 1, taken) for bound in envs]
    return found


def _match_keyword(
    matcher: ValueMatcher, pattern: Pattern, nodes: Sequence[Node], state: _State
) -> Iterator[_State]:
    name = pattern[1]
    env, first, last, taken = state
    matcher.effort.spend(1 + (len(nodes) - first) // 8)
    for place in range(first, len(nodes)):
        node = nodes[place]
        if not is_keyword(node) or place in taken or (name[0] != "$" and name != node.arg):
            continue
        named = [env]
        if name[0] == "$":
            named = matcher.bind(name, ("id", node.arg, node, False), env)
        for bound in named:
            for after in matcher.expr(pattern[2], node.value, bound):
                yield _State(after, first, min(last, place), taken | {place})
        if name[0] != "$":
            return


def _match_many(
    matcher: ValueMatcher, pattern: Pattern, nodes: Sequence[Node], state: _State
) -> Iterator[_State]:
    env, first, last, taken = state
    for start in range(first, min(last, len(nodes)) + 1):
        for stop in range(start, len(nodes) + 1):
            matcher.effort.spend(10 + (stop - start) // 16)
            within = tuple(nodes[n] for n in range(start, stop) if n not in taken)
            for bound in matcher.bind(pattern[1], ("args", within), env):
                yield _State(bound, stop, stop, taken)
