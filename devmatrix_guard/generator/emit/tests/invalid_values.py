"""Wrong values: what a shape must refuse, whatever else it is."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

from devmatrix_guard.generator.emit.models.signatures import resolve
from devmatrix_guard.generator.emit.tests.samples import NoSampleError, make_shape_value
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.shape import Shape

_LONGEST = 1000
_UNLIKELY = ("", "~ ~", "!", "\n", "aa-aa-aa")
_NAMED = {"uuid": "no uuid", "date": "no day", "date-time": "no moment", "decimal": "no number"}
_NAMED |= {"email": "no email", "uri": "no uri", "ipv4": "no address", "ipv6": "no address"}
_NAMED |= {"duration": "no duration", "hostname": "no host"}


def list_wrong_values(plan: Plan, shape: Shape | None, *, text: bool = False) -> list[Any]:
    """Return values that do not fit a shape; with `text` those of a query, which is all text."""
    found = resolve(plan, shape)
    if found is None:
        return []
    limits: dict[str, Any] = {c.kind: c.value for c in found.constraints}
    if found.enum:
        values = _list_beside_choices(found)
    elif found.kind == "string":
        values = _list_wrong_texts(found, limits, text=text)
    elif found.kind in ("integer", "number"):
        values = ["no number", *_list_outside(limits, whole=found.kind == "integer")]
    elif found.kind == "boolean":
        values = ["perhaps"]
    elif found.kind == "array" and not text:
        values = ["no list", *_make_wrong_lists(plan, found, limits)]
    elif found.kind in ("object", "map") and not text:
        values = ["no object"]
    else:
        return []
    if text:
        return [str(value) for value in values]
    return values if found.nullable else [*values, None]


def _list_beside_choices(shape: Shape) -> list[Any]:
    texts = [v for v in shape.enum if isinstance(v, str)]
    return ["no-such-choice"] if len(texts) == len(shape.enum) else []


def _list_wrong_texts(shape: Shape, limits: dict[str, Any], *, text: bool) -> list[Any]:
    if shape.format in ("binary", "byte"):
        return []
    values: list[Any] = [] if text else [7]
    if shape.format in _NAMED:
        values.append(_NAMED[shape.format])
    low, high = int(limits.get("min_length", 0)), int(limits.get("max_length", _LONGEST))
    if low:
        values.append("x" * (low - 1))
    if high < _LONGEST:
        values.append("x" * (high + 1))
    if "pattern" in limits:
        values += _find_unmatched(str(limits["pattern"]))
    return values


def _find_unmatched(pattern: str) -> list[str]:
    try:
        compiled = re.compile(pattern.replace("$", r"\Z"), re.ASCII)
    except re.error:
        return []
    return [text for text in _UNLIKELY if not compiled.search(text)][:1]


def _list_outside(limits: dict[str, Any], *, whole: bool) -> list[Any]:
    numbers: list[Decimal] = []
    for kind, step in (("ge", -1), ("gt", 0), ("le", 1), ("lt", 0)):
        if kind in limits:
            numbers.append(Decimal(str(limits[kind])) + step)
    values: list[Any] = [int(n) if n == int(n) else float(n) for n in numbers]
    return [*values, 1.5] if whole else values


def _make_wrong_lists(plan: Plan, shape: Shape, limits: dict[str, Any]) -> list[Any]:
    low, high = int(limits.get("min_items", 0)), int(limits.get("max_items", _LONGEST))
    values: list[Any] = [[]] if low else []
    if high < 50 and shape.items is not None:
        with suppress(NoSampleError):
            values.append([make_shape_value(plan, shape.items, n) for n in range(high + 1)])
    return values
