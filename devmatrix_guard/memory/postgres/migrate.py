"""Bring a server's schema up to date: ordered SQL files, each in one transaction."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.postgres.database import PostgresDatabase
from devmatrix_guard.memory.sql.migrations import Migration, bring_up_to_date

FOLDER = Path(__file__).parent / "migrations"


def migrate(database: PostgresDatabase, folder: Path = FOLDER) -> int:
    """Apply what is missing and return the schema's version.

    Raises:
        MemoryStoreError: the memory was written by a newer release, or the role may not create.
    """
    return bring_up_to_date(
        folder,
        lambda: read_schema_version(database),
        lambda migration: _apply(database, migration),
        database.name,
    )


def read_schema_version(database: PostgresDatabase) -> int:
    """Return the version of the schema; 0 where there is none.

    Raises:
        MemoryStoreError: it is there, and the role may not look into it.
    """
    row = database.fetch_row("SELECT to_regclass('schema_migrations') IS NOT NULL")
    if row != (True,):
        _refuse_hidden(database)
        return 0
    row = database.fetch_row("SELECT coalesce(max(version), 0) FROM schema_migrations")
    return int(row[0]) if row else 0


def _refuse_hidden(database: PostgresDatabase) -> None:
    """Tell a schema that the role may not use from one that is not there."""
    row = database.fetch_row(
        "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = ?",
        (database.schema,),
    )
    if row == (False,):
        raise MemoryStoreError(
            f"the role of the memory {database.name} may not use its schema; have its owner run "
            f"`GRANT USAGE ON SCHEMA {database.schema}`, and grant what docs/memory.md names."
        )


def _apply(database: PostgresDatabase, migration: Migration) -> None:
    """A transaction holds the writer's lock, under which the version is read again."""
    with database.transaction():
        if read_schema_version(database) >= migration.version:
            return
        _make_schema(database)
        database.run_script(migration.sql)
        database.run(
            "INSERT INTO schema_migrations (version, name) VALUES (?, ?)",
            (migration.version, migration.name),
        )


def _make_schema(database: PostgresDatabase) -> None:
    """Make the schema if it is not there; one that is there needs no right to make any."""
    quoted = database.schema.replace('"', '""')
    if (
        database.fetch_row("SELECT 1 FROM pg_namespace WHERE nspname = ?", (database.schema,))
        is None
    ):
        database.run(f'CREATE SCHEMA "{quoted}"')
