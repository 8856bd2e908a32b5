"""Search a body for a sequence of statements; `...` stands for any number of them.

Up to the first `...` the statements stand next to each other. From there on the search goes through
the body as it stands, and once more through all that is nested in it.
"""

from __future__ import annotations

from _bisect import bisect_left

from devmatrix_guard.engine.budget import Effort
from devmatrix_guard.engine.matching.expressions.candidates import Candidates, ScopeOf
from devmatrix_guard.engine.matching.expressions.types import Env, Envs, MatchOne
from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.engine.tree.statements import Body
from devmatrix_guard.lazy_typing import Any, Callable, Sequence

Node = Any
Pattern = tuple[Any, ...]
End = tuple[int, int]
Hit = tuple[Env, End]
DOTS: Pattern = ("expr", ("any",))
_NOWHERE: End = (0, 0)
_COST_OF_HIT = 50  # each becomes a range to be compared and shown


class Line:
    """Statements in the order they are written, and how far some of them reach.

    Without a source nothing is measured: all ends are the same.
    """

    def __init__(self, source: Source | None, nodes: list[Node]) -> None:
        self.source = source
        self.nodes = nodes
        self._tops: list[list[End]] = []

    def reach(self, start: int, stop: int) -> End:
        """Return the last end of the statements from `start` to before `stop`."""
        if self.source is None or start >= stop:
            return _NOWHERE
        level = (stop - start).bit_length() - 1
        top = self._compute_level(self.source, level)
        return max(top[start], top[stop - (1 << level)])

    def _compute_level(self, source: Source, level: int) -> list[End]:
        """Return the last ends of all runs of `2 ** level` statements."""
        if not self._tops:
            self._tops.append([places.locate_statement(source, node)[2:] for node in self.nodes])
        while len(self._tops) <= level:
            below, half = self._tops[-1], 1 << (len(self._tops) - 1)
            self._tops.append([max(below[n], below[n + half]) for n in range(len(below) - half)])
        return self._tops[level]


class StatementSearch:
    """Finds one sequence of patterns in bodies of one file and remembers what it found there."""

    def __init__(
        self,
        patterns: Sequence[Pattern],
        source: Source | None,
        stmt: MatchOne,
        bind: Callable[[str, Any, Env], Envs],
        effort: Effort,
        scope_of: ScopeOf,
    ) -> None:
        self.patterns = patterns
        self.source = source
        self.stmt = stmt
        self.bind = bind
        self.effort = effort
        self.scope_of = scope_of
        self._lines: dict[int, tuple[Body, _LineSearch, _LineSearch]] = {}

    def hits(
        self, body: Body, start: int, env: Env, *, inside: bool, less_is_ok: bool
    ) -> list[Hit]:
        """Return the bindings of each match that begins at `start`, and where it ends."""
        envs, place = [env], start
        for number, pattern in enumerate(self.patterns):
            if pattern == DOTS or pattern[0] == "many":
                return self._open(body, place, number, envs, start, inside=inside)
            if place == len(body.nodes):
                return []
            envs = [after for e in envs for after in self.stmt(pattern, body.nodes[place], e)]
            if not envs:
                return []
            place += 1
        if not less_is_ok and place < len(body.nodes):
            return []
        return [(found, self._reach(body, start, place)) for found in envs]

    def _open(
        self, body: Body, place: int, number: int, envs: Envs, start: int, *, inside: bool
    ) -> list[Hit]:
        plain, deep = self._get_searches(body)
        behind = self._reach(body, start, place) if place > start else _NOWHERE
        is_dots = self.patterns[number] == DOTS
        if is_dots and number == len(self.patterns) - 1 and inside:
            return [(env, plain.line.reach(start, len(body.nodes))) for env in envs]
        found = [hit for env in envs for hit in plain.hits(number, place, env)]
        if is_dots and place < body.nested.deep_until:
            offset = body.nested.offsets[place]
            found += [hit for env in envs for hit in deep.hits(number, offset, env)]
        return [(env, max(behind, end)) for env, end in found]

    def _reach(self, body: Body, start: int, stop: int) -> End:
        """Return the last end of a few statements next to each other."""
        if self.source is None:
            return _NOWHERE
        return max(
            places.locate_statement(self.source, node)[2:] for node in body.nodes[start:stop]
        )

    def _get_searches(self, body: Body) -> tuple[_LineSearch, _LineSearch]:
        known = self._lines.get(id(body))
        if known is None:
            plain = _LineSearch(self, Line(self.source, body.nodes))
            deep = _LineSearch(self, Line(self.source, body.nested.flat))
            known = self._lines[id(body)] = (body, plain, deep)
        return known[1], known[2]


class _LineSearch:
    """The search through one line of statements, from the first `...` on."""

    def __init__(self, search: StatementSearch, line: Line) -> None:
        self.line = line
        self.patterns = search.patterns
        self.stmt = search.stmt
        self.bind = search.bind
        self.effort = search.effort
        self.scope_of = search.scope_of
        self._cost = 1 if line.source is None else _COST_OF_HIT
        self._tables: dict[int, Candidates] = {}
        self._unbound: dict[int, list[tuple[int, list[Hit]]]] = {}

    def hits(self, number: int, place: int, env: Env, *, to_end: bool = False) -> list[Hit]:
        """Return the ways the patterns from `number` on match from `place` on."""
        nodes = self.line.nodes
        if number == len(self.patterns):
            return [] if to_end and place < len(nodes) else [(env, _NOWHERE)]
        pattern = self.patterns[number]
        if pattern == DOTS:
            return self._search_after_dots(number + 1, place, env)
        if pattern[0] == "many":
            return self._search_many(pattern[1], number + 1, place, env)
        if place == len(nodes):
            return []
        self.effort.spend(1)
        return self._search_behind(number, place, self.stmt(pattern, nodes[place], env))

    def _search_behind(self, number: int, place: int, envs: Envs) -> list[Hit]:
        """Return the matches whose pattern `number` is the statement at `place`."""
        found = [hit for env in envs for hit in self.hits(number + 1, place + 1, env)]
        if not found:
            return []
        own = self.line.reach(place, place + 1)
        return [(env, max(own, end)) for env, end in found]

    def _search_after_dots(self, number: int, place: int, env: Env) -> list[Hit]:
        while number < len(self.patterns) and self.patterns[number] == DOTS:
            number += 1
        count = len(self.line.nodes)
        if number == len(self.patterns):
            if self.line.source is None:
                return [(env, _NOWHERE)]
            self.effort.spend((count - place) * _COST_OF_HIT)
            return [(env, self.line.reach(place, stop)) for stop in range(place, count + 1)]
        found: list[Hit] = []
        for start, hits in self._starts(number, place, env):
            passed = self.line.reach(place, start)
            self.effort.spend(len(hits) * self._cost)
            found += [(bound, max(passed, end)) for bound, end in hits]
        return found

    def _starts(self, number: int, place: int, env: Env) -> Sequence[tuple[int, list[Hit]]]:
        """Return where pattern `number` can go on from `place`, with the matches from there."""
        if self.patterns[number][0] == "many":
            starts = range(place, len(self.line.nodes) + 1)
            return [(start, self.hits(number, start, env)) for start in starts]
        if env:
            return self._search(number, place, env)
        known = self._unbound.get(number)
        if known is None:  # with nothing bound the answer is the same for every start
            known = self._unbound[number] = self._search(number, 0, env)
        return known[bisect_left(known, place, key=_place) :]

    def _search(self, number: int, place: int, env: Env) -> list[tuple[int, list[Hit]]]:
        table = self._tables.get(number)
        if table is None:
            table = self._tables[number] = Candidates(
                self.patterns[number], self.line.nodes, self.stmt, self.effort, self.scope_of
            )
        found = (
            (start, self._search_behind(number, start, envs))
            for start, envs in table.under(env, place)
        )
        return [one for one in found if one[1]]

    def _search_many(self, variable: str, number: int, place: int, env: Env) -> list[Hit]:
        found: list[Hit] = []
        for stop in range(place, len(self.line.nodes) + 1):
            self.effort.spend(10 + (stop - place) // 16)
            taken = ("ss", tuple(self.line.nodes[place:stop]))
            last = self.line.reach(stop - 1, stop) if stop > place else _NOWHERE
            for bound in self.bind(variable, taken, env):
                hits = self.hits(number, stop, bound, to_end=True)
                found += [(after, max(last, end)) for after, end in hits]
        return found


def _place(found: tuple[int, Any]) -> int:
    return found[0]
