"""The suggest step: a patch for a spec that nobody regenerated for, from a checkout as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.commands.application.generate import run_generate
from tests.action.runner import ACTION, Runner
from tests.helpers import commit, git, make_repo, tree_bytes
from tests.specs import BOOKS, Spec, edited


def _isbn(spec: Spec) -> None:
    spec.add("isbn", {"type": "string", "maxLength": 13})


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with an application, and a branch that changes the spec alone."""
    repo = make_repo(tmp_path / "origin", {"books.yaml": BOOKS})
    run_generate(repo / "books.yaml", repo / "app")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Generate")
    git(repo, "switch", "-q", "-c", "topic")
    commit(repo, {"books.yaml": yaml.safe_dump(edited(_isbn), sort_keys=False)}, "Add isbn")
    return repo


def _run(origin: Path, tmp_path: Path, **inputs: str) -> tuple[Runner, Any]:
    base, head = (git(origin, "rev-parse", name).strip() for name in ("main", "topic"))
    payload = {"number": 7, "pull_request": {"base": {"sha": base}, "head": {"sha": head}}}
    wishes = {"regenerate": "suggest", **inputs}
    runner = Runner(origin, tmp_path / "run", "pull_request", payload, wishes)
    runner.use_this_python()
    return runner, runner.run("suggest.py")


def test_the_patch_regenerates_and_the_checkout_stays(origin: Path, tmp_path: Path) -> None:
    before = tree_bytes(origin)
    _, result = _run(origin, tmp_path)
    assert result.code == 0, result.log
    assert tree_bytes(origin) == before
    assert "guard-regenerate" in result.summary
    git(origin, "apply", "--index", result.outputs["patch-file"])
    assert "isbn" in (origin / "app/src/models/entities/book.py").read_text()
    assert "isbn" in (origin / "app/.guard/spec.yaml").read_text()


def test_the_memory_that_a_checkout_names_is_not_asked(origin: Path, tmp_path: Path) -> None:
    text = '[tool.guard]\nmemory = "postgresql://nobody@203.0.113.1:1/none"\n'
    with (origin / "app/pyproject.toml").open("a") as stream:
        stream.write(text)
    _, result = _run(origin, tmp_path)
    assert result.code == 0, result.log
    assert result.outputs["patch-file"]


def test_a_spec_that_cannot_be_read_is_a_notice(origin: Path, tmp_path: Path) -> None:
    commit(origin, {"books.yaml": "openapi: ["}, "Break it")
    _, result = _run(origin, tmp_path)
    assert result.code == 0
    assert "::notice" in result.log
    assert "patch-file" not in result.outputs


def test_the_step_has_no_token_and_runs_only_where_asked() -> None:
    (step,) = [s for s in ACTION["runs"]["steps"] if s.get("id") == "suggest"]
    assert "token" not in str(step).lower()
    assert "inputs.regenerate == 'suggest'" in step["if"]
    assert ACTION["inputs"]["regenerate"]["default"] == "never"
