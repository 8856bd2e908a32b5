"""Look up where in a list a pattern may match, given what metavariables are bound to already.

Without it every way to match the first half of a pattern would try its second half everywhere,
and the time would grow with the square of the list. So the places are found once, with nothing
bound, and looked up by the code that a shared metavariable has to be.
"""

from __future__ import annotations

import _ast
from _bisect import bisect_left

from devmatrix_guard.engine.budget import Effort
from devmatrix_guard.lazy_typing import Any, Callable, Iterable, Iterator, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.engine.matching.expressions.types import Env, Envs, MatchOne

    Row = tuple[int, Envs]
Mark = tuple[Any, ...]
ScopeOf = Callable[[Any], Any]
_COST_OF_A_TRY = 10
_COST_OF_A_ROW = 5
_SMALL = 24
_ANY_NAME: Mark = ("any name",)
_ANY_CONSTANT: Mark = ("any constant",)
_MAX_DEPTH = 4


def _ignore_scope(node: Any) -> None:
    """Where names are not told apart by their scope."""


class Candidates:
    """The places of one pattern in one list."""

    __slots__ = (
        "_by_mark", "_effort", "_is_filed", "_match", "_nodes", "_pattern", "_rows", "_scope_of",
        "_variables",
    )  # fmt: skip

    def __init__(
        self,
        pattern: Any,
        nodes: Sequence[Any],
        match_one: MatchOne,
        effort: Effort,
        scope_of: ScopeOf = _ignore_scope,
    ) -> None:
        self._scope_of = scope_of
        self._pattern = pattern
        self._nodes = nodes
        self._match = match_one
        self._effort = effort
        self._rows: list[Row] | None = None
        self._variables: frozenset[str] = frozenset()
        self._by_mark: dict[str, dict[Mark, list[int]]] = {}
        self._is_filed = False

    def under(self, env: Env, start: int) -> Iterator[Row]:
        """Return the places from `start` on that match under the bindings, in order."""
        if len(self._nodes) - start <= _SMALL and self._rows is None:
            return self._try_places(range(start, len(self._nodes)), env)
        rows = self.rows()
        shared = self._variables.intersection(env)
        first = bisect_left(rows, start, key=_get_index)
        if not shared:
            return self._merge(rows, first, env)
        places = self._find_places(shared, env)
        if places is None:
            return self._try_places((rows[n][0] for n in range(first, len(rows))), env)
        return self._try_places(places[bisect_left(places, start) :], env)

    def rows(self) -> list[Row]:
        """Return every place with its bindings when nothing else is bound."""
        if self._rows is None:
            self._rows = list(self._try_places(range(len(self._nodes)), {}, cost=0))
            self._variables = frozenset(v for _, envs in self._rows for env in envs for v in env)
            self._is_filed = not _has_second_choice(self._pattern)
        return self._rows

    def _try_places(
        self, places: Iterable[int], env: Env, cost: int = _COST_OF_A_TRY
    ) -> Iterator[Row]:
        for place in places:
            self._effort.spend(cost)
            envs = self._match(self._pattern, self._nodes[place], env)
            if envs:
                yield place, envs

    def _merge(self, rows: list[Row], first: int, env: Env) -> Iterator[Row]:
        for number in range(first, len(rows)):
            self._effort.spend(_COST_OF_A_ROW)
            place, envs = rows[number]
            yield place, [{**env, **bound} if env else bound for bound in envs]

    def _find_places(self, shared: frozenset[str], env: Env) -> list[int] | None:
        """Return the places whose code can be what the metavariables are bound to."""
        if not self._is_filed:
            return None
        found: list[list[int]] = []
        for variable in shared:
            if env[variable][0] == "module":  # code may name a module in many ways
                continue
            table = self._build_table(variable)
            lists = [
                table[mark] for mark in self._list_wanted_marks(env[variable]) if mark in table
            ]
            found.append(lists[0] if len(lists) == 1 else sorted({p for one in lists for p in one}))
        return min(found, key=len) if found else None

    def _build_table(self, variable: str) -> dict[Mark, list[int]]:
        table = self._by_mark.get(variable)
        if table is None:
            table = self._by_mark[variable] = {}
            for place, envs in self.rows():
                for mark in {
                    m for env in envs if variable in env for m in self._list_marks(env[variable])
                }:
                    table.setdefault(mark, []).append(place)
        return table

    def _list_marks(self, value: tuple[Any, ...]) -> tuple[Mark, ...]:
        """Return what a bound value is filed under: what equals it asks for one of these."""
        kind, content = value[0], value[1]
        if kind == "id":
            scope = self._scope_of(value[2]) if value[3] else None
            return ("name", content), ("name", content, scope), _ANY_NAME
        if kind == "text":
            return ("name", content), ("name", content, None)
        if kind == "e" and content.__class__ is _ast.Constant:
            return _mark_constant(content), _ANY_CONSTANT
        if kind == "e":
            return ((kind, _describe_outline(content, 0)),)
        return ((kind, content),) if kind == "module" else ((kind,),)

    def _list_wanted_marks(self, value: tuple[Any, ...]) -> tuple[Mark, ...]:
        """Return what code equal to a value may be filed under.

        A name may be one of another scope where either has none, and may be a known constant.
        """
        kind, content = value[0], value[1]
        if kind == "id":
            scope = self._scope_of(value[2]) if value[3] else None
            if scope is None:
                return ("name", content), _ANY_CONSTANT
            return ("name", content, scope), ("name", content, None), _ANY_CONSTANT
        if kind == "text":
            return (("name", content),)
        if kind == "e" and content.__class__ is _ast.Constant:
            return _mark_constant(content), _ANY_NAME
        return self._list_marks(value)


def _get_index(row: Row) -> int:
    return row[0]


def _has_second_choice(pattern: Any) -> bool:
    """Whether a pattern tries something else only where its first reading does not match."""
    if not isinstance(pattern, tuple) or not pattern:
        return False
    if pattern[0] in ("import", "from") or (pattern[0] == "op" and ("any",) in pattern[-1]):
        return True
    return any(_has_second_choice(part) for part in pattern)


def _mark_constant(node: Any) -> Mark:
    return ("constant", node.value.__class__.__name__, node.value)


def _describe_outline(node: Any, depth: int) -> Any:
    """Return the outer form of an expression; equal code has equal outlines."""
    kind = node.__class__
    if kind is _ast.Name:
        return node.id
    if depth < _MAX_DEPTH:
        if kind is _ast.Attribute:
            return node.attr, _describe_outline(node.value, depth + 1)
        if kind is _ast.Subscript:
            return _describe_outline(node.value, depth + 1), _describe_outline(
                node.slice, depth + 1
            )
        if kind is _ast.Call:
            return _describe_outline(node.func, depth + 1), len(node.args)
    return kind.__name__
