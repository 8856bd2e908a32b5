from __future__ import annotations

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.infra import InfraOutcome, InfraRecord
from devmatrix_guard.model.knowledge.learning import InfraTally
from devmatrix_guard.model.knowledge.run import PipelineRun
from tests.contract.build import infra_pattern

AT = "2026-01-01T00:00:00Z"


def test_a_pattern_comes_back_as_it_was_written(memory: Memory) -> None:
    memory.infra.save([infra_pattern()])
    assert memory.infra.find_exact("dockerfile", 1) == infra_pattern()
    assert memory.infra.find_exact("dockerfile", 2) is None
    assert memory.infra.find_latest("nowhere") is None


def test_the_newest_version_is_the_latest_and_older_ones_stay(memory: Memory) -> None:
    versions = [infra_pattern(version=n) for n in (1, 10, 2)]
    memory.infra.save([*versions, infra_pattern("compose")])
    assert memory.infra.find_latest("dockerfile") == infra_pattern(version=10)
    assert memory.infra.find_exact("dockerfile", 1) == infra_pattern(version=1)
    assert [p.reference for p in memory.infra.list_all()] == ["compose@1", "dockerfile@10"]


def test_saving_again_changes_nothing(memory: Memory) -> None:
    assert memory.infra.save([infra_pattern()]) == 1
    assert memory.infra.save([infra_pattern()]) == 0


def test_a_frozen_version_cannot_be_changed(memory: Memory) -> None:
    memory.infra.save([infra_pattern()])
    with pytest.raises(MemoryStoreError, match="freeze a new version"):
        memory.infra.save([infra_pattern("compose"), infra_pattern()._replace(body="other")])
    assert memory.infra.list_all() == (infra_pattern(),)


def test_a_version_that_is_not_frozen_can_be_changed_and_then_frozen(memory: Memory) -> None:
    draft = infra_pattern(frozen_at=None, body="draft")
    memory.infra.save([draft])
    assert memory.infra.list_drafts() == (draft,)
    assert not memory.infra.is_empty()
    assert memory.infra.find_latest("dockerfile") is None
    assert memory.infra.list_all() == ()
    assert memory.infra.find_exact("dockerfile", 1) == draft
    assert memory.infra.save([infra_pattern()]) == 1
    assert memory.infra.find_latest("dockerfile") == infra_pattern()
    assert memory.infra.list_drafts() == ()


def test_no_pattern_at_all_is_told(memory: Memory) -> None:
    assert memory.infra.is_empty()
    memory.infra.record_outcomes([])
    assert memory.infra.is_empty()
    memory.infra.save([infra_pattern()])
    assert not memory.infra.is_empty()


def test_a_draft_does_not_hide_the_frozen_version_before_it(memory: Memory) -> None:
    memory.infra.save([infra_pattern(), infra_pattern(version=2, frozen_at=None)])
    assert memory.infra.find_latest("dockerfile") == infra_pattern()
    assert memory.infra.list_all() == (infra_pattern(),)


def test_the_success_rate_comes_from_outcomes_and_can_fall(memory: Memory) -> None:
    assert memory.infra.list_records() == ()
    memory.infra.record_outcomes([InfraOutcome("dockerfile", 1, AT, True, "smoke")])
    assert memory.infra.list_records() == (InfraRecord("dockerfile", 1, 1, 1),)
    memory.infra.record_outcomes([InfraOutcome("dockerfile", 1, AT, False, "tests")])
    (record,) = memory.infra.list_records()
    assert record.success_rate == 0.5


def test_one_outcome_written_twice_counts_once(memory: Memory) -> None:
    memory.runs.save(PipelineRun("r1", "verify", AT))
    outcome = InfraOutcome("main", 1, AT, True, "smoke", "r1")
    for again in (outcome, outcome._replace(run_id=None)):
        memory.infra.record_outcomes([again])
        memory.infra.record_outcomes([again])
    assert memory.infra.list_records() == (InfraRecord("main", 1, 2, 2),)


def test_a_run_is_one_use_that_went_well_where_all_its_checks_did(memory: Memory) -> None:
    for name in ("r1", "r2", "r3"):
        memory.runs.save(PipelineRun(name, "verify", AT))
    outcomes = [
        InfraOutcome("main", 1, AT, good, check, run)
        for run, check, good in (
            ("r1", "imports", True),
            ("r1", "tests", False),
            ("r2", "imports", True),
            ("r2", "tests", True),
        )
    ]
    memory.infra.record_outcomes(outcomes)
    memory.infra.record_outcomes(outcomes)
    later = "2026-11-23T00:30:00.000Z"
    memory.infra.record_outcomes([InfraOutcome("main", 1, later, True, "tests", "r3")])
    first, second = memory.infra.list_tallies()
    assert (first.successes, first.failures) == (1, 1)
    assert second == InfraTally("main", 1, "2026-11-23", 1, 0)
    assert memory.infra.list_tallies(since="2026-11-20") == (second,)


def test_a_use_that_fails_after_all_changes_its_side(memory: Memory) -> None:
    memory.runs.save(PipelineRun("r1", "verify", AT))
    memory.infra.record_outcomes([InfraOutcome("main", 1, AT, True, "imports", "r1")])
    memory.infra.record_outcomes([InfraOutcome("main", 1, AT, False, "tests", "r1")])
    (tally,) = memory.infra.list_tallies()
    assert (tally.successes, tally.failures) == (0, 1)


def test_frozen_versions_of_patterns_are_listed_with_their_hash(memory: Memory) -> None:
    memory.infra.save([infra_pattern(), infra_pattern(version=2, frozen_at=None)])
    one = infra_pattern()
    assert memory.infra.list_versions(["dockerfile", "nowhere"]) == (("dockerfile", 1, one.sha),)
    assert memory.infra.list_versions([]) == ()


@pytest.mark.parametrize(
    "facts", [{"version": 0}, {"pattern_id": ""}, {"body": ""}, {"frozen_at": "yesterday"}]
)
def test_nonsense_is_refused(memory: Memory, facts: dict[str, object]) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.infra.save([infra_pattern()._replace(**facts)])  # type: ignore[arg-type]
    assert memory.infra.list_all() == ()


def test_an_outcome_of_an_unknown_run_is_refused(memory: Memory) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.infra.record_outcomes([InfraOutcome("main", 1, AT, True, "smoke", "nowhere")])
