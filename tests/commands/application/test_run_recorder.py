from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.run_recorder import RunRecorder, record_run
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.infra import InfraRecord
from devmatrix_guard.model.knowledge.lineage import Hop, LineageNode


@pytest.fixture
def memory(repo: Path) -> Iterator[Memory]:
    with open_memory(".guard/memory.db", repo) as opened:
        yield opened


def generate(memory: Memory) -> RunRecorder:
    """Record a small generation of an application in `shop/`."""
    with record_run(memory, "generate", base="shop") as record:
        record.record_spec("5bec", "Shop")
        record.record_ir("1d")
        record.record_part("api/create_order", method="POST", path="/orders")
        record.record_file(
            "Dockerfile", stratum="template", sha="aa", infra=("dockerfile", 1, "f0")
        )
        record.record_file(
            "src/orders.py",
            stratum="ast",
            sha="bb",
            addresses=["domain/Order", "api/create_order", "application"],
        )
        record.record_measurements(tokens_used=0, strata={"ast": 1})
    return record


def ends(repo: Path, name: str) -> set[tuple[str, str]]:
    (lineage,) = trace(repo, name)
    return {(node.kind, node.key) for node in lineage.nodes}


def test_a_run_is_there_while_it_goes_on_and_complete_when_it_ends(memory: Memory) -> None:
    with record_run(memory, "verify") as record:
        assert [r.status for r in memory.runs.list_recent()] == ["running"]
        record.record_measurements(compliance_score=0.9)
    (run,) = memory.runs.list_recent()
    assert (run.command, run.status, run.compliance_score) == ("verify", "succeeded", 0.9)
    assert run.completed_at is not None
    assert run.duration_ms is not None


def test_a_generation_counts_and_keeps_what_it_measured(memory: Memory) -> None:
    generate(memory)
    (run,) = memory.runs.list_recent()
    assert (run.spec_hash, run.ir_hash, run.files_generated, run.errors_count) == (
        "5bec",
        "1d",
        2,
        0,
    )
    assert (run.tokens_used, run.details) == (0, {"strata": {"ast": 1}})
    events = memory.runs.list_events(run.id)
    assert [(e.kind, e.path, e.infra_pattern) for e in events] == [
        ("file", "Dockerfile", "dockerfile@1"),
        ("file", "src/orders.py", None),
    ]


def test_a_generated_file_leads_back_to_the_parts_of_the_spec(repo: Path, memory: Memory) -> None:
    run = generate(memory).run.id
    assert ends(repo, "shop/src/orders.py") == {
        ("file", f"{run}:src/orders.py"),
        ("run", run),
        ("spec", "5bec"),
        ("ir", "1d"),
        ("entity", "1d:domain/Order"),
        ("endpoint", "1d:api/create_order"),
        ("ir-node", "1d:application"),
    }
    assert ("infra-pattern", "dockerfile@1") in ends(repo, "shop/Dockerfile")


def test_a_line_of_what_is_unknown_is_refused(repo: Path, memory: Memory) -> None:
    generate(memory)
    with pytest.raises(UsageError):
        trace(repo, "shop/src/nothing.py:3")


def test_an_exception_ends_the_run_as_failed_and_goes_on(memory: Memory) -> None:
    with pytest.raises(ValueError, match="no"), record_run(memory, "generate"):
        raise ValueError("no")
    (run,) = memory.runs.list_recent()
    assert (run.status, run.errors_count) == ("failed", 1)
    (trend,) = memory.runs.count_errors()
    assert (trend.error_type, trend.signature) == ("ValueError", "no")


def test_an_interruption_ends_the_run_as_interrupted(memory: Memory) -> None:
    with pytest.raises(KeyboardInterrupt), record_run(memory, "generate"):
        raise KeyboardInterrupt
    assert memory.runs.list_recent()[0].status == "interrupted"


def test_a_call_that_cannot_be_followed_is_no_error_of_the_application(memory: Memory) -> None:
    with pytest.raises(UsageError), record_run(memory, "verify") as record:
        record.record_spec("5bec", "Shop")
        raise UsageError("there is no Python")
    (run,) = memory.runs.list_recent()
    assert (run.status, run.errors_count) == ("interrupted", 0)
    assert memory.runs.count_errors() == ()
    assert memory.trends.count_days(since="2000-01-01") == ()


def test_a_command_may_end_its_own_run_as_failed(memory: Memory) -> None:
    with record_run(memory, "verify") as record:
        record.end("failed")
    assert memory.runs.list_recent()[0].status == "failed"


def test_results_errors_and_repairs_hang_on_the_file_of_the_run_that_wrote_it(
    repo: Path, memory: Memory
) -> None:
    made_by = generate(memory).run.id
    with record_run(memory, "verify", base="shop") as verify:
        verify.record_test("smoke", passed=False, paths=["src/orders.py"])
        verify.record_error("WrongStatus", "POST /orders", path="src/orders.py")
        verify.record_pattern_outcome("dockerfile", 1, success=True, check="smoke")
    with record_run(memory, "repair", base="shop") as repair:
        repair.record_fix("WrongStatus", "POST /orders", fix_ms=12.0)
    names = ends(repo, "shop/src/orders.py")
    assert ("test", f"{verify.run.id}:smoke") in names
    assert ("error", "WrongStatus:POST /orders") in names
    assert ("fix", f"{repair.run.id}:WrongStatus:POST /orders") in names
    node = memory.lineage.get("file", f"{made_by}:src/orders.py")
    assert node is not None
    assert node.properties["sha"] == "bb"
    (trend,) = memory.runs.count_errors()
    assert (trend.occurrences, trend.auto_fixed_count, trend.avg_fix_ms) == (2, 1, 12.0)
    assert memory.infra.list_records() == (InfraRecord("dockerfile", 1, 1, 1),)


def test_a_file_whose_generation_was_not_recorded_can_still_be_tested(
    repo: Path, memory: Memory
) -> None:
    with record_run(memory, "verify") as record:
        record.record_test("import", passed=True, paths=["src/main.py"])
    assert ("test", f"{record.run.id}:import") in ends(repo, "src/main.py")


def test_errors_of_an_endpoint_are_found_across_runs(memory: Memory) -> None:
    for _ in range(2):
        with record_run(memory, "generate") as record:
            record.record_ir("1d")
            record.record_part("api/create_order", method="POST", path="/orders")
            record.record_file("a.py", stratum="ast", sha="s", addresses=["api/create_order"])
            record.record_error("ImportError", "x", path="a.py")
    start = LineageNode("endpoint", "", {"method": "POST", "path": "/orders"})
    paths = memory.lineage.walk(start, [Hop("generated"), Hop("had-error")])
    assert {path[-1].key for path in paths} == {"ImportError:x"}
    assert len(paths) == 2


def test_two_runs_of_one_moment_have_ids_of_their_own(memory: Memory) -> None:
    ids = set()
    for _ in range(5):
        with record_run(memory, "generate") as record:
            ids.add(record.run.id)
    assert len(ids) == 5
