"""Vectors as BLOBs, compared in arrays that are kept beside the connection and brought up to date.

Up to `MOST_EXACT` vectors every one is compared. Beyond, an approximate index is made (`ann`, with
the `vectors` extra) and its best candidates are compared exactly. Without NumPy, Python compares.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devmatrix_guard.memory.base import VectorState
from devmatrix_guard.memory.conditions import fits
from devmatrix_guard.memory.sql.database import write_marks
from devmatrix_guard.memory.sql.repositories import Scope
from devmatrix_guard.memory.sql.stores.vectors import (
    MOST_EXACT,
    Place,
    SqlVectorIndex,
    keep_best_of_each,
)
from devmatrix_guard.memory.sqlite.database import SqliteDatabase

if TYPE_CHECKING:
    from devmatrix_guard.memory.sqlite.shard import Shard


class SqliteVectorIndex(SqlVectorIndex):
    """The vectors of the embedded memory."""

    def __init__(
        self, database: SqliteDatabase, scope: Scope, *, most_exact: int = MOST_EXACT
    ) -> None:
        super().__init__(database, scope, most_exact=most_exact)
        self._file = database

    def encode_vector(self, unit: array[float]) -> bytes:
        return unit.tobytes()

    def find_nearest(
        self, place: Place, query: array[float], where: Mapping[str, Any], limit: int
    ) -> list[tuple[str, float, str]]:
        shard = self._open_shard(place)
        if shard is None:
            return self._compare_in_python(place, query, where, limit)
        repositories = self._list_repositories()
        scores = dict(shard.find(query, where, repositories, limit))
        rows = self._file.fetch_rows(
            "SELECT seq, item_key, payload FROM embeddings "
            f"WHERE seq IN ({write_marks(list(scores))})",
            list(scores),
        )
        return keep_best_of_each(((key, scores[seq], facts) for seq, key, facts in rows), limit)

    def optimise(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        shard = self._open_shard(Place(collection, model_id, aspect))
        if shard is not None:
            shard.keep()
        return self.describe(collection, model_id, aspect)

    def describe(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        place = Place(collection, model_id, aspect)
        dim = self.get_dimension(collection, model_id)
        shard = self._open_shard(place)
        if shard is None:
            row = self._file.fetch_row(
                f"SELECT count(*) FROM embeddings WHERE {place.where}", place
            )
            return VectorState(int(row[0]) if row else 0, dim, "compared in Python", exact=True)
        if shard.ann is None:
            return VectorState(shard.count, dim, "compared with NumPy", exact=True)
        return VectorState(shard.count, dim, "FAISS, 2 bits and 8", False, shard.ann.recall)

    def _open_shard(self, place: Place) -> Shard | None:
        try:
            import numpy  # noqa: F401  # absent is an answer
        except ImportError:
            return None
        from devmatrix_guard.memory.sqlite.shard import Shard

        shard: Shard | None = self._file.kept.get(place)
        if shard is None or not shard.refresh():
            shard = Shard(self._file, place, self._most_exact)
            self._file.kept[place] = shard
        return shard

    def _list_repositories(self) -> tuple[int, ...] | None:
        if self._scope.chosen is None:
            return (self._scope.find_own(),)
        return self._scope.chosen or None

    def _compare_in_python(
        self, place: Place, query: array[float], where: Mapping[str, Any], limit: int
    ) -> list[tuple[str, float, str]]:
        rows = self._file.fetch_raw_rows(
            f"SELECT CAST(item_key AS BLOB), vector, payload FROM embeddings WHERE {place.where} "
            f"AND {self._scope.narrow('repository_id')}",
            place,
        )
        return keep_best_of_each(
            (
                (
                    key.decode("utf-8", "surrogatepass"),
                    math.fsum(map(float.__mul__, query, array("f", blob))),
                    facts,
                )
                for key, blob, facts in rows
                if not where or fits(json.loads(facts), where)
            ),
            limit,
        )
