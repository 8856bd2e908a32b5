"""A sample fits the shape it was made for."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.ir.sample import Sampler
from devmatrix_guard.ir.shape import Constraint, Field, Schema, Shape


def _sample(shape: Shape, number: int = 3, **schemas: Shape) -> Any:
    known = {name: Schema(name, name, inner, "") for name, inner in schemas.items()}
    return Sampler(known).make_value(shape, number)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{3}-\d{4}$",
        r"^\d+\.\d{2}$",
        r"^(red|green|blue)$",
        r"^[^\s@]+@[^\s@]+$",
        r"^\w+(-\w+)*$",
        r"^(?=.*[a-z]).{4,}$",
        r"colou?r",
    ],
)
@given(number=st.integers(0, 1000))
def test_a_pattern_is_matched(pattern: str, number: int) -> None:
    shape = Shape("string", constraints=(Constraint("pattern", pattern),))
    assert re.search(pattern, _sample(shape, number))


@given(
    number=st.integers(0, 10_000),
    low=st.integers(-1000, 1000),
    width=st.integers(2, 50),
    strict=st.booleans(),
)
def test_bounds_are_kept(number: int, low: int, width: int, strict: bool) -> None:
    kinds = ("gt", "lt") if strict else ("ge", "le")
    shape = Shape(
        "integer",
        constraints=(Constraint(kinds[0], low), Constraint(kinds[1], low + width)),  # type: ignore[arg-type] # both are kinds
    )
    value = _sample(shape, number)
    assert low + strict <= value <= low + width - strict


@given(number=st.integers(0, 500))
def test_multiples_and_decimals_are_exact(number: int) -> None:
    multiple = Shape("number", constraints=(Constraint("multiple_of", 0.25),))
    assert Decimal(str(_sample(multiple, number))) % Decimal("0.25") == 0
    money = Shape("string", format="decimal", constraints=(Constraint("gt", "0.00"),))
    assert re.fullmatch(r"\d+\.\d{2}", _sample(money, number))


def test_lengths_are_kept() -> None:
    shape = Shape("string", constraints=(Constraint("max_length", 3), Constraint("min_length", 3)))
    assert len(_sample(shape, 12345)) == 3


def test_numbers_tell_samples_apart() -> None:
    for shape in (Shape("string"), Shape("string", format="email"), Shape("integer")):
        assert len({_sample(shape, number) for number in range(200)}) == 200


def test_an_object_has_its_writable_fields_and_recursion_ends() -> None:
    node = Shape(
        "object",
        fields=(
            Field("id", "id", Shape("integer", read_only=True), True),
            Field("name", "name", Shape("string"), True),
            Field("parent", "parent", Shape("ref", ref="Node"), False),
        ),
    )
    value = _sample(Shape("ref", ref="Node"), Node=node)
    assert "id" not in value
    depth = 0
    while "parent" in value:
        value, depth = value["parent"], depth + 1
    assert value["name"]
    assert 1 <= depth < 10
