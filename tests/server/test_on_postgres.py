"""`guard serve` over a memory on PostgreSQL: the same answers, and a server that goes and comes."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from devmatrix_guard.commands.service.keys import add_key
from tests.helpers_postgres import PostgresServer, empty_schema, start_postgres
from tests.server.serving import (
    PATTERNS,
    Server,
    add_patterns,
    await_kept,
    isolated_home,
    make_learned_repo,
    serve,
)
from tests.server.test_patterns import create, match

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server of its own, which may be killed."""
    with start_postgres() as running:
        yield running


@pytest.fixture(scope="module")
def server(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`guard serve` of a repository that was learned into PostgreSQL."""
    folder = tmp_path_factory.mktemp("served")
    with isolated_home(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("GUARD_MEMORY", empty_schema(postgres.url))
        repo = make_learned_repo(folder / "repo")
        add_patterns(repo)
        _, key = add_key(repo, "tests", ["write"])
        with serve(repo, key=key) as running:
            yield running


def cut_all(postgres: PostgresServer) -> None:
    """Let the server end every connection of guard."""
    with psycopg.connect(postgres.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'devmatrix-guard'"
        )


def test_patterns_of_every_kind_are_matched(server: Server) -> None:
    fixes = match(server, "parse json of a page", filters={"pattern_types": ["fix"]})
    assert fixes["matched_patterns"][0]["pattern_id"] == "p1"
    infra = match(server, "docker compose file", filters={"pattern_types": ["infra"]})
    assert infra["matched_patterns"][0]["metadata"]["pattern_type"] == "infra"


def test_what_was_posted_is_read_changed_and_found_at_once(server: Server) -> None:
    made = create(server, "Retry with jitter", description="Wait longer each time.").json
    place = f"{PATTERNS}/{made['pattern_id']}"
    read = server.ask("GET", place)
    changed = server.ask(
        "PATCH", place, {"description": "Spread."}, headers={"If-Match": read.headers["etag"]}
    )
    assert changed.json["description"] == "Spread."
    stale = server.ask(
        "PATCH", place, {"description": "Late."}, headers={"If-Match": read.headers["etag"]}
    )
    assert stale.status == 412
    found = match(server, "retry with jitter")["matched_patterns"]
    assert made["pattern_id"] in {one["pattern_id"] for one in found}
    assert server.ask("POST", f"{place}/outcomes", {"success": True}).json["success_rate"] == 1.0
    assert create(server, "Retry with jitter").status == 409


def test_other_questions_are_answered(server: Server) -> None:
    for path in ("/health/ready", "/api/v1/rules", "/api/v1/runs", "/api/v1/trends", "/",
                 "/patterns", "/api/v1/recall?subject=a.py:2", f"{PATTERNS}?facets=true",
                 "/metrics"):  # fmt: skip
        answer = server.ask("GET", path)
        assert answer.status == 200, (path, answer.text[:500])


@pytest.mark.parametrize(
    "text", ["a\x00b", "' OR 1=1; DROP TABLE fix_patterns; --", "\\x00\\", "%s :name ?", "𝒳" * 900]
)
def test_hostile_words_are_searched_and_nothing_else(server: Server, text: str) -> None:
    answer = server.ask("POST", f"{PATTERNS}/match", {"intent": text})
    assert answer.status == 200, answer.text
    assert server.ask("GET", f"{PATTERNS}/p1").status == 200


def test_connections_that_were_cut_are_opened_again(
    server: Server, postgres: PostgresServer
) -> None:
    for number in range(3):
        cut_all(postgres)
        assert match(server, f"parse json {number}")["matched_patterns"]
        cut_all(postgres)
        assert create(server, f"Written after a cut {number}").status == 201


def test_a_server_killed_while_many_write_loses_and_doubles_nothing(
    server: Server, postgres: PostgresServer
) -> None:
    kept: list[str] = []
    seen: list[int] = []

    def write(number: int) -> None:
        for count in range(20):
            try:
                answer = create(server, f"Written through a kill {number} {count}")
            except (OSError, http.client.HTTPException):
                continue
            seen.append(answer.status)
            if answer.status == 201:
                kept.append(answer.json["pattern_id"])

    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for writer in writers:
        writer.start()
    await_kept(kept, 10, writers)
    postgres.kill()
    postgres.start()
    for writer in writers:
        writer.join()
    assert set(seen) <= {201, 409, 500, 503}, seen
    for pattern_id in kept:
        assert server.ask("GET", f"{PATTERNS}/{pattern_id}").status == 200
    listed = server.ask("GET", f"{PATTERNS}?limit=500").json["patterns"]
    names = [one["name"] for one in listed]
    assert len(names) == len(set(names))


def test_while_the_server_is_away_the_answer_says_so_without_its_password(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_MEMORY", empty_schema(postgres.url))
    repo = make_learned_repo(tmp_path / "repo")
    monkeypatch.setenv("GUARD_MEMORY", "postgresql://ada:hidden@127.0.0.1:1/team")
    with serve(repo) as running:
        answer = running.ask("POST", f"{PATTERNS}/match", {"intent": "json"})
        assert answer.status in (500, 503)
        assert "hidden" not in answer.text
        assert "127.0.0.1:1" in answer.json["detail"]
        assert running.ask("GET", "/health/live").status == 200
        assert running.ask("GET", "/health/ready").status == 503
