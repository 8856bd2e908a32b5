"""Shapes of what a spec shows only by an example."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devmatrix_guard.ir.names import make_unique, to_singular, to_snake
from devmatrix_guard.ir.shape import Field, Shape, make_json_value

if TYPE_CHECKING:
    from devmatrix_guard.generator.extract.schemas.shapes import Shapes

_DEEPEST = 6
_FORMATS = (
    ("uuid", re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")),
    ("date-time", re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)\Z")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d\Z")),
)


def infer_shape(value: Any, name: str, shapes: Shapes, pointer: str, *, depth: int = 0) -> Shape:
    """Return the shape that a value is an example of; what it does not tell may be anything."""
    if isinstance(value, bool):
        return Shape("boolean")
    if isinstance(value, int):
        return Shape("integer")
    if isinstance(value, float):
        return Shape("number")
    if isinstance(value, str):
        found = (form for form, pattern in _FORMATS if pattern.match(value))
        return Shape("string", format=next(found, ""))
    if isinstance(value, list):
        first = value[0] if value else None
        inner = infer_shape(first, to_singular(name), shapes, pointer, depth=depth + 1)
        return Shape("array", items=inner)
    if isinstance(value, dict) and value and depth < _DEEPEST:
        return _infer_object(value, name, shapes, pointer, depth)
    return Shape("any")


def _infer_object(
    value: dict[str, Any], name: str, shapes: Shapes, pointer: str, depth: int
) -> Shape:
    taken: set[str] = set()
    fields = []
    for wire, inner in value.items():
        own = make_unique(to_snake(wire), taken)
        taken.add(own)
        shape = infer_shape(inner, f"{name} {wire}", shapes, pointer, depth=depth + 1)
        if inner is not None:
            fields.append(Field(own, wire, shape, required=False, example=make_json_value(inner)))
    made = Shape("object", fields=tuple(fields))
    return Shape("ref", shapes.add(name, made, pointer, named=False)) if fields else Shape("any")
