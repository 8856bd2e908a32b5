from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.ir.defaults import choose_default, fits, fits_format
from devmatrix_guard.ir.shape import JsonValue, Schema, Shape

SCHEMAS = {
    "Colour": Schema("Colour", "Colour", Shape("string", enum=("red", "blue")), ""),
    "Paint": Schema("Paint", "Paint", Shape("ref", ref="Colour", default=JsonValue('"red"')), ""),
    "Loop": Schema("Loop", "Loop", Shape("ref", ref="Loop"), ""),
}
TEXTS = Shape("array", items=Shape("string"))
EITHER = Shape("one_of", variants=(Shape("integer"), Shape("boolean")))


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        pytest.param(Shape("string"), "x", id="text"),
        pytest.param(Shape("string", format="date"), "2024-02-29", id="date"),
        pytest.param(Shape("integer"), 3, id="whole"),
        pytest.param(Shape("number"), 3, id="whole number as number"),
        pytest.param(Shape("number"), 0.5, id="fraction"),
        pytest.param(Shape("boolean"), False, id="flag"),
        pytest.param(Shape("string", nullable=True), None, id="null where it may be"),
        pytest.param(Shape("any"), None, id="null as anything"),
        pytest.param(Shape("any"), [1, "x"], id="anything"),
        pytest.param(TEXTS, ["a", "b"], id="list"),
        pytest.param(TEXTS, [], id="empty list"),
        pytest.param(Shape("array"), [1, "x"], id="list of anything"),
        pytest.param(Shape("map"), {"a": 1}, id="map"),
        pytest.param(EITHER, True, id="second of two"),
        pytest.param(Shape("ref", ref="Colour"), "red", id="value of a named enum"),
        pytest.param(Shape("integer", enum=(1, 2)), 2, id="value of an enum"),
    ],
)
def test_a_value_of_the_type_fits(shape: Shape, value: Any) -> None:
    assert fits(shape, value, SCHEMAS)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        pytest.param(Shape("string"), 1, id="number for text"),
        pytest.param(Shape("string", format="date"), "2023-02-29", id="day that is not"),
        pytest.param(Shape("integer"), True, id="a flag is no whole number"),
        pytest.param(Shape("integer"), 1.5, id="fraction for whole"),
        pytest.param(Shape("boolean"), 1, id="one is no flag"),
        pytest.param(Shape("string"), None, id="null"),
        pytest.param(TEXTS, ["a", 1], id="one item of another type"),
        pytest.param(TEXTS, "ab", id="a text is no list"),
        pytest.param(Shape("object"), [], id="list for object"),
        pytest.param(EITHER, "x", id="none of two"),
        pytest.param(Shape("ref", ref="Colour"), "green", id="not in a named enum"),
        pytest.param(Shape("integer", enum=(1, 0)), True, id="a flag is not the one of an enum"),
        pytest.param(Shape("ref", ref="Loop"), "x", id="a reference without end"),
    ],
)
def test_a_value_of_another_type_does_not_fit(shape: Shape, value: Any) -> None:
    assert not fits(shape, value, SCHEMAS)


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("uuid", "6f1f3c1e-6a55-4d3f-9f0d-0a3f8f0f9a11", "6f1f3c1e"),
        ("date", "2024-12-31", "2024-12-32"),
        ("date-time", "2024-12-31T23:59:59+00:00", "2024-12-31T24:61"),
        ("decimal", "12.50", "12,50"),
    ],
)
def test_formats_with_a_type_of_their_own_are_read(form: str, good: str, bad: str) -> None:
    assert fits_format(form, good)
    assert not fits_format(form, bad)


def test_a_format_without_a_type_promises_nothing() -> None:
    assert fits_format("email", "no address")


@pytest.mark.parametrize(
    ("shape", "default"),
    [
        pytest.param(Shape("string"), None, id="none"),
        pytest.param(Shape("integer", default=JsonValue("7")), 7, id="its own"),
        pytest.param(Shape("ref", ref="Paint"), "red", id="of what it refers to"),
        pytest.param(
            Shape("ref", ref="Paint", default=JsonValue('"blue"')), "blue", id="its own goes first"
        ),
        pytest.param(Shape("ref", ref="Loop"), None, id="a reference without end"),
    ],
)
def test_the_default_of_a_shape(shape: Shape, default: Any) -> None:
    assert choose_default(shape, SCHEMAS) == default
