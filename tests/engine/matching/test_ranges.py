"""Ranges are paired with all that hold them or lie in them, and with few others."""

from __future__ import annotations

import random

import pytest

from devmatrix_guard.engine.matching.expressions.types import Range
from devmatrix_guard.engine.matching.ranges import find_overlapping


def _ranges(chance: random.Random, count: int) -> list[Range]:
    found: list[Range] = []
    for _ in range(count):
        start, end = sorted((chance.randint(1, 60), chance.randint(1, 60)))
        found.append(((start, 0), (end, 1), {}, 0))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_every_range_that_holds_or_is_held_is_there_in_order(seed: int) -> None:
    chance = random.Random(seed)
    ones, others = _ranges(chance, 40), _ranges(chance, 50)
    for one, near in find_overlapping(ones, others):
        nested = [
            other
            for other in others
            if (one[0] <= other[0] and other[1] <= one[1])
            or (other[0] <= one[0] and one[1] <= other[1])
        ]
        assert list(near) == nested


def test_ranges_far_apart_are_not_compared() -> None:
    lines: list[Range] = [((line, 0), (line, 9), {}, 0) for line in range(1, 1_001)]
    assert all(len(near) == 1 for _, near in find_overlapping(lines, list(lines)))
