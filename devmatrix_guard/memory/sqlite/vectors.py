"""Vectors as BLOBs: compared with NumPy where it is installed, else in Python."""

from __future__ import annotations

from array import array
from typing import Any

from devmatrix_guard.memory.sql.vectors import SqlVectorIndex, rank_by_cosine
from devmatrix_guard.memory.sqlite.database import SqliteDatabase


class SqliteVectorIndex(SqlVectorIndex):
    """The vectors of the embedded memory."""

    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database)
        self._blobs = database

    def encode_vector(self, unit: array[float]) -> bytes:
        return unit.tobytes()

    def find_nearest(
        self, query: array[float], where: str, values: list[Any], limit: int
    ) -> list[tuple[str, float, str]]:
        rows = self._blobs.fetch_raw_rows(
            f"SELECT item_key, vector, payload FROM embeddings WHERE {where}", values
        )
        return rank_by_cosine(query, [(key, blob, facts) for key, blob, facts in rows], limit)
