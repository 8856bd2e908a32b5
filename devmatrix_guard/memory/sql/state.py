"""Small facts between two runs."""

from __future__ import annotations

from devmatrix_guard.memory.sql.database import Database


class SqlStateStore:
    """The table `learn_state` as a `StateStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        row = self._database.fetch_row("SELECT value FROM learn_state WHERE key = ?", (key,))
        return row[0] if row else None

    def set(self, key: str, value: str | None) -> None:
        if value is None:
            self._database.run("DELETE FROM learn_state WHERE key = ?", (key,))
            return
        self._database.run(
            "INSERT INTO learn_state (key, value) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )
