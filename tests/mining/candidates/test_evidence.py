"""A rule is worth its evidence, and each stage asks for more of it."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.mining.candidates.evidence import decide_stage
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.knowledge.shares import calculate_wilson_low, weigh


def _evidence(**counts: Any) -> Evidence:
    known: dict[str, Any] = {"commits": 3, "files": 2, "sites_fixed": 3, "replay_added_lines": 2000}
    return weigh(Evidence(**{**known, **counts}))


@pytest.mark.parametrize(
    ("good", "total", "low"), [(0, 0, 0.0), (1, 1, 0.270), (2, 2, 0.425), (3, 3, 0.526)]
)
def test_the_bound_is_one_sided(good: int, total: int, low: float) -> None:
    assert calculate_wilson_low(good, total) == pytest.approx(low, abs=1e-3)


@pytest.mark.parametrize(
    ("counts", "has_fix", "stage"),
    [
        ({}, True, "block"),
        ({}, False, "warn"),
        ({"files": 1}, True, "warn"),
        ({"sites_fixed": 9, "commits": 9, "left_alone": 1}, True, "warn"),
        ({"sites_fixed": 9, "commits": 3, "left_alone": 1}, True, "candidate"),
        ({"replay_alarms": 2}, True, "advise"),
        ({"replay_alarms": 1}, True, "warn"),
        ({"sites_fixed": 2}, True, "warn"),
        ({"sites_fixed": 9, "commits": 2}, True, "candidate"),
        ({"sites_fixed": 40, "commits": 1}, True, "candidate"),
        ({"left_alone": 3}, True, "candidate"),
        ({"also": ("ruff F821",)}, True, "warn"),
        ({"sites_fixed": 40, "commits": 1, "bulk_commits": 1}, True, "advise"),
        ({"sites_fixed": 40, "commits": 3, "bulk_commits": 2}, True, "advise"),
        ({"sites_fixed": 40, "commits": 3, "bulk_commits": 1}, True, "block"),
        ({"sites_fixed": 9, "commits": 1, "bulk_commits": 1, "left_alone": 9}, True, "candidate"),
        ({"commits": 1, "bulk_commits": 1, "replay_alarms": 9}, True, "advise"),
        ({"reverse_edits": 1}, True, "candidate"),
    ],
)
def test_each_stage_asks_for_its_evidence(
    counts: dict[str, Any], has_fix: bool, stage: str
) -> None:
    found, missing = decide_stage(_evidence(**counts), has_fix=has_fix)
    assert found == stage
    assert bool(missing) == (stage != "block")
