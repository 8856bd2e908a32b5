from __future__ import annotations

import pytest

from devmatrix_guard.mining.fix_patterns.choice import APPLY, SHOW, calibrate, choose_fix
from devmatrix_guard.model.finding import Doubt, Finding, Fix
from devmatrix_guard.model.knowledge.knowledge import PatternRecord
from devmatrix_guard.model.knowledge.pattern import Evidence
from tests.contract.build import fix_pattern

FINDING = Finding("r", "a.py", 1, 1, 1, 5, "warn", "WARNING", None, "wrong", fix=Fix(()))
SURE = fix_pattern(evidence=Evidence(commits=3, sites_fixed=5))
MIGRATION = fix_pattern(evidence=Evidence(commits=1, sites_fixed=30, bulk_commits=1))


@pytest.mark.parametrize(
    ("fixed", "left", "uses", "success", "confidence"),
    [
        pytest.param(0, 0, 0, None, 1 / 2, id="nothing known"),
        pytest.param(5, 0, 0, None, 6 / 7, id="fixed everywhere"),
        pytest.param(5, 5, 0, None, 6 / 12, id="left alone as often"),
        pytest.param(5, 0, 4, 0.0, 6 / 11, id="uses that failed speak against it"),
        pytest.param(5, 0, 4, 1.0, 10 / 11, id="uses that went well speak for it"),
        pytest.param(0, 0, 3, 2 / 3, 3 / 5, id="only uses"),
    ],
)
def test_confidence_is_the_mean_of_what_was_counted(
    fixed: int, left: int, uses: int, success: float | None, confidence: float
) -> None:
    pattern = fix_pattern(evidence=Evidence(sites_fixed=fixed, left_alone=left))
    assert calibrate(pattern, PatternRecord(uses, success)) == pytest.approx(confidence)


def test_a_sure_pattern_is_applied_and_an_unsure_one_shown() -> None:
    record = PatternRecord()
    assert choose_fix(FINDING, SURE, record).decision == APPLY
    assert choose_fix(FINDING, SURE, record, threshold=0.9).decision == SHOW
    assert choose_fix(FINDING, SURE, PatternRecord(2, 0.0)).decision == SHOW


def test_a_migration_is_applied_when_a_person_has_confirmed_it() -> None:
    assert choose_fix(FINDING, MIGRATION, PatternRecord()).decision == SHOW
    chosen = choose_fix(FINDING, MIGRATION, PatternRecord(), is_approved=True)
    assert chosen.decision == APPLY


@pytest.mark.parametrize("stage", ["warn", "block"])
def test_a_persons_rule_needs_no_count(stage: str) -> None:
    chosen = choose_fix(FINDING._replace(stage=stage), None, PatternRecord())
    assert (chosen.decision, chosen.confidence) == (APPLY, None)
    assert choose_fix(FINDING._replace(stage="advise"), None, PatternRecord()).decision == SHOW


@pytest.mark.parametrize("fix", [None, Fix((), Doubt("names", "a name may mean another"))])
def test_what_is_not_safe_is_never_applied(fix: Fix | None) -> None:
    chosen = choose_fix(FINDING._replace(fix=fix), SURE, PatternRecord(), threshold=0.0)
    assert chosen.decision == SHOW
    assert fix is None or chosen.reason == "a name may mean another"
