"""Defaults: specs give them as JSON, and not always of the type that stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from devmatrix_guard.ir.shape import JsonValue, Schema, Shape

_MAX_DEPTH = 20


def choose_default(shape: Shape, schemas: Mapping[str, Schema]) -> Any:
    """Return the default of a shape, its own or that of the value it refers to; None without."""
    for _ in range(_MAX_DEPTH):  # a spec may refer to itself without end
        if shape.default is not None or shape.kind != "ref":
            break
        shape = schemas[shape.ref].shape
    return shape.default.value if shape.default is not None else None


def fits(shape: Shape, value: Any, schemas: Mapping[str, Schema], depth: int = 0) -> bool:
    """Tell whether a JSON value is of the type that a shape has; limits are not looked at."""
    if depth > _MAX_DEPTH:
        return False
    if value is None:
        return shape.nullable or shape.kind in ("null", "any")
    if shape.kind == "ref":
        return fits(schemas[shape.ref].shape, value, schemas, depth + 1)
    if shape.enum:
        return any(_equals_exactly(member, value) for member in shape.enum)
    if shape.kind == "string":
        return isinstance(value, str) and fits_format(shape.format, value)
    if shape.kind == "array":
        items = shape.items or Shape("any")
        return isinstance(value, list) and all(fits(items, v, schemas, depth + 1) for v in value)
    if shape.kind in ("map", "object"):
        held = value.values() if isinstance(value, dict) and shape.items is not None else ()
        every = all(fits(shape.items or Shape("any"), v, schemas, depth + 1) for v in held)
        return isinstance(value, dict) and every
    if shape.kind in ("one_of", "any_of"):
        return any(fits(variant, value, schemas, depth + 1) for variant in shape.variants)
    return shape.kind == "any" or _is_plain(shape.kind, value)


def fits_format(form: str, text: str) -> bool:
    """Tell whether a text is what its format promises, for formats with a type of their own."""
    try:
        if form == "uuid":
            from uuid import UUID  # takes longer to import than most specs to read

            UUID(text)
        elif form == "date":
            date.fromisoformat(text)
        elif form == "date-time":
            datetime.fromisoformat(text)
        elif form == "decimal":
            Decimal(text)
    except (ValueError, InvalidOperation):
        return False
    return True


def _is_plain(kind: str, value: Any) -> bool:
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    return isinstance(value, int if kind == "integer" else (int, float))


def _equals_exactly(member: Any, value: Any) -> bool:
    if isinstance(member, JsonValue):
        return bool(member.value == value)
    # Python's True equals 1; a JSON enum of 1 does not hold true.
    return isinstance(member, bool) == isinstance(value, bool) and bool(member == value)
