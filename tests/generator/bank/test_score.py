"""A candidate's score: the notes' weights and thresholds, and what was not measured."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.generator.bank.score import Measured, find_shortfalls

GOOD = Measured(
    specs=("a", "b", "c"),
    success=1.0,
    coverage=0.9,
    validation=1.0,
    performance=1.0,
    reusability=1.0,
    code_quality=1.0,
    security="HIGH",
)


def test_the_weights_are_those_of_the_notes() -> None:
    assert GOOD.quality == pytest.approx(0.35 + 0.35 * 0.9 + 0.20 + 0.10)
    assert GOOD.score == pytest.approx(0.4 * GOOD.quality + 0.3 + 0.2 + 0.1)
    assert GOOD._replace(security="LOW").score == pytest.approx(GOOD.score - 0.2)


def test_what_was_not_measured_counts_for_nothing() -> None:
    plain = GOOD._replace(coverage=None)
    assert plain.quality == pytest.approx(1.0)
    assert find_shortfalls(plain) == []
    assert Measured().quality == 0.0


def test_nothing_stands_against_a_good_candidate() -> None:
    assert find_shortfalls(GOOD) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"specs": ("a", "b")}, "applied to 2 specs"),
        ({"success": 0.94}, "success is 0.940"),
        ({"success": None}, "no check ran"),
        ({"coverage": 0.79}, "coverage is 0.790"),
        ({"validation": 0.0, "performance": 0.0, "coverage": 0.8}, "quality is"),
        ({"security": "LOW"}, "security is LOW"),
        ({"regressions": ("tests of a",)}, "tests of a"),
    ],
)
def test_each_threshold_stands_against_a_candidate(change: dict[str, Any], said: str) -> None:
    assert said in "; ".join(find_shortfalls(GOOD._replace(**change)))
    assert find_shortfalls(GOOD._replace(success=0.95, coverage=0.80, security="MEDIUM")) == []
