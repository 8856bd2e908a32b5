"""Which version of an InfraPattern is used, by what is recorded of it."""

from __future__ import annotations

from datetime import date

import pytest

from devmatrix_guard.commands.loop.versions import choose_versions, list_ranks, rank_versions
from devmatrix_guard.model.knowledge.learning import InfraTally
from devmatrix_guard.model.posterior import Posterior

TODAY = date(2026, 11, 30)
USED, OLD = ("main", 2, "s2"), ("main", 1, "s1")


def choose(new: tuple[float, float], old: tuple[float, float] = (0, 0)) -> int:
    posteriors = {("main", 2): Posterior(*new), ("main", 1): Posterior(*old)}
    choices = choose_versions([USED], [USED, OLD], posteriors)
    return choices[0].version if choices else 2


@pytest.mark.parametrize(
    ("new", "old", "version"),
    [
        pytest.param((0, 0), (50, 0), 2, id="a new version gets its trial"),
        pytest.param((0, 1), (50, 0), 2, id="one failure may be chance"),
        pytest.param((0, 2), (0, 0), 1, id="two failures and no success"),
        pytest.param((0, 2), (50, 0), 1, id="against a proven one"),
        pytest.param((0, 2), (0, 2), 2, id="when the other is no better"),
        pytest.param((40, 2), (0, 0), 2, id="two failures among many"),
        pytest.param((5, 5), (50, 0), 1, id="half against all"),
        pytest.param((0, 1.2), (50, 0), 2, id="failures that have faded"),
    ],
)
def test_a_version_is_left_when_another_is_surely_better(
    new: tuple[float, float], old: tuple[float, float], version: int
) -> None:
    assert choose(new, old) == version


def test_the_reason_counts_what_was_recorded() -> None:
    (choice,) = choose_versions([USED], [OLD], {("main", 2): Posterior(0, 2)})
    assert (choice.avoided, choice.sha) == (2, "s1")
    assert choice.reason == "failed 2 of 2; version 1 has not been tried"


def test_outcomes_weigh_half_after_a_quarter_of_a_year() -> None:
    tallies = [
        InfraTally("main", 1, "2026-11-30", 4, 0),
        InfraTally("main", 1, "2026-09-01", 4, 2),
        InfraTally("old", 1, "2025-11-30", 8, 0),
    ]
    rates = rank_versions(tallies, TODAY)
    assert rates["main", 1] == Posterior(6.0, 1.0)
    assert rates["old", 1].successes == pytest.approx(8 * 0.5 ** (365 / 90))


def test_ranks_begin_with_the_likeliest() -> None:
    rates = {("a", 1): Posterior(0, 3), ("b", 1): Posterior(9, 0), ("c", 1): Posterior(1, 0)}
    assert [rank.reference for rank in list_ranks(rates)] == ["b@1", "c@1", "a@1"]
