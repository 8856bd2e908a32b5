"""`guard build`: every phase, what is recorded, what a kill leaves, what a second build does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.build.journal import PATH, read_journal
from devmatrix_guard.commands.build.phases import PHASES, Phase
from devmatrix_guard.commands.build.pipeline import BuildOptions, run_build
from devmatrix_guard.errors import GenerationError, SpecError, UsageError
from devmatrix_guard.memory.connect import open_memory
from tests.helpers import tree_bytes
from tests.helpers_fork import run_guard
from tests.specs import BOOKS

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".tools/app/bin/python"
STATIC = BuildOptions(until="repair")
pytestmark = pytest.mark.usefixtures("compiled_once")
needs_environment = pytest.mark.skipif(
    not PYTHON.exists(), reason="run scripts/app-environment first"
)


class Seen:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.ended: list[Phase] = []
        self.steps: list[str] = []

    def begin(self, name: str) -> None:
        assert name in PHASES

    def tell(self, name: str, step: str) -> None:
        self.steps.append(f"{name}: {step}")

    def end(self, phase: Phase) -> None:
        self.ended.append(phase)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "books.yaml"
    path.write_text(BOOKS)
    return path


def _states(phases: tuple[Phase, ...] | list[Phase]) -> dict[str, str]:
    return {phase.name: phase.state for phase in phases}


def _sources(root: Path) -> dict[str, bytes]:
    own = (".guard/memory.db", ".guard/.gitignore", ".guard/cache")
    return {name: data for name, data in tree_bytes(root).items() if not name.startswith(own)}


def _guard(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "devmatrix_guard", *map(str, arguments)]


def test_the_phases_without_an_environment_give_what_generate_gives(
    spec: Path, tmp_path: Path
) -> None:
    seen = Seen()
    build = run_build(spec, tmp_path / "built", STATIC, seen)
    run_generate(spec, tmp_path / "generated")
    assert build.passed
    assert [phase.name for phase in build.phases] == list(PHASES[:7])
    assert seen.ended == list(build.phases)
    assert set(_states(build.phases).values()) == {"done"}
    assert _sources(tmp_path / "built") == _sources(tmp_path / "generated")


def test_every_phase_is_recorded_with_its_state_and_time(spec: Path, tmp_path: Path) -> None:
    build = run_build(spec, tmp_path / "app", STATIC)
    with open_memory(".guard/memory.db", tmp_path / "app") as memory:
        run = memory.runs.get(build.run)
        assert run is not None
        assert (run.command, run.status) == ("build", "succeeded")
        assert set(run.phases) == set(PHASES[:7])
        assert all(phase["state"] == "done" for phase in run.phases.values())
        assert memory.irs.load("books") is not None


def test_the_next_build_of_a_spec_knows_how_the_last_one_went(spec: Path, tmp_path: Path) -> None:
    run_build(spec, tmp_path / "app", STATIC)
    build = run_build(spec, tmp_path / "app", STATIC)
    looked = next(phase for phase in build.phases if phase.name == "look-back")
    assert "the last passed" in looked.text
    assert _states(build.phases)["write"] == "kept"


def test_a_spec_that_cannot_be_read_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: [")
    seen = Seen()
    with pytest.raises(SpecError):
        run_build(broken, tmp_path / "app", BuildOptions(), seen)
    assert _states(seen.ended) == {"extract": "failed"}
    assert not (tmp_path / "app").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(spec: Path, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/thesis.txt").write_text("years of work")
    with pytest.raises(GenerationError, match="not empty"):
        run_build(spec, tmp_path / "app", BuildOptions())
    assert tree_bytes(tmp_path / "app") == {"thesis.txt": b"years of work"}


def test_what_a_kill_left_half_written_is_written_again(spec: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    run_build(spec, app, BuildOptions(until="generate"))
    (app / "README.md").write_text("half of it")
    assert run_build(spec, app, STATIC).passed
    run_generate(spec, tmp_path / "generated")
    assert _sources(app) == _sources(tmp_path / "generated")


def test_a_changed_spec_is_merged_with_what_people_wrote(spec: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    run_build(spec, app, STATIC)
    readme = app / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nOurs.\n", "utf-8")
    tags = "        tags: {type"
    spec.write_text(BOOKS.replace(tags, f"        subtitle: {{type: string}}\n{tags}"))
    build = run_build(spec, app, STATIC)
    assert build.passed
    assert readme.read_text("utf-8").endswith("\nOurs.\n")
    entity = (app / "src/models/entities/book.py").read_text("utf-8")
    assert "subtitle" in entity


def test_a_merge_that_needs_a_decision_says_so_and_writes_nothing(
    spec: Path, tmp_path: Path
) -> None:
    app = tmp_path / "app"
    run_build(spec, app, STATIC)
    before = _sources(app)
    spec.write_text(BOOKS.replace("pages: {type: integer, minimum: 1}", "name: {type: string}"))
    spec.write_text(spec.read_text().replace("author_id, pages]", "author_id, name]"))
    with pytest.raises(GenerationError, match="guard regenerate"):
        run_build(spec, app, STATIC)
    assert _sources(app) == before


def test_damage_is_repaired_before_anything_runs(spec: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    run_build(spec, app, STATIC)
    ledger = app / "ledger.json"
    sound = ledger.read_text("utf-8")
    routes = app / "src/api/routes/book.py"
    whole = routes.read_text("utf-8")
    routes.write_text(whole.replace("status_code=201", "status_code=202"), "utf-8")
    assert not run_build(spec, app, BuildOptions(until="compliance")).passed
    build = run_build(spec, app, STATIC)
    repair = next(phase for phase in build.phases if phase.name == "repair")
    assert (build.passed, repair.state) == (True, "done")
    assert "repaired in 1 rounds" in repair.text
    assert routes.read_text("utf-8") == whole
    assert ledger.read_text("utf-8") == sound


def test_without_docker_a_deployment_is_refused_at_once_and_plainly(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="there is no `docker` here"):
        run_build(spec, tmp_path / "app", BuildOptions(deploy="compose"))
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n[ $1 = compose ] || { echo no daemon >&2; exit 1; }\n")
    docker.chmod(0o755)
    with pytest.raises(UsageError, match=r"the daemon does not answer \(no daemon\)"):
        run_build(spec, tmp_path / "app", BuildOptions(deploy="compose"))
    assert not (tmp_path / "app").exists()


@pytest.mark.slow
@needs_environment
def test_a_fresh_application_is_built_until_it_is_green(spec: Path, tmp_path: Path) -> None:
    seen = Seen()
    build = run_build(spec, tmp_path / "app", BuildOptions(python=PYTHON), seen)
    assert [(p.name, p.text) for p in build.phases if p.state != "done"] == []
    assert {phase.name for phase in build.phases} == set(PHASES) - {"deploy"}
    assert build.quality == (1.0, 1.0, 1.0, 1.0)
    assert build.verification is not None
    assert build.verification.passed
    assert "smoke: POST /books" in seen.steps
    with open_memory(".guard/memory.db", tmp_path / "app") as memory:
        assert any(record.uses for record in memory.infra.list_records())


@pytest.mark.slow
@needs_environment
def test_a_killed_build_goes_on_after_its_last_whole_phase(spec: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    command = _guard("build", spec, "-o", app, "--python", PYTHON)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as build:
        assert build.stderr is not None
        for line in build.stderr:
            if line.startswith("✓ smoke"):
                os.kill(build.pid, signal.SIGKILL)
    journal = read_journal(app)
    assert journal is not None
    whole = {name for name in ("smoke", "checks", "migrations") if name in journal.phases}
    assert "smoke" in whole
    assert not journal.ended
    second = run_build(spec, app, BuildOptions(python=PYTHON))
    states = _states(second.phases)
    assert {name for name, state in states.items() if state == "kept"} >= whole
    assert states["tests"] == "done"
    assert second.quality.operations == 1.0
    with open_memory(".guard/memory.db", app) as memory:
        first = memory.runs.get(journal.run)
        assert first is not None
        assert first.status == "interrupted"


@pytest.mark.slow
@needs_environment
def test_what_fails_is_named_and_the_rest_is_still_tried(spec: Path, tmp_path: Path) -> None:
    app = tmp_path / "app"
    run_build(spec, app, STATIC)
    test = app / "tests/test_ours.py"
    test.write_text("def test_ours() -> None:\n    assert 1 == 2\n")
    build = run_build(spec, app, BuildOptions(python=PYTHON))
    tests = next(phase for phase in build.phases if phase.name == "tests")
    assert tests.state == "failed"
    assert "test_ours" in tests.text
    assert _states(build.phases)["smoke"] == "done"
    assert build.quality.tests is not None
    assert 0.9 < build.quality.least < 1.0
    journal = read_journal(app)
    assert journal is not None and journal.ended
    with open_memory(".guard/memory.db", app) as memory:
        run = memory.runs.get(build.run)
        assert run is not None
        assert run.status == "failed"


@pytest.fixture
def report(spec: Path, tmp_path: Path) -> Iterator[Path]:
    run_build(spec, tmp_path / "app", STATIC)
    routes = tmp_path / "app/src/api/routes/book.py"
    routes.write_text(routes.read_text("utf-8").replace("status_code=201", "status_code=202"))
    yield tmp_path / "report.json"


@pytest.mark.parametrize(("gate", "code"), [("", 1), ("0.9", 0), ("1", 1)])
def test_the_gate_decides_about_the_exit_code(
    spec: Path, tmp_path: Path, report: Path, gate: str, code: int
) -> None:
    gated = ["--gate", gate] if gate else []
    options = ["--until", "compliance", "--report", report, *gated]
    done = run_guard(tmp_path, "build", spec, "-o", tmp_path / "app", *options)
    assert done.returncode == code, done.stderr
    data = json.loads(report.read_text("utf-8"))
    assert data["passed"] is (code == 0)
    assert 0.9 < data["builds"][0]["quality"]["compliance"] < 1
    assert str(tmp_path) not in report.read_text("utf-8")


def test_many_specs_are_built_and_one_that_is_broken_holds_up_no_other(
    spec: Path, tmp_path: Path
) -> None:
    other, broken = tmp_path / "shelf.yaml", tmp_path / "broken.yaml"
    other.write_text(BOOKS)
    broken.write_text("openapi: [")
    (tmp_path / "specs.txt").write_text("# ours\nbroken.yaml\nshelf.yaml\n")
    listed = ["--specs", tmp_path / "specs.txt", "--executor", "processes", "--jobs", "2"]
    options = ["-o", tmp_path / "apps", "--until", "repair", "--format", "json"]
    done = subprocess.run(
        _guard("build", spec, *listed, *options), capture_output=True, check=False
    )
    assert done.returncode == 2
    built = json.loads(done.stdout)["builds"]
    assert [(b["folder"], b["passed"]) for b in built] == [("books", True), ("shelf", True)]
    assert b"broken" in done.stderr
    assert b"Traceback" not in done.stderr


def test_the_journal_is_no_part_of_the_application(spec: Path, tmp_path: Path) -> None:
    run_build(spec, tmp_path / "app", STATIC)
    ignored = (tmp_path / "app/.gitignore").read_text("utf-8").splitlines()
    assert PATH.startswith(".guard/cache/")
    assert ".guard/cache/" in ignored
