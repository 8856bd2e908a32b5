"""Vectors of length one, by collection and model, searched exactly."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import VectorHit, VectorItem
from devmatrix_guard.memory.sql.database import Database, upsert, write_json

_WRITE = upsert(
    "embeddings",
    "collection, model_id, aspect, item_key, dim, vector, payload",
    "collection, model_id, aspect, item_key",
)


class SqlVectorIndex(ABC):
    """The table `embeddings` as a `VectorIndex`; a database says how it keeps a vector."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @abstractmethod
    def encode_vector(self, unit: array[float]) -> Any:
        """Return a vector as the column takes it."""

    @abstractmethod
    def find_nearest(
        self, query: array[float], where: str, values: list[Any], limit: int
    ) -> list[tuple[str, float, str]]:
        """Return (key, cosine, payload) of the rows that match, the best first, ties by key."""

    def upsert(self, collection: str, model_id: str, items: Iterable[VectorItem]) -> None:
        with self._database.transaction():
            dim = self._get_dimension(collection, model_id)
            rows = []
            for item in items:
                unit = _normalise(item.vector, item.key)
                dim = dim or len(unit)
                _refuse_other_size(len(unit), dim, model_id)
                facts = write_json(dict(item.payload))
                vector = self.encode_vector(unit)
                rows.append((collection, model_id, item.aspect, item.key, dim, vector, facts))
            self._database.run_many(_WRITE, rows)

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
        query = _normalise(vector, "the query")
        dim = self._get_dimension(collection, model_id)
        if not dim:
            return ()
        _refuse_other_size(len(query), dim, model_id)
        sql = "collection = ? AND model_id = ? AND aspect = ?"
        values: list[Any] = [collection, model_id, aspect]
        for name, value in (where or {}).items():
            condition, held = self._database.holds("payload", name, value)
            sql += f" AND {condition}"
            values += held
        found = self.find_nearest(query, sql, values, limit)
        return tuple(VectorHit(key, score, json.loads(facts)) for key, score, facts in found)

    def get_payloads(
        self, collection: str, model_id: str, aspect: str = "content"
    ) -> dict[str, Mapping[str, Any]]:
        rows = self._database.fetch_rows(
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

    def _get_dimension(self, collection: str, model_id: str) -> int:
        row = self._database.fetch_row(
            "SELECT dim FROM embeddings WHERE collection = ? AND model_id = ? LIMIT 1",
            (collection, model_id),
        )
        return int(row[0]) if row else 0


def rank_by_cosine(
    query: array[float], rows: Sequence[tuple[str, bytes, str]], limit: int
) -> list[tuple[str, float, str]]:
    """Return (key, cosine, payload) of (key, 32-bit floats, payload), the best first."""
    scores = _measure_cosines(query, [vector for _, vector, _ in rows])
    best = sorted(zip(scores, rows, strict=True), key=lambda pair: (-pair[0], pair[1][0]))
    return [(key, score, facts) for score, (key, _, facts) in best[:limit]]


def _normalise(vector: Sequence[float], key: str) -> array[float]:
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


def _measure_cosines(query: array[float], blobs: list[bytes]) -> list[float]:
    try:
        import numpy as np
    except ImportError:
        return [math.fsum(map(float.__mul__, query, array("f", blob))) for blob in blobs]
    matrix = np.frombuffer(b"".join(blobs), dtype=np.float32).reshape(-1, len(query))
    scores: list[float] = (matrix @ np.asarray(query, dtype=np.float32)).tolist()
    return scores
