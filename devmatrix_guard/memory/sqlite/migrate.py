"""Bring a memory's schema up to date: ordered SQL files, forwards only, each in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from devmatrix_guard.errors import InternalError
from devmatrix_guard.memory.sql.migrations import Migration, bring_up_to_date
from devmatrix_guard.memory.sqlite.database import SqliteDatabase

FOLDER = Path(__file__).parent / "migrations"
# What the migrations make of an empty file, without the tables that later ones made anew: renaming
# those was three quarters of what a new memory cost. Migrations it lacks are applied after it.
SNAPSHOT = Path(__file__).parent / "snapshot.sql"


def migrate(database: SqliteDatabase, folder: Path = FOLDER) -> int:
    """Apply what is missing and return the schema's version.

    Raises:
        MemoryStoreError: the memory was written by a newer release.
    """
    if folder == FOLDER and not read_schema_version(database):
        _apply_snapshot(database)
    return bring_up_to_date(
        folder,
        lambda: read_schema_version(database),
        lambda migration: _apply(database, migration),
        database.path,
    )


def read_schema_version(database: SqliteDatabase) -> int:
    """Return the version of the schema; 0 is a file without one."""
    return database.read_schema_version()


def split_statements(sql: str) -> Iterator[str]:
    """Yield the statements of a script; a trigger with its body is one."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if ";" in line and sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if any(line.strip() and not line.startswith("--") for line in pending.splitlines()):
        raise InternalError(f"a migration ends within a statement: {pending.strip()[:80]}")


def _apply_snapshot(database: SqliteDatabase) -> None:
    """Give a file without a schema all of it at once, unless another process has done so."""
    with database.transaction():
        if not read_schema_version(database):
            for statement in split_statements(SNAPSHOT.read_text("utf-8")):
                database.run(statement)


def _apply(database: SqliteDatabase, migration: Migration) -> None:
    """Another process may be doing the same: the version is read again inside the lock."""
    with database.transaction():
        if read_schema_version(database) >= migration.version:
            return
        for statement in split_statements(migration.sql):
            database.run(statement)
        database.run(f"PRAGMA user_version = {migration.version}")
        database.run(
            "INSERT INTO schema_migrations (version, name) VALUES (?, ?)",
            (migration.version, migration.name),
        )
