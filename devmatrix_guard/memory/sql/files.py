"""The audit of files, and where FixPatterns were used."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from devmatrix_guard.memory.sql.database import Database, upsert
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge import FileAudit, PatternRecord, PatternUse

_WRITE_USE = upsert(
    "pattern_uses",
    "pattern_id, file_id, applied_at, success, minutes_saved",
    "pattern_id, file_id, applied_at",
)


class SqlFileStore:
    """The tables `file_audit`, `file_workflows` and `pattern_uses` as a `FileStore`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def save(self, audits: Iterable[FileAudit]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            for audit in audits:
                if self.get(audit.path) != audit:
                    self._write(own, audit)

    def get(self, path: str) -> FileAudit | None:
        row = self._database.fetch_row(
            "SELECT id, layer_number, technical_debt, status, notes FROM file_audit "
            "WHERE repository_id = ? AND file_path = ?",
            (self._scope.find_own(), path),
        )
        if row is None:
            return None
        workflows = self._database.fetch_rows(
            "SELECT workflow FROM file_workflows WHERE file_id = ? ORDER BY workflow", (row[0],)
        )
        return FileAudit(path, row[1], row[2], row[3], row[4], tuple(w for (w,) in workflows))

    def record_use(self, uses: Iterable[PatternUse]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            for use in uses:
                self._database.run(
                    _WRITE_USE,
                    (
                        use.pattern_id,
                        ensure_file_id(self._database, own, use.path),
                        use.at,
                        use.success,
                        use.minutes_saved,
                    ),
                )

    def record_of(self, pattern_id: str) -> PatternRecord:
        row = self._database.fetch_row(
            "SELECT sum(applied_count), sum(success_rate * applied_count) / sum(applied_count), "
            "avg(avg_time_saved), max(last_applied) FROM pattern_record "
            f"WHERE pattern_id = ? AND {self._scope.narrow('repository_id')}",
            (pattern_id,),
        )
        if row is None or row[0] is None:
            return PatternRecord()
        return PatternRecord(int(row[0]), float(row[1]), *row[2:])

    def _write(self, own: int, audit: FileAudit) -> None:
        identity = ensure_file_id(self._database, own, audit.path)
        self._database.run(
            "UPDATE file_audit SET layer_number = ?, technical_debt = ?, status = ?, notes = ? "
            "WHERE id = ?",
            (audit.layer, audit.technical_debt, audit.status, audit.notes, identity),
        )
        self._database.run("DELETE FROM file_workflows WHERE file_id = ?", (identity,))
        self._database.run_many(
            "INSERT INTO file_workflows VALUES (?, ?)",
            [(identity, workflow) for workflow in sorted(set(audit.workflows))],
        )


def ensure_file_id(database: Database, own: int, path: str) -> int:
    """Return the row of a repository's path, made if it is new; call it inside a transaction."""
    row = database.fetch_row(
        "SELECT id FROM file_audit WHERE repository_id = ? AND file_path = ?", (own, path)
    )
    if row is None:
        database.run(
            "INSERT INTO file_audit (repository_id, file_path, file_type) VALUES (?, ?, ?)",
            (own, path, PurePosixPath(path).suffix),
        )
        return ensure_file_id(database, own, path)
    return int(row[0])
