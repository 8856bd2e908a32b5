"""The line merge: what meets is a clash, what does not is merged, and git agrees."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.generator.regenerate.diff3 import Overlap, match_lines, merge_lines

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=12)


def test_changes_apart_are_both_taken() -> None:
    assert merge_lines("abcde", "Abcde", "abcdE") == list("AbcdE")


def test_neighbouring_changes_are_both_taken() -> None:
    assert merge_lines("abcd", "aBcd", "abCd") == list("aBCd")


def test_the_same_change_is_taken_once() -> None:
    assert merge_lines("abc", "aXc", "aXc") == list("aXc")


def test_different_changes_of_one_line_clash() -> None:
    assert merge_lines("abc", "aXc", "aYc") == ["a", Overlap(("b",), ("X",), ("Y",)), "c"]


def test_additions_at_one_place_clash() -> None:
    assert merge_lines("ab", "aXb", "aYb") == ["a", Overlap((), ("X",), ("Y",)), "b"]


def test_a_deletion_and_a_change_clash() -> None:
    assert merge_lines("abc", "ac", "aXc") == ["a", Overlap(("b",), (), ("X",)), "c"]


def test_what_both_changed_alike_stays_out_of_the_clash() -> None:
    merged = merge_lines("abc", "aXBc", "aXCc")
    assert merged == ["a", "X", Overlap(("b",), ("B",), ("C",)), "c"]


@given(LINES, LINES)
def test_matching_pairs_equal_elements_and_rises(left: list[str], right: list[str]) -> None:
    pairs = match_lines(left, right)
    assert all(left[i] == right[j] for i, j in pairs)
    assert pairs == sorted(set(pairs))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


@given(LINES, LINES)
def test_without_a_change_of_one_side_the_other_is_the_result(
    base: list[str], changed: list[str]
) -> None:
    assert merge_lines(base, base, changed) == changed
    assert merge_lines(base, changed, base) == changed
    assert merge_lines(base, changed, changed) == changed


@given(LINES, LINES, LINES)
def test_the_sides_may_be_swapped(base: list[str], one: list[str], other: list[str]) -> None:
    swapped = [
        Overlap(piece.base, piece.theirs, piece.ours) if isinstance(piece, Overlap) else piece
        for piece in merge_lines(base, other, one)
    ]
    assert merge_lines(base, one, other) == swapped


@given(LINES, LINES, LINES)
def test_nothing_of_a_side_is_lost(base: list[str], ours: list[str], theirs: list[str]) -> None:
    merged = merge_lines(base, ours, theirs)
    shown = [
        line
        for piece in merged
        for line in ((*piece.ours, *piece.theirs) if isinstance(piece, Overlap) else (piece,))
    ]
    for line in set(ours) | set(theirs):
        if line not in base:
            assert line in shown


def _git_merge(folder: Path, base: list[str], ours: list[str], theirs: list[str]) -> str | None:
    for name, lines in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    command = ["git", "merge-file", "-p", "ours", "base", "theirs"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _edited(lines: list[str], draw: random.Random, mark: str) -> list[str]:
    lines = list(lines)
    for number in range(draw.randrange(1, 4)):
        place = draw.randrange(len(lines))
        kind = draw.randrange(3)
        if kind == 0:
            lines[place] = f"{mark}{number}"
        elif kind == 1:
            lines.insert(place, f"{mark}{number}")
        else:
            del lines[place]
    return lines


@pytest.mark.parametrize("seed", range(60))
def test_where_git_merges_the_result_is_the_same(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    base = [f"line {number}" for number in range(draw.randrange(6, 30))]
    ours, theirs = _edited(base, draw, "ours "), _edited(base, draw, "theirs ")
    git = _git_merge(tmp_path, base, ours, theirs)
    merged = merge_lines(base, ours, theirs)
    if git is not None:
        assert git == "".join(f"{piece}\n" for piece in merged)
