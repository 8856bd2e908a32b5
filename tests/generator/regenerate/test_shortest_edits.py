"""Long stretches of repeated lines are compared in bounded time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, strategies

from devmatrix_guard.commands.application.regeneration.merge_driver import run_merge_driver
from devmatrix_guard.generator.regenerate.shortest_edits import find_shortest_edits
from tests.helpers_bounds import expect_end

_LINES = 20_000
_few = strategies.lists(strategies.sampled_from("ab"), max_size=12)


def _count_shared(left: list[str], right: list[str]) -> int:
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            best = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else best
    return table[-1][-1]


@given(_few, _few)
def test_as_much_as_possible_belongs_together(left: list[str], right: list[str]) -> None:
    pairs = find_shortest_edits(left, right)
    assert all(left[i] == right[j] for i, j in pairs)
    assert len(pairs) == _count_shared(left, right)
    assert pairs == sorted(set(pairs))
    assert [j for _, j in pairs] == sorted({j for _, j in pairs})


@given(_few, _few, strategies.integers(0, 4))
def test_beyond_the_bound_what_was_found_counts(
    left: list[str], right: list[str], most: int
) -> None:
    pairs = find_shortest_edits(left, right, most)
    assert all(left[i] == right[j] for i, j in pairs)
    assert [j for _, j in pairs] == sorted({j for _, j in pairs})


def _insert(lines: list[str], word: str, chance: random.Random) -> list[str]:
    places = sorted(chance.sample(range(1, len(lines)), 20), reverse=True)
    changed = list(lines)
    for place in places:
        changed.insert(place, word)
    return changed


@pytest.mark.parametrize("kinds", [1, 3, _LINES], ids=["one line", "three lines", "all different"])
@pytest.mark.parametrize("name", ["broken.py", "notes.txt"])
def test_the_merge_driver_is_done_in_time_with_what_cannot_be_parsed(
    tmp_path: Path, name: str, kinds: int
) -> None:
    chance = random.Random(kinds)
    base = ["def broken(:", *(f"    x = {number % kinds}" for number in range(_LINES))]
    sides = {
        "base": base,
        "ours": _insert(base, "    ours", chance),
        "theirs": _insert(base, "    theirs", chance),
    }
    for side, lines in sides.items():
        (tmp_path / side).write_text("\n".join(lines) + "\n")
    with expect_end():  # a comparison of every line with every other takes minutes
        run_merge_driver(tmp_path / "base", tmp_path / "ours", tmp_path / "theirs", name)
    merged = (tmp_path / "ours").read_text().splitlines()
    assert merged.count("    ours") == merged.count("    theirs") == 20
