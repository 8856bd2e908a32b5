"""Vectors at 8 bits a dimension: nearly the products of the vectors, in an array that grows."""

from __future__ import annotations

import numpy as np
import pytest

from devmatrix_guard.memory.sqlite.codes import Codes, Growing, choose_scale, multiply

VECTORS = np.array([[0, 1], [1, -1], [0.6, 0.2], [0.25, 0.5]], np.float32)


def test_rows_are_those_that_were_appended() -> None:
    growing = Growing(np.empty((0, 2), np.int64))
    assert growing.rows.shape == (0, 2)
    for number in range(20):
        growing.append(np.full((3, 2), number, np.int64))
        assert len(growing.rows) == 3 * (number + 1)
    assert growing.rows[:, 0].tolist() == [n for n in range(20) for _ in range(3)]


def test_there_is_room_for_half_as_many_again() -> None:
    growing = Growing(np.zeros((10, 1), np.int64))
    growing.append(np.ones((1, 1), np.int64))
    assert len(growing._room) == 15
    before = growing._room
    growing.append(np.ones((4, 1), np.int64))
    assert growing._room is before
    growing.append(np.ones((30, 1), np.int64))
    assert len(growing._room) == len(growing.rows) == 45


def test_a_scale_goes_from_the_lowest_to_the_highest_value() -> None:
    lowest, step = choose_scale(VECTORS)
    assert lowest.tolist() == [0, -1]
    assert step == pytest.approx([1 / 255, 2 / 255])
    same = np.ones((2, 2), np.float32)
    assert (choose_scale(same)[1] > 0).all()


def test_codes_are_the_nearest_steps_and_stay_within_bounds() -> None:
    codes = Codes(choose_scale(VECTORS))
    codes.append(VECTORS)
    assert codes.codes.tolist() == [[0, 255], [255, 0], [153, 153], [64, 191]]
    codes.append(np.array([[9, -9]], np.float32))
    assert codes.codes[-1].tolist() == [255, 0]
    assert len(codes.codes) == 5


@pytest.mark.parametrize("count", [0, 1, 4, 999, 1000, 1001, 2500])
def test_products_are_nearly_those_of_the_vectors(count: int) -> None:
    vectors = np.resize(VECTORS, (max(count, 4), 2))
    codes = Codes(choose_scale(vectors))
    codes.append(vectors)
    unit = np.array([0.6, 0.8], np.float32)
    positions = np.arange(count, dtype=np.int64)[::-1]
    found = codes.compare(unit, positions)
    assert found.shape == (count,)
    assert found == pytest.approx((vectors[positions] @ unit), abs=0.01)


@pytest.mark.parametrize("count", [1, 4999, 5000])
def test_few_and_many_are_multiplied_alike(count: int) -> None:
    matrix = np.resize(VECTORS, (count, 2))
    unit = np.array([0.6, 0.8], np.float32)
    assert multiply(matrix, unit) == pytest.approx(matrix @ unit, abs=1e-6)
