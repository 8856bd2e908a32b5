"""Whether a value that a spec gives fits the attribute that is to hold it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.pattern import matches
from devmatrix_guard.ir.shape import Constraint, JsonValue

_PLAIN: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "bigint": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "decimal": (str, int, float),
}
_WORDS = {"bigint": "integer", "text": "string"}  # as a spec says it
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def find_problem(attribute: Attribute, value: Any) -> str:
    """Return why an attribute cannot have a value, to be read after its name, or ""."""
    if value is None:
        return "" if attribute.nullable else "is never null"
    kind = attribute.type.kind
    if kind in ("json", "list"):
        return "" if isinstance(value, dict | list) or kind == "json" else "is a list"
    wanted = _PLAIN.get(kind, (str,))
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
        return f"is {_WORDS.get(kind, kind)}, not {type(value).__name__}"
    plain = [v.value if isinstance(v, JsonValue) else v for v in attribute.type.enum]
    if plain and value not in plain:
        return f"is never {value!r}{suggest(str(value), map(str, plain))}"
    form = kind if kind in _READERS else attribute.type.format
    if form in _READERS and not _can_read(_READERS[form], str(value)):
        return f"is {_WORDS.get(form, form)}, and {value!r} is none"
    broken = [c for c in attribute.constraints if not is_within(c, value)]
    return f"is never {value!r}: {broken[0].kind} is {broken[0].value}" if broken else ""


def _read_uuid(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise ValueError("not as it is written in JSON")
    return text


def _read_moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("its zone is not said")
    return found


_READERS: dict[str, Callable[[str], object]] = {
    "uuid": _read_uuid,
    "date": date.fromisoformat,
    "datetime": _read_moment,
    "time": time.fromisoformat,
    "decimal": Decimal,
}


def _can_read(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, InvalidOperation):
        return False
    return True


def is_within(constraint: Constraint, value: Any) -> bool:
    """Tell whether a value keeps to a limit; of patterns only those that Python can read."""
    kind, limit = constraint.kind, constraint.value
    if kind == "pattern":
        try:
            return not isinstance(value, str) or matches(str(limit), value)
        except re.error:
            return True
    if kind in ("min_length", "max_length"):
        size, most = len(str(value)), int(str(limit))
        return size <= most if kind == "max_length" else size >= most
    if kind not in ("ge", "gt", "le", "lt"):
        return True
    number, bound = Decimal(str(value)), Decimal(str(limit))
    return {
        "ge": number >= bound,
        "gt": number > bound,
        "le": number <= bound,
        "lt": number < bound,
    }[kind]
