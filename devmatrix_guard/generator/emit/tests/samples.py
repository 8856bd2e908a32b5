"""Sample values: what fits an attribute or a shape, told apart by a number."""

from __future__ import annotations

import re
from base64 import b64encode
from decimal import Decimal
from fractions import Fraction
from typing import Any

from devmatrix_guard.generator.emit.models.types import is_readable
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Type
from devmatrix_guard.ir.pattern import escape_hyphens, matches, spell_out_properties
from devmatrix_guard.ir.sample import guess_format
from devmatrix_guard.ir.shape import JsonValue, Shape

# Python's own parser of patterns is not public, but it is the one that will judge the sample.
_PARSER: Any = vars(re)["_parser"]
_MANY = 40


# Tests hold samples as text: longer ones say nothing more, and cost room and time.
_LONGEST = 20_000
_SHORT = 30  # an address or a mail address of a sample fits
_MOST_ITEMS = 500


class NoSampleError(Exception):
    """No value could be found that fits."""


def make_text(pattern: str, number: int = 0) -> str:
    """Return a text that matches the pattern; other numbers give, if they can, other texts.

    Raises:
        NoSampleError: none was found.
    """
    pattern = escape_hyphens(spell_out_properties(pattern) or pattern)
    try:
        tree = _PARSER.parse(pattern)
        if _measure(tree) > _LONGEST:
            raise NoSampleError(pattern)
        for attempt in range(_MANY):
            text = _walk(tree, _Digits(number + attempt))
            if matches(pattern, text):
                return text
    except (re.error, KeyError, TypeError, ValueError, OverflowError) as error:
        raise NoSampleError(pattern) from error
    raise NoSampleError(pattern)


class _Digits:
    """Gives out the digits of a number, so that each choice depends on it."""

    def __init__(self, number: int) -> None:
        self._rest = number

    def pick(self, count: int) -> int:
        self._rest, digit = divmod(self._rest, max(count, 1))
        return digit


def _walk(tree: Any, digits: _Digits) -> str:
    return "".join(_make_one(str(kind), value, digits) for kind, value in tree)


def _measure(tree: Any) -> int:
    """Return about how long a text is that `_walk` makes: repetitions in one another multiply."""
    total = 0
    for kind, value in tree:
        name = str(kind)
        if name.endswith("REPEAT"):
            total += max(int(value[0]), 1) * max(_measure(value[2]), 1)
        elif name == "SUBPATTERN":
            total += _measure(value[3])
        elif name == "BRANCH":
            total += max(map(_measure, value[1]), default=0)
        else:
            total += 1
    return total


def _make_one(kind: str, value: Any, digits: _Digits) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind == "NOT_LITERAL":
        return "a" if value != ord("a") else "b"
    if kind == "ANY":
        return "abcdefgh"[digits.pick(8)]
    if kind == "IN":
        return _pick_from_class(value, digits)
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = value
        wanted = low if low > 0 else (1 if high > 0 else 0)
        return "".join(_walk(inner, digits) for _ in range(int(wanted)))
    if kind == "SUBPATTERN":
        return _walk(value[3], digits)
    if kind == "BRANCH":
        return _walk(value[1][digits.pick(len(value[1]))], digits)
    if kind == "CATEGORY":
        return _pick_from_class([("CATEGORY", value)], digits)
    return ""


def _pick_from_class(items: Any, digits: _Digits) -> str:
    if str(items[0][0]) == "NEGATE":
        refused = {c for item in items[1:] for c in _list_characters(item)}
        allowed = [c for c in "abcdefghijk0123456789-_" if c not in refused]
    else:
        allowed = [c for item in items for c in _list_characters(item)]
    if not allowed:
        raise NoSampleError("an empty class of characters")
    return allowed[digits.pick(len(allowed))]


def _list_characters(item: Any) -> list[str]:
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return [chr(value)]
    if kind == "RANGE":
        return [chr(c) for c in range(value[0], min(value[1], value[0] + 40) + 1)]
    categories = {
        "CATEGORY_DIGIT": "1234567890",
        "CATEGORY_WORD": "abcdefgh1234",
        "CATEGORY_SPACE": " ",
        "CATEGORY_NOT_SPACE": "abcdefgh",
        "CATEGORY_NOT_DIGIT": "abcdefgh",
    }
    return list(categories.get(str(value), ""))


def make_attribute_value(attribute: Attribute, number: int) -> Any:
    """Return a JSON-like value for a column; decimals are `Decimal`s.

    Raises:
        NoSampleError: none was found.
    """
    limits: dict[str, Any] = {c.kind: c.value for c in attribute.constraints}
    return _make_stored_value(attribute.type, limits, number, attribute.name)


def _make_stored_value(type_: Type, limits: dict[str, Any], number: int, name: str) -> Any:
    plain = [v for v in type_.enum if not isinstance(v, JsonValue)]
    if type_.kind == "list":
        inner = Type(type_.items or "text", enum=type_.enum)
        least = int(limits.get("min_items", 0))
        if least > _MOST_ITEMS:
            raise NoSampleError(f"{name}: a list of {least}")
        return [_make_stored_value(inner, {}, index + 1, name) for index in range(least)]
    if plain:
        return plain[0]
    if type_.kind in ("string", "text"):
        return _fit_text(limits, type_.format, number, name)
    if type_.kind in ("integer", "bigint"):
        return _find_whole(limits)
    if type_.kind == "decimal":
        return Decimal(str(_bound(limits, Decimal("10"), Decimal("1"))))
    if type_.kind == "number":
        return _find_fraction(limits)
    simple: dict[str, Any] = {"boolean": True, "json": {}, "bytes": b"a"}
    if type_.kind in simple:
        return simple[type_.kind]
    raise NoSampleError(type_.kind)


def _fit_text(limits: dict[str, Any], form: str, number: int, name: str) -> str:
    low, high = int(limits.get("min_length", 0)), int(limits.get("max_length", 10_000))
    form = form or (guess_format(name) if low < _SHORT < high else "")
    if "pattern" in limits:
        text = make_text(str(limits["pattern"]), number)
    else:
        text = _make_formatted(form, number) or f"{name} {number}"
    if len(text) < low:
        text = text.ljust(low, "x")
    if len(text) > high:
        text = str(number)[:high].ljust(min(low, high), "x") or "x"
    return text


def _make_formatted(form: str, number: int) -> str:
    """Return a text of a format, another one for each number, or ""."""
    values = {
        "byte": b64encode(f"{number:06}".encode()).decode(),
        "duration": f"P{number + 1}D",
        "email": f"user{number}@example.com",
        "hostname": f"host{number}.example.com",
        "ipv4": f"192.0.{number // 256 % 256}.{number % 256}",
        "ipv6": f"2001:db8::{number % 65536:x}",
        "time": f"12:{number // 60 % 60:02}:{number % 60:02}Z",
        "uri": f"https://example.com/{number}",
        "url": f"https://example.com/{number}",
    }
    return values.get(form, "")


def _find_whole(limits: dict[str, Any]) -> int:
    step = abs(Fraction(str(limits.get("multiple_of", 1)))).numerator or 1  # 1 is a multiple of 1/2
    return int(-(-_bound(limits, Decimal(2), Decimal(1)) // step) * step)


def _find_fraction(limits: dict[str, Any]) -> float:
    least = Fraction(_bound(limits, Decimal("1.5"), Decimal("0.5")))
    step = abs(Fraction(str(limits.get("multiple_of", 0))))
    return float(-(-least // step) * step) if step else float(least)


def _bound(limits: dict[str, Any], wanted: Decimal, step: Decimal) -> Decimal:
    value = wanted
    if "ge" in limits:
        value = max(value, Decimal(str(limits["ge"])))
    if "gt" in limits:
        value = max(value, Decimal(str(limits["gt"])) + step)
    if "le" in limits:
        value = min(value, Decimal(str(limits["le"])))
    if "lt" in limits:
        value = min(value, Decimal(str(limits["lt"])) - step)
    return value


def make_shape_value(
    plan: Plan, shape: Shape, number: int, name: str = "value", depth: int = 0
) -> Any:
    """Return a JSON value of a shape: required fields only.

    Raises:
        NoSampleError: none was found.
    """
    if depth > 8:
        raise NoSampleError("a shape that never ends")
    if shape.kind == "ref":
        return make_shape_value(plan, plan.schemas[shape.ref].shape, number, name, depth + 1)
    if shape.enum:
        first = shape.enum[0]
        return first.value if isinstance(first, JsonValue) else first
    limits: dict[str, Any] = {c.kind: c.value for c in shape.constraints}
    if shape.kind == "string":
        return _make_json_text(shape, limits, number, name)
    if shape.kind == "integer":
        return _find_whole(limits)
    if shape.kind == "number":
        return _find_fraction(limits)
    if shape.kind == "array":
        inner = shape.items or Shape("string")
        count = int(limits.get("min_items", 0))
        return [make_shape_value(plan, inner, number + i, name, depth + 1) for i in range(count)]
    if shape.kind == "object":
        return {
            field.wire: make_shape_value(plan, field.shape, number, field.wire, depth + 1)
            for field in shape.fields
            if field.required and not field.shape.read_only
        }
    simple: dict[str, Any] = {"boolean": True, "map": {}, "any": {}, "null": None}
    if shape.kind in simple:
        return simple[shape.kind]
    raise NoSampleError(shape.kind)


def _make_json_text(shape: Shape, limits: dict[str, Any], number: int, name: str) -> str:
    fixed = {
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "date": "2030-01-02",
        "date-time": "2030-01-02T03:04:05Z",
    }
    if shape.format in fixed:
        return fixed[shape.format]
    if shape.format == "decimal":
        value = _bound(limits, Decimal("10"), Decimal("1"))
        text = f"{value:.2f}"
        pattern = str(limits.get("pattern", ""))
        if pattern and is_readable(pattern) and not matches(pattern, text):
            return make_text(pattern, number)
        return text
    return _fit_text(limits, shape.format, number, name)
