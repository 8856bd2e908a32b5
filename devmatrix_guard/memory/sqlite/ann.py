"""An approximate index of many vectors: FAISS, inverted lists with 8 bits a dimension.

It is made from the vectors of one place, tuned until its recall is good enough, and written into
the user's own cache; a file in a repository could have been put there by anybody.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from devmatrix_guard.files import FileError, read_chosen, replace_file
from devmatrix_guard.memory.sql.stores.vectors import Place
from devmatrix_guard.memory.sqlite.database import SqliteDatabase

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TRAINED_ON = 60_000
_READ_AT_ONCE = 20_000
_QUERIES = 150
_KINDS = 3
_NEIGHBOURS = 10
_WANTED_RECALL = 0.97
# Three times as many lists as usual: making them takes twice as long, and a search a third.
_LISTS, _FEWEST_LISTS, _MOST_LISTS = 3, 64, 4096
_RESCORED = 50  # as the shard asks for, of which it compares each exactly
_WORTH_FAISS = 5_000
_MOST_BYTES = 1 << 34


class Ann:
    """An index whose positions are those of the shard's arrays.

    Args:
        index: FAISS's.
        path: where it is kept.
        facts: what was measured: `probes`, `recall`, and the numbers of what it was made from.
        arrays: `seqs` and `repositories` by position.
    """

    def __init__(
        self, index: Any, path: Path, facts: dict[str, float], arrays: tuple[Any, Any]
    ) -> None:
        self._index = index
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
        faiss = _load_faiss()

        probes = int(self._facts["probes"])
        chosen: dict[str, Any] = {}
        if allowed is not None:
            share = max(float(allowed.mean()), 1e-9)
            # Few that fit lie far apart: more lists are looked through, comparing those few.
            probes = min(self._index.nlist, math.ceil(probes / math.sqrt(share)))
            bits = np.packbits(allowed, bitorder="little")
            chosen["sel"] = faiss.IDSelectorBitmap(bits)
        options = faiss.SearchParametersIVF(nprobe=probes, **chosen)
        _, found = self._index.search(unit.reshape(1, -1), count, params=options)
        return np.asarray(found[0][found[0] >= 0], np.int64)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Take in more vectors, at the positions after the last."""
        self._index.add(np.ascontiguousarray(vectors))

    def note(self, seqs: Any, repositories: Any, removals: int) -> None:
        """Keep what stands at which position."""
        self.seqs, self.repositories = seqs, repositories
        self._facts["removals"] = removals

    def write(self) -> None:
        """Write the index and what belongs to it into the cache."""
        faiss = _load_faiss()

        packed = io.BytesIO()
        np.savez(
            packed,
            index=faiss.serialize_index(self._index),
            seqs=self.seqs,
            repositories=self.repositories,
            facts=np.asarray([self._facts[name] for name in sorted(self._facts)]),
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, packed.getvalue())


def multiply(matrix: NDArray[np.float32], unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the inner product of each row with a vector.

    NumPy shares this among all cores, which on a busy machine takes longer than one core needs
    alone; FAISS does not, where it is installed.
    """
    if len(matrix) < _WORTH_FAISS or find_spec("faiss") is None:
        return np.asarray(matrix @ unit, np.float32)
    faiss = _load_faiss()
    products = np.empty(len(matrix), np.float32)
    point = faiss.swig_ptr
    faiss.fvec_inner_products_ny(
        point(products), point(unit), point(matrix), matrix.shape[1], len(matrix)
    )
    return products


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
    faiss = _load_faiss()

    try:
        packed = np.load(io.BytesIO(read_chosen(path, _MOST_BYTES)), allow_pickle=False)
        names = ("probes", "recall", "removals")
        facts = dict(zip(names, packed["facts"].tolist(), strict=True))
        seqs, repositories = packed["seqs"], packed["repositories"]
        index = faiss.deserialize_index(packed["index"])
    except (FileError, ValueError, KeyError, OSError, RuntimeError):
        return None
    last = database.fetch_row("SELECT coalesce(max(seq), 0) FROM embeddings")
    is_of_this_file = len(seqs) == index.ntotal > 0 and last and last[0] >= seqs[-1]
    return Ann(index, path, facts, (seqs, repositories)) if is_of_this_file else None


def _make_ann(database: SqliteDatabase, place: Place, path: Path) -> Ann:
    """Train an index on a sample, load it with every vector, and tune it."""
    faiss = _load_faiss()

    rows = database.fetch_raw_rows(
        f"SELECT seq, repository_id FROM embeddings WHERE {place.where} ORDER BY seq", place
    )
    seqs = np.asarray([row[0] for row in rows], np.int64)
    repositories = np.asarray([row[1] for row in rows], np.int64)
    removals = database.fetch_row(
        "SELECT coalesce(max(id), 0) FROM embedding_removals "
        "WHERE collection = ? AND model_id = ? AND aspect = ?",
        place,
    )
    generator = np.random.default_rng(7)
    sample = np.sort(generator.choice(len(seqs), min(_TRAINED_ON, len(seqs)), replace=False))
    sampled = _read_vectors(database, seqs[sample])
    dim = sampled.shape[1]
    lists = int(max(_FEWEST_LISTS, min(_MOST_LISTS, _LISTS * math.sqrt(len(seqs)))))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim),
        dim,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.cp.niter = 8
    index.cp.min_points_per_centroid = 1  # a warning of FAISS would go to the terminal
    index.train(sampled)
    asked = _choose_queries(sampled, generator)
    truth = _Nearest(asked)
    for start in range(0, len(seqs), _READ_AT_ONCE):
        vectors = _read_vectors(database, seqs[start : start + _READ_AT_ONCE])
        index.add(vectors)
        truth.compare(vectors, start)
    facts = _tune(index, asked, truth.positions)
    facts["removals"] = float(removals[0] if removals else 0)
    return Ann(index, path, facts, (seqs, repositories))


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


def _tune(index: Any, asked: NDArray[np.float32], truth: NDArray[np.int64]) -> dict[str, float]:
    """Return how many lists to look through for the recall that is wanted, and what it is."""
    faiss = _load_faiss()

    probes, recall = 8, 0.0
    while True:
        options = faiss.SearchParametersIVF(nprobe=probes)
        _, found = index.search(asked, _RESCORED, params=options)
        hits = [len(np.intersect1d(f, t)) for f, t in zip(found, truth, strict=True)]
        # Of the kind of queries that fares worst.
        recall = float(min(np.mean(k) for k in np.array_split(hits, _KINDS))) / _NEIGHBOURS
        if recall >= _WANTED_RECALL or probes >= index.nlist:
            return {"probes": float(min(probes, index.nlist)), "recall": recall}
        probes = math.ceil(probes * 1.4)


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


def _read_vectors(database: SqliteDatabase, seqs: NDArray[np.int64]) -> NDArray[np.float32]:
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(seqs), 500):
        marks = ", ".join(map(str, seqs[start : start + 500].tolist()))
        rows += database.fetch_raw_rows(
            f"SELECT vector FROM embeddings WHERE seq IN ({marks}) ORDER BY seq"
        )
    packed = b"".join(row[0] for row in rows)
    return np.frombuffer(packed, np.float32).reshape(len(rows), -1).copy()


def _load_faiss() -> Any:
    return import_module("faiss")


def _find_path(database: SqliteDatabase, place: Place) -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    row = database.fetch_row("SELECT value FROM memory_facts WHERE key = 'id'")
    name = hashlib.sha256(repr((row, *place)).encode()).hexdigest()[:32]
    return folder / "devmatrix-guard" / "vectors" / f"{name}.npz"
