from __future__ import annotations

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.run import (
    RUN_STATUSES,
    ErrorSighting,
    ErrorTrend,
    GenerationEvent,
    PipelineRun,
)

RUN = PipelineRun(
    id="r1",
    command="generate",
    started_at="2026-01-01T10:00:00Z",
    completed_at="2026-01-01T10:00:01Z",
    status="succeeded",
    spec_hash="s",
    ir_hash="i",
    details={"cpu_ms": 140},
    phases={"emit": {"ms": 90}},
    compliance_score=0.98,
    tokens_used=7,
    duration_ms=1000.0,
    files_generated=84,
    errors_count=1,
)
EVENT = GenerationEvent(
    run_id="r1",
    sequence=1,
    kind="file-written",
    at="2026-01-01T10:00:00Z",
    path="src/main.py",
    stratum="template",
    infra_pattern="main@1",
    success=True,
    duration_ms=0.5,
    details={"bytes": 900},
    phase="emit",
)
LATER = "2026-02-01T00:00:00Z"


def test_a_run_and_its_events_come_back_as_written(memory: Memory) -> None:
    for value in (RUN, EVENT):
        assert all(value)
    memory.runs.save(RUN)
    memory.runs.add_events([EVENT])
    assert memory.runs.get("r1") == RUN
    assert memory.runs.list_events("r1") == (EVENT,)


def test_a_bare_run_and_a_bare_event_come_back(memory: Memory) -> None:
    run = PipelineRun("r", "verify", "2026-01-01T00:00:00Z")
    event = GenerationEvent("r", 0, "start", "2026-01-01T00:00:00Z")
    memory.runs.save(run)
    memory.runs.add_events([event])
    assert (memory.runs.get("r"), memory.runs.list_events("r")) == (run, (event,))
    assert memory.runs.get("nowhere") is None


def test_a_run_is_brought_up_to_date_when_it_ends(memory: Memory) -> None:
    memory.runs.save(RUN._replace(status="running", completed_at=None))
    memory.runs.add_events([EVENT])
    memory.runs.save(RUN)
    assert memory.runs.list_recent() == (RUN,)
    assert memory.runs.list_events("r1") == (EVENT,)


def test_events_come_in_order_and_once(memory: Memory) -> None:
    memory.runs.save(RUN)
    events = [EVENT._replace(sequence=n, success=n % 2 == 0) for n in range(5)]
    memory.runs.add_events(reversed(events))
    memory.runs.add_events(events)
    assert memory.runs.list_events("r1") == tuple(events)


def test_recent_runs_are_the_newest_first_and_can_be_narrowed(memory: Memory) -> None:
    for n, command in enumerate(["learn", "generate", "verify"]):
        at = f"2026-01-0{n + 1}T00:00:00Z"
        memory.runs.save(RUN._replace(id=f"r{n}", command=command, started_at=at, completed_at=at))
    assert [r.id for r in memory.runs.list_recent()] == ["r2", "r1", "r0"]
    assert [r.id for r in memory.runs.list_recent(limit=1)] == ["r2"]
    assert [r.id for r in memory.runs.list_recent(command="learn")] == ["r0"]
    assert memory.runs.list_recent(spec_hash="other") == ()


@pytest.mark.parametrize("status", [s for s in RUN_STATUSES if s != "running"])
def test_every_final_status_is_accepted(memory: Memory, status: str) -> None:
    memory.runs.save(RUN._replace(status=status))
    assert memory.runs.list_recent()[0].status == status


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"status": "lost"}, id="unknown status"),
        pytest.param({"status": "running"}, id="running and completed"),
        pytest.param({"completed_at": None}, id="succeeded and not completed"),
        pytest.param({"completed_at": "2025-01-01T00:00:00Z"}, id="completed before it began"),
        pytest.param({"compliance_score": 1.2}, id="score above 1"),
        pytest.param({"compliance_score": -3.0}, id="score below 0"),
        pytest.param({"tokens_used": -1}, id="negative tokens"),
        pytest.param({"id": ""}, id="no id"),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(memory: Memory, facts: dict[str, object]) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.runs.save(RUN._replace(**facts))  # type: ignore[arg-type]  # any field
    assert memory.runs.list_recent() == ()


@pytest.mark.parametrize("facts", [{"run_id": "nowhere"}, {"stratum": "magic"}, {"sequence": -1}])
def test_an_event_that_makes_no_sense_is_refused(memory: Memory, facts: dict[str, object]) -> None:
    memory.runs.save(RUN)
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.runs.add_events([EVENT, EVENT._replace(**facts)])  # type: ignore[arg-type]
    assert memory.runs.list_events("r1") == ()


def test_errors_are_counted_by_type_and_signature(memory: Memory) -> None:
    first = ErrorSighting("ImportError", "no module x", "2026-01-01T00:00:00Z")
    memory.runs.record_errors([first, first._replace(at=LATER)])
    memory.runs.record_errors([first._replace(signature="no module y", at=LATER)])
    assert memory.runs.count_errors() == (
        ErrorTrend("ImportError", "no module x", 2, "2026-01-01T00:00:00Z", LATER),
        ErrorTrend("ImportError", "no module y", 1, LATER, LATER),
    )
    assert len(memory.runs.count_errors(since=LATER)) == 2
    assert memory.runs.count_errors(since="2027") == ()


def test_an_older_sighting_moves_the_first_date_only(memory: Memory) -> None:
    memory.runs.record_errors(ErrorSighting("E", "s", at) for at in (LATER, "2026-01-01T00:00:00Z"))
    (trend,) = memory.runs.count_errors()
    assert (trend.first_seen, trend.last_seen) == ("2026-01-01T00:00:00Z", LATER)


def test_fixes_are_counted_and_timed_where_a_time_is_known(memory: Memory) -> None:
    seen = ErrorSighting("E", "s", LATER)
    memory.runs.record_errors(
        [
            seen,
            seen._replace(fixed_by="repair-1", fix_ms=100.0, auto_fixed=True),
            seen._replace(fixed_by="commit-2", fix_ms=300.0),
            seen._replace(fixed_by="commit-3"),
        ]
    )
    (trend,) = memory.runs.count_errors()
    assert trend == ErrorTrend("E", "s", 4, LATER, LATER, "commit-3", 1, 200.0)


def test_an_error_without_type_is_refused(memory: Memory) -> None:
    with pytest.raises(MemoryStoreError, match="refuses"):
        memory.runs.record_errors([ErrorSighting("", "s", LATER)])
