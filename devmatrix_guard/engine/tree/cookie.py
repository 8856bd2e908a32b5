"""Tells files whose cookie names an encoding in which code does not look like code."""

from __future__ import annotations

_COOKIE = b"coding"
_PRINTABLE = bytes(range(0x20, 0x7F))
# What UTF-7, HZ and the escapes of Python take for something else.
_SAMPLE = _PRINTABLE + rb" +AGUAdgBhAGw- ~{VPND~} \u0041 \x41 \n"


def find_odd_encoding(source: bytes) -> str:
    """Return the encoding of a file in which ASCII means something else, empty if it is none."""
    lines = source[:4096].replace(b"\r", b"\n").split(b"\n", 2)[:2]
    if not any(_COOKIE in line for line in lines):
        return ""
    import re  # next to no file has a cookie

    found = (re.match(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", line) for line in lines)
    cookie = next((match[1].decode("ascii") for match in found if match), "")
    try:
        is_plain = not cookie or _SAMPLE.decode(cookie) == _SAMPLE.decode("ascii")
    except (LookupError, UnicodeError):
        # Python knows no such encoding and does not run the file: the parser says so.
        is_plain = not _is_known(cookie)
    return "" if is_plain else cookie


def _is_known(name: str) -> bool:
    import codecs

    try:
        return bool(getattr(codecs.lookup(name), "_is_text_encoding", True))
    except LookupError:
        return False
