"""A memory in SQL as a whole: one connection, and each role when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from devmatrix_guard.memory.base import (
        FileStore,
        InfraStore,
        LineageGraph,
        RuleStore,
        RunLog,
        StateStore,
    )
    from devmatrix_guard.memory.sql.database import Database


class SqlMemory:
    """The roles that every database plays alike. A role's module is imported when first used."""

    def __init__(self, database: Database, location: str) -> None:
        self._shared = database
        self._location = location

    @property
    def location(self) -> str:
        return self._location

    @property
    def rules(self) -> RuleStore:
        from devmatrix_guard.memory.sql.rule_store import SqlRuleStore

        return SqlRuleStore(self._shared)

    @property
    def files(self) -> FileStore:
        from devmatrix_guard.memory.sql.files import SqlFileStore

        return SqlFileStore(self._shared)

    @property
    def runs(self) -> RunLog:
        from devmatrix_guard.memory.sql.runs import SqlRunLog

        return SqlRunLog(self._shared)

    @property
    def lineage(self) -> LineageGraph:
        from devmatrix_guard.memory.sql.lineage import SqlLineageGraph

        return SqlLineageGraph(self._shared)

    @property
    def infra(self) -> InfraStore:
        from devmatrix_guard.memory.sql.infra import SqlInfraStore

        return SqlInfraStore(self._shared)

    @property
    def state(self) -> StateStore:
        from devmatrix_guard.memory.sql.state import SqlStateStore

        return SqlStateStore(self._shared)

    def transaction(self) -> AbstractContextManager[None]:
        return self._shared.transaction()

    def close(self) -> None:
        self._shared.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
