from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.errors import InternalError, MemoryStoreError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.sql.migrations import read_shipped_migrations
from devmatrix_guard.memory.sqlite.database import SqliteDatabase, open_database
from devmatrix_guard.memory.sqlite.migrate import (
    FOLDER,
    migrate,
    read_schema_version,
    split_statements,
)
from tests.contract.build import fix_pattern
from tests.helpers import write_tree

FIRST = """
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE item (name TEXT);
"""
TRIGGER = """
-- a trigger holds semicolons; so does this comment
CREATE TRIGGER item_twice AFTER INSERT ON item WHEN new.name = 'a;b' BEGIN
  INSERT INTO item VALUES ('one;');
  INSERT INTO item VALUES ('two');
END;
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    opened = open_database(tmp_path / "m.db")
    yield opened
    opened.close()


def test_a_new_memory_has_the_newest_version_and_its_history(tmp_path: Path) -> None:
    open_memory("m.db", tmp_path).close()
    database = open_database(tmp_path / "m.db")
    shipped = [(m.version, m.name) for m in read_shipped_migrations(FOLDER)]
    assert database.fetch_rows("SELECT version, name FROM schema_migrations") == shipped
    assert read_schema_version(database) == len(shipped)
    database.close()


def test_migrations_are_applied_in_order_and_once(tmp_path: Path, database: SqliteDatabase) -> None:
    write_tree(tmp_path / "sql", {"0001_first.sql": FIRST})
    assert migrate(database, tmp_path / "sql") == 1
    database.run("INSERT INTO item VALUES ('kept')")
    write_tree(tmp_path / "sql", {"0002_trigger.sql": TRIGGER, "0010_x.txt": "no migration"})
    assert migrate(database, tmp_path / "sql") == 2
    assert migrate(database, tmp_path / "sql") == 2
    assert database.fetch_rows("SELECT name FROM item") == [("kept",)]
    assert database.fetch_rows("SELECT * FROM schema_migrations") == [(1, "first"), (2, "trigger")]


def test_a_migration_that_fails_leaves_the_memory_as_it_was(
    tmp_path: Path, database: SqliteDatabase
) -> None:
    bad = "CREATE TABLE other (x);\nINSERT INTO nowhere VALUES (1);\n"
    write_tree(tmp_path / "sql", {"0001_first.sql": FIRST, "0002_bad.sql": bad})
    with pytest.raises(MemoryStoreError, match="nowhere"):
        migrate(database, tmp_path / "sql")
    assert read_schema_version(database) == 1
    assert database.fetch_rows("SELECT name FROM sqlite_schema WHERE name = 'other'") == []


def test_a_memory_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    open_memory("m.db", tmp_path).close()
    database = open_database(tmp_path / "m.db")
    database.run("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(MemoryStoreError, match=r"schema version 99 .* upgrade devmatrix-guard"):
        open_memory("m.db", tmp_path)


def test_a_release_that_is_older_by_now_writes_nothing_more(tmp_path: Path) -> None:
    with open_memory("m.db", tmp_path) as memory:
        memory.patterns.save([fix_pattern("p1")])
        database = open_database(tmp_path / "m.db")
        database.run("PRAGMA user_version = 99")
        with pytest.raises(MemoryStoreError, match=r"to 99 by another release .* upgrade"):
            memory.patterns.save([fix_pattern("p2")])
        assert [pattern.id for pattern in memory.patterns.list_all()] == ["p1"]
        database.close()


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param(["CREATE TABLE users (name)"], id="no name of ours"),
        pytest.param(["CREATE TABLE fix_patterns (name)", "PRAGMA user_version = 3"], id="a name"),
        pytest.param(["CREATE TABLE schema_migrations (version)"], id="migrations of its own"),
    ],
)
def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path, sql: list[str]) -> None:
    place = tmp_path / "m.db"
    with contextlib.closing(sqlite3.connect(place)) as other:
        for statement in sql:
            other.execute(statement)
    before = place.read_bytes()
    with pytest.raises(MemoryStoreError, match=r"another program.* set `memory` to another path"):
        open_memory("m.db", tmp_path)
    assert place.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["m.db"]


def test_a_gap_in_the_numbers_is_our_defect(tmp_path: Path) -> None:
    write_tree(tmp_path, {"0001_a.sql": "", "0003_c.sql": ""})
    with pytest.raises(InternalError, match="numbered"):
        read_shipped_migrations(tmp_path)


def test_a_script_is_cut_into_whole_statements() -> None:
    script = "CREATE TABLE a (x); -- done\nINSERT INTO a VALUES (';');\n" + TRIGGER
    cut = list(split_statements(script))
    assert [s.split()[0] for s in cut] == ["CREATE", "INSERT", "--"]
    assert cut[2].endswith("END;")


def test_half_a_statement_is_our_defect() -> None:
    with pytest.raises(InternalError, match="ends within a statement"):
        list(split_statements("CREATE TABLE a (x);\nCREATE TABLE b (\n"))
