"""What two long sequences of few different elements share, within bounded time.

Myers: "An O(ND) Difference Algorithm and Its Variations". Thousands of equal lines cost nothing
where few edits lie between them; beyond the bound what was found so far counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

_MOST_EDITS = 1_000  # time and room grow with the square of it

_Reach = dict[int, int]  # diagonal -> how far along the left sequence


def find_shortest_edits(
    left: Sequence[Hashable], right: Sequence[Hashable], most: int = _MOST_EDITS
) -> list[tuple[int, int]]:
    """Return which equal elements of two sequences belong together, rising in both.

    As few elements as possible are left out, where at most `most` have to be.
    """
    reach: _Reach = {1: 0}
    steps: list[_Reach] = []
    for edits in range(min(most, len(left) + len(right)) + 1):
        steps.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            i = _choose_start(reach, diagonal, edits)
            j = i - diagonal
            while i < len(left) and j < len(right) and left[i] == right[j]:
                i, j = i + 1, j + 1
            reach[diagonal] = i
            if i >= len(left) and j >= len(right):
                return _follow_back(steps, len(left), len(right))
    ends = {(i, i - d) for d, i in reach.items() if i <= len(left) and 0 <= i - d <= len(right)}
    return _follow_back(steps, *max(ends, key=lambda end: (sum(end), end)))


def _choose_start(reach: _Reach, diagonal: int, edits: int) -> int:
    """Return how far a diagonal is reached with one more edit: an insertion or a deletion."""
    down, across = reach.get(diagonal + 1, -1), reach.get(diagonal - 1, -1)
    is_down = diagonal == -edits or (diagonal != edits and across < down)
    return down if is_down else across + 1


def _follow_back(steps: list[_Reach], i: int, j: int) -> list[tuple[int, int]]:
    """Return the pairs on the way to an end, which was reached in as many edits as steps."""
    pairs = []
    for edits in range(len(steps) - 1, -1, -1):
        reach, diagonal = steps[edits], i - j
        start = _choose_start(reach, diagonal, edits)
        while i > start and j > start - diagonal:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        if edits:
            down, across = reach.get(diagonal + 1, -1), reach.get(diagonal - 1, -1)
            is_down = diagonal == -edits or (diagonal != edits and across < down)
            i, j = (i, j - 1) if is_down else (i - 1, j)
    return pairs[::-1]
