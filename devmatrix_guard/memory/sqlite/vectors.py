"""Vectors as BLOBs, searched exactly: with NumPy where it is installed, else in Python."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import VectorHit, VectorItem
from devmatrix_guard.memory.sqlite.database import Database, as_json


class SqliteVectorIndex:
    """The table `embeddings` as a `VectorIndex`; vectors are kept with length one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def upsert(self, collection: str, model_id: str, items: Iterable[VectorItem]) -> None:
        with self._database.transaction():
            dim = self._dim(collection, model_id)
            rows = []
            for item in items:
                unit = _unit(item.vector, item.key)
                dim = dim or len(unit)
                _refuse_other_size(len(unit), dim, model_id)
                facts = as_json(dict(item.payload))
                rows.append(
                    (collection, model_id, item.aspect, item.key, dim, unit.tobytes(), facts)
                )
            self._database.run_many(
                "INSERT INTO embeddings (collection, model_id, aspect, item_key, dim, vector, "
                "payload) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "dim = excluded.dim, vector = excluded.vector, payload = excluded.payload",
                rows,
            )

    def search(
        self,
        collection: str,
        model_id: str,
        vector: Sequence[float],
        *,
        limit: int = 10,
        aspect: str = "content",
        where: Mapping[str, Any] | None = None,
    ) -> tuple[VectorHit, ...]:
        query = _unit(vector, "the query")
        dim = self._dim(collection, model_id)
        if not dim:
            return ()
        _refuse_other_size(len(query), dim, model_id)
        sql = (
            "SELECT item_key, vector, payload FROM embeddings "
            "WHERE collection = ? AND model_id = ? AND aspect = ?"
        )
        values: list[Any] = [collection, model_id, aspect]
        for name, value in (where or {}).items():
            sql += " AND json_extract(payload, ?) = ?"
            values += [f'$."{name}"', value]
        rows = self._database.raw_rows(sql, values)
        scores = _cosines(query, [row[1] for row in rows])
        best = sorted(zip(scores, rows, strict=True), key=lambda pair: (-pair[0], pair[1][0]))
        return tuple(VectorHit(r[0], score, json.loads(r[2])) for score, r in best[:limit])

    def payloads(
        self, collection: str, model_id: str, aspect: str = "content"
    ) -> dict[str, Mapping[str, Any]]:
        rows = self._database.rows(
            "SELECT item_key, payload FROM embeddings "
            "WHERE collection = ? AND model_id = ? AND aspect = ?",
            (collection, model_id, aspect),
        )
        return {key: json.loads(payload) for key, payload in rows}

    def remove(self, collection: str, keys: Iterable[str]) -> None:
        with self._database.transaction():
            self._database.run_many(
                "DELETE FROM embeddings WHERE collection = ? AND item_key = ?",
                [(collection, key) for key in keys],
            )

    def _dim(self, collection: str, model_id: str) -> int:
        row = self._database.row(
            "SELECT dim FROM embeddings WHERE collection = ? AND model_id = ? LIMIT 1",
            (collection, model_id),
        )
        return int(row[0]) if row else 0


def _unit(vector: Sequence[float], key: str) -> array[float]:
    norm = math.sqrt(math.fsum(x * x for x in vector))
    if not math.isfinite(norm) or norm == 0.0:
        raise MemoryStoreError(
            f"the vector of {key} is zero or not finite and has no direction; leave it out."
        )
    return array("f", (x / norm for x in vector))


def _refuse_other_size(size: int, dim: int, model_id: str) -> None:
    if size != dim:
        raise MemoryStoreError(
            f"vectors of the model {model_id} have {dim} dimensions and this one {size}; "
            "give each model its own name."
        )


def _cosines(query: array[float], blobs: list[bytes]) -> list[float]:
    try:
        import numpy as np
    except ImportError:
        return [math.fsum(map(float.__mul__, query, array("f", blob))) for blob in blobs]
    matrix = np.frombuffer(b"".join(blobs), dtype=np.float32).reshape(-1, len(query))
    scores: list[float] = (matrix @ np.asarray(query, dtype=np.float32)).tolist()
    return scores
