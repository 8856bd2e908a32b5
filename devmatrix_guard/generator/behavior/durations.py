"""Moments, days and durations: what `+`, `-` and `*` mean on them, and the functions about them."""

from __future__ import annotations

from devmatrix_guard.generator.behavior.types import strip_null

_DURATIONS = ("duration", "days")
_MOMENTS = ("datetime", "date")

FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "weeks": (("integer",), "days"),
    "days": (("integer",), "days"),
    "hours": (("integer",), "duration"),
    "minutes": (("integer",), "duration"),
    "seconds": (("integer",), "duration"),
    "whole_days": (("duration",), "integer"),
    "whole_hours": (("duration",), "integer"),
    "whole_minutes": (("duration",), "integer"),
    "whole_seconds": (("duration",), "integer"),
    "add_months": (("moment", "integer"), "same"),
    "date": (("datetime",), "date"),
    "start_of": (("date",), "datetime"),
}


def fits(kind: str, wanted: str) -> bool:
    """Whether a value of type `kind` can be given to a parameter of a type of this module."""
    known = strip_null(kind)
    if wanted == "duration":
        return known in _DURATIONS
    return wanted == "moment" and known in _MOMENTS


def find_time_type(left: str, symbol: str, right: str) -> tuple[str, str] | None:
    """Return what `left symbol right` is called in the tree, and its type; None if it is no time.

    Returns:
        (`shift`, type): a moment moved by a duration; (`between`, type): the duration between two
        moments; (`times`, type): a duration many times; ("", type): durations added.

    Raises:
        ValueError: times are there, and cannot be calculated with in this way; the text says how.
    """
    sides = (left, right)
    if not any(side in _DURATIONS + _MOMENTS for side in sides):
        return None
    if symbol in "+-" and left in _MOMENTS and right in _DURATIONS:
        if left == "date" and right == "duration":
            raise ValueError("a date moves by days or weeks; for hours take start_of(date)")
        return "shift", left
    if symbol == "-" and left == right and left in _MOMENTS:
        return "between", "days" if left == "date" else "duration"
    if symbol == "-" and left in _MOMENTS and right in _MOMENTS:
        raise ValueError("a datetime and a date have no difference; take date(...) of the first")
    if left in _DURATIONS and right in _DURATIONS and symbol in "+-":
        return "", "days" if left == right == "days" else "duration"
    if symbol == "*" and "integer" in sides:
        return "times", left if right == "integer" else right
    if any(side in ("integer", "number", "decimal") for side in sides):
        raise ValueError(
            f"{left} {symbol} {right} cannot be worked out; write days(...) or hours(...)"
        )
    return None
