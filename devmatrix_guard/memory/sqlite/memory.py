"""The embedded memory: the shared roles, with text search and vectors in SQLite's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devmatrix_guard.memory.sql.memory import SqlMemory
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.memory.sqlite.database import SqliteDatabase, open_database, refuse_damage
from devmatrix_guard.memory.sqlite.migrate import migrate

if TYPE_CHECKING:
    from pathlib import Path

    from devmatrix_guard.memory.base import PatternStore, VectorIndex
    from devmatrix_guard.model.knowledge.repository import Repository


class SqliteMemory(SqlMemory):
    """A `Memory` in one file."""

    def __init__(self, database: SqliteDatabase, scope: Scope) -> None:
        super().__init__(database, str(database.path), scope)
        self._database = database

    @property
    def patterns(self) -> PatternStore:
        from devmatrix_guard.memory.sql.stores.patterns import SqlPatternStore
        from devmatrix_guard.memory.sqlite.search import SqliteTextIndex

        return SqlPatternStore(self._database, self._scope, SqliteTextIndex(self._database))

    @property
    def vectors(self) -> VectorIndex:
        from devmatrix_guard.memory.sqlite.vectors import SqliteVectorIndex

        return SqliteVectorIndex(self._database, self._scope)

    def _view(self, scope: Scope) -> SqliteMemory:
        return SqliteMemory(self._database, scope)


def open_sqlite(path: Path, repository: Repository, *, verify: bool) -> SqliteMemory:
    """Open the file, verified if asked for, with its schema brought up to date."""
    database = open_database(path)
    try:
        if verify:
            refuse_damage(database)
        database.opened_at = migrate(database)
    except BaseException:
        database.close()
        raise
    return SqliteMemory(database, Scope(database, repository))
