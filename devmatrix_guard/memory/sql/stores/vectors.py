"""Vectors of length one, by collection, model and aspect."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import VectorHit, VectorItem, VectorState
from devmatrix_guard.memory.conditions import check_conditions
from devmatrix_guard.memory.sql.database import Database, write_json
from devmatrix_guard.memory.sql.repositories import Scope

# Up to here every vector is compared: quick enough, and nothing is missed.
MOST_EXACT = 50_000
_BATCH = 1_000


class Place(NamedTuple):
    """Which vectors may be compared with one another."""

    collection: str
    model_id: str
    aspect: str

    @property
    def where(self) -> str:
        """The condition on `embeddings`, whose values are this tuple."""
        return "collection = ? AND model_id = ? AND aspect = ?"


class SqlVectorIndex(ABC):
    """The table `embeddings` as a `VectorIndex`; a database says how it keeps and finds them."""

    def __init__(self, database: Database, scope: Scope, *, most_exact: int = MOST_EXACT) -> None:
        self._database = database
        self._scope = scope
        self._most_exact = most_exact

    @abstractmethod
    def encode_vector(self, unit: array[float]) -> Any:
        """Return a vector as the column takes it."""

    @abstractmethod
    def find_nearest(
        self, place: Place, query: array[float], where: Mapping[str, Any], limit: int
    ) -> list[tuple[str, float, str]]:
        """Return (key, cosine, payload as JSON) of those that fit, the best first, ties by key."""

    @abstractmethod
    def optimise(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        """As in `VectorIndex`."""

    @abstractmethod
    def describe(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        """As in `VectorIndex`."""

    def upsert(self, collection: str, model_id: str, items: Iterable[VectorItem]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            dim = self.get_dimension(collection, model_id)
            waiting = iter(items)
            while batch := list(islice(waiting, _BATCH)):
                rows = {}
                for item in batch:
                    unit = normalise(item.vector, item.key)
                    dim = dim or len(unit)
                    refuse_other_size(len(unit), dim, model_id)
                    facts = write_json(dict(item.payload))
                    vector = self.encode_vector(unit)
                    place = (collection, model_id, item.aspect, item.key, own)
                    rows[place] = (*place, dim, vector, facts)
                # Not updated in place: whoever follows the table sees a new `seq`.
                self._database.run_many(
                    "DELETE FROM embeddings WHERE collection = ? AND model_id = ? "
                    "AND aspect = ? AND item_key = ? AND repository_id = ?",
                    list(rows),
                )
                self._database.run_many(
                    "INSERT INTO embeddings (collection, model_id, aspect, item_key, "
                    "repository_id, dim, vector, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    list(rows.values()),
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
        (found,) = self.search_many(
            collection, model_id, [vector], limit=limit, aspect=aspect, where=where
        )
        return found

    def search_many(
        self,
        collection: str,
        model_id: str,
        vectors: Sequence[Sequence[float]],
        *,
        limit: int = 10,
        aspect: str = "content",
        where: Mapping[str, Any] | None = None,
    ) -> list[tuple[VectorHit, ...]]:
        units = [normalise(vector, "the query") for vector in vectors]
        conditions = check_conditions(where)
        dim = self.get_dimension(collection, model_id)
        if not dim or limit < 1:
            return [() for _ in units]
        place = Place(collection, model_id, aspect)
        hits = []
        for unit in units:
            refuse_other_size(len(unit), dim, model_id)
            found = self.find_nearest(place, unit, conditions, limit)
            hits.append(tuple(VectorHit(key, score, json.loads(p)) for key, score, p in found))
        return hits

    def get_payloads(
        self, collection: str, model_id: str, aspect: str = "content"
    ) -> dict[str, Mapping[str, Any]]:
        place = Place(collection, model_id, aspect)
        rows = self._database.fetch_rows(
            "SELECT item_key, payload FROM embeddings "
            f"WHERE {place.where} AND {self._scope.narrow('repository_id')}",
            place,
        )
        return {key: json.loads(payload) for key, payload in rows}

    def remove(self, collection: str, keys: Iterable[str]) -> None:
        with self._database.transaction():
            own = self._scope.ensure_own()
            self._database.run_many(
                "DELETE FROM embeddings WHERE collection = ? AND item_key = ? "
                "AND repository_id = ?",
                [(collection, key, own) for key in keys],
            )

    def get_dimension(self, collection: str, model_id: str) -> int:
        """Return the size of a model's vectors in a collection, 0 where there are none."""
        row = self._database.fetch_row(
            "SELECT dim FROM embeddings WHERE collection = ? AND model_id = ? LIMIT 1",
            (collection, model_id),
        )
        return int(row[0]) if row else 0


def normalise(vector: Sequence[float], key: str) -> array[float]:
    """Return a vector at length one.

    Raises:
        MemoryStoreError: it has no direction.
    """
    norm = math.sqrt(math.fsum(x * x for x in vector))
    if not math.isfinite(norm) or norm == 0.0:
        raise MemoryStoreError(
            f"the vector of {key} is zero or not finite and has no direction; leave it out."
        )
    return array("f", (x / norm for x in vector))


def refuse_other_size(size: int, dim: int, model_id: str) -> None:
    """Refuse to compare vectors of different models.

    Raises:
        MemoryStoreError: the sizes differ.
    """
    if size != dim:
        raise MemoryStoreError(
            f"vectors of the model {model_id} have {dim} dimensions and this one {size}; "
            "give each model its own name."
        )


def keep_best_of_each(
    found: Iterable[tuple[str, float, str]], limit: int
) -> list[tuple[str, float, str]]:
    """Return (key, cosine, payload), best first, ties by key; each key once, whoever holds it."""
    best: dict[str, tuple[str, float, str]] = {}
    for hit in sorted(found, key=lambda hit: (-hit[1], hit[0])):
        best.setdefault(hit[0], hit)
    return list(best.values())[:limit]
