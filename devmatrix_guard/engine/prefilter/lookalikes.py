"""Words that Python reads otherwise than they are written.

CPython takes identifiers in the form NFKC, so that `ｅval` and `𝐞val` are `eval`; and a cookie may
name an encoding in which they are spelled with other bytes. Costs nothing for a file in ASCII.
"""

from __future__ import annotations

from devmatrix_guard.engine.keywords import find_words
from devmatrix_guard.engine.tree.cookie import read_encoding

_NOTHING: frozenset[bytes] = frozenset()
_UTF8 = ("", "utf-8", "utf8")
_BOM = b"\xef\xbb\xbf"
_ASCII = bytes(range(0x80))
# From the first to the last, what is no part of an identifier or stays the same in the form NFKC,
# whatever stands beside it: scripts, punctuation, arrows, boxes and emoji that code has most of.
STABLE = (
    (0xA0, 0xA9), (0xAB, 0xB4), (0xB8, 0xB9), (0xBB, 0x131), (0x134, 0x13E), (0x141, 0x148),
    (0x14A, 0x17E), (0x388, 0x3CF), (0x400, 0x482), (0x5D0, 0x5EA), (0x1FFD, 0x2070),
    (0x2180, 0x2C7B), (0x2E00, 0x3004), (0x303C, 0x3098), (0x30A0, 0x30FE), (0x3400, 0x9FFF),
    (0xAC00, 0xD7A3), (0xFE0F, 0xFE0F), (0x1F000, 0x1FAFF),
)  # fmt: skip


# Blanks, and what shows as nothing: Python takes them for errors, never for parts of a name.
_BLANKS = frozenset(
    "\xa0\u1680\u180e\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
    + "".join(map(chr, range(0x2000, 0x2010)))
)


def reread_words(data: bytes) -> frozenset[bytes]:
    """Return the words that the file's identifiers may be read as and that do not stand in it."""
    if data.isascii() or data.startswith(b"\xff\xfe"):
        return _NOTHING
    spaced = _replace_blanks(data)
    if spaced == data:
        return _reread_words(data)
    return _reread_words(spaced).union(find_words(spaced)) - find_words(data)


def _replace_blanks(data: bytes) -> bytes:
    """Return the bytes with a space for each blank of UTF-8 that is not in ASCII."""
    letters = _list_letters(data)
    for blank in _BLANKS if letters is None else _BLANKS & letters:
        data = data.replace(blank.encode(), b" ")
    return data


def _list_letters(data: bytes) -> set[str] | None:
    """Return the letters beyond ASCII of bytes in UTF-8; None where they are something else."""
    try:
        return set(data.translate(None, _ASCII).decode())
    except UnicodeDecodeError:
        return None


def _reread_words(data: bytes) -> frozenset[bytes]:
    encoding = read_encoding(data.removeprefix(_BOM)).lower()
    is_utf8 = encoding in _UTF8
    if is_utf8 and _is_stable(data):
        return _NOTHING
    text = data.decode("utf-8", "replace") if is_utf8 else _decode_by_cookie(data)
    import unicodedata  # most files are in ASCII, or written in letters that stay what they are

    written = find_words(data)
    words = written if is_utf8 else find_words(text.encode("utf-8", "replace"))
    if words == written and unicodedata.is_normalized("NFKC", text):
        return _NOTHING
    odd = b"\n".join(word for word in words if not word.isascii()).decode("utf-8", "replace")
    read = find_words(unicodedata.normalize("NFKC", odd).encode("utf-8", "replace"))
    return frozenset((read | words) - written)


def _is_stable(data: bytes) -> bool:
    """Whether all letters of UTF-8 beyond ASCII are known to be read as they are written."""
    letters = _list_letters(data)
    return letters is not None and all(
        any(first <= ord(c) <= last for first, last in STABLE) for c in letters
    )


def normalise_identifier(word: bytes) -> str:
    """Return a word of UTF-8 source as Python's tree has it."""
    text = word.decode("utf-8", "replace")
    if text.isascii():
        return text
    import unicodedata

    return unicodedata.normalize("NFKC", text)


def _decode_by_cookie(data: bytes) -> str:
    from devmatrix_guard.engine.tree.source_text import decode_source

    source = decode_source(data)
    return data.decode("utf-8", "replace") if source is None else source.text
