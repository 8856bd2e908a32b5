"""The vectors of one place in arrays: loaded once, then only what has changed is read.

Every vector has a `seq` that is never used twice, and every removal is noted, so that two numbers
tell whether anything has changed since.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from devmatrix_guard.memory.conditions import fits_value
from devmatrix_guard.memory.sql.stores.vectors import Place
from devmatrix_guard.memory.sqlite.ann import Ann, read_ann, read_blocks
from devmatrix_guard.memory.sqlite.codes import Growing, multiply
from devmatrix_guard.memory.sqlite.database import SqliteDatabase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Found = list[tuple[int, float]]

_MOST_DEAD = 0.25
_FILTERS = 16  # remembered, a byte a vector each
_RESCORED = 5


class Shard:
    """Vectors that are compared with one another.

    Args:
        database: where they are kept.
        place: which ones.
        most_exact: how many are all compared; beyond, an index is made.
    """

    def __init__(self, database: SqliteDatabase, place: Place, most_exact: int) -> None:
        self._database = database
        self._place = place
        self._removals = self._ask_newest()[1]
        self._columns: dict[str, dict[Any, NDArray[np.int64]]] = {}
        self.ann: Ann | None = None
        self._seqs = np.empty(0, np.int64)
        self._repositories = np.empty(0, np.int64)
        self._alive: Flags = np.empty(0, bool)
        self._matrix = Growing(np.empty((0, 0), np.float32))
        self._filters: dict[str, Flags] = {}
        (count,) = database.fetch_row(
            f"SELECT count(*) FROM embeddings WHERE {place.where}", place
        ) or (0,)
        if count > most_exact:
            self._open_ann()
        self._read_new(keep_vectors=self.ann is None)

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return int(np.count_nonzero(self._alive))

    def refresh(self) -> bool:
        """Take in what has changed; False where it is better to load all anew."""
        newest, removals = self._ask_newest()
        if removals < self._removals:
            return False
        if removals > self._removals:
            gone = [
                row[0]
                for row in self._database.fetch_raw_rows(
                    "SELECT removed_seq FROM embedding_removals WHERE collection = ? "
                    "AND model_id = ? AND aspect = ? AND id > ?",
                    (*self._place, self._removals),
                )
            ]
            self._removals = removals
            self._bury(np.asarray(gone, np.int64))
        if newest > (int(self._seqs[-1]) if len(self._seqs) else 0):
            self._read_new(keep_vectors=self.ann is None)
        return len(self._alive) - self.count <= max(1000, _MOST_DEAD * len(self._alive))

    def find(
        self,
        query: array[float],
        where: Mapping[str, Any],
        repositories: tuple[int, ...] | None,
        limit: int,
    ) -> Found:
        """Return (seq, cosine) of the nearest that fit, and of all that tie with the last."""
        allowed = self._allow(where, repositories)
        unit = np.asarray(query, np.float32)
        if self.ann is None:
            return self._find_exactly(unit, allowed, limit)
        found = self.ann.find(unit, allowed, max(limit * _RESCORED, 50))
        return self._rescore(unit, self._seqs[found], limit)

    def keep(self) -> None:
        """Write the index down, so that the next process need not make it."""
        if self.ann is not None:
            self.ann.write()

    def _find_exactly(self, unit: NDArray[np.float32], allowed: Flags | None, limit: int) -> Found:
        matrix, count = self._matrix.rows, len(self._seqs)
        if allowed is None:
            positions = None
            scores = multiply(matrix, unit)
        else:
            positions = np.flatnonzero(allowed)
            few = len(positions) * 4 < count
            scores = matrix[positions] @ unit if few else multiply(matrix, unit)[positions]
        if len(scores) > limit:
            last = np.partition(scores, len(scores) - limit)[len(scores) - limit]
            best = np.flatnonzero(scores >= last)
        else:
            best = np.arange(len(scores))
        seqs = self._seqs[best if positions is None else positions[best]]
        return list(zip(seqs.tolist(), scores[best].tolist(), strict=True))

    def _rescore(self, unit: NDArray[np.float32], seqs: NDArray[np.int64], limit: int) -> Found:
        chosen = seqs.tolist()
        marks = ", ".join(map(str, chosen))
        rows = self._database.fetch_raw_rows(
            f"SELECT seq, vector FROM embeddings WHERE seq IN ({marks})"
        )
        matrix = np.frombuffer(b"".join(blob for _, blob in rows), np.float32)
        scores = matrix.reshape(len(rows), -1) @ unit if rows else np.empty(0, np.float32)
        ranked = sorted(
            ((row[0], score) for row, score in zip(rows, scores.tolist(), strict=True)),
            key=lambda pair: -pair[1],
        )
        return ranked[: limit * 2]

    def _allow(
        self, where: Mapping[str, Any], repositories: tuple[int, ...] | None
    ) -> Flags | None:
        """Return which vectors may be found; None for all of them."""
        allowed: Flags | None = None
        if len(self._alive) and not self._alive.all():
            allowed = self._alive.copy()
        if repositories is not None:
            ours = self._remember(
                repr(repositories), lambda: np.isin(self._repositories, repositories)
            )
            if not ours.all():
                allowed = ours if allowed is None else allowed & ours
        for name, wanted in where.items():
            fitting = self._remember(repr((name, wanted)), partial(self._fit, name, wanted))
            allowed = fitting if allowed is None else allowed & fitting
        return allowed

    def _remember(self, condition: str, find: Callable[[], Flags]) -> Flags:
        """Return what fits a condition: found once, until vectors are added."""
        known = self._filters.pop(condition, None)
        self._filters[condition] = find() if known is None else known
        if len(self._filters) > _FILTERS:
            del self._filters[next(iter(self._filters))]
        return self._filters[condition]

    def _fit(self, name: str, wanted: Any) -> Flags:
        """Return which vectors hold what is wanted in a field of their payloads."""
        fitting = np.zeros(len(self._seqs), bool)
        for (_, held), positions in self._get_column(name).items():
            if fits_value(held, wanted):
                fitting[positions] = True
        return fitting

    def _get_column(self, name: str) -> dict[Any, NDArray[np.int64]]:
        """Return {(kind, value): positions} of a field of the payloads; lists by element."""
        if name not in self._columns:
            path = '$."' + name.replace('"', '\\"') + '"'
            # Asked for twice it comes as JSON: alone, a text would end at its first NUL.
            rows = self._database.fetch_rows(
                "SELECT seq, json_extract(payload, ?, ?) FROM embeddings "
                f"WHERE {self._place.where} AND json_type(payload, ?) IS NOT NULL ORDER BY seq",
                (path, path, *self._place, path),
            )
            self._columns[name] = self._gather(rows)
        return self._columns[name]

    def _gather(self, rows: Iterable[tuple[Any, ...]]) -> dict[Any, NDArray[np.int64]]:
        gathered: dict[Any, list[int]] = {}
        read = lru_cache(maxsize=1 << 16)(_read_values)
        for seq, text in rows:
            for held in read(text):
                gathered.setdefault((type(held) is bool, held), []).append(seq)
        return {
            held: self._find_positions(np.asarray(seqs, np.int64))
            for held, seqs in gathered.items()
        }

    def _find_positions(self, seqs: NDArray[np.int64]) -> NDArray[np.int64]:
        places = np.searchsorted(self._seqs, seqs)
        places = places[places < len(self._seqs)]
        return places[np.isin(self._seqs[places], seqs)]

    def _bury(self, gone: NDArray[np.int64]) -> None:
        self._alive[self._find_positions(np.sort(gone))] = False

    def _open_ann(self) -> None:
        """Take the index that was written down, or make one, where FAISS is installed."""
        self.ann = read_ann(self._database, self._place)
        if self.ann is None:
            return
        self._removals = self.ann.removals
        self._seqs, self._repositories = self.ann.seqs, self.ann.repositories
        self._alive = np.ones(len(self._seqs), bool)
        self.refresh()

    def _read_new(self, *, keep_vectors: bool) -> None:
        """Read the vectors after the last one that is known."""
        self._columns.clear()
        self._filters.clear()
        last = int(self._seqs[-1]) if len(self._seqs) else 0
        for seqs, repositories, vectors in read_blocks(self._database, self._place, last):
            if keep_vectors:
                self._matrix.append(vectors)
            elif self.ann is not None:
                self.ann.add(vectors)
            self._seqs = np.append(self._seqs, seqs)
            self._repositories = np.append(self._repositories, repositories)
            self._alive = np.append(self._alive, np.ones(len(seqs), bool))
            if self.ann is not None:
                self.ann.note(self._seqs, self._repositories, self._removals)

    def _ask_newest(self) -> tuple[int, int]:
        """Return the last `seq` and the last removal of this place."""
        row = self._database.fetch_row(
            "SELECT coalesce((SELECT max(seq) FROM embeddings WHERE collection = :c "
            "AND model_id = :m AND aspect = :a), 0), coalesce((SELECT max(id) "
            "FROM embedding_removals WHERE collection = :c AND model_id = :m AND aspect = :a), 0)",
            dict(zip("cma", self._place, strict=True)),
        )
        return (int(row[0]), int(row[1])) if row else (0, 0)


def _read_values(text: str) -> tuple[Any, ...]:
    """Return the plain values of a field: itself, or the elements of a list."""
    held = json.loads(text)[0]
    values = held if isinstance(held, list) else [held]
    return tuple(value for value in values if not isinstance(value, dict | list))
