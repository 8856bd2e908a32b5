"""Where the rows of a file begin, told without splitting it."""

from __future__ import annotations

import random

import pytest

from devmatrix_guard.engine.prefilter.outline import Outline


def _add_up(data: bytes, row: int) -> int:
    """Return the offset of a row as the sum of the rows before it."""
    rows = data.split(b"\n")
    return min(sum(map(len, rows[:row])) + min(row, len(rows)), len(data) + 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"a",
        b"a\n",
        b"\n\n\n",
        b"a\nb",
        b"x" * 1000 + b"\n" + b"y\n" * 1000,
        b"\n" * 777,
    ],
)
def test_every_row_begins_behind_those_before_it(data: bytes) -> None:
    outline = Outline(data)
    for row in range(data.count(b"\n") + 3):
        assert outline.find_row(row) == _add_up(data, row), row


@pytest.mark.parametrize("seed", range(8))
def test_rows_may_be_asked_for_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    data = b"".join(b"x" * chance.choice((0, 1, 30, 400)) + b"\n" for _ in range(200)) + b"end"
    outline = Outline(data)
    for _ in range(50):
        row = chance.randrange(203)
        assert outline.find_row(row) == _add_up(data, row), row
