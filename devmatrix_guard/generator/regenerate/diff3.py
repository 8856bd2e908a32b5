"""Three-way merge of sequences, as in Khanna, Kunal, Pierce: "A formal investigation of diff3".

Both sides are compared with what they come from; changes that do not meet are both taken, changes
that meet and differ are an overlap. Two changes meet when they touch one element of the base, or
when it is open which comes first. Neighbouring elements changed one by each side do not meet:
there `git merge-file` gives up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeVar

from devmatrix_guard.generator.regenerate.shortest_edits import find_shortest_edits

_T = TypeVar("_T")

Pairs = list[tuple[int, int]]

_MOST_PAIRS = 100_000  # of equal elements that difflib is asked about


class Region(NamedTuple):
    """A stretch of the three sequences, each as a half-open range.

    `side` says who changed it: "same" (nobody; the three have one length), "ours", "theirs" or
    "both".
    """

    side: str
    base: slice
    ours: slice
    theirs: slice


class Overlap(NamedTuple):
    """Lines that both sides changed differently."""

    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def choose_unopposed(base: _T, ours: _T, theirs: _T) -> _T | None:
    """Return the side to take where only one changed something or both did the same, else None."""
    if base == theirs or ours == theirs:
        return ours
    return theirs if base == ours else None


def merge_lines(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> list[str | Overlap]:
    """Return the merged lines, with an `Overlap` where the two sides cannot be brought together."""
    merged: list[str | Overlap] = []
    for region in split_regions(
        len(base), len(ours), len(theirs), match_lines(base, ours), match_lines(base, theirs)
    ):
        if region.side == "theirs":
            merged += theirs[region.theirs]
        elif region.side in ("same", "ours"):
            merged += ours[region.ours]
        else:
            merged += _settle(base[region.base], ours[region.ours], theirs[region.theirs])
    return merged


def _settle(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[str | Overlap]:
    """What both sides changed alike is taken, at the start and the end of a region too."""
    if list(ours) == list(theirs):
        yield from ours
        return
    shorter = min(len(ours), len(theirs))
    head = next((i for i in range(shorter) if ours[i] != theirs[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if ours[-1 - i] != theirs[-1 - i]), rest)
    yield from ours[:head]
    yield Overlap(
        tuple(base), tuple(ours[head : len(ours) - tail]), tuple(theirs[head : len(theirs) - tail])
    )
    yield from ours[len(ours) - tail :]


# --- regions -----------------------------------------------------------------------------------


class _Edit(NamedTuple):
    """base[start:stop] became side[first:last]."""

    start: int
    stop: int
    first: int
    last: int


def split_regions(base: int, ours: int, theirs: int, mine: Pairs, other: Pairs) -> list[Region]:
    """Cut three sequences into regions.

    Args:
        base: the length of the base; `ours` and `theirs` those of the sides.
        mine: which elements of base and ours belong together, rising in both; `other` of theirs.
    """
    left, right = _list_edits(base, ours, mine), _list_edits(base, theirs, other)
    found: list[Region] = []
    at = shift_left = shift_right = 0
    while left or right:
        group_left, group_right = _take_group(left, right)
        edits = group_left + group_right
        start, stop = min(e.start for e in edits), max(e.stop for e in edits)
        found += _split_unchanged(at, start, shift_left, shift_right)
        end_left = group_left[-1].last - group_left[-1].stop if group_left else shift_left
        end_right = group_right[-1].last - group_right[-1].stop if group_right else shift_right
        side = "both" if group_left and group_right else "ours" if group_left else "theirs"
        found.append(
            Region(
                side,
                slice(start, stop),
                slice(start + shift_left, stop + end_left),
                slice(start + shift_right, stop + end_right),
            )
        )
        at, shift_left, shift_right = stop, end_left, end_right
    return found + _split_unchanged(at, base, shift_left, shift_right)


def _split_unchanged(start: int, stop: int, left: int, right: int) -> list[Region]:
    if start == stop:
        return []
    mine, other = slice(start + left, stop + left), slice(start + right, stop + right)
    return [Region("same", slice(start, stop), mine, other)]


def _list_edits(base: int, side: int, pairs: Pairs) -> list[_Edit]:
    edits = []
    at_base = at_side = 0
    for in_base, in_side in [*pairs, (base, side)]:
        if (in_base, in_side) != (at_base, at_side):
            edits.append(_Edit(at_base, in_base, at_side, in_side))
        at_base, at_side = in_base + 1, in_side + 1
    return edits


def _take_group(left: list[_Edit], right: list[_Edit]) -> tuple[list[_Edit], list[_Edit]]:
    """Take the next edit off the lists, and with it all edits that meet one of the group."""
    group_left: list[_Edit] = []
    group_right: list[_Edit] = []
    if right and (not left or _order_edit(right[0]) < _order_edit(left[0])):
        group_right.append(right.pop(0))
    else:
        group_left.append(left.pop(0))
    grown = True
    while grown:
        grown = False
        while left and _meets_any(left[0], group_right):
            group_left.append(left.pop(0))
            grown = True
        while right and _meets_any(right[0], group_left):
            group_right.append(right.pop(0))
            grown = True
    return group_left, group_right


def _order_edit(edit: _Edit) -> tuple[int, int]:
    return edit.start, edit.stop


def _meets_any(edit: _Edit, group: Sequence[_Edit]) -> bool:
    """Tell whether an edit meets one of a group; those that end before it are not looked at."""
    for other in reversed(group):
        if _meet(edit, other):
            return True
        if other.stop < edit.start:
            break
    return False


def _meet(one: _Edit, other: _Edit) -> bool:
    if one.start < other.stop and other.start < one.stop:
        return True
    if one.stop < other.start or other.stop < one.start:
        return False
    return _is_insertion(one) and _is_insertion(
        other
    )  # they touch: which of the new elements comes first?


def _is_insertion(edit: _Edit) -> bool:
    return edit.last - edit.first > edit.stop - edit.start


# --- what belongs together ---------------------------------------------------------------------


def match_lines(left: Sequence[Hashable], right: Sequence[Hashable]) -> Pairs:
    """Return which equal elements of two sequences belong together, rising in both.

    Elements that are there once on both sides are anchors (patience diff), so that blank lines and
    brackets do not tie unrelated stretches together; between the anchors difflib compares.
    """
    return list(_match_range(left, right, 0, len(left), 0, len(right)))


def _match_range(
    left: Sequence[Hashable], right: Sequence[Hashable], i1: int, i2: int, j1: int, j2: int
) -> Iterator[tuple[int, int]]:
    while i1 < i2 and j1 < j2 and left[i1] == right[j1]:
        yield i1, j1
        i1, j1 = i1 + 1, j1 + 1
    tail = 0
    while i1 < i2 - tail and j1 < j2 - tail and left[i2 - 1 - tail] == right[j2 - 1 - tail]:
        tail += 1
    i2, j2 = i2 - tail, j2 - tail
    anchors = _find_anchors(left, right, i1, i2, j1, j2) if i1 < i2 and j1 < j2 else []
    if anchors:
        for i, j in anchors:
            yield from _match_range(left, right, i1, i, j1, j)
            yield i, j
            i1, j1 = i + 1, j + 1
        yield from _match_range(left, right, i1, i2, j1, j2)
    elif _count_pairs(left[i1:i2], right[j1:j2]) <= _MOST_PAIRS:
        matcher = SequenceMatcher(None, left[i1:i2], right[j1:j2], autojunk=False)
        for i, j, size in matcher.get_matching_blocks():
            yield from ((i1 + i + k, j1 + j + k) for k in range(size))
    else:
        pairs = find_shortest_edits(left[i1:i2], right[j1:j2])
        yield from ((i1 + i, j1 + j) for i, j in pairs)
    yield from ((i2 + k, j2 + k) for k in range(tail))


def _count_pairs(left: Sequence[Hashable], right: Sequence[Hashable]) -> int:
    """Return how many pairs of equal elements there are, all of which difflib looks at."""
    in_right = Counter(right)
    return sum(in_right[element] for element in left)


def _find_anchors(
    left: Sequence[Hashable], right: Sequence[Hashable], i1: int, i2: int, j1: int, j2: int
) -> Pairs:
    in_left, in_right = Counter(left[i1:i2]), Counter(right[j1:j2])
    place = {right[j]: j for j in range(j1, j2) if in_right[right[j]] == 1}
    once = [
        (i, place[left[i]]) for i in range(i1, i2) if in_left[left[i]] == 1 and left[i] in place
    ]
    return _find_longest_rising(once)


def _find_longest_rising(pairs: Pairs) -> Pairs:
    ends: list[int] = []  # the last right index of the best run of each length
    last: list[int] = []  # which pair that is
    before: list[int] = []
    for number, (_, right) in enumerate(pairs):
        length = bisect_left(ends, right)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(right)
            last.append(number)
        else:
            ends[length], last[length] = right, number
    chosen = []
    at = last[-1] if last else -1
    while at >= 0:
        chosen.append(pairs[at])
        at = before[at]
    return chosen[::-1]
