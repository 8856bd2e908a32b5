"""What a body carries: rows, values or one word, whatever is wrapped around it."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.extract.schemas.envelopes import find_object_name, open_shape, unwrap
from devmatrix_guard.ir.shape import Field, Schema, Shape


def _object(**shapes: Shape) -> Shape:
    return Shape("object", fields=tuple(Field(n, n, s, True) for n, s in shapes.items()))


PET = Shape("ref", ref="Pet")
PETS = Shape("array", items=PET)
TEXT, WHOLE = Shape("string"), Shape("integer")
SCHEMAS = {
    name: Schema(name, name, shape, "")
    for name, shape in {
        "Pet": _object(id=WHOLE, name=TEXT),
        "Alias": PET,
        "Page": _object(items=PETS),
        "Colour": Shape("string", enum=("red",)),
        "Loop": Shape("ref", ref="Loop"),
    }.items()
}


@pytest.mark.parametrize(
    ("shape", "kind", "schema", "path"),
    [
        pytest.param(None, "opaque", "", (), id="nothing said"),
        pytest.param(PET, "item", "Pet", (), id="a row"),
        pytest.param(Shape("ref", ref="Alias"), "item", "Pet", (), id="by another name"),
        pytest.param(PETS, "list", "Pet", (), id="rows"),
        pytest.param(Shape("array", items=TEXT), "values", "", (), id="values"),
        pytest.param(TEXT, "scalar", "", (), id="one value"),
        pytest.param(Shape("map", items=WHOLE), "map", "", (), id="numbers by name"),
        pytest.param(Shape("map", items=TEXT), "opaque", "", (), id="texts by name"),
        pytest.param(_object(data=PETS), "list", "Pet", ("data",), id="rows in an envelope"),
        pytest.param(_object(data=PET), "item", "Pet", ("data",), id="a row in an envelope"),
        pytest.param(
            _object(data=Shape("ref", ref="Page")), "list", "Pet", ("data", "items"), id="in two"
        ),
        pytest.param(
            _object(items=PETS, total=WHOLE), "list", "Pet", ("items",), id="with their number"
        ),
        pytest.param(
            _object(label=TEXT, items=PETS, has_more=Shape("boolean")),
            "list",
            "Pet",
            ("items",),
            id="a page with more than pages have",
        ),
        pytest.param(
            _object(label=TEXT, items=PETS, total=WHOLE), "item", "", (), id="a row with a list"
        ),
        pytest.param(_object(size=WHOLE, pet=PET), "item", "", (), id="a row with a row in it"),
    ],
)
def test_what_a_body_carries(
    shape: Shape | None, kind: str, schema: str, path: tuple[str, ...]
) -> None:
    found = unwrap(shape, SCHEMAS)
    assert (found.kind, found.schema, found.path) == (kind, schema, path)


def test_what_stands_beside_the_rows_is_filled_too() -> None:
    (extra,) = unwrap(_object(items=PETS, total=WHOLE), SCHEMAS).extras
    assert (extra.path, extra.source) == (("total",), "total")


def test_a_reference_without_end_is_anything() -> None:
    assert open_shape(Shape("ref", ref="Loop"), SCHEMAS) == Shape("any")
    assert find_object_name(Shape("ref", ref="Loop"), SCHEMAS) == ""


@pytest.mark.parametrize(
    ("ref", "name"), [("Pet", "Pet"), ("Alias", "Pet"), ("Colour", ""), ("Nowhere", "")]
)
def test_the_object_that_a_reference_leads_to(ref: str, name: str) -> None:
    assert find_object_name(Shape("ref", ref=ref), SCHEMAS) == name
