"""Reads the cookie that names a file's encoding, and tells where code does not look like code."""

from __future__ import annotations

_COOKIE = b"coding"
_PRINTABLE = bytes(range(0x20, 0x7F))
# What UTF-7, HZ and the escapes of Python take for something else.
_SAMPLE = _PRINTABLE + rb" +AGUAdgBhAGw- ~{VPND~} \u0041 \x41 \n"
# `get_normal_name` of CPython's tokenizer: what editors put behind these names is ignored.
_NORMAL = {
    "utf-8": "utf-8",
    "latin-1": "iso-8859-1",
    "iso-8859-1": "iso-8859-1",
    "iso-latin-1": "iso-8859-1",
}


def normalise_encoding(name: str) -> str:
    """Return the encoding that CPython takes a cookie's name for, such as `utf-8-unix`."""
    plain = name[:12].lower().replace("_", "-")
    for known, normal in _NORMAL.items():
        if plain == known or plain.startswith(f"{known}-"):
            return normal
    return name


def find_odd_encoding(source: bytes) -> str:
    """Return the encoding of a file in which ASCII may mean something else, empty if it is none.

    One that is unknown here may be known where the file runs, as `future_fstrings` and `pyxl` are.
    """
    lines = source[:4096].replace(b"\r", b"\n").split(b"\n", 2)[:2]
    if not any(_COOKIE in line for line in lines):
        return ""
    import re  # next to no file has a cookie

    if not re.match(rb"[ \t\f]*(?:#|\Z)", lines[0]):
        return ""  # below code it is a comment like others
    found = (re.match(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", line) for line in lines)
    cookie = next((match[1].decode("ascii") for match in found if match), "")
    try:
        is_plain = _SAMPLE.decode(normalise_encoding(cookie) or "ascii") == _SAMPLE.decode("ascii")
    except (LookupError, UnicodeError):
        is_plain = False
    return "" if is_plain else cookie
