"""Text that PostgreSQL cannot hold, such as NUL and bytes that were no UTF-8, and back.

Such a character is kept as `_MARK` and its four hexadecimal digits, and so is `_MARK` itself.
"""

from __future__ import annotations

import re

_MARK = "\ue01a"  # from the private use area: rare, and kept apart like the rest where it occurs
_ODD = re.compile(f"[\0{_MARK}\ud800-\udfff]")
_KEPT = re.compile(f"{_MARK}([0-9a-f]{{4}})")
# In JSON text that is ASCII: what is left as it is (a backslash, a pair of surrogates), or is odd.
_ODD_IN_JSON = re.compile(
    r"(\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|\\u(0000|e01a|d[89a-f][0-9a-f]{2})"
)


def escape_text(text: str) -> str:
    """Return the text as it is written to the server."""
    return _ODD.sub(lambda odd: f"{_MARK}{ord(odd[0]):04x}", text)


def unescape_text(text: str) -> str:
    """Return the text as it was before `held`."""
    return _KEPT.sub(lambda kept: chr(int(kept[1], 16)), text) if _MARK in text else text


def escape_json(text: str) -> str:
    """Return ASCII JSON text as it is written to the server."""
    return _ODD_IN_JSON.sub(lambda m: m[1] or f"{_MARK}{m[2]}", text)


def unescape_json(text: str) -> str:
    """Return JSON text of a server as JSON text of the values that were written."""
    return text.replace(_MARK, "\\u")
