"""Reads the cookie that names a file's encoding, and tells where code does not look like code."""

from __future__ import annotations

_COOKIE = b"coding"
_HEAD = 4096
_BLANKS = b" \t\f"
_IN_NAME = b"-_.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
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
    if _COOKIE not in source[:_HEAD]:
        return ""
    cookie = read_encoding(source)
    try:
        is_plain = _SAMPLE.decode(cookie or "ascii") == _SAMPLE.decode("ascii")
    except (LookupError, UnicodeError):
        is_plain = False
    return "" if is_plain else cookie


def read_encoding(source: bytes) -> str:
    """Return the encoding that the cookie of a file names, empty if there is none."""
    head = source[:_HEAD].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = head.split(b"\n", 2)[:2]
    if lines[0].lstrip(_BLANKS)[:1] not in (b"", b"#"):
        return ""  # below code it is a comment like others
    return normalise_encoding(next(filter(None, map(_read_cookie, lines)), ""))


def _read_cookie(line: bytes) -> str:
    """Return the name that a comment gives, empty if none: what the expression of PEP 263 gives.

    Written out: most cookies say UTF-8, and loading `re` would cost a hook a tenth of its work.
    """
    if not line.lstrip(_BLANKS).startswith(b"#"):
        return ""
    _, *after = line.split(_COOKIE)
    for position, text in enumerate(after):
        if text[:1] in (b":", b"="):
            value = _COOKIE.join(after[position:])[1:].lstrip(b" \t")
            rest = value.lstrip(_IN_NAME)
            if name := value[: len(value) - len(rest)]:
                return name.decode("ascii")
    return ""
