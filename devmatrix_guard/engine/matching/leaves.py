"""One pattern in one file: what it matches, place by place, worked out when a rule first asks.

Rules of one set often hold the same pattern, and most of their patterns are never asked for: the
term beside it has no match. What is asked for once is remembered for the next rule.
"""

from __future__ import annotations

import _ast
from _bisect import bisect_left

from devmatrix_guard.engine.budget import Effort
from devmatrix_guard.engine.matching.expressions.aliases import find_words_on, is_literal
from devmatrix_guard.engine.matching.expressions.types import Env, Range
from devmatrix_guard.engine.matching.statements.statements import StmtMatcher
from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.statements import ElseOfLoop
from devmatrix_guard.lazy_typing import Any, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.engine.regex.regex import Regex

PLAIN, INSIDE, REGEX = 0, 1, 2
_Known = tuple[Sequence[Range], int]
_COST_OF_A_PLACE = 10
_NOTHING: _Known = ((), 0)
_WEIGHTS = {"E": 1, "S": 4, "Ss": 6}  # a place of a body costs more than one of a name


class Holding:
    """Tells which lines may hold one of some ranges."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, ranges: Sequence[Range]) -> None:
        lines = sorted((found[0][0], found[1][0]) for found in ranges)
        self._starts = [start for start, _ in lines]
        self._ends = [end for _, end in lines]
        for index in range(len(lines) - 2, -1, -1):  # the first end of those from here on
            self._ends[index] = min(self._ends[index], self._ends[index + 1])

    def may_be_in(self, first: int, last: int) -> bool:
        """Whether one of the ranges begins and ends on these lines."""
        index = bisect_left(self._starts, first)
        return index < len(self._starts) and self._ends[index] <= last


class WantedNames:
    """Tells by the name that is called or read whether a rule's own regex lets it be."""

    __slots__ = ("_effort", "_known", "_regex")

    def __init__(self, regex: Regex, effort: Effort) -> None:
        self._regex = regex
        self._effort = effort
        self._known: dict[str, bool] = {}

    def may_hold(self, node: Any) -> bool:
        """Whether the code may bind a name that matches; an imported one is not looked at."""
        function = node.func if node.__class__ is _ast.Call else node
        if function.__class__ is not _ast.Attribute:
            return True
        name = function.attr
        known = self._known.get(name)
        if known is None:
            from devmatrix_guard.engine.regex import regex as regexes

            found = regexes.match(self._regex, name, self._effort)
            known = self._known[name] = found is not None
        return known


class LeafMatcher:
    """Matches one pattern at the places noted for it.

    `nodes` are the places, in the order of the walk; `env` is what is bound already, `words` what
    a file has to hold for any match.
    """

    __slots__ = (
        "_all", "_cost", "_count", "_inside", "_known", "_names", "_near", "code", "env", "nodes",
        "pattern", "root", "words",
    )  # fmt: skip

    def __init__(self, leaf: tuple[Any, ...], code: StmtMatcher, env: Env) -> None:
        self.root, self.pattern, self._inside = leaf[:3]
        self.words: frozenset[bytes] = frozenset(leaf[3])
        # A name that is no literal one may be written in letters that only look like it.
        self._near: frozenset[bytes] = frozenset(leaf[4] if is_literal(code.source) else ())
        self._names = WantedNames(leaf[5], code.effort) if leaf[5] and not env else None
        self.code = code
        self.env = env
        self.nodes: list[Any] = []
        self._known: dict[int, _Known] = {}
        self._all: list[Range] | None = None
        self._cost = self._count = 0

    @property
    def place(self) -> tuple[list[Any], str, Any, bool]:
        """What `walk.Table` files: the list of places, the pattern, whether names are open."""
        return self.nodes, self.root, self.pattern, self.code.looks_up_names

    def estimate(self) -> int:
        """Return what it takes to match everywhere, 0 if there is no place."""
        return (self._count or len(self.nodes)) * _WEIGHTS[self.root]

    def ranges(self, effort: Effort, holding: Holding | None) -> list[Range]:
        """Return the matches, each once.

        Args:
            effort: what the rule that asks has left; what is remembered costs it the same.
            holding: what a match has to hold to be of use; others may be left out.
        """
        if self._all is not None:
            effort.spend(self._cost)
            return self._all
        if holding is None or self.root == "E":
            return self._match_everywhere(effort)
        found: list[Range] = []
        for index, node in enumerate(self.nodes):
            if holding.may_be_in(*_lines_of(self.root, node)):
                found += self._at(index, node, effort)
        return unique(found)

    def _match_everywhere(self, effort: Effort) -> list[Range]:
        """Match at all places and remember the whole: what was known of each is let go."""
        found: list[Range] = []
        before, known, names = effort.left, self._known, self._names
        for index, node in enumerate(self.nodes):
            if names is not None and not names.may_hold(node):
                continue
            if index in known:
                found += self._at(index, node, effort)
                continue
            effort.begin()
            found += self._match(node)
        self._all, self._cost = unique(found), before - effort.left
        self._count, self.nodes, self._known = len(self.nodes), [], {}
        return self._all

    def _at(self, index: int, node: Any, effort: Effort) -> Sequence[Range]:
        known = self._known.get(index)
        if known is None:
            before = effort.left
            effort.begin()
            found = self._match(node)
            cost = before - effort.left
            known = (found, cost) if found or cost else _NOTHING
            self._known[index] = known
        elif known[1]:
            effort.spend(known[1])
        return known[0]

    def _match(self, node: Any) -> list[Range]:
        code = self.code
        if self.root == "Ss":
            body, start_at = node
            hits = code.sequence(self.pattern, body, start_at, self._inside)
            return [((s[0], s[1]), (s[2], s[3]), env, PLAIN) for env, s in hits]
        if self._near and not self._near <= find_words_on(code.source, *_lines_of(self.root, node)):
            return []
        match = code.match_root if self.root == "E" else code.stmt
        envs = match(self.pattern, node, self.env if self.root == "E" else {})
        if not envs:
            return []
        s = places.locate(code.source, node)
        start, end = (s[0], s[1]), (s[2], s[3])
        return [(start, end, env, PLAIN) for env in envs]


class NestedLeafMatcher(LeafMatcher):
    """Matches a pattern in the code bound to a metavariable."""

    __slots__ = ()

    def _match(self, node: Any) -> list[Range]:
        if self.root == "E":  # the same code is gone through for each range
            self.code.effort.spend(_COST_OF_A_PLACE)
        return super()._match(node)


def _lines_of(root: str, node: Any) -> tuple[int, int]:
    """Return the first and the last line a match at a place can cover, or one line more."""
    if root == "Ss":
        body, start = node
        return _outer(body.nodes[start])[0], _outer(body.nodes[-1])[1]
    return _outer(node)


def _outer(node: Any) -> tuple[int, int]:
    node = getattr(node, "loop", None) or getattr(node, "node", node)
    if node.__class__ is ElseOfLoop:
        return _outer(node.statements[0])[0], _outer(node.statements[-1])[1]
    if not hasattr(node, "lineno"):  # what a lambda returns, as a statement
        node = node.value
    decorators = getattr(node, "decorator_list", None)
    first = decorators[0].lineno - 1 if decorators else node.lineno
    return first, node.end_lineno


def unique(ranges: list[Range]) -> list[Range]:
    """Drop ranges that are the same place with the same bindings."""
    if len(ranges) < 2:
        return ranges
    seen: dict[Any, Range] = {}
    for found in ranges:
        key = (found[0], found[1], found[3], *sorted((n, _key(v)) for n, v in found[2].items()))
        seen.setdefault(key, found)
    return list(seen.values())


def _key(value: tuple[Any, ...]) -> tuple[Any, ...]:
    kind, content = value[0], value[1]
    if kind in ("id", "text", "module", "sign"):
        return (kind, str(content), _place(value[2]))
    if isinstance(content, tuple):
        return (kind, "", tuple(_place(node) for node in content))
    return (kind, "", _place(content))


def _place(node: Any) -> tuple[int, ...]:
    """Return what tells one node from another; a loop with its `else` from the loop without it."""
    node = getattr(node, "node", node)
    if hasattr(node, "lineno"):
        return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    loop = getattr(node, "loop", None)
    nodes = node.statements if loop is None else [loop]
    return (*_place(nodes[0])[:2], *_place(nodes[-1])[2:], 0)
