"""Line differences between two versions of a file, without starting git.

Common ends are cut off, lines unique on both sides anchor what is left, and only the gaps between
anchors are compared in full: the cost follows the size of the change, not of the file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from devmatrix_guard.model.diff import Hunk

# Above this product of line counts a gap is taken as replaced rather than compared line by line.
_MAX_GAP = 250_000
# What one commit did to a file is asked for by several who learn from it.
_RECENT = 32
# Lines are compared so many at a time, which takes a tenth of one by one.
_STEP = 64


@lru_cache(maxsize=_RECENT)
def diff_lines(old: bytes, new: bytes) -> tuple[Hunk, ...]:
    """Return the hunks, without context, that turn `old` into `new`."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    spans = _find_changed_spans(before, after, 0, len(before), 0, len(after))
    return tuple(
        Hunk(
            old_start=b0 + 1 if b1 > b0 else b0,
            old_count=b1 - b0,
            new_start=a0 + 1 if a1 > a0 else a0,
            new_count=a1 - a0,
            removed=tuple(before[b0:b1]),
            added=tuple(after[a0:a1]),
        )
        for b0, b1, a0, a1 in spans
    )


Span = tuple[int, int, int, int]


def _find_changed_spans(
    before: Sequence[bytes], after: Sequence[bytes], b0: int, b1: int, a0: int, a1: int
) -> Iterator[Span]:
    while b0 + _STEP < b1 and before[b0 : b0 + _STEP] == after[a0 : min(a0 + _STEP, a1)]:
        b0, a0 = b0 + _STEP, a0 + _STEP
    while b0 < b1 and a0 < a1 and before[b0] == after[a0]:
        b0, a0 = b0 + 1, a0 + 1
    while b0 + _STEP < b1 and before[b1 - _STEP : b1] == after[max(a1 - _STEP, a0) : a1]:
        b1, a1 = b1 - _STEP, a1 - _STEP
    while b0 < b1 and a0 < a1 and before[b1 - 1] == after[a1 - 1]:
        b1, a1 = b1 - 1, a1 - 1
    if b0 == b1 or a0 == a1:
        if b0 != b1 or a0 != a1:
            yield b0, b1, a0, a1
        return
    anchors = _find_anchors(before, after, b0, b1, a0, a1)
    if not anchors:
        yield from _compare_gap(before, after, b0, b1, a0, a1)
        return
    for b, a in anchors:
        if b > b0 or a > a0:
            yield from _find_changed_spans(before, after, b0, b, a0, a)
        b0, a0 = b + 1, a + 1
    yield from _find_changed_spans(before, after, b0, b1, a0, a1)


def _find_anchors(
    before: Sequence[bytes], after: Sequence[bytes], b0: int, b1: int, a0: int, a1: int
) -> list[tuple[int, int]]:
    """Return the longest rising chain of lines that occur once on each side."""
    once_before = Counter(before[b0:b1])
    once_after = Counter(after[a0:a1])
    place = {after[i]: i for i in range(a0, a1) if once_after[after[i]] == 1}
    pairs = [
        (b, place[before[b]])
        for b in range(b0, b1)
        if once_before[before[b]] == 1 and before[b] in place
    ]
    return _find_longest_rising(pairs)


def _find_longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    tops: list[int] = []
    top_index: list[int] = []
    previous: list[int] = []
    for index, (_, a) in enumerate(pairs):
        pile = bisect_left(tops, a)
        previous.append(top_index[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(a)
            top_index.append(index)
        else:
            tops[pile], top_index[pile] = a, index
    chain: list[tuple[int, int]] = []
    index = top_index[-1] if top_index else -1
    while index >= 0:
        chain.append(pairs[index])
        index = previous[index]
    return chain[::-1]


def _compare_gap(
    before: Sequence[bytes], after: Sequence[bytes], b0: int, b1: int, a0: int, a1: int
) -> Iterator[Span]:
    if (b1 - b0) * (a1 - a0) > _MAX_GAP:
        yield b0, b1, a0, a1
        return
    matcher = SequenceMatcher(None, before[b0:b1], after[a0:a1], autojunk=False)
    for tag, i0, i1, j0, j1 in matcher.get_opcodes():
        if tag != "equal":
            yield b0 + i0, b0 + i1, a0 + j0, a0 + j1
