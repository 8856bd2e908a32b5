"""What a payload must hold to be found, the same for every index of vectors."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Range
from devmatrix_guard.memory.conditions import check_conditions, fits, fits_value


@pytest.mark.parametrize(
    ("held", "wanted", "is_met"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, 1.0, True),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        (0, False, False),
        ("a", "a", True),
        ("1", 1, False),
        (None, None, True),
        (None, "", False),
        # one of several values, on either side
        ("a", ("a", "b"), True),
        ("c", ("a", "b"), False),
        ("a", (), False),
        (True, (1, 2), False),
        (["a", "c"], "c", True),
        (["a", "c"], "b", False),
        (("a", "c"), ("b", "c"), True),
        ([], "a", False),
        ("abc", "a", False),
        # bounds
        (3, Range(at_least=3), True),
        (3, Range(at_least=4), False),
        (3, Range(at_most=3), True),
        (3, Range(at_most=2), False),
        (3, Range(above=3), False),
        (3, Range(above=2), True),
        (3, Range(below=3), False),
        (3, Range(below=4), True),
        (3, Range(at_least=1, below=5), True),
        (5, Range(at_least=1, below=5), False),
        (0, Range(at_least=1, below=5), False),
        (2.5, Range(above=2), True),
        (True, Range(at_least=0), False),
        ("3", Range(at_least=0), False),
        ("b", Range(at_least="a", at_most="c"), True),
        ("d", Range(at_least="a", at_most="c"), False),
        (3, Range(at_least="a"), False),
        (None, Range(at_least=0), False),
        ([1, 7], Range(at_least=5), True),
        (3, Range(), True),
    ],
)
def test_a_value_meets_a_condition(held: Any, wanted: Any, is_met: bool) -> None:
    assert fits_value(held, wanted) is is_met


@pytest.mark.parametrize(
    ("where", "fit"),
    [
        ({}, True),
        ({"a": 1}, True),
        ({"a": 1, "b": "x"}, True),
        ({"a": 1, "b": "y"}, False),
        ({"c": None}, False),
    ],
)
def test_a_payload_meets_every_condition_and_has_its_name(where: dict[str, Any], fit: bool) -> None:
    assert fits({"a": 1, "b": "x"}, where) is fit


def test_lists_of_a_condition_become_tuples() -> None:
    assert check_conditions(None) == check_conditions({}) == {}
    bounds = Range(at_least=1)
    asked = {"a": [1, "b"], "c": {2}, "d": (None,), "e": 1.5, "f": bounds}
    assert check_conditions(asked) == {
        "a": (1, "b"), "c": (2,), "d": (None,), "e": 1.5, "f": bounds,
    }  # fmt: skip


@pytest.mark.parametrize("wanted", [{"a": 1}, [[1]], [1, {"a": 1}], b"x", object()])
def test_what_no_payload_could_be_compared_with_is_refused(wanted: Any) -> None:
    with pytest.raises(MemoryStoreError, match="condition on `a` is neither"):
        check_conditions({"a": wanted})
