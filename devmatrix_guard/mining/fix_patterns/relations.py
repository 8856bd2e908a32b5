"""How FixPatterns relate, discovered from their code and from the order of their fixes.

Six kinds, as the design notes name them; `docs/fix-patterns.md` gives each one's rule in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations
from typing import NamedTuple

from devmatrix_guard.mining.candidates.messages import join_lines
from devmatrix_guard.mining.fix_patterns.code import find_names
from devmatrix_guard.model.knowledge.knowledge import PatternRelation
from devmatrix_guard.model.knowledge.pattern import FixPattern

# Two patterns are called similar if at least half of the names of both are shared.
_SIMILAR = 0.5
# One follows another if at least half of its places were repaired by the other before.
_FOLLOWS = 0.5
DISCOVERED = ("prerequisite", "follows", "conflicts", "enhances", "similar-to")


class _Facts(NamedTuple):
    pattern: FixPattern
    before: frozenset[str]
    after: frozenset[str]
    first: str

    @property
    def names(self) -> frozenset[str]:
        return self.before | self.after


def discover_relations(patterns: Iterable[FixPattern]) -> list[PatternRelation]:
    """Return the relations among patterns of one repository, in a stable order."""
    known = [_read_facts(pattern) for pattern in sorted(patterns, key=lambda p: p.id)]
    found = [relation for one, other in combinations(known, 2) for relation in _relate(one, other)]
    found += [relation for one, other in permutations(known, 2) for relation in _direct(one, other)]
    return sorted(found)


def _read_facts(pattern: FixPattern) -> _Facts:
    first = min((pair.source.date for pair in pattern.pairs), default="")
    return _Facts(pattern, find_names(pattern.before), find_names(pattern.after), first)


def _relate(one: _Facts, other: _Facts) -> Iterator[PatternRelation]:
    """Yield the relations that go both ways, from the smaller id to the larger."""
    ends = one.pattern.id, other.pattern.id
    if why := _explain_conflict(one.pattern, other.pattern):
        yield PatternRelation(*ends, "conflicts", 1.0, why)
        return
    shared, both = one.names & other.names, one.names | other.names
    if both and len(shared) / len(both) >= _SIMILAR:
        why = f"both are about {', '.join(sorted(shared)[:3])}"
        yield PatternRelation(*ends, "similar-to", round(len(shared) / len(both), 4), why)


def _explain_conflict(one: FixPattern, other: FixPattern) -> str:
    if one.after is None or other.after is None:
        return ""
    forms = [join_lines(text) for text in (one.before, one.after, other.before, other.after)]
    if forms[0] == forms[3] and forms[1] == forms[2]:
        return "each undoes the other"
    is_same = forms[0] == forms[2] and one.constraints == other.constraints
    return "they write the same code in two ways" if is_same and forms[1] != forms[3] else ""


def _direct(one: _Facts, other: _Facts) -> Iterator[PatternRelation]:
    """Yield how the second relates to the first, where the first came earlier or at once."""
    ends = other.pattern.id, one.pattern.id
    if other.first < one.first or _explain_conflict(one.pattern, other.pattern):
        return
    if _evolved(one.pattern, other.pattern):
        yield PatternRelation(*ends, "evolved-from", 1.0, "it changes what the other wrote")
        return
    if one.before & other.before and one.after < other.after and one.before <= other.before:
        share = round(len(one.after) / len(other.after), 4)
        more = ", ".join(sorted(other.after - one.after)[:3])
        yield PatternRelation(*ends, "enhances", share, f"it adds {more}")
    new = one.after - one.before
    needed = new & other.before
    if needed:
        share = round(len(needed) / len(new), 4)
        why = f"it brings {', '.join(sorted(needed)[:3])}"
        yield PatternRelation(ends[1], ends[0], "prerequisite", share, why)
    yield from _follow(one.pattern, other.pattern)


def _evolved(one: FixPattern, other: FixPattern) -> bool:
    return one.after is not None and join_lines(one.after) == join_lines(other.before)


def _follow(one: FixPattern, other: FixPattern) -> Iterator[PatternRelation]:
    earlier: dict[tuple[str, str], str] = {}
    for pair in one.pairs:
        place = pair.path, pair.qualname
        earlier[place] = min(pair.source.date, earlier.get(place, pair.source.date))
    places = {(pair.path, pair.qualname): pair.source.date for pair in other.pairs}
    after = [p for p, date in places.items() if p in earlier and earlier[p] < date]
    if places and len(after) / len(places) >= _FOLLOWS:
        why = f"in {_count(after)} that the other repaired before"
        share = round(len(after) / len(places), 4)
        yield PatternRelation(other.id, one.id, "follows", share, why)


def _count(places: Sequence[tuple[str, str]]) -> str:
    return f"{len(places)} {'function' if len(places) == 1 else 'functions'}"
