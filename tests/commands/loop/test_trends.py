"""What the runs of generated applications add up to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devmatrix_guard.commands.loop.trends import (
    find_anomalies,
    read_trends,
    render_trends_json,
    run_trends,
)
from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.learning import ErrorPattern, FixEdit, SpecSignature
from devmatrix_guard.model.knowledge.run import GenerationEvent, PipelineRun
from devmatrix_guard.model.knowledge.trend import DayOfOutcomes, Trends
from devmatrix_guard.reports.period.period_html import render_page
from devmatrix_guard.reports.period.trends import list_trend_sections, write_trend_lines
from tests.commands.loop.helpers import generate, judge, passed

UNTIL = datetime(2026, 3, 31, tzinfo=UTC)


def run(number: int, command: str, status: str = "succeeded", **facts: object) -> PipelineRun:
    at = f"2026-03-01T10:{number:02}:00.000Z"
    made = PipelineRun(f"r{number:02}", command, at, at, status, "aa")
    return made._replace(**facts)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with open_memory("memory.db", tmp_path) as opened:
        yield opened


def trends_of(memory: Memory, *runs: PipelineRun) -> Trends:
    for one in runs:
        memory.runs.save(one)
    return read_trends(memory, 30, UNTIL)


def test_the_first_verification_after_a_generation_counts_as_first_pass(memory: Memory) -> None:
    trends = trends_of(
        memory,
        run(1, "generate"),
        run(2, "verify", compliance_score=1.0),
        run(3, "verify", "failed", compliance_score=0.5),
        run(4, "generate"),
        run(5, "verify", "failed", compliance_score=0.9),
        run(6, "verify"),
    )
    (day,) = trends.days
    assert day == DayOfOutcomes("2026-03-01", 4, 2, day.compliance, first=2, first_passed=1)
    assert day.compliance == pytest.approx(0.8)
    assert trends.first == (2, 1)


def test_a_comparison_of_the_code_alone_is_a_verification_and_no_first_pass(
    memory: Memory,
) -> None:
    trends = trends_of(
        memory,
        run(1, "generate"),
        run(2, "verify", compliance_score=1.0, details={"tested": False}),
        run(3, "verify", "failed", compliance_score=1.0, details={"tested": True}),
    )
    assert trends.days == (DayOfOutcomes("2026-03-01", 2, 1, 1.0, first=1, first_passed=0),)


@pytest.mark.parametrize("width", [80, 60])
def test_no_line_is_wider_than_the_terminal(memory: Memory, width: int) -> None:
    signature = "ModuleNotFoundError: " + "no such module as this one " * 9
    memory.experience.record_errors([error(1, 1, signature=signature)])
    memory.runs.save(run(1, "verify", "failed"))
    details = {"type": "migrations (PostgreSQL)", "signature": signature}
    at = "2026-03-25T10:00:00Z"
    memory.runs.add_events([GenerationEvent("r01", 0, "error", at, details=details)])
    lines = list(write_trend_lines(read_trends(memory, 30, UNTIL), width))
    assert max(map(len, lines)) <= width
    assert any("ModuleNotFound" in line and line.endswith("1") for line in lines)
    assert "  day         verified  passed  compliance  first pass" in lines


def test_what_was_repaired_before_it_was_verified_did_not_pass_at_once(memory: Memory) -> None:
    trends = trends_of(memory, run(1, "generate"), run(2, "repair"), run(3, "verify"))
    assert trends.first == (1, 0)


def error(number: int, day: int, **facts: object) -> ErrorPattern:
    at = f"2026-03-{day:02}T10:00:00Z"
    made = ErrorPattern(f"e{number}", "tests", f"s{number}", first_seen=at, last_seen=at)
    return made._replace(**facts)


def test_an_error_met_again_after_its_repair_is_a_repeat(memory: Memory) -> None:
    fix = {"fix": (FixEdit("a", "b", "c"),), "fix_origin": "person"}
    memory.experience.record_errors(
        [error(1, 1), error(1, 2, **fix), error(2, 1), error(2, 2, **fix), error(3, 1)]
    )
    memory.experience.record_errors([error(1, 5)])
    trends = trends_of(memory)
    assert (trends.repaired, trends.repeated) == (2, 1)
    assert {task.kind for task in trends.tasks} == {"confirm"}


def test_files_of_versions_that_passed_are_reused(repo: Path) -> None:
    generate(repo)
    judge(repo, "notes", *passed("imports", "tests"))
    trends = run_trends(repo)
    assert 0 < trends.reused < trends.files
    assert [day.passed for day in trends.days] == [1]


def test_runs_far_from_the_median_are_anomalies(memory: Memory) -> None:
    runs = [run(n, "verify", duration_ms=100.0 + n % 3, errors_count=0) for n in range(10)]
    found, window = find_anomalies([*runs, run(11, "verify", duration_ms=900.0, errors_count=0)])
    assert [(one.run_id, one.measure, one.value) for one in found] == [
        ("r11", "duration_ms", 900.0)
    ]
    assert window == {"verify": 11}


def test_few_runs_or_equal_ones_have_no_anomaly(memory: Memory) -> None:
    few = [run(n, "verify", duration_ms=10.0**n) for n in range(7)]
    assert find_anomalies(few) == ((), {})
    equal = [run(n, "verify", duration_ms=5.0) for n in range(20)]
    assert find_anomalies(equal) == ((), {"verify": 20})


def test_applications_like_one_that_failed_are_named_where_they_passed(memory: Memory) -> None:
    features = ("action:create", "entity:order", "type:decimal")
    for spec, name in (("aa", "shop"), ("bb", "store"), ("cc", "zoo")):
        own = ("entity:lion",) if spec == "cc" else features
        memory.experience.save_signature(SpecSignature(spec, name, own), "2026-03-01T00:00:00Z")
    trends = trends_of(
        memory, run(1, "verify", spec_hash="bb"), run(2, "verify", spec_hash="cc"),
        run(3, "verify", "failed"),
    )  # fmt: skip
    name, alike = trends.alike
    assert (name, [one.name for one in alike]) == ("shop", ["store"])


def test_all_formats_say_the_same(memory: Memory) -> None:
    memory.experience.record_errors([error(1, 1, signature="<b>password=hunter2000</b>")])
    memory.runs.save(run(1, "verify", "failed"))
    memory.runs.add_events(
        GenerationEvent(
            "r01", n, "error", f"2026-03-{day}T10:00:00Z",
            details={"type": "tests", "signature": "<script>"},
        )
        for n, day in enumerate((20, 25))
    )  # fmt: skip
    trends = read_trends(memory, 30, UNTIL)
    assert json.loads(render_trends_json(trends))["growing"][0]["signature"] == "<script>"
    assert any("<script>" in line for line in write_trend_lines(trends))
    page = render_page("A & B", (), list_trend_sections(trends))
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_without_a_memory_a_sentence_says_so(repo: Path) -> None:
    with pytest.raises(MemoryStoreError, match="no memory"):
        run_trends(repo)
