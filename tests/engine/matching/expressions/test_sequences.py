"""Lists are matched in order or in any order, and never take for ever."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.engine.budget import Effort
from devmatrix_guard.engine.matching.expressions.sequences import match_in_any_order, match_in_order
from devmatrix_guard.engine.matching.expressions.types import Env, Envs


def _equal_or_hole(pattern: Any, node: Any, env: Env) -> Envs:
    if pattern[0] == "hole":
        known = env.get(pattern[1], node)
        return [{**env, pattern[1]: node}] if known == node else []
    return [env] if pattern[1] == node else []


def test_each_pattern_takes_an_item_of_its_own() -> None:
    patterns = [("is", "a"), ("hole", "X")]
    assert match_in_any_order(
        patterns, ["b", "a"], {}, _equal_or_hole, Effort(), less_is_ok=False
    ) == [{"X": "b"}]
    assert (
        match_in_any_order(
            patterns, ["a", "b", "c"], {}, _equal_or_hole, Effort(), less_is_ok=False
        )
        == []
    )
    found = match_in_any_order(
        patterns, ["a", "b", "c"], {}, _equal_or_hole, Effort(), less_is_ok=True
    )
    assert sorted(env["X"] for env in found) == ["b", "c"]


def test_a_pattern_that_fits_nothing_ends_the_search_at_once() -> None:
    tried = 0

    def counted(pattern: Any, node: Any, env: Env) -> Envs:
        nonlocal tried
        tried += 1
        return _equal_or_hole(pattern, node, env)

    holes: list[Any] = [("hole", f"X{i}") for i in range(12)]
    items = [f"item {i}" for i in range(13)]
    assert (
        match_in_any_order([*holes, ("is", "none")], items, {}, counted, Effort(), less_is_ok=False)
        == []
    )
    assert tried <= 13 * 13


def test_many_holes_give_a_bounded_number_of_arrangements() -> None:
    holes: list[Any] = [("hole", f"X{i}") for i in range(9)]
    items = [f"item {i}" for i in range(9)]
    found = match_in_any_order(holes, items, {}, _equal_or_hole, Effort(), less_is_ok=False)
    assert 0 < len(found) <= 256
    assert all(len(set(env.values())) == 9 for env in found)


def test_dots_stand_for_any_number_of_items() -> None:
    patterns = [("is", "a"), ("dots",), ("is", "c")]
    for items, matches in ((["a", "c"], 1), (["a", "b", "b", "c"], 1), (["a", "b"], 0)):
        assert len(match_in_order(patterns, items, {}, _equal_or_hole, Effort())) == matches


def test_neighbouring_dots_are_one() -> None:
    patterns: list[Any] = [*[("dots",)] * 40, ("is", "b")]
    assert len(match_in_order(patterns, ["a"] * 30 + ["b"], {}, _equal_or_hole, Effort())) == 1


def test_dots_before_the_last_pattern_need_an_item_to_be_left() -> None:
    dots: Any = ("dots",)
    patterns = [dots, dots]
    assert match_in_order(patterns, [], {}, _equal_or_hole, Effort()) == []
    assert match_in_order(patterns, ["a"], {}, _equal_or_hole, Effort()) == [{}]
    behind = [("is", "a"), dots, dots]
    assert match_in_order(behind, ["a"], {}, _equal_or_hole, Effort()) == []
    assert match_in_order([dots, dots, ("is", "a")], ["a"], {}, _equal_or_hole, Effort()) == [{}]
