"""Bring a memory's schema up to date: ordered SQL files, forwards only, each in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.errors import InternalError, MemoryStoreError
from devmatrix_guard.memory.sqlite.database import Database

_FOLDER = Path(__file__).parent / "migrations"


class Migration(NamedTuple):
    """One step of the schema; versions count from 1 without gaps."""

    version: int
    name: str
    sql: str


def shipped_migrations(folder: Path = _FOLDER) -> tuple[Migration, ...]:
    """Return the migrations of a folder of `NNNN_name.sql` files, in order."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        number, _, name = path.stem.partition("_")
        found.append(Migration(int(number), name, path.read_text("utf-8")))
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise InternalError(f"the migrations in {folder} are not numbered 1, 2, 3 …")
    return tuple(found)


def migrate(database: Database, folder: Path = _FOLDER) -> int:
    """Apply what is missing and return the schema's version.

    Raises:
        MemoryStoreError: the memory was written by a newer release.
    """
    newest = _newest_version(folder)
    current = schema_version(database)
    if current < newest:
        for migration in shipped_migrations(folder):
            _apply(database, migration)
        current = schema_version(database)
    if current > newest:
        raise MemoryStoreError(
            f"the memory {database.path} has schema version {current} and this release knows "
            f"{newest}: upgrade devmatrix-guard, or set `memory` to another path."
        )
    return current


def schema_version(database: Database) -> int:
    """Return the version of the schema; 0 is a file without one."""
    row = database.row("PRAGMA user_version")
    return int(row[0]) if row else 0


def statements(sql: str) -> Iterator[str]:
    """Yield the statements of a script; a trigger with its body is one."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if ";" in line and sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if any(line.strip() and not line.startswith("--") for line in pending.splitlines()):
        raise InternalError(f"a migration ends within a statement: {pending.strip()[:80]}")


def _newest_version(folder: Path) -> int:
    return max(int(path.name.partition("_")[0]) for path in folder.glob("*.sql"))


def _apply(database: Database, migration: Migration) -> None:
    """Another process may be doing the same: the version is read again inside the lock."""
    with database.transaction():
        if schema_version(database) >= migration.version:
            return
        for statement in statements(migration.sql):
            database.run(statement)
        database.run(f"PRAGMA user_version = {migration.version}")
        database.run(
            "INSERT INTO schema_migrations (version, name) VALUES (?, ?)",
            (migration.version, migration.name),
        )
