from __future__ import annotations

import pytest

from devmatrix_guard.memory.base import Memory, VectorItem
from devmatrix_guard.model.knowledge.run import GenerationEvent, PipelineRun
from devmatrix_guard.model.knowledge.trend import DayOfRuns, FailingSpec, GrowingError, SimilarRun


def run(number: int, day: int, status: str = "succeeded", **facts: object) -> PipelineRun:
    begun, ended = (f"2026-03-{day:02}T1{hour}:00:00.000Z" for hour in (0, 1))
    done = None if status == "running" else ended
    made = PipelineRun(f"r{number}", "generate", begun, done, status)
    return made._replace(**facts)  # type: ignore[arg-type]  # any field


def save(memory: Memory, *runs: PipelineRun) -> None:
    for one in runs:
        memory.runs.save(one)


def test_days_count_the_runs_that_ended(memory: Memory) -> None:
    save(
        memory,
        run(1, 1, compliance_score=0.5),
        run(2, 1, "failed", compliance_score=1.0),
        run(3, 2),
        run(4, 2, "running"),
        run(5, 9),
    )
    assert memory.trends.count_days(since="2026-03-01T00:00:00Z") == (
        DayOfRuns("2026-03-01", 2, 1, 0.75),
        DayOfRuns("2026-03-02", 1, 1, None),
        DayOfRuns("2026-03-09", 1, 1, None),
    )
    assert [d.day for d in memory.trends.count_days(since="2026-03-02T12:00:00Z")] == ["2026-03-09"]


def test_specs_that_keep_failing_are_named(memory: Memory) -> None:
    save(
        memory,
        *(run(n, 1, "failed", spec_hash="never") for n in (1, 2, 3)),
        *(run(n, 1, spec_hash="poor", compliance_score=0.6) for n in (4, 5)),
        *(run(n, 1, spec_hash="good", compliance_score=0.9) for n in (6, 7)),
        run(8, 1, "failed", spec_hash="once"),
        run(9, 1, "failed"),
    )
    assert memory.trends.list_failing_specs() == (
        FailingSpec("never", 3, 0, None),
        FailingSpec("poor", 2, 2, pytest.approx(0.6)),
    )
    assert [s.spec_hash for s in memory.trends.list_failing_specs(fewest=1)] == [
        "never", "poor", "once",
    ]  # fmt: skip


def test_errors_that_grow_are_named_by_their_growth(memory: Memory) -> None:
    save(memory, run(1, 1))
    met = {"A": [3, 17, 18, 19], "B": [4, 5, 20], "C": [16, 21], "D": [1, 2], "E": []}
    events = [(kind, day) for kind, days in met.items() for day in days]
    memory.runs.add_events(
        GenerationEvent(
            "r1",
            n,
            "error",
            f"2026-03-{day:02}T10:00:00Z",
            details={"type": kind, "signature": "s"},
        )
        for n, (kind, day) in enumerate(events)
    )
    assert memory.trends.list_growing_errors(until="2026-03-22T00:00:00Z", days=7) == (
        GrowingError("A", "s", 3, 0),
        GrowingError("C", "s", 2, 0),
        GrowingError("B", "s", 1, 0),
    )
    grown = memory.trends.list_growing_errors(until="2026-03-22T00:00:00Z", days=14)
    assert grown == (GrowingError("A", "s", 3, 1), GrowingError("C", "s", 2, 0))


def test_runs_like_one_that_failed_and_succeeded_are_found(memory: Memory) -> None:
    def item(key: str, angle: float, status: str) -> VectorItem:
        return VectorItem(key, [1.0, angle], {"status": status, "compliance": 0.9})

    items = [item("bad", 0.0, "failed"), item("near", 0.1, "succeeded")]
    items += [item("far", 5.0, "succeeded"), item("worse", 0.05, "failed")]
    memory.vectors.upsert("pipeline_runs", "m", items)
    found = memory.trends.list_similar_runs(memory.vectors, "m", "bad")
    assert [one.run_id for one in found] == ["near", "far"]
    assert found[0] == SimilarRun("near", pytest.approx(0.995, abs=1e-3), 0.9)
    assert memory.trends.list_similar_runs(memory.vectors, "m", "unknown") == ()
