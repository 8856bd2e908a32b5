"""What runs and errors add up to over time: days, specs, errors that grow, and similar runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from devmatrix_guard.memory.base import VectorIndex
from devmatrix_guard.memory.sql.database import Database
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.model.knowledge.trend import DayOfRuns, FailingSpec, GrowingError, SimilarRun

_ENDED = "status IN ('succeeded', 'failed')"  # one that was cut short says nothing


class SqlTrendLog:
    """The runs and events of a memory as a `TrendLog`."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope

    def count_days(self, *, since: str) -> tuple[DayOfRuns, ...]:
        day = self._database.read_day("started_at")
        rows = self._database.fetch_rows(
            f"SELECT {day} AS day, count(*), "
            "sum(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END), "
            f"avg(compliance_score) FROM pipeline_runs WHERE {_ENDED} AND started_at >= ? "
            f"AND {self._scope.narrow('repository_id')} GROUP BY {day} ORDER BY {day}",
            (since,),
        )
        return tuple(DayOfRuns(day, int(n), int(good), score) for day, n, good, score in rows)

    def list_failing_specs(self, *, below: float = 0.7, fewest: int = 2) -> tuple[FailingSpec, ...]:
        rows = self._database.fetch_rows(
            "SELECT spec_hash, count(*) AS runs, "
            "sum(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END), avg(compliance_score) "
            f"FROM pipeline_runs WHERE spec_hash IS NOT NULL AND {_ENDED} "
            f"AND {self._scope.narrow('repository_id')} GROUP BY spec_hash "
            "HAVING count(*) >= ? AND (avg(compliance_score) < ? "
            "OR sum(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END) = 0) "
            "ORDER BY runs DESC, spec_hash",
            (fewest, below),
        )
        return tuple(FailingSpec(spec, int(n), int(good), score) for spec, n, good, score in rows)

    def list_growing_errors(self, *, until: str, days: int = 7) -> tuple[GrowingError, ...]:
        end = datetime.fromisoformat(until)
        middle, start = (_write_time(end - timedelta(days=days * n)) for n in (1, 2))
        kind = self._database.extract_text("e.details", "type")
        signature = self._database.extract_text("e.details", "signature")
        rows = self._database.fetch_rows(
            f"SELECT {kind} AS kind, {signature} AS signature, "
            "sum(CASE WHEN e.at >= ? THEN 1 ELSE 0 END) AS now, "
            "sum(CASE WHEN e.at < ? THEN 1 ELSE 0 END) AS before "
            "FROM generation_events e JOIN pipeline_runs r ON r.id = e.run_id "
            f"WHERE e.event_type = 'error' AND e.at >= ? AND e.at <= ? "
            f"AND {self._scope.narrow('r.repository_id')} GROUP BY 1, 2",
            (middle, middle, start, _write_time(end)),
        )
        grown = [GrowingError(k or "", s or "", int(n), int(b)) for k, s, n, b in rows if n > b]
        return tuple(sorted(grown, key=lambda e: (e.before - e.now, e.error_type, e.signature)))

    def count_files(self, *, since: str) -> dict[str, int]:
        rows = self._database.fetch_rows(
            "SELECT coalesce(e.infra_pattern, ''), count(*) FROM generation_events e "
            "JOIN pipeline_runs r ON r.id = e.run_id WHERE e.event_type = 'file' AND e.at >= ? "
            f"AND {self._scope.narrow('r.repository_id')} GROUP BY 1 ORDER BY 1",
            (since,),
        )
        return {name: int(count) for name, count in rows}

    def list_similar_runs(
        self, vectors: VectorIndex, model_id: str, run_id: str, *, limit: int = 5
    ) -> tuple[SimilarRun, ...]:
        """Return runs that succeeded on specs like that of a run, the most alike first."""
        row = self._database.fetch_raw_rows(
            "SELECT vector FROM embeddings WHERE collection = 'pipeline_runs' AND model_id = ? "
            "AND aspect = 'content' AND item_key = ?",
            (model_id, run_id),
        )
        if not row:
            return ()
        query = self._database.read_vector(row[0][0])
        hits = vectors.search(
            "pipeline_runs", model_id, query, limit=limit + 1, where={"status": "succeeded"}
        )
        return tuple(
            SimilarRun(hit.key, hit.similarity, hit.payload.get("compliance"))
            for hit in hits
            if hit.key != run_id
        )[:limit]


def _write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
