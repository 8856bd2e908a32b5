"""`guard memory`, with Qdrant in a folder as the follower."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.memory.base import VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.followers.outbox import Outbox
from devmatrix_guard.model.knowledge.lineage import LineageNode
from devmatrix_guard.model.knowledge.run import GenerationEvent, PipelineRun
from tests.contract.build import fix_pattern

PLACE = ".guard/memory.db"


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        assert code == 2, done.exception
        return str(done.exception)
    assert (done.return_value or 0) == code, done.output
    return done.output


def moment(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def known(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose memory knows two patterns, an old run and a new one."""
    with open_memory(PLACE, repo) as memory:
        memory.patterns.save([fix_pattern("p1"), fix_pattern("p2")])
        memory.vectors.upsert("fix_patterns", "m", [VectorItem("p1", [1.0, 0.0])])
        for name, days in (("old", 100), ("new", 1)):
            memory.runs.save(PipelineRun(name, "generate", moment(days), moment(days), "failed"))
            memory.runs.add_events([GenerationEvent(name, 0, "error", moment(days))])
        memory.lineage.add([LineageNode("run", "old"), LineageNode("commit", "c" * 40)], [])
        memory.database.run("UPDATE lineage_nodes SET created_at = ?", (moment(100),))
    monkeypatch.chdir(repo)
    return repo


@pytest.fixture
def followed(known: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, with Qdrant in a folder that is told to follow."""
    monkeypatch.setenv("GUARD_VECTORS", ".guard/cache/qdrant")
    return known


def test_the_status_counts_what_there_is(known: Path) -> None:
    shown = run("memory", "status")
    assert "pattern_evidence                  2" in shown
    assert "fix_patterns m content: 1, exact" in shown


def test_a_memory_that_is_whole_says_so_and_what_is_missing_is_told(known: Path) -> None:
    assert run("memory", "check") == "the memory is whole\n"
    with open_memory(PLACE, known) as memory:
        memory.vectors.upsert("fix_patterns", "m", [VectorItem("gone", [1.0, 0.0])])
        memory.database.run("DELETE FROM pattern_words WHERE rowid = 1")
    shown = run("memory", "check", code=1)
    assert "1 vectors of patterns that are gone" in shown
    assert "1 patterns that the search does not know" in shown


def test_a_follower_is_brought_up_to_date_checked_and_made_anew(followed: Path) -> None:
    assert "does not follow yet" in run("memory", "check", code=1)
    assert "1 changes, 0 set aside" in run("memory", "sync")
    assert run("memory", "check") == "the memory is whole\n"
    with open_memory(PLACE, followed) as memory:
        memory.vectors.upsert("fix_patterns", "m", [VectorItem("p2", [0.0, 1.0])])
    assert "1 changes wait" in run("memory", "status")
    assert "lacks 1 of kind vector, such as fix_patterns m content p2" in run(
        "memory", "check", code=1
    )
    assert "2 made from the memory" in run("memory", "rebuild", "qdrant")
    assert run("memory", "check") == "the memory is whole\n"
    assert "0 changes, 0 set aside" in run("memory", "sync")


def test_a_write_does_not_wait_for_a_follower_that_is_away(
    followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("memory", "sync")
    monkeypatch.setenv("GUARD_VECTORS", "http://127.0.0.1:1")
    with open_memory(PLACE, followed) as memory:
        memory.vectors.upsert("fix_patterns", "m", [VectorItem("p2", [0.0, 1.0])])
        (progress,) = Outbox(memory.database).measure()
    assert progress.waiting == 1
    assert "does not answer" in run("memory", "sync", code=2)
    assert "p1" in run("patterns", "search", "json loads")


@pytest.mark.parametrize("verb", ["sync", "rebuild"])
def test_without_a_follower_the_setting_is_named(known: Path, verb: str) -> None:
    assert "set `vectors` to Qdrant, `graph` to Neo4j, or `sync` to NATS" in run(
        "memory", verb, code=2
    )


def test_an_unknown_follower_is_refused(followed: Path) -> None:
    assert "no follower is called so; there is: qdrant" in run("memory", "rebuild", "x", code=2)


def test_a_follower_that_is_gone_is_forgotten(
    followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("memory", "sync")
    with open_memory(PLACE, followed) as memory:
        (progress,) = Outbox(memory.database).measure()
    assert "there is: qdrant" in run("memory", "sync", "--forget", "nobody", code=2)
    run("memory", "sync", "--forget", progress.name)
    with open_memory(PLACE, followed) as memory:
        memory.vectors.upsert("fix_patterns", "m", [VectorItem("p2", [0.0, 1.0])])
        assert Outbox(memory.database).measure() == []
        assert memory.database.fetch_row("SELECT count(*) FROM outbox") == (0,)


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz", "all.parquet"])
def test_what_is_exported_is_imported_elsewhere(
    known: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert f"rows written to {name}" in run("memory", "export", name)
    monkeypatch.setenv("GUARD_MEMORY", ".guard/other.db")
    assert "rows read" in run("memory", "import", name)
    assert "p1" in run("patterns", "search", "json loads")
    assert "holds something already" in run("memory", "import", name, code=2)


def test_a_memory_is_not_written_over_by_what_is_taken_out_of_it(known: Path) -> None:
    (known / "link.jsonl").symlink_to(known / PLACE)
    for name in (PLACE, f"{PLACE}-wal", "link.jsonl"):
        assert "is the memory itself" in run("memory", "export", name, code=2)
        told = run("memory", "prune", "--keep", "90d", "--archive", name, code=2)
        assert "is the memory itself" in told
    assert "is whole" in run("memory", "check")


def test_a_file_that_is_no_export_is_refused(known: Path) -> None:
    (known / "odd.jsonl").write_text("hello\n")
    (known / "odd.gz").write_bytes(b"hello")
    (known / "odd.parquet").write_bytes(b"PAR1hello")
    assert "no row of a memory" in run("memory", "import", "odd.jsonl", code=2)
    assert "is not a file that" in run("memory", "import", "odd.gz", code=2)
    assert "is not a file that" in run("memory", "import", "odd.parquet", code=2)
    assert "nowhere" in run("memory", "import", "nowhere", code=2)


def test_a_memory_is_copied_to_another_place(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "rows copied" in run("memory", "copy", "--to", ".guard/team.db")
    monkeypatch.setenv("GUARD_MEMORY", ".guard/team.db")
    assert run("memory", "check") == "the memory is whole\n"
    assert "p2" in run("patterns", "list")


def test_pruning_forgets_old_runs_and_keeps_what_was_learned(known: Path) -> None:
    expected = {"generation_events": 1, "lineage_nodes": 1, "pipeline_runs": 1}
    assert json.loads(run("memory", "prune", "--keep", "90d", "--dry-run")) == expected
    archive = ("--archive", "old.jsonl.gz")
    assert json.loads(run("memory", "prune", "--keep", "90d", *archive)) == expected
    lines = gzip.decompress((known / "old.jsonl.gz").read_bytes()).decode().splitlines()
    assert sorted(json.loads(line)[0] for line in lines) == sorted(expected)
    with open_memory(PLACE, known) as memory:
        assert [run.id for run in memory.runs.list_recent()] == ["new"]
        assert len(memory.patterns.list_all()) == 2
        assert memory.lineage.get("commit", "c" * 40) is not None
    assert json.loads(run("memory", "prune", "--keep", "90d")) == {}


@pytest.mark.parametrize("keep", ["", "90", "0d", "soon", "-1d", "99999y"])
def test_a_time_that_is_none_is_refused(known: Path, keep: str) -> None:
    assert "write it as 90d, 12w or 1y" in run("memory", "prune", "--keep", keep, code=2)


def test_trends_show_days(known: Path) -> None:
    assert "1 runs, 0 succeeded" in run("memory", "trends", "--days", "7")
    assert "`guard memory embed` makes the vectors" in run("memory", "trends", "--similar-to", "x")


def test_without_a_memory_nothing_is_made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    for verb in (["status"], ["check"], ["export", "x"], ["trends"], ["prune", "--keep", "1d"]):
        assert "run `guard learn` first" in run("memory", *verb, code=2)
    assert not (repo / ".guard").exists()


def test_the_doctor_tells_of_a_follower_that_lags(
    followed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("memory", "sync")
    with open_memory(PLACE, followed) as memory:
        memory.vectors.upsert("fix_patterns", "m", [VectorItem("p2", [0.0, 1.0])])
        memory.database.run("UPDATE outbox SET at = ?", (moment(1),))
    assert "1 changes wait, the oldest for" in run("doctor")


def test_questions_are_asked_on_the_command_line(known: Path) -> None:
    assert "Nothing that is recorded answers this" in run("lineage", "--ask", "never-failed")
    answered = run("lineage", "--ask", "file", "a.py", "--format", "json")
    assert json.loads(answered) == {"schema_version": 1, "answers": []}
    assert "name what to trace" in run("lineage", code=2)


SPEC = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /products:
    get:
      responses: {"200": {description: ok, content: {application/json: {schema:
        {type: array, items: {$ref: "#/components/schemas/Product"}}}}}}
components:
  schemas:
    Product: {type: object, required: [id], properties: {id: {type: integer}, name: {type: string}}}
"""


def test_irs_are_kept_in_versions(known: Path) -> None:
    (known / "shop.yaml").write_text(SPEC)
    name = run("ir", "save", "shop.yaml").partition(":")[0]
    assert run("ir", "save", "shop.yaml") == f"{name}: version 1\n"
    (known / "shop.yaml").write_text(SPEC.replace("name:", "title:"))
    assert run("ir", "save", "shop.yaml") == f"{name}: version 2\n"
    history = [line.split()[:2] for line in run("ir", "history").splitlines()]
    assert history == [[name, "2"], [name, "1"]]
    first, second = (run("ir", "load", name, "--version", v, "--format", "json") for v in "12")
    assert first != second
    assert run("ir", "load", name) == run("ir", "show", "shop.yaml")
    assert f"there is: {name}" in run("ir", "load", "nowhere", code=2)
    with open_memory(PLACE, known) as memory:
        ir = memory.irs.list_versions()[0].ir_hash
        kinds = {node.kind for node in memory.lineage.trace(("ir", ir)).nodes}
    assert {"spec", "ir", "entity", "endpoint"} <= kinds
