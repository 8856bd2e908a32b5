"""Types of the generated schemas: each is Python, and Pydantic reads it as the spec says."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.generator.emit.models.json_schema import SchemaPlace
from devmatrix_guard.generator.emit.models.types import (
    TypeWriter,
    count_decimal_places,
    is_simple_pattern,
)
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import write_flat
from devmatrix_guard.ir.shape import Constraint, Schema, Shape

SCHEMAS = {"Pet": Schema("Pet", "Pet", Shape("object"), "")}


def _write(shape: Shape, later: frozenset[str] = frozenset()) -> str:
    places = {"Pet": SchemaPlace("Pet", "src.models.schemas.pets")}
    module = "src.models.schemas.pets" if later else ""
    text = write_flat(TypeWriter(Imports(), places, SCHEMAS, module, later).write_type(shape))
    ast.parse(text, mode="eval")
    return text


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        pytest.param(Shape("any"), "Any", id="anything"),
        pytest.param(Shape("any", nullable=True), "Any", id="anything is null too"),
        pytest.param(Shape("null"), "None", id="null"),
        pytest.param(Shape("string", format="uuid"), "Uuid", id="uuid"),
        pytest.param(Shape("string", format="date"), "Day", id="day"),
        pytest.param(Shape("string", format="date-time"), "Moment", id="moment"),
        pytest.param(Shape("ref", ref="Pet"), "Pet", id="schema"),
        pytest.param(Shape("ref", ref="Pet", nullable=True), "Pet | None", id="schema or null"),
        pytest.param(
            Shape("array", items=Shape("ref", ref="Pet")), "list[Pet]", id="list of a schema"
        ),
        pytest.param(Shape("string", enum=("a", "b")), 'Literal["a", "b"]', id="enum"),
    ],
)
def test_a_shape_is_written_as_a_type(shape: Shape, text: str) -> None:
    assert _write(shape) == text


def test_a_class_further_down_is_quoted() -> None:
    later = frozenset(["Pet"])
    assert _write(Shape("ref", ref="Pet"), later) == '"Pet"'
    assert _write(Shape("ref", ref="Pet", nullable=True), later) == 'Union["Pet", None]'


@pytest.mark.parametrize(
    ("kind", "limit", "value", "text"),
    [
        ("integer", "ge", 1, "ge=1"),
        ("number", "lt", 10, "lt=10"),
        ("string", "max_length", 9, "max_length=9"),
        ("array", "min_items", 2, "min_length=2"),
        ("integer", "multiple_of", 5, "multiple_of=5"),
    ],
)
def test_limits_are_arguments_of_the_field(kind: str, limit: str, value: int, text: str) -> None:
    shape = Shape(kind, constraints=(Constraint(limit, value),))  # type: ignore[arg-type]
    assert text in _write(shape)


@pytest.mark.parametrize("pattern", ["^[a-z]+$", r"^\d{3}", "^(a|b)?$", "^[A-Z]{2,4}-x$"])
def test_patterns_are_simple_where_every_engine_reads_them_alike(pattern: str) -> None:
    assert is_simple_pattern(pattern) is ("\\d" not in pattern)


@pytest.mark.parametrize("pattern", ["(?=x)", r"(a)\1", "(?<name>x)", r"\p{L}", "é"])
def test_patterns_that_engines_read_differently_are_not_simple(pattern: str) -> None:
    assert not is_simple_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        (r"^\d+\.\d{3}$", 3),
        (r"^\d+\.[0-9]{4}$", 4),
        (r"^\d+\.\d{40}$", 12),  # at most
        ("^[a-z]+$", 2),
        (None, 2),
    ],
)
def test_a_pattern_tells_how_many_places_a_decimal_has(pattern: str | None, places: int) -> None:
    assert count_decimal_places(pattern) == places
