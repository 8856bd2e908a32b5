from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import CorruptMemoryError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.sqlite.database import (
    open_database,
    retry_while_busy,
    translate_error,
)
from tests.contract.build import fix_pattern

_ROOT = Path(__file__).parents[3]

# Each round writes two facts that belong together; killed anywhere, both are there or neither.
_WRITER = """
import sys
from pathlib import Path
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.run import PipelineRun, GenerationEvent

name, rounds = sys.argv[2], int(sys.argv[3])
with open_memory("m.db", Path(sys.argv[1])) as memory:
    for number in range(rounds):
        run = PipelineRun(f"{name}-{number:06}", "learn", "2026-01-01T00:00:00Z")
        with memory.transaction():
            memory.runs.save(run)
            memory.runs.add_events(
                GenerationEvent(run.id, n, "step", run.started_at) for n in range(20)
            )
        print(number, flush=True)
"""


def writer(folder: Path, name: str, rounds: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(folder), name, str(rounds)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def problems(path: Path) -> list[object]:
    """Return what SQLite's own checks and the half-written runs have to say."""
    connection = sqlite3.connect(path)
    found: list[object] = [r for (r,) in connection.execute("PRAGMA integrity_check") if r != "ok"]
    found += connection.execute("PRAGMA foreign_key_check").fetchall()
    found += connection.execute(
        "SELECT id FROM pipeline_runs WHERE "
        "(SELECT count(*) FROM generation_events WHERE run_id = id) <> 20"
    ).fetchall()
    connection.close()
    return found


@pytest.mark.slow
def test_twenty_processes_write_at_once_without_an_error(tmp_path: Path) -> None:
    """They also all make the file, switch it to WAL and migrate it, at the same moment."""
    crowd = [writer(tmp_path, f"w{n}", 5) for n in range(20)]
    for process in crowd:
        _, errors = process.communicate(timeout=250)
        assert (process.returncode, errors) == (0, b"")
    with open_memory("m.db", tmp_path) as memory:
        assert len(memory.runs.list_recent(limit=1000)) == 100
    assert problems(tmp_path / "m.db") == []


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_all_or_nothing_of_a_transaction(tmp_path: Path) -> None:
    rng = random.Random(11)
    for attempt in range(8):
        process = writer(tmp_path, f"k{attempt}", 100_000)
        assert process.stdout is not None
        assert process.stdout.readline() == b"0\n"
        time.sleep(rng.uniform(0.0, 0.15))
        process.send_signal(signal.SIGKILL)
        done = process.stdout.read().split()
        process.communicate()
        with open_memory("m.db", tmp_path) as memory:
            last = int(done[-1]) if done else 0
            assert memory.runs.get(f"k{attempt}-{last:06}") is not None
        assert problems(tmp_path / "m.db") == []


def test_the_connection_has_foreign_keys_and_a_write_ahead_log(tmp_path: Path) -> None:
    database = open_database(tmp_path / "m.db")
    assert database.fetch_row("PRAGMA foreign_keys") == (1,)
    assert database.fetch_row("PRAGMA journal_mode") == ("wal",)
    database.close()


def test_a_reader_is_not_held_up_by_a_writer(tmp_path: Path) -> None:
    with open_memory("m.db", tmp_path) as one, open_memory("m.db", tmp_path) as other:
        one.patterns.save([fix_pattern("p1")])
        with one.transaction():
            one.patterns.save([fix_pattern("p2")])
            assert [p.id for p in other.patterns.list_all()] == ["p1"]
        assert [p.id for p in other.patterns.list_all()] == ["p1", "p2"]


def test_a_failure_inside_a_transaction_leaves_the_connection_usable(tmp_path: Path) -> None:
    with open_memory("m.db", tmp_path) as memory:
        with pytest.raises(MemoryStoreError), memory.transaction():
            memory.patterns.save([fix_pattern(layer=99)])
        assert memory.patterns.save([fix_pattern()]) == 1


def test_errors_name_the_file_and_the_remedy(tmp_path: Path) -> None:
    database = open_database(tmp_path / "m.db")
    with pytest.raises(MemoryStoreError, match=r"m\.db .*set `memory` to another path"):
        database.run("SELECT * FROM nowhere")
    database.close()


def test_updated_at_moves_when_a_row_changes_and_only_then(tmp_path: Path) -> None:
    old = "2001-01-01T00:00:00.000Z"
    with open_memory("m.db", tmp_path) as memory:
        memory.patterns.save([fix_pattern("p1"), fix_pattern("p2")])
    database = open_database(tmp_path / "m.db")
    database.run("UPDATE fix_patterns SET updated_at = ?", (old,))
    database.close()
    with open_memory("m.db", tmp_path) as memory:
        memory.patterns.save([fix_pattern("p1"), fix_pattern("p2", stage="warn")])
    database = open_database(tmp_path / "m.db")
    (same,), (changed,) = database.fetch_rows("SELECT updated_at FROM fix_patterns ORDER BY id")
    assert same == old < changed
    database.close()


def test_what_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    body = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from devmatrix_guard.errors import MemoryStoreError\n"
        "from devmatrix_guard.memory.sqlite.database import open_database\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "try:\n"
        "    open_database(Path(sys.argv[1]))\n"
        "except MemoryStoreError:\n"
        "    sys.exit(2)\n"
    )
    path = tmp_path / ".guard" / "memory.db"
    command = [sys.executable, "-B", "-c", body, path]  # no part of a compiled module is left
    assert subprocess.run(command, check=False).returncode == 2
    assert list(path.parent.iterdir()) == []


def test_a_disk_that_is_full_in_mid_save_loses_nothing_and_is_used_again(tmp_path: Path) -> None:
    body = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from devmatrix_guard.errors import MemoryStoreError\n"
        "from devmatrix_guard.memory.connect import open_memory\n"
        "from tests.contract.build import fix_pattern\n"
        "limit = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "with open_memory('m.db', Path(sys.argv[1])) as memory:\n"
        "    memory.patterns.save([fix_pattern('p1')])\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, limit[1]))\n"
        "    try:\n"
        "        many = (fix_pattern(f'q{n}', before='x' * 9_000) for n in range(900))\n"
        "        memory.patterns.save(many)\n"
        "    except MemoryStoreError as error:\n"
        "        print(error)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, limit)\n"
        "    memory.patterns.save([fix_pattern('p2')])\n"
        "    left = sorted(p.id for p in memory.patterns.list_all())\n"
        "    print(*left, memory.database.list_damage())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", body, tmp_path], check=True, capture_output=True, text=True
    )
    told, left = done.stdout.splitlines()
    assert told.startswith(f"the disk of the memory {tmp_path / 'm.db'} refuses this (disk I/O")
    assert "free some space and run again" in told
    assert left == "p1 p2 []"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("database is locked"), "in use by another process; wait for it"),
        (sqlite3.OperationalError("database table is locked"), "in use by another process"),
        (sqlite3.OperationalError("database or disk is full"), "no space is left for the memory"),
        (sqlite3.OperationalError("disk I/O error"), "the disk of the memory m.db refuses this"),
        (
            sqlite3.IntegrityError("UNIQUE constraint failed"),
            "refuses this (UNIQUE constraint fail",
        ),
        (sqlite3.OperationalError("unable to open database file"), "cannot be opened or written"),
        (PermissionError(13, "Permission denied"), "(Permission denied); make the folder writable"),
        (OSError("no number"), "cannot be opened or written (no number)"),
    ],
    ids=str,
)
def test_an_error_of_the_database_is_one_sentence_with_what_to_do(
    error: Exception, said: str
) -> None:
    told = translate_error(error, Path("m.db"))
    assert said in str(told)
    assert not isinstance(told, CorruptMemoryError)


def test_what_is_no_memory_is_told_from_what_is_busy() -> None:
    told = translate_error(sqlite3.DatabaseError("file is not a database"), Path("m.db"))
    assert isinstance(told, CorruptMemoryError)


def test_what_is_locked_is_tried_again_and_another_error_is_not() -> None:
    tries = []

    def write(error: str, times: int) -> str:
        tries.append(error)
        if len(tries) <= times:
            raise sqlite3.OperationalError(error)
        return "written"

    assert retry_while_busy(lambda: write("database is locked", 2)) == "written"
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        retry_while_busy(lambda: write("no such table", 1))
    assert len(tries) == 1
