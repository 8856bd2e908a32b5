"""Small facts between two runs."""

from __future__ import annotations

from devmatrix_guard.memory.sql.database import Database, upsert
from devmatrix_guard.memory.sql.repositories import Scope


class SqlStateStore:
    """The table `learn_state` as a `StateStore`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def get(self, key: str) -> str | None:
        row = self._database.fetch_row(
            "SELECT value FROM learn_state WHERE repository_id = ? AND key = ?",
            (self._scope.find_own(), key),
        )
        return row[0] if row else None

    def set(self, key: str, value: str | None) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            if value is None:
                self._database.run(
                    "DELETE FROM learn_state WHERE repository_id = ? AND key = ?", (own, key)
                )
                return
            self._database.run(
                upsert("learn_state", "repository_id, key, value", "repository_id, key"),
                (own, key, value),
            )
