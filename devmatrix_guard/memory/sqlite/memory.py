"""The embedded memory as a whole: one connection, and each role when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from devmatrix_guard.memory.sqlite.database import Database, open_database, refuse_damage
from devmatrix_guard.memory.sqlite.migrate import migrate

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from devmatrix_guard.memory.base import (
        FileStore,
        InfraStore,
        LineageGraph,
        PatternStore,
        RuleStore,
        RunLog,
        StateStore,
        VectorIndex,
    )


class SqliteMemory:
    """A `Memory` in one file. A role's module is imported when the role is first used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def location(self) -> str:
        return str(self._database.path)

    @property
    def patterns(self) -> PatternStore:
        from devmatrix_guard.memory.sqlite.patterns import SqlitePatternStore

        return SqlitePatternStore(self._database)

    @property
    def rules(self) -> RuleStore:
        from devmatrix_guard.memory.sqlite.rules import SqliteRuleStore

        return SqliteRuleStore(self._database)

    @property
    def files(self) -> FileStore:
        from devmatrix_guard.memory.sqlite.files import SqliteFileStore

        return SqliteFileStore(self._database)

    @property
    def runs(self) -> RunLog:
        from devmatrix_guard.memory.sqlite.runs import SqliteRunLog

        return SqliteRunLog(self._database)

    @property
    def lineage(self) -> LineageGraph:
        from devmatrix_guard.memory.sqlite.lineage import SqliteLineageGraph

        return SqliteLineageGraph(self._database)

    @property
    def vectors(self) -> VectorIndex:
        from devmatrix_guard.memory.sqlite.vectors import SqliteVectorIndex

        return SqliteVectorIndex(self._database)

    @property
    def infra(self) -> InfraStore:
        from devmatrix_guard.memory.sqlite.infra import SqliteInfraStore

        return SqliteInfraStore(self._database)

    @property
    def state(self) -> StateStore:
        from devmatrix_guard.memory.sqlite.state import SqliteStateStore

        return SqliteStateStore(self._database)

    def transaction(self) -> AbstractContextManager[None]:
        return self._database.transaction()

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_sqlite(path: Path, *, verify: bool) -> SqliteMemory:
    """Open the file, verified if asked for, with its schema brought up to date."""
    database = open_database(path)
    try:
        if verify:
            refuse_damage(database)
        migrate(database)
    except BaseException:
        database.close()
        raise
    return SqliteMemory(database)
