"""The memory on a server: the shared roles, with text search and vectors in PostgreSQL's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.postgres.database import PostgresDatabase, open_database
from devmatrix_guard.memory.postgres.migrate import migrate, read_schema_version
from devmatrix_guard.memory.sql.memory import SqlMemory
from devmatrix_guard.memory.sql.repositories import Scope

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import PatternStore, VectorIndex
    from devmatrix_guard.model.knowledge.repository import Repository


class PostgresMemory(SqlMemory):
    """A `Memory` in one schema of a database."""

    def __init__(self, database: PostgresDatabase, scope: Scope) -> None:
        super().__init__(database, database.name, scope)
        self._database = database

    @property
    def patterns(self) -> PatternStore:
        from devmatrix_guard.memory.postgres.search import PostgresTextIndex
        from devmatrix_guard.memory.sql.stores.patterns import SqlPatternStore

        return SqlPatternStore(self._database, self._scope, PostgresTextIndex(self._database))

    @property
    def vectors(self) -> VectorIndex:
        from devmatrix_guard.memory.postgres.vectors import PostgresVectorIndex

        return PostgresVectorIndex(self._database, self._scope)

    def _view(self, scope: Scope) -> PostgresMemory:
        return PostgresMemory(self._database, scope)


def open_postgres(url: str, repository: Repository, *, create: bool) -> PostgresMemory:
    """Connect, with the schema brought up to date.

    Raises:
        MemoryStoreError: the server is away or refuses, or holds no memory and `create` is False.
    """
    database = open_database(url)
    try:
        if not create and read_schema_version(database) == 0:
            raise MemoryStoreError(
                f"there is no memory at {database.name} yet; run `guard learn` first."
            )
        database.opened_at = migrate(database)
    except BaseException:
        database.close()
        raise
    return PostgresMemory(database, Scope(database, repository))


def has_postgres_memory(url: str) -> bool:
    """Tell whether a server holds a memory, of whatever version."""
    database = open_database(url)
    try:
        return read_schema_version(database) > 0
    finally:
        database.close()
