"""Vectors as arrays: compared by pgvector where it is installed, else here."""

from __future__ import annotations

from array import array
from typing import Any

from devmatrix_guard.memory.postgres.database import PostgresDatabase
from devmatrix_guard.memory.sql.vectors import SqlVectorIndex, rank_by_cosine

_MOST_DIMENSIONS = 16_000  # of pgvector's type


class PostgresVectorIndex(SqlVectorIndex):
    """The vectors of a server; the search is exact either way."""

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(database)

    def encode_vector(self, unit: array[float]) -> list[float]:
        return unit.tolist()

    def find_nearest(
        self, query: array[float], where: str, values: list[Any], limit: int
    ) -> list[tuple[str, float, str]]:
        schema = self._find_pgvector()
        if schema is None or len(query) > _MOST_DIMENSIONS:
            return self._compare_here(query, where, values, limit)
        kind = f'"{schema}".vector'
        distance = f'(vector::{kind} OPERATOR("{schema}".<=>) ?::real[]::{kind})'
        rows = self._database.fetch_rows(
            f"SELECT item_key, 1 - {distance} AS cosine, payload FROM embeddings WHERE {where} "
            "ORDER BY cosine DESC, item_key LIMIT ?",
            (query.tolist(), *values, limit),
        )
        return [(key, float(cosine), facts) for key, cosine, facts in rows]

    def _compare_here(
        self, query: array[float], where: str, values: list[Any], limit: int
    ) -> list[tuple[str, float, str]]:
        rows = self._database.fetch_rows(
            f"SELECT item_key, vector, payload FROM embeddings WHERE {where}", values
        )
        kept = [(key, array("f", vector).tobytes(), facts) for key, vector, facts in rows]
        return rank_by_cosine(query, kept, limit)

    def _find_pgvector(self) -> str | None:
        """Return the schema the extension is in, which need not be one that is searched."""
        row = self._database.fetch_row(
            "SELECT n.nspname::text FROM pg_extension e "
            "JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
        )
        return row[0].replace('"', '""') if row else None
