from __future__ import annotations

import pytest

from devmatrix_guard.memory.fusion import fuse


def test_first_in_every_ranking_scores_one() -> None:
    assert fuse({"a": ["x"], "b": ["x"]}) == [("x", 1.0, {"a": 1, "b": 1})]


def test_two_middling_ranks_beat_one_good_one() -> None:
    fused = fuse({"a": ["alone", "both"], "b": ["other", "both"]})
    assert [key for key, _, _ in fused] == ["both", "alone", "other"]
    assert fused[1][1] == pytest.approx(fused[2][1])


def test_a_ranking_by_little_of_what_was_asked_counts_for_little() -> None:
    rankings = {"words": ["meant", "b", "c"], "spelling": ["c", "b", "other"]}
    assert fuse(rankings)[0][0] == "c"
    fused = fuse(rankings, {"spelling": 0.01})
    assert [key for key, _, _ in fused] == ["meant", "b", "c", "other"]
    assert fuse({"a": ["x"], "b": ["x"]}, {"b": 0.1})[0][1] == pytest.approx(1.0)


def test_nothing_gives_nothing() -> None:
    assert fuse({}) == fuse({"a": []}) == []
