"""The audit of files, and where FixPatterns were used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from devmatrix_guard.memory.sql.database import Database, upsert, write_marks
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.knowledge import FileAudit, PatternRecord, PatternUse

_WRITE_USE = upsert(
    "pattern_uses",
    "pattern_id, file_id, applied_at, success, minutes_saved",
    "pattern_id, file_id, applied_at",
)
_BATCH = 500
_LABELS = ("workflow", "task")


class SqlFileStore:
    """The tables `file_audit`, `file_workflows`, `file_tasks`, `pattern_uses` as a `FileStore`."""

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
        file_id, layer, debt, status, notes = row
        workflows, tasks = (self._fetch_labels(file_id, kind) for kind in _LABELS)
        return FileAudit(path, layer, debt, status, notes, workflows, tasks)

    def list_all(self) -> tuple[FileAudit, ...]:
        own = self._scope.find_own()
        labels: dict[str, dict[int, list[str]]] = {}
        for kind in _LABELS:
            found = labels.setdefault(kind, {})
            for file_id, value in self._database.fetch_rows(
                f"SELECT l.file_id, l.{kind} FROM file_{kind}s l JOIN file_audit f "
                f"ON f.id = l.file_id WHERE f.repository_id = ? ORDER BY l.file_id, l.{kind}",
                (own,),
            ):
                found.setdefault(file_id, []).append(value)
        rows = self._database.fetch_rows(
            "SELECT id, file_path, layer_number, technical_debt, status, notes FROM file_audit "
            "WHERE repository_id = ? ORDER BY file_path",
            (own,),
        )
        workflows, tasks = (labels[kind] for kind in _LABELS)
        return tuple(
            FileAudit(
                path,
                layer,
                debt,
                status,
                notes,
                tuple(workflows.get(i, ())),
                tuple(tasks.get(i, ())),
            )
            for i, path, layer, debt, status, notes in rows
        )

    def add_tasks(self, tasks: Iterable[tuple[str, str]]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            ids: dict[str, int] = {}
            for path, task in tasks:
                if path not in ids:
                    ids[path] = ensure_file_id(self._database, own, path)
                self._database.run(
                    "INSERT INTO file_tasks (file_id, task) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (ids[path], task),
                )

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
        return self.records_of([pattern_id]).get(pattern_id, PatternRecord())

    def records_of(self, pattern_ids: Sequence[str]) -> dict[str, PatternRecord]:
        rows = self._database.fetch_rows(
            "SELECT pattern_id, sum(applied_count), "
            "sum(success_rate * applied_count) / sum(applied_count), avg(avg_time_saved), "
            f"max(last_applied) FROM pattern_record WHERE pattern_id IN "
            f"({write_marks(pattern_ids)}) AND {self._scope.narrow('repository_id')} "
            "GROUP BY pattern_id",
            pattern_ids,
        )
        return {
            key: PatternRecord(int(count), float(rate), *rest) for key, count, rate, *rest in rows
        }

    def _write(self, own: int, audit: FileAudit) -> None:
        identity = ensure_file_id(self._database, own, audit.path)
        self._database.run(
            "UPDATE file_audit SET layer_number = ?, technical_debt = ?, status = ?, notes = ? "
            "WHERE id = ?",
            (audit.layer, audit.technical_debt, audit.status, audit.notes, identity),
        )
        for kind, values in zip(_LABELS, (audit.workflows, audit.tasks), strict=True):
            self._database.run(f"DELETE FROM file_{kind}s WHERE file_id = ?", (identity,))
            self._database.run_many(
                f"INSERT INTO file_{kind}s VALUES (?, ?)",
                [(identity, value) for value in sorted(set(values))],
            )

    def _fetch_labels(self, file_id: int, kind: str) -> tuple[str, ...]:
        rows = self._database.fetch_rows(
            f"SELECT {kind} FROM file_{kind}s WHERE file_id = ? ORDER BY {kind}", (file_id,)
        )
        return tuple(value for (value,) in rows)


def ensure_file_id(database: Database, own: int, path: str) -> int:
    """Return the row of a repository's path, made if it is new; call it inside a transaction."""
    return ensure_file_ids(database, own, [path])[path]


def ensure_file_ids(database: Database, own: int, paths: Sequence[str]) -> dict[str, int]:
    """Return {path: row} of a repository's paths, made if new; call it inside a transaction."""
    known = _find_file_ids(database, own, paths)
    new = [path for path in dict.fromkeys(paths) if path not in known]
    if new:
        database.run_many(
            "INSERT INTO file_audit (repository_id, file_path, file_type) VALUES (?, ?, ?)",
            [(own, path, PurePosixPath(path).suffix) for path in new],
        )
        known |= _find_file_ids(database, own, new)
    return known


def _find_file_ids(database: Database, own: int, paths: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(paths), _BATCH):
        some = paths[start : start + _BATCH]
        rows = database.fetch_rows(
            "SELECT file_path, id FROM file_audit WHERE repository_id = ? "
            f"AND file_path IN ({write_marks(some)})",
            (own, *some),
        )
        found |= {path: int(row) for path, row in rows}
    return found
