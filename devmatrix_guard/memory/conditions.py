"""What a payload must hold to be found: the meaning of `where`, for every index of vectors.

A value must be equal; a list or tuple holds values of which one must be equal; a `Range` bounds
numbers or texts. A payload that holds a list fits where one of its elements does. True is not 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.base import Range

_SCALARS = (str, int, float, bool, type(None))


def check_conditions(where: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the conditions, lists as tuples.

    Raises:
        MemoryStoreError: a condition that no payload could be compared with.
    """
    checked: dict[str, Any] = {}
    for name, wanted in (where or {}).items():
        value = tuple(wanted) if isinstance(wanted, list | set | frozenset) else wanted
        parts = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(part, _SCALARS) for part in parts):
            raise MemoryStoreError(
                f"the condition on `{name}` is neither a value, nor a list of values, nor a Range; "
                "correct it."
            )
        checked[name] = value
    return checked


def fits(payload: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Tell whether a payload meets every condition."""
    return all(
        name in payload and fits_value(payload[name], wanted) for name, wanted in where.items()
    )


def fits_value(held: Any, wanted: Any) -> bool:
    """Tell whether one value of a payload meets one condition."""
    if isinstance(held, Sequence) and not isinstance(held, str):
        return any(fits_value(part, wanted) for part in held)
    if isinstance(wanted, Range):
        return _is_within(held, wanted)
    if isinstance(wanted, tuple):
        return any(_is_equal(held, one) for one in wanted)
    return _is_equal(held, wanted)


def _is_equal(held: Any, wanted: Any) -> bool:
    return isinstance(held, bool) == isinstance(wanted, bool) and bool(held == wanted)


def _is_within(held: Any, wanted: Range) -> bool:
    bounds = [bound for bound in wanted if bound is not None]
    is_text = any(isinstance(bound, str) for bound in bounds)
    if isinstance(held, bool) or not isinstance(held, str if is_text else (int, float)):
        return False
    return (
        (wanted.at_least is None or held >= wanted.at_least)
        and (wanted.at_most is None or held <= wanted.at_most)
        and (wanted.above is None or held > wanted.above)
        and (wanted.below is None or held < wanted.below)
    )
