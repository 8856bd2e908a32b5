"""`guard doctor --deep` runs the life of a pattern through each backend, and leaves nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devmatrix_guard.commands.setup.deep import examine_backends
from tests.helpers import make_repo, tree_bytes, write_tree
from tests.helpers_fork import run_guard
from tests.helpers_postgres import empty_schema

LIFE = ("create a pattern", "find it", "apply it", "measure how", "relate it", "retire it")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})


def _check_life(world: Path) -> list[str]:
    lines = list(examine_backends(world))
    assert [line for line in lines if line.state != "ok"] == []
    steps = [line.text for line in lines]
    found = [next(i for i, text in enumerate(steps) if part in text) for part in LIFE]
    assert found == sorted(found)
    assert all(re.search(r", [\d.]+ ms$", text) for text in steps[1:])
    return steps


def test_the_embedded_memory_goes_through_the_whole_life(world: Path) -> None:
    before = tree_bytes(world)
    assert _check_life(world)[0] == "a throw-away memory was made (embedded)"
    assert tree_bytes(world) == before


@pytest.mark.server
def test_a_server_does_so_in_a_schema_of_its_own(
    world: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setenv("GUARD_MEMORY", empty_schema(postgres_url))
    assert _check_life(world)[0] == "a throw-away memory was made (server)"
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
    assert not [name for (name,) in rows if name.startswith("guard_doctor")]


def test_vectors_that_follow_are_told_asked_and_cleaned(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_VECTORS", ":memory:")
    steps = _check_life(world)
    assert [text for text in steps if "take it away" in text]


@pytest.mark.server
def test_a_graph_that_follows_is_told_asked_and_cleaned(
    world: Path, neo4j_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_GRAPH", neo4j_url)
    assert [text for text in _check_life(world) if "take it away" in text]


def test_a_server_that_is_away_is_a_fault_with_a_remedy(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_MEMORY", "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")
    faults = [line for line in examine_backends(world) if line.state == "fault"]
    assert len(faults) == 1
    assert faults[0].remedy


def test_the_command_shows_each_step_and_fails_with_it(world: Path) -> None:
    write_tree(world, {"guard.toml": "vectors = 'http://127.0.0.1:1'\n"})
    done = run_guard(world, "doctor", "--deep")
    assert done.returncode == 2
    assert "ok    memory: create a pattern, " in done.stdout
    assert "FAULT a server that follows the memory" in done.stdout
