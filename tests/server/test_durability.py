"""What was answered is kept: through a kill, with many writers, with several processes."""

from __future__ import annotations

import http.client
import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from devmatrix_guard.commands.service.keys import add_key
from tests.server.serving import (
    PATTERNS,
    Server,
    add_patterns,
    await_kept,
    make_learned_repo,
    serve,
)
from tests.server.test_patterns import create, match


@pytest.fixture
def world(tmp_path: Path) -> tuple[Path, str]:
    """A repository with patterns, and a key that may write."""
    repo = make_learned_repo(tmp_path / "repo")
    add_patterns(repo)
    return repo, add_key(repo, "writer", ["write"])[1]


def test_a_kill_while_many_write_loses_nothing_that_was_answered(
    world: tuple[Path, str],
) -> None:
    repo, key = world
    kept: list[str] = []

    def write(server: Server, number: int) -> None:
        for count in range(200):
            try:
                answer = create(server, f"Written {number} {count}")
            except (OSError, http.client.HTTPException):
                return
            if answer.status == 201:
                kept.append(answer.json["pattern_id"])

    with serve(repo, key=key) as server:
        writers = [threading.Thread(target=write, args=(server, n)) for n in range(4)]
        for writer in writers:
            writer.start()
        await_kept(kept, 30, writers)
        server.process.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.join()
    assert len(kept) >= 30
    with serve(repo, key=key) as again:
        for pattern_id in kept:
            assert again.ask("GET", f"{PATTERNS}/{pattern_id}").status == 200
        found = match(again, kept_name(again, kept[0]))["matched_patterns"]
        assert kept[0] in {one["pattern_id"] for one in found}


def kept_name(server: Server, pattern_id: str) -> str:
    return str(server.ask("GET", f"{PATTERNS}/{pattern_id}").json["name"])


def test_nothing_is_written_into_a_memory_that_was_removed_or_replaced(
    world: tuple[Path, str],
) -> None:
    repo, key = world
    place = repo / ".guard/memory.db"
    with serve(repo, key=key) as server:
        first = create(server, "First")
        assert first.status == 201
        put_away = place.with_name("away")
        put_away.mkdir()
        for file in place.parent.glob("memory.db*"):
            file.rename(put_away / file.name)
        answer = server.ask("GET", PATTERNS)
        assert (answer.status, "guard learn" in answer.json["detail"]) == (503, True)
        second = create(server, "Second")
        assert second.status == 201
        assert place.exists()
        for file in place.parent.glob("memory.db*"):
            file.unlink()
        for file in put_away.iterdir():
            file.rename(place.parent / file.name)
        found = server.ask("GET", f"{PATTERNS}/{first.json['pattern_id']}")
        assert found.status == 200
        assert server.ask("GET", f"{PATTERNS}/{second.json['pattern_id']}").status == 404


def test_a_server_that_may_not_write_is_not_ready_and_says_why(world: tuple[Path, str]) -> None:
    repo, key = world
    with serve(repo, key=key) as server:
        assert create(server, "First").status == 201
        assert server.ask("GET", "/health/ready").status == 200
        with closing(sqlite3.connect(repo / ".guard/memory.db")) as other:
            (version,) = other.execute("PRAGMA user_version").fetchone()
            other.execute(f"PRAGMA user_version = {version + 1}")
        assert create(server, "Late").status == 503
        answer = server.ask("GET", "/health/ready", key="")
        assert (answer.status, "upgrade" in answer.json["detail"]) == (503, True), answer.text
        assert str(repo) not in answer.text


def test_how_often_patterns_were_matched_is_written_down_at_the_end(
    world: tuple[Path, str],
) -> None:
    repo, key = world
    with serve(repo, key=key) as server:
        for _ in range(3):
            match(server, "json parse", filters={"pattern_types": ["fix"]})
    with serve(repo, key=key) as server:
        pattern = server.ask("GET", f"{PATTERNS}/p1").json
        assert pattern["match_count"] == 3
        assert pattern["last_matched_at"]


def test_several_processes_see_what_one_of_them_wrote(world: tuple[Path, str]) -> None:
    repo, key = world
    with serve(repo, "--workers", "2", key=key) as server:
        for number in range(6):
            name = f"Shared by workers {number}"
            made = create(server, name)
            assert made.status == 201
            for _ in range(4):
                found = match(server, name)["matched_patterns"]
                assert found[0]["pattern_id"] == made.json["pattern_id"]
