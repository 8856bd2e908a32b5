"""Versions of ApplicationIRs, as they were kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.memory.sql.database import Database, write_json
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.ir_version import IrVersion

_COLUMNS = "name, version, ir_hash, spec_hash, saved_at"


class SqlIrStore:
    """The table `ir_versions` as an `IrStore`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def save(self, name: str, ir_hash: str, spec_hash: str, document: Mapping[str, Any]) -> int:
        with self._database.transaction():
            own = self._scope.ensure_own()
            last = self._database.fetch_row(
                "SELECT version, ir_hash FROM ir_versions WHERE repository_id = ? AND name = ? "
                "ORDER BY version DESC LIMIT 1",
                (own, name),
            )
            if last is not None and last[1] == ir_hash:
                return int(last[0])
            version = int(last[0]) + 1 if last else 1
            self._database.run(
                "INSERT INTO ir_versions (repository_id, name, version, ir_hash, spec_hash, "
                "document) VALUES (?, ?, ?, ?, ?, ?)",
                (own, name, version, ir_hash, spec_hash, write_json(document)),
            )
            return version

    def load(self, name: str, version: int | None = None) -> Mapping[str, Any] | None:
        row = self._database.fetch_row(
            f"SELECT document FROM ir_versions WHERE {self._scope.narrow('repository_id')} "
            "AND name = ? AND (version = ? OR ? = 0) ORDER BY version DESC LIMIT 1",
            (name, version or 0, version or 0),
        )
        found: Mapping[str, Any] | None = json.loads(row[0]) if row else None
        return found

    def list_versions(self, name: str = "") -> tuple[IrVersion, ...]:
        rows = self._database.fetch_rows(
            f"SELECT {_COLUMNS} FROM ir_versions WHERE {self._scope.narrow('repository_id')} "
            "AND (name = ? OR ? = '') ORDER BY name, version DESC",
            (name, name),
        )
        return tuple(IrVersion(*row) for row in rows)
