"""Keys that are text: which an application can make so that they keep to their limits."""

from __future__ import annotations

import math
import re
from typing import Any

from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.pattern import escape_hyphens
from devmatrix_guard.model.named_value import NamedValue

HEXADECIMAL = "0123456789abcdef"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = (
    HEXADECIMAL,
    "0123456789" + _LOWER,
    "0123456789" + _LOWER.upper(),
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ",  # without letters that look like digits
    "0123456789",
    _LOWER,
    _LOWER.upper(),
)
_LONGEST = 32
_BITS = 48  # fewer, and two rows out of some millions get the same key
_LITERAL_START = re.compile(r"\^([A-Za-z0-9_-]+)(?![A-Za-z0-9_-]*[*+?{])")


class TextKey(NamedValue):
    """A key that is text: how it begins, and how many characters follow of which."""

    start: str
    length: int
    digits: str


def choose_text_key(attribute: Attribute) -> TextKey | None:
    """Return how a key is made that keeps to the limits of its attribute; None if none is found."""
    limits: dict[str, Any] = {c.kind: c.value for c in attribute.constraints}
    pattern = str(limits.get("pattern", ""))
    begun = _LITERAL_START.match(pattern)
    try:
        fits = re.compile(escape_hyphens(pattern).replace("$", r"\Z"), re.ASCII)
    except (re.error, OverflowError):
        return None
    for digits in _ALPHABETS:
        for start in dict.fromkeys(("", begun[1] if begun else "")):
            longest = min(_LONGEST, int(limits.get("max_length", 255)) - len(start))
            least = max(
                math.ceil(_BITS / math.log2(len(digits))),
                int(limits.get("min_length", 0)) - len(start),
            )
            for length in range(longest, least - 1, -1):
                if _fits_all(fits, start, digits, length):
                    return TextKey(start, length, digits)
    return None


def _fits_all(fits: re.Pattern[str], start: str, digits: str, length: int) -> bool:
    """Tell whether each place may hold each of the characters."""
    row = digits * (length // len(digits) + 2)
    return all(fits.search(start + row[at : at + length]) for at in range(len(digits)))
