"""A new memory is made from a snapshot, which is what the migrations make one after the other.

After a new migration: STORE_OUTPUT=1 .venv/bin/pytest -n 0 tests/memory/sqlite/test_snapshot.py
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.memory.sqlite.database import SqliteDatabase, open_database
from devmatrix_guard.memory.sqlite.migrate import FOLDER, SNAPSHOT, migrate

_HEAD = """\
-- What the migrations make of an empty file, made by tests/memory/sqlite/test_snapshot.py.
"""
_ORDER = "CASE WHEN type = 'table' THEN 0 WHEN type = 'view' THEN 2 ELSE 1 END, rowid"
# Each memory has a moment and an id of its own.
_COLUMNS = {"schema_migrations": "version, name", "repositories": "id, identity, name"}
_PARTS = "config|content|data|docsize|idx"  # of an index of words, which SQLite makes with it
_ID = "INSERT INTO memory_facts VALUES ('id', lower(hex(randomblob(16))));"


@pytest.fixture
def step_by_step(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """A memory that each migration was applied to: those of another folder have no snapshot."""
    database = open_database(tmp_path / "steps.db")
    migrate(database, shutil.copytree(FOLDER, tmp_path / "migrations"))
    yield database
    database.close()


def _list_shadows(database: SqliteDatabase) -> re.Pattern[str]:
    """Return what the names of tables match that SQLite makes itself."""
    found = database.fetch_rows("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'")
    return re.compile("|".join(["sqlite_.*", *(f"{name}_({_PARTS})" for (name,) in found)]))


def _list_schema(database: SqliteDatabase) -> list[str]:
    shadows = _list_shadows(database)
    rows = database.fetch_rows(
        f"SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY {_ORDER}"
    )
    return [sql for name, sql in rows if not shadows.fullmatch(name)]


def _list_rows(database: SqliteDatabase) -> Iterator[tuple[str, str, list[tuple[object, ...]]]]:
    """Yield each table that holds something: its name, the columns that all have, their values."""
    shadows = _list_shadows(database)
    tables = database.fetch_rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
    for (table,) in tables:
        if shadows.fullmatch(table) or table == "memory_facts":
            continue
        columns = _COLUMNS.get(table, "*")
        if rows := database.fetch_rows(f"SELECT {columns} FROM {table} ORDER BY 1"):
            yield table, columns, [tuple(row) for row in rows]


def _write_snapshot(database: SqliteDatabase) -> str:
    statements = [f"{sql};" for sql in _list_schema(database)]
    for table, columns, rows in _list_rows(database):
        into = table if columns == "*" else f"{table} ({columns})"
        for row in rows:
            values = ", ".join(repr(value) for value in row)
            statements.append(f"INSERT INTO {into} VALUES ({values});")
    version = database.read_schema_version()
    return "\n".join([_HEAD, *statements, _ID, f"PRAGMA user_version = {version};", ""])


def test_the_snapshot_is_what_the_migrations_make(
    tmp_path: Path, step_by_step: SqliteDatabase
) -> None:
    if os.environ.get("STORE_OUTPUT"):
        SNAPSHOT.write_text(_write_snapshot(step_by_step), "utf-8")
    new = open_database(tmp_path / "new.db")
    assert migrate(new) == migrate(step_by_step)
    assert sorted(_list_schema(new)) == sorted(_list_schema(step_by_step))
    assert list(_list_rows(new)) == list(_list_rows(step_by_step))
    named = "SELECT key, length(value) FROM memory_facts"
    assert new.fetch_rows(named) == step_by_step.fetch_rows(named)
    assert new.list_damage() == []
    new.close()
