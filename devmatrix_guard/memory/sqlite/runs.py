"""Runs, their events, and errors over time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from devmatrix_guard.memory.sqlite.database import Database, as_json
from devmatrix_guard.model.run import ErrorSighting, ErrorTrend, GenerationEvent, PipelineRun

_RUN = (
    "id, command, started_at, completed_at, status, spec_hash, ir_hash, metrics, phases, "
    "compliance_score, tokens_used, duration_ms, files_generated, errors_count"
)
_EVENT = (
    "run_id, sequence, event_type, at, file_path, stratum, infra_pattern, success, duration_ms, "
    "details, phase"
)


class SqliteRunLog:
    """The tables `pipeline_runs`, `generation_events` and `error_trends` as a `RunLog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, run: PipelineRun) -> None:
        values = (
            run.id,
            run.command,
            run.started_at,
            run.completed_at,
            run.status,
            run.spec_hash,
            run.ir_hash,
            as_json(run.details),
            as_json(run.phases),
            run.compliance_score,
            run.tokens_used,
            run.duration_ms,
            run.files_generated,
            run.errors_count,
        )
        _upsert(self._database, "pipeline_runs", _RUN, "id", [values])

    def get(self, run_id: str) -> PipelineRun | None:
        row = self._database.row(f"SELECT {_RUN} FROM pipeline_runs WHERE id = ?", (run_id,))
        return _run(row) if row else None

    def recent(
        self, *, limit: int = 20, command: str | None = None, spec_hash: str | None = None
    ) -> tuple[PipelineRun, ...]:
        rows = self._database.rows(
            f"SELECT {_RUN} FROM pipeline_runs "
            "WHERE (:command IS NULL OR command = :command) "
            "AND (:spec IS NULL OR spec_hash = :spec) "
            "ORDER BY started_at DESC, id DESC LIMIT :limit",
            {"command": command, "spec": spec_hash, "limit": limit},
        )
        return tuple(_run(row) for row in rows)

    def add_events(self, events: Iterable[GenerationEvent]) -> None:
        rows = [
            (
                event.run_id,
                event.sequence,
                event.kind,
                event.at,
                event.path,
                event.stratum,
                event.infra_pattern,
                event.success,
                event.duration_ms,
                as_json(event.details),
                event.phase,
            )
            for event in events
        ]
        _upsert(self._database, "generation_events", _EVENT, "run_id, sequence", rows)

    def events(self, run_id: str) -> tuple[GenerationEvent, ...]:
        rows = self._database.rows(
            f"SELECT {_EVENT} FROM generation_events WHERE run_id = ? ORDER BY sequence", (run_id,)
        )
        return tuple(_event(row) for row in rows)

    def record_errors(self, sightings: Iterable[ErrorSighting]) -> None:
        with self._database.transaction():
            for sighting in sightings:
                self._count(sighting)

    def error_trends(self, *, since: str = "") -> tuple[ErrorTrend, ...]:
        rows = self._database.rows(
            "SELECT error_type, signature, occurrence_count, first_seen, last_seen, fixed_by, "
            "auto_fixed_count, avg_time_to_fix_ms FROM error_trends WHERE last_seen >= ? "
            "ORDER BY occurrence_count DESC, last_seen DESC, error_type, signature",
            (since,),
        )
        return tuple(ErrorTrend(*row) for row in rows)

    def _count(self, sighting: ErrorSighting) -> None:
        fixed = sighting.fixed_by is not None
        self._database.run(
            "INSERT INTO error_trends (error_type, signature, first_seen, last_seen, "
            "occurrence_count, fixed_by, fixed_count, auto_fixed_count, timed_count, "
            "total_fix_ms) "
            "VALUES (:type, :signature, :at, :at, 1, :by, :fixed, :auto, :timed, :ms) "
            "ON CONFLICT DO UPDATE SET "
            "first_seen = min(first_seen, excluded.first_seen), "
            "last_seen = max(last_seen, excluded.last_seen), "
            "occurrence_count = occurrence_count + 1, "
            "fixed_by = coalesce(excluded.fixed_by, fixed_by), "
            "fixed_count = fixed_count + excluded.fixed_count, "
            "auto_fixed_count = auto_fixed_count + excluded.auto_fixed_count, "
            "timed_count = timed_count + excluded.timed_count, "
            "total_fix_ms = total_fix_ms + excluded.total_fix_ms",
            {
                "type": sighting.error_type,
                "signature": sighting.signature,
                "at": sighting.at,
                "by": sighting.fixed_by,
                "fixed": fixed,
                "auto": fixed and sighting.auto_fixed,
                "timed": fixed and sighting.fix_ms is not None,
                "ms": (sighting.fix_ms or 0.0) if fixed else 0.0,
            },
        )


def _upsert(
    database: Database, table: str, columns: str, key: str, rows: list[tuple[Any, ...]]
) -> None:
    keys = key.split(", ")
    updates = ", ".join(f"{c} = excluded.{c}" for c in columns.split(", ") if c not in keys)
    marks = ", ".join("?" * len(columns.split(", ")))
    with database.transaction():
        database.run_many(
            f"INSERT INTO {table} ({columns}) VALUES ({marks}) "
            f"ON CONFLICT ({key}) DO UPDATE SET {updates}",
            rows,
        )


def _run(row: tuple[Any, ...]) -> PipelineRun:
    details, phases = json.loads(row[7]), json.loads(row[8])
    return PipelineRun._make((*row[:7], details, phases, *row[9:]))


def _event(row: tuple[Any, ...]) -> GenerationEvent:
    success = None if row[7] is None else bool(row[7])
    facts = (*row[:7], success, row[8], json.loads(row[9]), row[10])
    return GenerationEvent._make(facts)
