"""An approximate index of many vectors: all compared at two bits a dimension, the best again.

A shortlist is compared at eight bits, and the best of it exactly. No lists of neighbours: what
people ask for is seldom close to one thing that is there, and its nearest lie in many of them.
The index is made from the vectors of one place, with a shortlist as long as good recall
needs, and written into the user's own cache; a file in a repository could have been put there by
anybody.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from devmatrix_guard.files import FileError, read_chosen, replace_file
from devmatrix_guard.memory.sql.stores.vectors import Place
from devmatrix_guard.memory.sqlite.codes import Codes, choose_scale, load_faiss
from devmatrix_guard.memory.sqlite.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_TRAINED_ON = 60_000
_READ_AT_ONCE = 20_000
_QUERIES = 150
_KINDS = 3
_NEIGHBOURS = 10
_WANTED_RECALL = 0.97
_SHORTEST, _LONGEST = 150, 10_000
_RESCORED = 50  # as the shard asks for, of which it compares each exactly
_FEW = 50_000  # comparing as many at eight bits takes as long as a million at two
_MOST_BYTES = 1 << 34


class Ann:
    """An index whose positions are those of the shard's arrays.

    Args:
        index: FAISS's.
        codes: the same vectors, at eight bits.
        path: where it is kept.
        facts: what was measured: `shortlist`, `recall`, and `removals` it was made after.
        arrays: `seqs` and `repositories` by position.
    """

    def __init__(
        self,
        index: Any,
        codes: Codes,
        path: Path,
        facts: dict[str, float],
        arrays: tuple[Any, Any],
    ) -> None:
        self._index = index
        self._codes = codes
        self._path = path
        self._facts = facts
        self.seqs, self.repositories = arrays

    @property
    def recall(self) -> float:
        """The share of the ten nearest that it was measured to find."""
        return float(self._facts["recall"])

    @property
    def removals(self) -> int:
        """The last removal it knows of."""
        return int(self._facts["removals"])

    def find(
        self, unit: NDArray[np.float32], allowed: NDArray[np.bool_] | None, count: int
    ) -> NDArray[np.int64]:
        """Return the positions of about the nearest that are allowed, the best first."""
        wanted = math.ceil(self._facts["shortlist"] * max(1.0, count / _RESCORED))
        if allowed is None:
            return self._keep_best(unit, self._list_near(unit, wanted), count)
        fitting = int(np.count_nonzero(allowed))
        if fitting > _FEW:
            near = self._list_near(unit, math.ceil(wanted * len(allowed) / fitting))
            near = near[allowed[near]]
            # Fewer where those that fit lie far away: then all of them are compared.
            if len(near) * 2 >= wanted:
                return self._keep_best(unit, near, count)
        return self._keep_best(unit, np.flatnonzero(allowed), count)

    def _list_near(self, unit: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        _, found = self._index.search(unit.reshape(1, -1), min(count, self._index.ntotal))
        return np.asarray(found[0][found[0] >= 0], np.int64)

    def _keep_best(
        self, unit: NDArray[np.float32], positions: NDArray[np.int64], count: int
    ) -> NDArray[np.int64]:
        return positions[_rank(self._codes.compare(unit, positions), count)]

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Take in more vectors, at the positions after the last."""
        self._index.add(np.ascontiguousarray(vectors))
        self._codes.append(vectors)

    def note(self, seqs: Any, repositories: Any, removals: int) -> None:
        """Keep what stands at which position."""
        self.seqs, self.repositories = seqs, repositories
        self._facts["removals"] = removals

    def write(self) -> None:
        """Write the index and what belongs to it into the cache."""
        packed = io.BytesIO()
        np.savez(
            packed,
            index=load_faiss().serialize_index(self._index),
            codes=self._codes.codes,
            scale=self._codes.scale,
            seqs=self.seqs,
            repositories=self.repositories,
            facts=np.asarray([self._facts[name] for name in sorted(self._facts)]),
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, packed.getvalue())

    def tune(self, asked: NDArray[np.float32], truth: NDArray[np.int64]) -> None:
        """Choose a shortlist as long as the recall that is wanted needs."""
        longest = min(_LONGEST, self._index.ntotal)
        _, near = self._index.search(asked, longest)
        shortlist = min(_SHORTEST, longest)
        while True:
            found = (
                self._keep_best(unit, found[:shortlist], _RESCORED)
                for unit, found in zip(asked, near, strict=True)
            )
            hits = [len(np.intersect1d(f, t)) for f, t in zip(found, truth, strict=True)]
            # Of the kind of queries that fares worst.
            recall = float(min(np.mean(k) for k in np.array_split(hits, _KINDS))) / _NEIGHBOURS
            self._facts |= {"shortlist": float(shortlist), "recall": recall}
            if recall >= _WANTED_RECALL or shortlist == longest:
                return
            shortlist = min(math.ceil(shortlist * 1.3), longest)


def read_ann(database: SqliteDatabase, place: Place) -> Ann | None:
    """Return the index of a place, from the cache or made now; None without FAISS."""
    if find_spec("faiss") is None:
        return None
    path = _find_path(database, place)
    found = _read_cached(database, path)
    if found is not None:
        return found
    made = _make_ann(database, place, path)
    made.write()
    return made


def _read_cached(database: SqliteDatabase, path: Path) -> Ann | None:
    faiss = load_faiss()

    try:
        packed = np.load(io.BytesIO(read_chosen(path, _MOST_BYTES)), allow_pickle=False)
        names = ("recall", "removals", "shortlist")
        facts = dict(zip(names, packed["facts"].tolist(), strict=True))
        seqs, repositories = packed["seqs"], packed["repositories"]
        codes = Codes(packed["scale"], packed["codes"])
        index = faiss.deserialize_index(packed["index"])
    except (FileError, ValueError, KeyError, OSError, RuntimeError):
        return None
    last = database.fetch_row("SELECT coalesce(max(seq), 0) FROM embeddings")
    is_whole = len(seqs) == len(codes.codes) == index.ntotal > 0
    is_of_this_file = is_whole and last and last[0] >= seqs[-1]
    return Ann(index, codes, path, facts, (seqs, repositories)) if is_of_this_file else None


def _make_ann(database: SqliteDatabase, place: Place, path: Path) -> Ann:
    """Train an index on a sample, load it with every vector, and tune it."""
    removals = database.fetch_row(
        "SELECT coalesce(max(id), 0) FROM embedding_removals "
        "WHERE collection = ? AND model_id = ? AND aspect = ?",
        place,
    )
    generator = np.random.default_rng(7)
    sampled = _read_sample(database, place, generator)
    asked = _choose_queries(sampled, generator)
    truth = _Nearest(asked)
    facts = {"removals": float(removals[0] if removals else 0)}
    nothing = np.empty(0, np.int64)
    ann = Ann(_train(sampled), Codes(choose_scale(sampled)), path, facts, (nothing, nothing))
    seqs, repositories = [nothing], [nothing]
    for some, theirs, vectors in read_blocks(database, place, 0):
        truth.compare(vectors, sum(map(len, seqs)))
        ann.add(vectors)
        seqs.append(some)
        repositories.append(theirs)
    ann.note(np.concatenate(seqs), np.concatenate(repositories), ann.removals)
    ann.tune(asked, truth.positions)
    return ann


def _train(sampled: NDArray[np.float32]) -> Any:
    """Return an empty index that fits the sample: two dimensions share four bits."""
    faiss = load_faiss()

    dim = sampled.shape[1]
    pieces = dim // 2 if dim % 2 == 0 else dim
    index = faiss.IndexPQFastScan(dim, pieces, 4, faiss.METRIC_INNER_PRODUCT)
    index.pq.cp.min_points_per_centroid = 1  # a warning of FAISS would go to the terminal
    index.train(sampled)
    return index


def read_blocks(
    database: SqliteDatabase, place: Place, after: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
    """Yield the vectors after a `seq`, many at a time: `seqs`, repositories, and themselves."""
    while rows := database.fetch_raw_rows(
        "SELECT seq, repository_id, vector FROM embeddings "
        f"WHERE {place.where} AND seq > ? ORDER BY seq LIMIT {_READ_AT_ONCE}",
        (*place, after),
    ):
        seqs = np.asarray([row[0] for row in rows], np.int64)
        repositories = np.asarray([row[1] for row in rows], np.int64)
        vectors = np.frombuffer(b"".join(row[2] for row in rows), np.float32)
        yield seqs, repositories, vectors.reshape(len(rows), -1)
        after = int(seqs[-1])


def _choose_queries(
    sampled: NDArray[np.float32], generator: np.random.Generator
) -> NDArray[np.float32]:
    """Return what to ask for the recall: vectors, what lies between two, and any direction.

    What people ask for is seldom like one thing that is there, and is harder to find.
    """
    count = min(_QUERIES // _KINDS, len(sampled))
    alike, one, other = (
        sampled[generator.choice(len(sampled), count, replace=False)] for _ in range(3)
    )
    anywhere = generator.normal(size=alike.shape)
    asked = np.vstack([alike, one + other, anywhere])
    norms = np.linalg.norm(asked, axis=1, keepdims=True)
    return np.asarray(asked / np.maximum(norms, 1e-9), np.float32)


def _rank(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return where the highest scores stand, the best first."""
    if len(scores) > count:
        best = np.argpartition(-scores, count - 1)[:count]
        return np.asarray(best[np.argsort(-scores[best])], np.int64)
    return np.asarray(np.argsort(-scores), np.int64)


class _Nearest:
    """The true nearest of some queries, as vectors come by."""

    def __init__(self, asked: NDArray[np.float32]) -> None:
        self._asked = asked
        self._scores = np.full((len(asked), 0), -2.0, np.float32)
        self.positions = np.zeros((len(asked), 0), np.int64)

    def compare(self, vectors: NDArray[np.float32], start: int) -> None:
        scores = np.hstack([self._scores, self._asked @ vectors.T])
        places = np.broadcast_to(
            np.arange(start, start + len(vectors)), (len(scores), len(vectors))
        )
        positions = np.hstack([self.positions, places])
        count = min(_NEIGHBOURS, scores.shape[1])
        best = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        self._scores = np.take_along_axis(scores, best, axis=1)
        self.positions = np.take_along_axis(positions, best, axis=1)


def _read_sample(
    database: SqliteDatabase, place: Place, generator: np.random.Generator
) -> NDArray[np.float32]:
    rows = database.fetch_raw_rows(
        f"SELECT seq FROM embeddings WHERE {place.where} ORDER BY seq", place
    )
    seqs = np.asarray(rows, np.int64)[:, 0]
    chosen = generator.choice(seqs, min(_TRAINED_ON, len(seqs)), replace=False)
    blobs: list[tuple[Any, ...]] = []
    for start in range(0, len(chosen), 500):
        marks = ", ".join(map(str, chosen[start : start + 500].tolist()))
        blobs += database.fetch_raw_rows(f"SELECT vector FROM embeddings WHERE seq IN ({marks})")
    packed = b"".join(row[0] for row in blobs)
    return np.frombuffer(packed, np.float32).reshape(len(blobs), -1)


def _find_path(database: SqliteDatabase, place: Place) -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    row = database.fetch_row("SELECT value FROM memory_facts WHERE key = 'id'")
    name = hashlib.sha256(repr((row, *place)).encode()).hexdigest()[:32]
    return folder / "devmatrix-guard" / "vectors" / f"{name}.npz"
