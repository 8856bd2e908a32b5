"""One memory on a server for everyone: learned by one checkout, asked from another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import commit, git, make_repo
from tests.helpers_fork import run_guard
from tests.helpers_postgres import empty_schema

pytestmark = pytest.mark.server
NAMES = ("alpha", "beta", "gamma", "delta")


def reader(name: str, call: str) -> str:
    return f"import yaml\n\n\ndef read_{name}(stream):\n    return yaml.{call}(stream)\n"


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two fixes that make four readers load safely."""
    repo = make_repo(tmp_path / "repo", {f"app/{name}.py": reader(name, "load") for name in NAMES})
    for day, names in enumerate((NAMES[:2], NAMES[2:]), start=1):
        files = {f"app/{name}.py": reader(name, "safe_load") for name in names}
        commit(repo, files, f"Fix unsafe loading (#{day})", day=day)
    return repo


@pytest.fixture
def server(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server's URL, set as the memory."""
    url = empty_schema(postgres_url)
    monkeypatch.setenv("GUARD_MEMORY", url)
    return url


def guard(folder: Path, *words: str, code: int = 0) -> str:
    done = run_guard(folder, *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_what_one_learned_another_searches_and_traces(history: Path, server: str) -> None:
    guard(history, "learn")
    assert not list(history.glob(".guard/memory.db*"))
    other = make_repo(history.parent / "other")
    search = ("patterns", "search", "safe_load", "--format", "json")
    assert json.loads(guard(other, *search))["patterns"] == []
    (hit, *_) = json.loads(guard(other, *search, "--all-repositories"))["patterns"]
    assert "safe_load" in json.dumps(hit)
    colleague = history.parent / "clone"
    git(history.parent, "clone", "-q", str(history), str(colleague))
    assert json.loads(guard(colleague, *search))["patterns"] == [hit]
    fix = git(history, "rev-parse", "HEAD").strip()
    lineage = guard(other, "lineage", fix[:10], "--repo", "repo")
    assert "Fix unsafe loading (#2)" in lineage
    assert "app/gamma.py" in lineage
    assert guard(history, "learn") == guard(history, "learn")


def test_reading_commands_do_without_a_memory_that_nobody_made(history: Path, server: str) -> None:
    assert "nothing has been learned here yet" in guard(history, "doctor")
    assert "guard learn" in guard(history, "patterns", "list", code=2)
    guard(history, "bank", "list")
    guard(history, "report")
    assert "nothing has been learned here yet" in guard(history, "doctor")
    guard(history, "learn")
    assert "the memory answers (server)" in guard(history, "doctor")


def test_a_server_that_is_away_is_one_sentence(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_MEMORY", "postgresql://ada:hush@127.0.0.1:1/guard")
    for words in (["learn"], ["patterns", "list"], ["lineage", "abcd"], ["report"]):
        said = guard(history, *words, code=2)
        assert "cannot be reached" in said
        assert "hush" not in said
        assert "Traceback" not in said
    assert "correct `memory`" in guard(history, "doctor", code=2)
    assert guard(history, "check", "--all") == guard(history, "check", "--all")
