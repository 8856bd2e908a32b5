"""Vectors in Neo4j, found by its own vector indexes: which earlier IRs are like this one.

A vector is a node `:GuardVector` with its payload as properties, so that people join it with the
lineage: `MATCH (s:Spec) WHERE s._key = v.spec_hash`. A vector index holds one size of vectors, and
vectors of different models are never compared: each collection, model, aspect and size has an
index of its own, made when the first vector is written and named by all four.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devmatrix_guard.memory.base import ASPECTS, COLLECTIONS, VectorHit, VectorItem, VectorState
from devmatrix_guard.memory.conditions import check_conditions, fits
from devmatrix_guard.memory.followers.base import Change, Reference, RefusedError
from devmatrix_guard.memory.followers.neo4j_connection import Neo4jConnection
from devmatrix_guard.memory.followers.vector_index import FollowerVectorIndex, make_changes
from devmatrix_guard.memory.postgres.text import escape_text, unescape_text
from devmatrix_guard.memory.sql.stores.vectors import (
    keep_best_of_each,
    normalise,
    refuse_other_size,
)

FOLLOWED = "spec_signatures"  # the collection that follows the memory; the others are Qdrant's
SCHEMA = (
    "CREATE CONSTRAINT guard_vector IF NOT EXISTS FOR (n:GuardVector) REQUIRE n._place IS UNIQUE",
)
_PREFIX = "guard_vectors_"
_FEWEST = 100  # candidates of a first look; also how thoroughly HNSW looks
_GROWTH = 8
_EQUAL = 1e-6  # scores are single precision


class Neo4jVectorIndex(FollowerVectorIndex):
    """The vectors of a server as a `VectorIndex` of one repository, or of several to read.

    Args:
        connection: to the server.
        own: the row of the repository that vectors are written for.
        repositories: the rows of those that are read; all if None.
    """

    def __init__(
        self, connection: Neo4jConnection, own: int, repositories: tuple[int, ...] | None
    ) -> None:
        self._connection = connection
        self._own = own
        self._repositories = repositories

    def upsert(self, collection: str, model_id: str, items: Iterable[VectorItem]) -> None:
        size = self._get_size(collection, model_id)
        changes = make_changes(self._own, collection, model_id, items, size)
        prepare_indexes(self._connection, changes)
        self._connection.write(lambda work: write_vectors(work, changes))

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
        size = self._get_size(collection, model_id)
        if not size or limit < 1:
            return [() for _ in units]
        index = _name_index(collection, model_id, aspect, size)
        answers = []
        for unit in units:
            refuse_other_size(len(unit), size, model_id)
            answers.append(self._find(index, unit.tolist(), limit, conditions))
        return answers

    def optimise(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        self._connection.run("CALL db.awaitIndexes(60)")
        return self.describe(collection, model_id, aspect)

    def describe(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        label = _name_label(collection, model_id, aspect)
        (row,) = self._connection.run(f"MATCH (v:{label}) RETURN count(*) AS count")
        size = self._get_size(collection, model_id)
        return VectorState(row["count"], size, "Neo4j HNSW", exact=False)

    def get_payloads(
        self, collection: str, model_id: str, aspect: str = "content"
    ) -> dict[str, Mapping[str, Any]]:
        rows = self._connection.run(
            f"MATCH (v:{_name_label(collection, model_id, aspect)}) WHERE {self._near()} "
            "RETURN v._key AS key, v._payload AS payload",
            near=self._list_near(),
        )
        return {unescape_text(row["key"]): json.loads(row["payload"]) for row in rows}

    def remove(self, collection: str, keys: Iterable[str]) -> None:
        self._connection.run(
            "MATCH (v:GuardVector) WHERE v._repository = $own AND v._collection = $collection "
            "AND v._key IN $keys DETACH DELETE v",
            own=self._own,
            collection=collection,
            keys=[escape_text(key) for key in keys],
        )

    def _find(
        self, index: str, query: list[float], limit: int, where: Mapping[str, Any]
    ) -> tuple[VectorHit, ...]:
        """Ask for more and more candidates until enough fit and none that is as near is missing.

        The index knows neither repositories nor conditions, so both are looked at afterwards.
        """
        wanted = max(_FEWEST, 2 * limit)
        while True:
            rows = self._connection.run(
                "CALL db.index.vector.queryNodes($index, $wanted, $query) YIELD node AS v, score "
                f"RETURN v._key AS key, v._payload AS payload, score, {self._near()} AS near",
                index=index,
                wanted=wanted,
                query=query,
                near=self._list_near(),
            )
            # The score is (1 + cosine) / 2.
            fitting = [
                (unescape_text(row["key"]), 2 * row["score"] - 1, row["payload"])
                for row in rows
                if row["near"] and (not where or fits(json.loads(row["payload"]), where))
            ]
            best = keep_best_of_each(fitting, limit)
            is_whole = len(rows) < wanted
            if is_whole or (
                len(best) == limit and 2 * rows[-1]["score"] - 1 < best[-1][1] - _EQUAL
            ):
                return tuple(VectorHit(key, score, json.loads(p)) for key, score, p in best)
            wanted *= _GROWTH

    def _get_size(self, collection: str, model_id: str) -> int:
        """Return the size of a model's vectors in a collection, 0 where there are none."""
        labels = "|".join(_name_label(collection, model_id, aspect) for aspect in ASPECTS)
        rows = self._connection.run(f"MATCH (v:{labels}) RETURN size(v.vector) AS size LIMIT 1")
        return int(rows[0]["size"]) if rows else 0

    def _near(self) -> str:
        return "($near IS NULL OR v._repository IN $near)"

    def _list_near(self) -> list[int] | None:
        return None if self._repositories is None else list(self._repositories)


def prepare_indexes(connection: Neo4jConnection, changes: Sequence[Change]) -> None:
    """Make the indexes that vectors need and that are missing.

    One for the same vectors at another size is dropped: a model that was replaced under its own
    name has no others left.
    """
    needed: dict[str, tuple[str, int]] = {}
    for change in changes:
        if change.value is not None:
            collection, model_id, aspect, _ = _check(change.reference)
            size = len(change.value["vector"])
            label = _name_label(collection, model_id, aspect)
            needed[_name_index(collection, model_id, aspect, size)] = (label, size)
    if not needed:
        return
    rows = connection.run(
        "SHOW VECTOR INDEXES YIELD name WHERE name STARTS WITH $prefix RETURN name", prefix=_PREFIX
    )
    there = {row["name"] for row in rows}
    for name, (label, size) in needed.items():
        if name in there:
            continue
        family = name.rpartition("_")[0]
        for other in sorted(there):
            if other.rpartition("_")[0] == family:
                connection.run(f"DROP INDEX {other} IF EXISTS")
        # Not quantised: the same question has the same answer here and in the memory.
        connection.run(
            f"CREATE VECTOR INDEX {name} IF NOT EXISTS FOR (v:{label}) ON (v.vector) OPTIONS "
            f"{{indexConfig: {{`vector.dimensions`: {size}, "
            "`vector.similarity_function`: 'cosine', `vector.quantization.enabled`: false}}"
        )
    if set(needed) - there:
        connection.run("CALL db.awaitIndexes(60)")


def write_vectors(work: Any, changes: Sequence[Change]) -> None:
    """Write vectors in a transaction, and take away those without a value."""
    gone = [_write_place(c.reference) for c in changes if c.value is None]
    if gone:
        work.run(
            "UNWIND $gone AS place MATCH (v:GuardVector {_place: place}) DETACH DELETE v", gone=gone
        )
    by_label: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        if change.value is not None:
            collection, model_id, aspect, key = _check(change.reference)
            payload = change.value["payload"]
            facts = {
                escape_text(name): escape_text(value) if isinstance(value, str) else value
                for name, value in payload.items()
                if isinstance(value, str | bool) and name != "vector" and not name.startswith("_")
            } | {
                "_place": _write_place(change.reference),
                "_repository": change.reference.repository,
                "_collection": collection,
                "_model": escape_text(model_id),
                "_aspect": aspect,
                "_key": escape_text(key),
                "_payload": json.dumps(payload),
                "vector": change.value["vector"],
            }
            by_label.setdefault(_name_label(collection, model_id, aspect), []).append(facts)
    for label, rows in by_label.items():
        work.run(
            "UNWIND $rows AS row MERGE (v:GuardVector {_place: row._place}) "
            f"SET v = row, v:{label}",
            rows=rows,
        )


def drop_vectors(connection: Neo4jConnection) -> None:
    """Forget every vector and every index of them."""
    connection.run(
        "MATCH (v:GuardVector) CALL (v) { DETACH DELETE v } IN TRANSACTIONS OF 1000 ROWS"
    )
    for row in connection.run(
        "SHOW VECTOR INDEXES YIELD name WHERE name STARTS WITH $prefix RETURN name", prefix=_PREFIX
    ):
        connection.run(f"DROP INDEX {row['name']} IF EXISTS")


def list_vectors(connection: Neo4jConnection) -> set[Reference]:
    """Return what stands for each vector that is there."""
    rows = connection.run("MATCH (v:GuardVector) RETURN v._place AS place")
    found = set()
    for row in rows:
        repository, *parts = json.loads(row["place"])
        found.add(Reference("vector", repository, tuple(parts)))
    return found


def _check(reference: Reference) -> tuple[str, str, str, str]:
    collection, model_id, aspect, key = reference.parts
    if collection not in COLLECTIONS or aspect not in ASPECTS or not key:
        raise RefusedError(f"there is no place for `{key}` in `{collection}`, `{aspect}`.")
    return collection, model_id, aspect, key


def _write_place(reference: Reference) -> str:
    return json.dumps([reference.repository, *reference.parts])


def _name_label(collection: str, model_id: str, aspect: str) -> str:
    digest = hashlib.sha256(model_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "_", model_id.lower()).strip("_")[:40]
    return re.sub(r"\W", "_", f"Vector_{collection}_{slug}_{digest}_{aspect}")


def _name_index(collection: str, model_id: str, aspect: str, size: int) -> str:
    label = _name_label(collection, model_id, aspect)
    return f"{_PREFIX}{label.removeprefix('Vector_')}_{size}"
