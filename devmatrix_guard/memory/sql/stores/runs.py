"""Runs, their events, and errors over time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from devmatrix_guard.memory.sql.database import Database, upsert, write_json
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.run import (
    ErrorSighting,
    ErrorTrend,
    GenerationEvent,
    PipelineRun,
)

_RUN = (
    "id, command, started_at, completed_at, status, spec_hash, ir_hash, metrics, phases, "
    "compliance_score, tokens_used, duration_ms, files_generated, errors_count"
)
_EVENT = (
    "run_id, sequence, event_type, at, file_path, stratum, infra_pattern, success, duration_ms, "
    "details, phase"
)
# A moment may be asked for by its beginning, such as a year: what is left out is this.
_BEGINNING = "0001-01-01T00:00:00Z"


class SqlRunLog:
    """The tables `pipeline_runs`, `generation_events` and `error_trends` as a `RunLog`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def save(self, run: PipelineRun) -> None:
        values = (
            run.id,
            run.command,
            run.started_at,
            run.completed_at,
            run.status,
            run.spec_hash,
            run.ir_hash,
            write_json(run.details),
            write_json(run.phases),
            run.compliance_score,
            run.tokens_used,
            run.duration_ms,
            run.files_generated,
            run.errors_count,
        )
        with self._database.transaction():
            self._database.run(
                upsert("pipeline_runs", f"{_RUN}, repository_id", "id"),
                (*values, self._scope.ensure_own()),
            )

    def get(self, run_id: str) -> PipelineRun | None:
        row = self._database.fetch_row(
            f"SELECT {_RUN} FROM pipeline_runs "
            f"WHERE id = ? AND {self._scope.narrow('repository_id')}",
            (run_id,),
        )
        return _run(row) if row else None

    def list_recent(
        self, *, limit: int = 20, command: str | None = None, spec_hash: str | None = None
    ) -> tuple[PipelineRun, ...]:
        asked = {"command": command, "spec_hash": spec_hash}
        only = {name: value for name, value in asked.items() if value is not None}
        near = self._scope.narrow("repository_id")
        where = " AND ".join([near, *(f"{name} = ?" for name in only)])
        rows = self._database.fetch_rows(
            f"SELECT {_RUN} FROM pipeline_runs WHERE {where} "
            "ORDER BY started_at DESC, id DESC LIMIT ?",
            (*only.values(), limit),
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
                write_json(event.details),
                event.phase,
            )
            for event in events
        ]
        with self._database.transaction():
            self._database.run_many(upsert("generation_events", _EVENT, "run_id, sequence"), rows)

    def list_events(self, run_id: str) -> tuple[GenerationEvent, ...]:
        rows = self._database.fetch_rows(
            f"SELECT {_EVENT} FROM generation_events WHERE run_id = ? ORDER BY sequence", (run_id,)
        )
        return tuple(_read_event(row) for row in rows)

    def record_errors(self, sightings: Iterable[ErrorSighting]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            for sighting in sightings:
                self._count(own, sighting)

    def count_errors(self, *, since: str = "") -> tuple[ErrorTrend, ...]:
        rows = self._database.fetch_rows(
            "SELECT error_type, signature, sum(occurrence_count) AS occurrences, min(first_seen), "
            "max(last_seen) AS last, max(fixed_by), sum(auto_fixed_count), "
            "sum(total_fix_ms) / nullif(sum(timed_count), 0) FROM error_trends "
            f"WHERE last_seen >= ? AND {self._scope.narrow('repository_id')} "
            "GROUP BY error_type, signature "
            "ORDER BY occurrences DESC, last DESC, error_type, signature",
            (since + _BEGINNING[len(since) :],),
        )
        return tuple(
            ErrorTrend._make((*row[:2], int(row[2]), *row[3:6], int(row[6]), row[7]))
            for row in rows
        )

    def _count(self, own: int, sighting: ErrorSighting) -> None:
        fixed = sighting.fixed_by is not None
        self._database.run(
            "INSERT INTO error_trends AS t (repository_id, error_type, signature, first_seen, "
            "last_seen, occurrence_count, fixed_by, fixed_count, auto_fixed_count, timed_count, "
            "total_fix_ms) "
            "VALUES (:own, :type, :signature, :at, :at, 1, :by, :fixed, :auto, :timed, :ms) "
            "ON CONFLICT (repository_id, error_type, signature) DO UPDATE SET "
            "first_seen = CASE WHEN excluded.first_seen < t.first_seen "
            "THEN excluded.first_seen ELSE t.first_seen END, "
            "last_seen = CASE WHEN excluded.last_seen > t.last_seen "
            "THEN excluded.last_seen ELSE t.last_seen END, "
            "occurrence_count = t.occurrence_count + 1, "
            "fixed_by = coalesce(excluded.fixed_by, t.fixed_by), "
            "fixed_count = t.fixed_count + excluded.fixed_count, "
            "auto_fixed_count = t.auto_fixed_count + excluded.auto_fixed_count, "
            "timed_count = t.timed_count + excluded.timed_count, "
            "total_fix_ms = t.total_fix_ms + excluded.total_fix_ms",
            {
                "own": own,
                "type": sighting.error_type,
                "signature": sighting.signature,
                "at": sighting.at,
                "by": sighting.fixed_by,
                "fixed": int(fixed),
                "auto": int(fixed and sighting.auto_fixed),
                "timed": int(fixed and sighting.fix_ms is not None),
                "ms": (sighting.fix_ms or 0.0) if fixed else 0.0,
            },
        )


def _run(row: tuple[Any, ...]) -> PipelineRun:
    details, phases = json.loads(row[7]), json.loads(row[8])
    return PipelineRun._make((*row[:7], details, phases, *row[9:]))


def _read_event(row: tuple[Any, ...]) -> GenerationEvent:
    success = None if row[7] is None else bool(row[7])
    facts = (*row[:7], success, row[8], json.loads(row[9]), row[10])
    return GenerationEvent._make(facts)
