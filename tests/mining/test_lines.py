"""Hunks turn the old lines into the new ones, and are as few and small as they can be."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.model.diff import Hunk


def spans(old: str, new: str) -> list[tuple[int, int, int, int]]:
    found = diff_lines(old.encode(), new.encode())
    return [(h.old_start, h.old_count, h.new_start, h.new_count) for h in found]


def lines(letters: str) -> str:
    return "".join(f"{letter}\n" for letter in letters)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("", "", []),
        ("abc", "abc", []),
        ("", "a", [(0, 0, 1, 1)]),
        ("a", "", [(1, 1, 0, 0)]),
        ("abc", "abxc", [(2, 0, 3, 1)]),
        ("abc", "ac", [(2, 1, 1, 0)]),
        ("abc", "axc", [(2, 1, 2, 1)]),
        ("abc", "xbc", [(1, 1, 1, 1)]),
        ("abc", "abx", [(3, 1, 3, 1)]),
        ("abcde", "axcye", [(2, 1, 2, 1), (4, 1, 4, 1)]),
        ("abcd", "axyd", [(2, 2, 2, 2)]),
        ("aab", "ab", [(2, 1, 1, 0)]),
        ("abab", "ab", [(3, 2, 2, 0)]),
        ("abab", "baba", [(0, 0, 1, 1), (4, 1, 4, 0)]),
        ("aabb", "bbaa", [(0, 0, 1, 2), (3, 2, 4, 0)]),
        ("abc", "cab", [(0, 0, 1, 1), (3, 1, 3, 0)]),
    ],
)
def test_hunks_are_where_lines_changed(
    old: str, new: str, found: list[tuple[int, int, int, int]]
) -> None:
    assert spans(lines(old), lines(new)) == found


def apply(old: bytes, hunks: tuple[Hunk, ...]) -> bytes:
    """Apply hunks from the last to the first."""
    text = old.splitlines(keepends=True)
    for hunk in reversed(hunks):
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        assert tuple(text[start : start + hunk.old_count]) == hunk.removed
        text[start : start + hunk.old_count] = hunk.added
    return b"".join(text)


@pytest.mark.parametrize("seed", range(40))
def test_hunks_applied_give_the_new_text(seed: int) -> None:
    chance = random.Random(seed)
    old = "".join(f"{chance.choice('abcdef')}\n" for _ in range(chance.randint(0, 30)))
    new = [line for line in old.splitlines(keepends=True) if chance.random() < 0.8]
    for _ in range(chance.randint(0, 5)):
        new.insert(chance.randint(0, len(new)), f"{chance.choice('abxyz')}\n")
    hunks = diff_lines(old.encode(), "".join(new).encode())
    assert apply(old.encode(), hunks) == "".join(new).encode()
    for one, other in pairwise(hunks):
        apart = one.old_start + one.old_count < other.old_start + (not other.old_count)
        assert apart or one.new_start + one.new_count < other.new_start + (not other.new_count)


def test_very_long_gaps_are_replaced_whole() -> None:
    old = b"".join(b"a%d\n" % (n % 7) for n in range(600))
    new = b"".join(b"a%d\n" % (n % 5) for n in range(600))
    hunks = diff_lines(b"x\n" + old, b"y\n" + new)
    assert apply(b"x\n" + old, hunks) == b"y\n" + new
