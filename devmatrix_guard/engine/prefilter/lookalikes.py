"""Words that Python reads otherwise than they are written.

CPython takes identifiers in the form NFKC, so that `ｅval` and `𝐞val` are `eval`; and a cookie may
name an encoding in which they are spelled with other bytes. Costs nothing for a file in ASCII.
"""

from __future__ import annotations

from devmatrix_guard.engine.keywords import find_words

_NOTHING: frozenset[bytes] = frozenset()
_COOKIE, _UTF8 = b"coding", (b"utf-8", b"utf8")


def reread_words(data: bytes) -> frozenset[bytes]:
    """Return the words that the file's identifiers may be read as and that do not stand in it."""
    if data.isascii() or data.startswith(b"\xff\xfe"):
        return _NOTHING
    cookie = b"\n".join(data[:4096].replace(b"\r", b"\n").split(b"\n", 2)[:2]).lower()
    if _COOKIE in cookie and not any(name in cookie for name in _UTF8):
        text = _decode_by_cookie(data)
    else:
        text = data.decode("utf-8", "replace")
    import unicodedata  # most files are in ASCII

    written = find_words(data)
    words = written if _COOKIE not in cookie else find_words(text.encode("utf-8", "replace"))
    if words == written and unicodedata.is_normalized("NFKC", text):
        return _NOTHING
    odd = b"\n".join(word for word in words if not word.isascii()).decode("utf-8", "replace")
    read = find_words(unicodedata.normalize("NFKC", odd).encode("utf-8", "replace"))
    return frozenset((read | words) - written)


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
