"""A memory in SQL as a whole: one connection, and each role when it is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from devmatrix_guard.memory.sql.repositories import Scope, SqlRepositoryStore

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from devmatrix_guard.memory.base import (
        FileStore,
        InfraStore,
        IrStore,
        LineageGraph,
        RepositoryStore,
        ReviewStore,
        RuleStore,
        RunLog,
        StateStore,
        TrendLog,
    )
    from devmatrix_guard.memory.experience import ExperienceStore
    from devmatrix_guard.memory.sql.database import Database
    from devmatrix_guard.memory.sql.stores.catalog import SqlCatalogStore
    from devmatrix_guard.memory.sql.stores.success import SqlSuccessStore


class SqlMemory(ABC):
    """The roles that every database plays alike. A role's module is imported when first used."""

    def __init__(self, database: Database, location: str, scope: Scope) -> None:
        self._shared = database
        self._location = location
        self._scope = scope

    @property
    def location(self) -> str:
        return self._location

    @property
    def rules(self) -> RuleStore:
        from devmatrix_guard.memory.sql.stores.rule_store import SqlRuleStore

        return SqlRuleStore(self._shared, self._scope)

    @property
    def files(self) -> FileStore:
        from devmatrix_guard.memory.sql.stores.files import SqlFileStore

        return SqlFileStore(self._shared, self._scope)

    @property
    def runs(self) -> RunLog:
        from devmatrix_guard.memory.sql.stores.runs import SqlRunLog

        return SqlRunLog(self._shared, self._scope)

    @property
    def lineage(self) -> LineageGraph:
        from devmatrix_guard.memory.sql.stores.lineage import SqlLineageGraph

        return SqlLineageGraph(self._shared, self._scope)

    @property
    def infra(self) -> InfraStore:
        from devmatrix_guard.memory.sql.stores.infra import SqlInfraStore

        return SqlInfraStore(self._shared)

    @property
    def catalog(self) -> SqlCatalogStore:
        from devmatrix_guard.memory.sql.stores.catalog import SqlCatalogStore

        return SqlCatalogStore(self._shared, self._scope)

    @property
    def successes(self) -> SqlSuccessStore:
        from devmatrix_guard.memory.sql.stores.success import SqlSuccessStore

        return SqlSuccessStore(self._shared)

    @property
    def experience(self) -> ExperienceStore:
        from devmatrix_guard.memory.sql.stores.experience import SqlExperienceStore

        return SqlExperienceStore(self._shared, self._scope)

    @property
    def state(self) -> StateStore:
        from devmatrix_guard.memory.sql.stores.state import SqlStateStore

        return SqlStateStore(self._shared, self._scope)

    @property
    def irs(self) -> IrStore:
        from devmatrix_guard.memory.sql.stores.irs import SqlIrStore

        return SqlIrStore(self._shared, self._scope)

    @property
    def trends(self) -> TrendLog:
        from devmatrix_guard.memory.sql.stores.trends import SqlTrendLog

        return SqlTrendLog(self._shared, self._scope)

    @property
    def reviews(self) -> ReviewStore:
        from devmatrix_guard.memory.sql.stores.reviews import SqlReviewStore

        return SqlReviewStore(self._shared, self._scope)

    @property
    def repositories(self) -> RepositoryStore:
        return SqlRepositoryStore(self._shared, self._scope)

    @property
    def database(self) -> Database:
        return self._shared

    def list_chosen(self) -> tuple[int, tuple[int, ...] | None]:
        """Return the row of the own repository, and those that are read; None for all."""
        own = self._scope.find_own()
        if self._scope.chosen is None:
            return own, (own,)
        return own, self._scope.chosen or None

    def choose(self, names: Sequence[str] = (), *, everything: bool = False) -> Self:
        rows = () if everything else SqlRepositoryStore(self._shared, self._scope).find_rows(names)
        scope = Scope(self._shared, self._scope.repository, rows if names or everything else None)
        return self._view(scope)

    @abstractmethod
    def _view(self, scope: Scope) -> Self:
        """Return this memory, on the same connection, with another choice of repositories."""

    def transaction(self) -> AbstractContextManager[None]:
        return self._shared.transaction()

    def close(self) -> None:
        self._shared.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
