"""Values that fit a shape: valid request bodies and parameters, the same for the same number.

`number` tells samples apart: two samples of one shape with different numbers differ wherever the
shape leaves room, so that unique keys do not collide.
"""

from __future__ import annotations

import json
import re
import re._constants as _kinds  # type: ignore[import-not-found] # private, has no stubs
import re._parser as _regex  # type: ignore[import-not-found] # likewise; stable since 3.11
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from devmatrix_guard.ir.domain import View
from devmatrix_guard.ir.pattern import escape_hyphens, spell_out_properties
from devmatrix_guard.ir.shape import JsonValue, Schema, Shape

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# How the end of a span is called: ends_at, endDate, check_out, valid_until, expires.
_ENDS = re.compile(
    r"(?:^|_)(?:end|until|finish|expir|check_?out|to(?:$|_))|End|Until|Expir|CheckOut"
)
# What is taken without a format is often shown with one: an address as `format: email`.
_NAMED = (("email", "email"), ("website", "uri"), ("url", "uri"))
_BELOW = 41
_YEAR = 2035  # far ahead: requests speak of what is to come, as a booking does
_DEPTH = 8  # a recursive shape is cut off here, at its optional fields


class Sampler:
    """Makes values for shapes of one application.

    Args:
        schemas: schema name -> schema, to follow `ref`s.
        optional: also fill what may be left out.
    """

    def __init__(self, schemas: Mapping[str, Schema], *, optional: bool = True) -> None:
        self._schemas = schemas
        self._optional = optional

    def make_value(self, shape: Shape, number: int, *, name: str = "value", depth: int = 0) -> Any:
        """Return a value that fits `shape`; `name` is the property it is for."""
        if shape.enum:
            return _to_plain(shape.enum[number % len(shape.enum)])
        kind = shape.kind
        if kind == "ref":
            return self.make_value(
                self._schemas[shape.ref].shape, number, name=name, depth=depth + 1
            )
        if kind == "object":
            return self._make_object(shape, number, depth)
        if kind == "array":
            return self._make_array(shape, number, name, depth)
        if kind in {"one_of", "any_of"}:
            made = self.make_value(shape.variants[0], number, name=name, depth=depth + 1)
            return made | _tell_variant(shape) if isinstance(made, dict) else made
        if kind == "all_of":
            return self._make_all_of(shape, number, name, depth)
        if kind == "string":
            return _make_string(shape, number, name)
        if kind in {"integer", "number"}:
            return _make_number(shape, number)
        if kind == "boolean":
            return shape.default.value if shape.default is not None else True
        return {"map": {}, "any": f"{name} {number}"}.get(kind)

    def _make_object(self, shape: Shape, number: int, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        needed = {field.wire for field in shape.fields if field.required}
        for _ in shape.dependents:  # one may ask for the next
            needed |= {o for name, others in shape.dependents if name in needed for o in others}
        for field in shape.fields:
            if field.shape.read_only:
                continue
            if field.wire in needed or (self._optional and depth < _DEPTH):
                made[field.wire] = self.make_value(
                    field.shape, number, name=field.wire, depth=depth + 1
                )
        return made

    def _make_array(self, shape: Shape, number: int, name: str, depth: int) -> list[Any]:
        limits = _merge_limits(shape)
        least = int(limits.get("min_items", 0))
        most = limits.get("max_items")
        size = max(least, 1 if (most is None or most >= 1) and depth < _DEPTH else 0)
        if shape.items is None:
            return [f"{name} {number + i}" for i in range(size)]
        item = shape.items
        if depth and item.kind in ("ref", "object"):
            number += _BELOW * depth  # rows below a row share no unique value with it
        return [self.make_value(item, number + i, name=name, depth=depth + 1) for i in range(size)]

    def _make_all_of(self, shape: Shape, number: int, name: str, depth: int) -> Any:
        merged: dict[str, Any] = {}
        for part in shape.variants:
            value = self.make_value(part, number, name=name, depth=depth + 1)
            if not isinstance(value, dict):
                return value
            merged.update(value)
        return merged


def make_structure(
    views: Iterable[View],
    schemas: Mapping[str, Schema],
    entity: str,
    attribute: str,
    number: int,
) -> Any:
    """Return a value for an attribute that is stored as JSON, as the schemas that show it want it.

    An empty object where none of them says what must be in it.
    """
    for view in views:
        if view.entity != entity:
            continue
        fields = {field.wire: field.shape for field in schemas[view.schema].shape.fields}
        for binding in view.bindings:
            shape = fields.get(binding.wire)
            if binding.kind == "attribute" and binding.member == attribute and shape is not None:
                made = Sampler(schemas).make_value(shape, number, name=binding.wire)
                return made if isinstance(made, dict | list) else {}
    return {}


def _tell_variant(shape: Shape) -> dict[str, str]:
    """Return the property that says which of several objects the first one is."""
    told = shape.discriminator
    tags = [tag for tag, name in told.mapping if name == shape.variants[0].ref] if told else []
    return {told.wire: tags[0]} if told and tags else {}


def _to_plain(value: Any) -> Any:
    return value.value if isinstance(value, JsonValue) else value


def _merge_limits(shape: Shape) -> dict[str, Any]:
    return {constraint.kind: constraint.value for constraint in shape.constraints}


# --- numbers -----------------------------------------------------------------------------------


def _make_number(shape: Shape, number: int) -> int | float:
    value = _make_decimal(shape, number, Decimal(1))
    return int(value) if shape.kind == "integer" or value == int(value) else float(value)


def _make_decimal(shape: Shape, number: int, step: Decimal) -> Decimal:
    """The `number`-th multiple of the step inside the bounds; the bounds wrap it round."""
    limits = {kind: Decimal(str(v)) for kind, v in _merge_limits(shape).items() if _is_numeric(v)}
    step = abs(limits.get("multiple_of", step)) or step
    low = limits.get("ge", limits.get("gt"))
    high = limits.get("le", limits.get("lt"))
    if low is None:
        low = min(step, high - 100 * step) if high is not None else step
    first = (low / step).to_integral_value(ROUND_CEILING) * step
    if first == limits.get("gt", first - 1):
        first += step
    if high is None:
        return first + number * step
    room = int((high - first) / step) + (0 if high == limits.get("lt") else 1)
    return first + (number % max(room, 1)) * step


def _is_numeric(value: Any) -> bool:
    return (
        isinstance(value, int | float | str) and not isinstance(value, bool) and _can_parse(value)
    )


def _can_parse(value: int | float | str) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except ArithmeticError:
        return False


# --- strings -----------------------------------------------------------------------------------


def _make_string(shape: Shape, number: int, name: str) -> str:
    limits = _merge_limits(shape)
    if "pattern" in limits:
        made = _match_pattern(str(limits["pattern"]), number, limits)
        if made is not None:
            return made
    low = int(limits.get("min_length", 0))
    high = limits.get("max_length")
    form = shape.format or guess_format(name)
    formatted = _make_formatted(shape._replace(format=form), number, later=bool(_ENDS.search(name)))
    if formatted is not None and (shape.format or low <= len(formatted) <= int(high or 1 << 30)):
        return formatted
    return _fit_length(f"{name}-{number}", number, low, high if high is None else int(high))


def guess_format(name: str) -> str:
    """Return the format that a text of this name is likely to be shown in elsewhere, or ""."""
    return next((form for ending, form in _NAMED if name.lower().endswith(ending)), "")


def _make_formatted(shape: Shape, number: int, *, later: bool = False) -> str | None:
    """Return a text of the shape's format; `later` is of the end of what a start is given for."""
    if not shape.format:
        return None
    if shape.format == "uuid":
        from uuid import NAMESPACE_URL, uuid5  # takes longer to import than most specs to read

        return str(uuid5(NAMESPACE_URL, str(number)))
    if shape.format == "decimal":
        return str(_make_decimal(shape, number, Decimal("0.01")))
    year = _YEAR + later
    day = f"{year}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
    start = f"{_YEAR}{day[4:]}T"
    word = _make_word(number)
    values = {
        "date": day,
        "date-time": f"{start}{'13' if later else '12'}:00:00Z",
        "time": f"{'13' if later else '12'}:{number % 60:02}:00Z",
        "email": f"{word}@example.com",
        "idn-email": f"{word}@example.com",
        "uri": f"https://example.com/{word}",
        "url": f"https://example.com/{word}",
        "uri-reference": f"/{word}",
        "hostname": f"{word}.example.com",
        "ipv4": f"192.0.2.{number % 254 + 1}",
        "ipv6": f"2001:db8::{number % 65535 + 1:x}",
        "byte": "Z3VhcmQ=",
        "duration": "P1D",
    }
    return values.get(shape.format)


def _fit_length(text: str, number: int, low: int, high: int | None) -> str:
    text = text.ljust(low, "x")
    if high is None or len(text) <= high:
        return text
    return _make_word(number)[:high].ljust(low, "x")


def _make_word(number: int) -> str:
    letters = ""
    number += 26  # at least two letters
    while number:
        number, index = divmod(number, 26)
        letters = _LETTERS[index] + letters
    return letters


def _match_pattern(pattern: str, number: int, limits: Mapping[str, Any]) -> str | None:
    """Return a text that matches the pattern and its length limits, or None."""
    low = int(limits.get("min_length", 0))
    high = int(limits.get("max_length", 1 << 30))
    pattern = escape_hyphens(spell_out_properties(pattern) or pattern)
    try:
        tree = _regex.parse(pattern)
    except Exception:  # ECMA syntax that Python does not know: the caller falls back
        return None
    for repeats in (1, 2, 4, 8, 16, 32, 64):
        made = "".join(_write_pieces(tree, _Choice(number, repeats)))
        if low <= len(made) <= high and re.search(pattern, made):
            return made
    return None


class _Choice:
    """Which of several is taken: the digits of a number, used up one after the other."""

    def __init__(self, number: int, repeats: int) -> None:
        self._left = number
        self.repeats = repeats

    def choose(self, count: int) -> int:
        self._left, index = divmod(self._left, count)
        return index


def _write_pieces(tree: Any, choice: _Choice) -> list[str]:
    return [_write_piece(kind, argument, choice) for kind, argument in tree]


def _write_piece(kind: Any, argument: Any, choice: _Choice) -> str:
    if kind is _kinds.LITERAL:
        return chr(argument)
    if kind is _kinds.NOT_LITERAL:
        return "a" if argument != ord("a") else "b"
    if kind is _kinds.ANY:
        return "a"
    if kind is _kinds.IN:
        candidates = _list_members(argument)
        return candidates[choice.choose(len(candidates))] if candidates else ""
    if kind is _kinds.BRANCH:
        branches = argument[1]
        return "".join(_write_pieces(branches[choice.choose(len(branches))], choice))
    if kind is _kinds.SUBPATTERN:
        return "".join(_write_pieces(argument[-1], choice))
    if kind in {_kinds.MAX_REPEAT, _kinds.MIN_REPEAT, _kinds.POSSESSIVE_REPEAT}:
        low, high, inner = argument
        times = min(max(low, choice.repeats), int(high))
        return "".join("".join(_write_pieces(inner, choice)) for _ in range(times))
    return ""  # anchors and look-arounds add nothing; the result is searched to be sure


def _list_members(items: Any) -> list[str]:
    """The characters of a set, letters and digits first; a negated one yields what it admits."""
    admitted = [chr(c) for c in range(32, 127)]
    wanted: set[str] = set()
    negated = False
    for kind, argument in items:
        if kind is _kinds.NEGATE:
            negated = True
        elif kind is _kinds.LITERAL:
            wanted.add(chr(argument))
        elif kind is _kinds.RANGE:
            wanted |= {chr(c) for c in range(argument[0], min(argument[1], argument[0] + 127) + 1)}
        elif kind is _kinds.CATEGORY:
            wanted |= {c for c in admitted if _is_in_category(argument, c)}
    chosen = [c for c in admitted if c not in wanted] if negated else sorted(wanted)
    return sorted(chosen, key=lambda c: (not c.isalnum(), c))


def _is_in_category(category: Any, char: str) -> bool:
    tests = {
        _kinds.CATEGORY_DIGIT: char.isdigit(),
        _kinds.CATEGORY_NOT_DIGIT: not char.isdigit(),
        _kinds.CATEGORY_WORD: char.isalnum() or char == "_",
        _kinds.CATEGORY_NOT_WORD: not (char.isalnum() or char == "_"),
        _kinds.CATEGORY_SPACE: char.isspace(),
        _kinds.CATEGORY_NOT_SPACE: not char.isspace(),
    }
    return tests.get(category, False)


def write_text(value: Any) -> str:
    """Return a value as it stands in a path or a query."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # as JSON has it: 1 and 1.0 are one number
    return value if isinstance(value, str) else json.dumps(value)
