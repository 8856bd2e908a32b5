"""Which elements of three lists are the same, and in which order the merged list has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from devmatrix_guard.generator.regenerate.diff3 import Pairs, match_lines

_SIMILAR = 0.6  # below this, two elements are taken for different ones
_MOST_COMPARED = 400  # pairs of elements that are compared word by word

Key = tuple[Hashable, int]


class Element(NamedTuple):
    """What tells an element from others: its name where it has one, and its words."""

    name: str | None
    words: tuple[str, ...]


def name_keys(
    base: Sequence[Element], ours: Sequence[Element], theirs: Sequence[Element]
) -> tuple[list[Key], list[Key], list[Key]]:
    """Give each element a key; elements that belong together get the same."""
    keys = _list_own_keys(base, "")
    return keys, _list_side_keys(base, keys, ours), _list_side_keys(base, keys, theirs)


def _list_own_keys(elements: Sequence[Element], kind: str) -> list[Key]:
    seen: Counter[Hashable] = Counter()
    keys: list[Key] = []
    for element in elements:
        what: Hashable = ("name", element.name) if element.name else (kind, element.words)
        keys.append((what, seen[what]))
        seen[what] += 1
    return keys


def _list_side_keys(base: Sequence[Element], keys: list[Key], side: Sequence[Element]) -> list[Key]:
    found = _list_own_keys(side, "added")
    known = set(keys)
    left = [i for i, e in enumerate(base) if not e.name]
    right = [j for j, e in enumerate(side) if not e.name and found[j] not in known]
    for i, j in pair([base[i].words for i in left], [side[j].words for j in right], by_place=True):
        found[right[j]] = keys[left[i]]
    return found


def pair(
    left: Sequence[tuple[str, ...]], right: Sequence[tuple[str, ...]], *, by_place: bool = False
) -> Pairs:
    """Return which elements belong together: the equal ones, and between them the similar ones.

    With `by_place` a single element between two that belong together is what was there before.
    """
    found: Pairs = []
    at_left = at_right = 0
    for i, j in [*match_lines(left, right), (len(left), len(right))]:
        gap = _match_similar(left[at_left:i], right[at_right:j], by_place=by_place)
        found += [(at_left + a, at_right + b) for a, b in gap]
        if i < len(left):
            found.append((i, j))
        at_left, at_right = i + 1, j + 1
    return found


def _match_similar(
    left: Sequence[tuple[str, ...]], right: Sequence[tuple[str, ...]], *, by_place: bool
) -> Pairs:
    """Return the rising pairs that are most alike together."""
    if by_place and len(left) == len(right) == 1:
        return [(0, 0)]
    if not left or not right or len(left) * len(right) > _MOST_COMPARED:
        return []
    best: list[list[tuple[float, Pairs]]] = [[(0.0, [])] * (len(right) + 1)]
    for i, one in enumerate(left):
        row: list[tuple[float, Pairs]] = [(0.0, [])]
        for j, other in enumerate(right):
            choice = max(best[i][j + 1], row[j], key=lambda entry: entry[0])
            alike = _measure_likeness(one, other)
            if alike >= _SIMILAR and best[i][j][0] + alike > choice[0]:
                choice = (best[i][j][0] + alike, [*best[i][j][1], (i, j)])
            row.append(choice)
        best.append(row)
    return best[-1][-1][1]


def _measure_likeness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if one[:1] != other[:1] or matcher.quick_ratio() < _SIMILAR:
        return 0.0
    return matcher.ratio()


def merge_order(base: Sequence[Key], ours: Sequence[Key], theirs: Sequence[Key]) -> list[Key]:
    """Return all keys of both sides in the order of the merged list.

    Whoever changed the order of what was there has his order; where both did it is ours. What one
    side added follows what it followed there; added at one place, theirs comes before ours.
    """
    mine, other = set(ours), set(theirs)
    kept = [key for key in base if key in mine and key in other]
    shared = set(kept)
    if [key for key in ours if key in shared] == kept:
        return _insert_extra(list(theirs), ours, skip=other - set(base) - mine)
    return _insert_extra(list(ours), theirs, skip=set())


def _insert_extra(order: list[Key], extra: Sequence[Key], skip: set[Key]) -> list[Key]:
    placed = set(order)
    at = 0
    for key in extra:
        if key in placed:
            at = order.index(key) + 1
            continue
        while at < len(order) and order[at] in skip:
            at += 1
        order.insert(at, key)
        at += 1
    return order
