"""The values that rows and bodies of generated tests are given: comparing, moving, fitting them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from devmatrix_guard.generator.emit.tests.requests import Source
from devmatrix_guard.ir.domain import Attribute


class UnsolvableError(Exception):
    """No row or body was found that meets a condition; the text says what stood in the way."""


class Moment(Source):
    """A moment, a number of days from now."""

    days: int

    def __new__(cls, days: int, kind: str = "datetime") -> Moment:
        """Write the moment as source."""
        text = f"utc_now() {'+' if days > 0 else '-'} timedelta(days={abs(days)})"
        text = text if days else "utc_now()"
        whole = f"({text})" if days else text
        made = super().__new__(cls, f"{whole}.{kind}()" if kind == "date" else text)
        made.days = days
        return made


def copy_value(value: Any) -> Any:
    """Return a JSON value of its own, whose lists and objects may be changed."""
    if isinstance(value, dict):
        return {key: copy_value(item) for key, item in value.items()}
    return [copy_value(item) for item in value] if isinstance(value, list) else value


def compare(left: Any, operator: str, right: Any) -> bool:
    """Tell whether a comparison holds.

    Raises:
        UnsolvableError: it asks for the order of things that are not numbers.
    """
    if isinstance(left, Moment) and isinstance(right, Moment):
        left, right = left.days, right.days
    if operator in ("==", "!="):
        return (left == right) is (operator == "==")
    numbers = all(isinstance(v, int | Decimal) for v in (left, right))
    if not numbers:
        raise UnsolvableError("an order of things that are not numbers")
    if operator in ("<", ">="):
        return bool(left < right) is (operator == "<")
    return bool(left > right) is (operator == ">")


def shift(operator: str, value: Any) -> Any:
    """Return the value closest to `value` that stands on the wanted side of it.

    Raises:
        UnsolvableError: it is no number and no moment.
    """
    direction = {">": 1, "<": -1}.get(operator, 0)
    if isinstance(value, Moment):
        return Moment(value.days + (1 if operator in (">", ">=") else -1))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnsolvableError("an order of things that are not numbers")
    step = Decimal("0.01") if isinstance(value, Decimal) else 1
    return value + direction * step


def fit_value(attribute: Attribute, value: Any) -> Any:
    """Return a value as a column of the attribute's type takes it.

    Raises:
        UnsolvableError: the column does not take it.
    """
    kind = attribute.type.kind
    if value is None and not attribute.nullable:
        raise UnsolvableError(f"{attribute.name} may not be null")
    if isinstance(value, Moment) and kind in ("date", "datetime"):
        return Moment(value.days, kind)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        check_limits({c.kind: c.value for c in attribute.constraints}, value)
        if kind in ("integer", "bigint") and value != int(value):
            raise UnsolvableError(f"{attribute.name} is a whole number")
        return int(value) if kind in ("integer", "bigint") else Decimal(value)
    if isinstance(value, str) and attribute.type.enum and value not in attribute.type.enum:
        raise UnsolvableError(f"{attribute.name} may not be {value}")
    return value


def check_limits(limits: dict[str, Any], value: Any) -> None:
    """Raise UnsolvableError for a number outside of its limits, which are by kind."""
    for kind, word in (("ge", "<"), ("gt", "<="), ("le", ">"), ("lt", ">=")):
        if kind in limits and compare(Decimal(value), word, Decimal(str(limits[kind]))):
            raise UnsolvableError("a value outside of its declared range")
