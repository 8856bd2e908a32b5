"""Pair ranges that lie in one another, without comparing every range with every other."""

from __future__ import annotations

from _bisect import bisect_left, bisect_right

from devmatrix_guard.lazy_typing import Iterator, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.engine.matching.expressions.types import Point, Range

_FEW = 16


def find_overlapping(
    ones: Sequence[Range], others: Sequence[Range]
) -> Iterator[tuple[Range, Sequence[Range]]]:
    """Return each of the ones with the others that hold it or that it holds, in their order."""
    if len(ones) <= _FEW or len(others) <= _FEW:
        for one in ones:
            yield one, others
        return
    order = sorted(range(len(others)), key=lambda number: others[number][0])
    starts = [others[number][0] for number in order]
    around = _find_around(ones, others, order)
    for number, one in enumerate(ones):
        first, last = bisect_left(starts, one[0]), bisect_right(starts, one[1])
        near = {n for n in order[first:last] if others[n][1] <= one[1]}
        near.update(around[number])
        yield one, [others[n] for n in sorted(near)]


def _find_around(
    ones: Sequence[Range], others: Sequence[Range], order: Sequence[int]
) -> list[list[int]]:
    """Return for each of the ones the numbers of the others that hold it.

    One sweep from the start of the text to its end keeps those that are still open.
    """
    found: list[list[int]] = [[] for _ in ones]
    open_ones: list[int] = []
    position = 0
    for number in sorted(range(len(ones)), key=lambda n: ones[n][0]):
        start, end = ones[number][0], ones[number][1]
        opened = position
        while position < len(order) and others[order[position]][0] <= start:
            position += 1
        open_ones = _list_still_open(open_ones, others, start) if position > opened else open_ones
        open_ones += [n for n in order[opened:position] if others[n][1] >= start]
        found[number] = [n for n in open_ones if others[n][1] >= end]
    return found


def _list_still_open(numbers: list[int], others: Sequence[Range], start: Point) -> list[int]:
    return [number for number in numbers if others[number][1] >= start]
