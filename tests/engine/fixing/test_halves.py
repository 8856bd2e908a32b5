"""Many are judged together; a group that fails is judged in halves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from devmatrix_guard.engine.fixing.halves import judge_in_halves


class Judge:
    """Finds keys wrong; those of `poison` make a whole group fail."""

    def __init__(self, *, poison: Sequence[int] = (), own: Sequence[int] = ()) -> None:
        self.poison, self.own = set(poison), set(own)
        self.asked: list[list[int]] = []

    def __call__(self, keys: Sequence[int]) -> Mapping[int, str]:
        self.asked.append(list(keys))
        if self.poison & set(keys):
            return dict.fromkeys(keys, "all")
        return dict.fromkeys(self.own & set(keys), "own")


@pytest.mark.parametrize(
    ("poison", "own", "wrong", "most"),
    [
        ((), (), {}, 1),
        ((), (3, 5), {3: "own", 5: "own"}, 3),
        ((7,), (), {7: "all"}, 11),
        ((0, 31), (9,), {0: "all", 31: "all", 9: "own"}, 22),
    ],
    ids=["none", "two by name", "one for all", "both"],
)
def test_those_that_are_wrong_are_named_with_few_judgements(
    poison: tuple[int, ...], own: tuple[int, ...], wrong: dict[int, str], most: int
) -> None:
    judge = Judge(poison=poison, own=own)
    assert judge_in_halves(range(32), judge) == wrong
    assert len(judge.asked) <= most


def test_those_that_are_left_are_judged_again_without_the_wrong_ones() -> None:
    def judge(keys: Sequence[int]) -> Mapping[int, str]:
        return {1: "wrong"} if 1 in keys else dict.fromkeys(keys, "needs 1")

    assert judge_in_halves([1, 2], judge) == {1: "wrong", 2: "needs 1"}


def test_a_group_that_is_judged_no_more_is_wrong_as_a_whole() -> None:
    judge = Judge(poison=range(1000))
    assert judge_in_halves(range(1000), judge, most=1) == dict.fromkeys(range(1000), "all")
    assert len(judge.asked) == 1
