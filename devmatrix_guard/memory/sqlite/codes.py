"""Vectors at 8 bits a dimension, in an array that grows: compared quickly, and nearly exactly."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORTH_FAISS = 5_000
_LEVELS = 255
_AT_ONCE = 1_000  # decoded: as many as stay in the processor's cache


class Growing:
    """Rows of numbers, with room for more than there are."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self._room, self._count = rows, len(rows)

    @property
    def rows(self) -> NDArray[Any]:
        """What has been appended."""
        return self._room[: self._count]

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows after the last."""
        needed = self._count + len(rows)
        if needed > len(self._room):
            room = np.empty((max(needed, int(self._count * 1.5)), rows.shape[1]), rows.dtype)
            if self._count:
                room[: self._count] = self.rows
            self._room = room
        self._room[self._count : needed] = rows
        self._count = needed


class Codes:
    """Vectors by position, 8 bits a dimension.

    Args:
        scale: the lowest value of each dimension, and the step from one code to the next.
        codes: of the vectors that are there already.
    """

    def __init__(self, scale: NDArray[np.float32], codes: NDArray[np.uint8] | None = None) -> None:
        self.scale = scale
        none = np.empty((0, scale.shape[1]), np.uint8)
        self._codes = Growing(none if codes is None else codes)

    @property
    def codes(self) -> NDArray[np.uint8]:
        """One row for each vector."""
        return self._codes.rows

    def append(self, vectors: NDArray[np.float32]) -> None:
        """Take in more vectors, at the positions after the last."""
        lowest, step = self.scale
        self._codes.append(np.clip(np.rint((vectors - lowest) / step), 0, _LEVELS).astype(np.uint8))

    def compare(
        self, unit: NDArray[np.float32], positions: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the inner product of a vector with those at some positions."""
        lowest, step = self.scale
        weights, base = unit * step, np.float32(unit @ lowest)
        codes, products = self.codes, np.empty(len(positions), np.float32)
        decoded = np.empty((min(_AT_ONCE, len(positions)), len(unit)), np.float32)
        for start in range(0, len(positions), _AT_ONCE):
            chosen = codes[positions[start : start + _AT_ONCE]]
            decoded[: len(chosen)] = chosen
            products[start : start + len(chosen)] = _multiply_alone(decoded[: len(chosen)], weights)
        return products + base


def choose_scale(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the scale of codes that fits some vectors."""
    lowest = vectors.min(axis=0)
    step = np.maximum((vectors.max(axis=0) - lowest) / _LEVELS, np.float32(1e-9))
    return np.vstack([lowest, step]).astype(np.float32)


def multiply(matrix: NDArray[np.float32], unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the inner product of each row with a vector.

    NumPy shares this among all cores, which on a busy machine takes longer than one core needs
    alone; FAISS does not, where it is installed.
    """
    if len(matrix) < _WORTH_FAISS or find_spec("faiss") is None:
        return np.asarray(matrix @ unit, np.float32)
    return _multiply_alone(matrix, unit)


def load_faiss() -> Any:
    """Return the module, which without the `vectors` extra is absent."""
    return import_module("faiss")


def _multiply_alone(matrix: NDArray[np.float32], unit: NDArray[np.float32]) -> NDArray[np.float32]:
    faiss = load_faiss()
    products = np.empty(len(matrix), np.float32)
    point = faiss.swig_ptr
    faiss.fvec_inner_products_ny(
        point(products), point(unit), point(matrix), matrix.shape[1], len(matrix)
    )
    return products
