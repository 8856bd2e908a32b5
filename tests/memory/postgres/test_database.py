from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.connect import memory_exists, open_memory
from devmatrix_guard.memory.postgres.database import PostgresDatabase, open_database
from devmatrix_guard.model.knowledge.lineage import LineageNode
from tests.contract.build import fix_pattern
from tests.helpers_postgres import empty_schema, role_with

pytestmark = pytest.mark.server
_ROOT = Path(__file__).parents[3]
HERE = Path()

# Each round writes facts that belong together; killed anywhere, all are there or none.
_WRITER = """
import sys
from pathlib import Path
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.run import PipelineRun, GenerationEvent
from tests.contract.build import fix_pattern, rule

name, rounds = sys.argv[2], int(sys.argv[3])
with open_memory(sys.argv[1], Path()) as memory:
    for number in range(rounds):
        run = PipelineRun(f"{name}-{number:06}", "learn", "2026-01-01T00:00:00Z")
        with memory.transaction():
            memory.patterns.save([fix_pattern("p1", title=name), fix_pattern("p2", title=name)])
            memory.rules.save([rule(message=name)], {"mined-json": "p1"})
            memory.runs.save(run)
            memory.runs.add_events(
                GenerationEvent(run.id, n, "step", run.started_at) for n in range(20)
            )
        print(number, flush=True)
"""


@pytest.fixture
def url(postgres_url: str) -> str:
    """A schema of its own, empty."""
    return empty_schema(postgres_url)


def writer(url: str, name: str, rounds: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, url, name, str(rounds)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def broken_runs(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT id FROM pipeline_runs WHERE "
            "(SELECT count(*) FROM generation_events WHERE run_id = id) <> 20"
        ).fetchall()


@pytest.mark.slow
def test_many_processes_make_the_schema_and_write_at_once_without_an_error(url: str) -> None:
    crowd = [writer(url, f"w{n}", 5) for n in range(12)]
    for process in crowd:
        _, errors = process.communicate(timeout=250)
        assert (process.returncode, errors) == (0, b"")
    with open_memory(url, HERE) as memory:
        assert len(memory.runs.list_recent(limit=1000)) == 60
        assert len(memory.rules.list_all()) == 1
        assert len({p.title for p in memory.patterns.list_all()}) == 1
    assert broken_runs(url) == []


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_all_or_nothing_of_a_transaction(url: str) -> None:
    rng = random.Random(5)
    for attempt in range(4):
        process = writer(url, f"k{attempt}", 100_000)
        assert process.stdout is not None
        assert process.stdout.readline() == b"0\n"
        time.sleep(rng.uniform(0.0, 0.15))
        process.send_signal(signal.SIGKILL)
        done = process.stdout.read().split()
        process.communicate()
        with open_memory(url, HERE) as memory:
            last = int(done[-1]) if done else 0
            assert memory.runs.get(f"k{attempt}-{last:06}") is not None
        assert broken_runs(url) == []


def test_a_reader_is_not_held_up_by_a_writer(url: str) -> None:
    with open_memory(url, HERE) as one, open_memory(url, HERE) as other:
        one.patterns.save([fix_pattern("p1")])
        with one.transaction():
            one.patterns.save([fix_pattern("p2")])
            assert [p.id for p in other.patterns.list_all()] == ["p1"]
        assert [p.id for p in other.patterns.list_all()] == ["p1", "p2"]


def test_a_writer_that_waits_too_long_is_told_why(url: str) -> None:
    with open_memory(url, HERE) as memory, memory.transaction():
        database = open_database(url)
        database.run("SET lock_timeout = '50ms'")
        taken = pytest.raises(MemoryStoreError, match="in use by another process")
        with taken, database.transaction():
            pass
        database.close()


def test_a_failure_inside_a_transaction_leaves_the_connection_usable(url: str) -> None:
    with open_memory(url, HERE) as memory:
        with pytest.raises(MemoryStoreError), memory.transaction():
            memory.patterns.save([fix_pattern(layer=99)])
        assert memory.patterns.save([fix_pattern()]) == 1


def test_a_key_too_long_for_an_index_is_refused(url: str) -> None:
    endless = random.Random(1).randbytes(9_000).hex()
    with open_memory(url, HERE) as memory:
        with pytest.raises(MemoryStoreError, match=r"refuses this \(index row"):
            memory.lineage.add([LineageNode("file", endless)], [])
        memory.lineage.add([LineageNode("file", endless[:2_500])], [])


def test_two_schemas_of_one_database_know_nothing_of_each_other(postgres_url: str) -> None:
    with (
        open_memory(empty_schema(postgres_url), HERE) as one,
        open_memory(empty_schema(postgres_url), HERE) as other,
    ):
        one.patterns.save([fix_pattern()])
        assert other.patterns.list_all() == ()


def test_moments_are_kept_as_moments_and_come_back_as_text(url: str) -> None:
    open_memory(url, HERE).close()
    database = open_database(url)
    kept = database.fetch_row(
        "SELECT ?::timestamptz, ?::timestamptz, ?::timestamptz",
        ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00.120Z", "2026-01-02T12:00:00+02:00"),
    )
    assert kept == ("2026-01-02T10:00:00Z", "2026-01-02T10:00:00.120Z", "2026-01-02T10:00:00Z")
    database.close()


def test_updated_at_moves_when_a_row_changes_and_only_then(url: str) -> None:
    with open_memory(url, HERE) as memory:
        memory.patterns.save([fix_pattern("p1"), fix_pattern("p2")])
    database = open_database(url)
    database.run("UPDATE fix_patterns SET updated_at = '2001-01-01T00:00:00Z'")
    with open_memory(url, HERE) as memory:
        memory.patterns.save([fix_pattern("p1"), fix_pattern("p2", stage="warn")])
    (same,), (changed,) = database.fetch_rows("SELECT updated_at FROM fix_patterns ORDER BY id")
    assert same == "2001-01-01T00:00:00Z" < changed
    database.close()


def test_a_reading_command_makes_nothing(url: str) -> None:
    assert not memory_exists(url, HERE)
    with pytest.raises(MemoryStoreError, match="run `guard learn` first"):
        open_memory(url, HERE, create=False)
    assert not memory_exists(url, HERE)
    open_memory(url, HERE).close()
    assert memory_exists(url, HERE)
    open_memory(url, HERE, create=False).close()


def test_what_does_not_answer_is_one_sentence_without_the_password(postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    for user, host, port, database, reason in (
        ("postgres", "127.0.0.1", 1, "postgres", "refused"),
        ("postgres", "127.0.0.1", parts.port, "nowhere", "does not exist"),
        ("nobody", "127.0.0.1", parts.port, "postgres", "password authentication failed"),
        ("postgres", "nowhere.invalid", 5432, "postgres", "resolve"),
    ):
        with pytest.raises(MemoryStoreError, match=rf"cannot be reached \(.*{reason}") as said:
            open_memory(f"postgresql://{user}:hush@{host}:{port}/{database}", HERE)
        assert "hush" not in str(said.value)
        assert "\n" not in str(said.value)


def test_a_role_with_its_password_is_let_in_and_with_another_not(postgres_url: str) -> None:
    with role_with(postgres_url, "CREATE ON DATABASE postgres", password="hush") as url:
        with open_memory(empty_schema(url), HERE) as memory:
            assert memory.location.startswith("postgresql://role_")
            assert "hush" not in memory.location
            memory.patterns.save([fix_pattern()])
        with pytest.raises(MemoryStoreError, match="password authentication failed") as said:
            open_memory(url.replace("hush", "h0sh"), HERE)
        assert "h0sh" not in str(said.value)


def test_a_schema_that_is_hidden_is_not_taken_for_none(postgres_url: str) -> None:
    url = empty_schema(postgres_url)
    open_memory(url, HERE).close()
    with role_with(url, password="hush") as hidden:
        given = hidden
        for create in (False, True):
            with pytest.raises(MemoryStoreError, match="GRANT USAGE ON SCHEMA") as said:
                open_memory(given, HERE, create=create)
            assert "hush" not in str(said.value)


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ("CONNECTION LIMIT 0", "allow more connections"),
        ("NOLOGIN", "correct the user in `memory`"),
        ("PASSWORD 'other'", "the password in ~/.pgpass"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_change(
    postgres_url: str, change: str, remedy: str
) -> None:
    with role_with(postgres_url, password="hush") as url:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"ALTER ROLE {urlsplit(url).username} {change}".encode())
        with pytest.raises(MemoryStoreError, match=re.escape(remedy)) as said:
            open_memory(url, HERE)
    assert "hush" not in str(said.value)
    assert "connection to server at" not in str(said.value)


def test_a_server_without_tls_is_told_from_one_that_is_away(postgres_url: str) -> None:
    with pytest.raises(MemoryStoreError, match="have the server speak TLS"):
        open_memory(f"{postgres_url}?sslmode=require", HERE)


def test_a_right_that_is_missing_is_a_sentence(postgres_url: str) -> None:
    url = empty_schema(postgres_url)
    open_memory(url, HERE).close()
    schema = url.rpartition("D")[2]
    refused = pytest.raises(MemoryStoreError, match=r"^the role of the memory postgresql://role_")
    with role_with(url, f"USAGE ON SCHEMA {schema}", password="hush") as bare, refused:
        open_memory(bare, HERE)


def test_a_database_that_cannot_hold_every_text_is_refused(postgres_url: str) -> None:
    name = empty_schema("x").rpartition("D")[2]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        made = f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        connection.execute(made.encode())
        with pytest.raises(MemoryStoreError, match=r"LATIN1.* ENCODING 'UTF8'"):
            open_memory(urlsplit(postgres_url)._replace(path=f"/{name}").geturl(), HERE)
        connection.execute(f"DROP DATABASE {name}".encode())


def _cut(database: PostgresDatabase, postgres_url: str) -> None:
    """Let the server end the connection, as a restart or a firewall does."""
    (number,) = database.fetch_row("SELECT pg_backend_pid()") or (0,)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (number,))


def test_a_lost_connection_is_opened_again(url: str, postgres_url: str) -> None:
    with open_memory(url, HERE) as memory:
        memory.state.set("a", "1")
        for step in ("2", "3"):
            _cut(memory.database, postgres_url)  # type: ignore[arg-type]
            memory.state.set("a", step)
            _cut(memory.database, postgres_url)  # type: ignore[arg-type]
            assert memory.state.get("a") == step


def test_a_transaction_that_lost_its_connection_is_undone_and_said(
    url: str, postgres_url: str
) -> None:
    with open_memory(url, HERE) as memory:
        with pytest.raises(MemoryStoreError, match="run again"), memory.transaction():
            memory.state.set("a", "1")
            _cut(memory.database, postgres_url)  # type: ignore[arg-type]
            memory.state.set("b", "2")
        assert memory.state.get("a") is None
        memory.state.set("b", "3")
        assert memory.state.get("b") == "3"
