"""Cut code and prose into the words a search compares."""

from __future__ import annotations

import re
from functools import lru_cache

_NAME = re.compile(r"\w+")
_BOUNDARY = re.compile(
    r"_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)|(?<=\d)(?=\D)"
)
_WORD = re.compile(r"[^\W_]+")
_PIECE = 4
_ASCII = [chr(code) for code in range(128)]
_NO_NAME = "".join(c if _NAME.match(c) else " " for c in _ASCII)
_NO_WORD = "".join(c if _WORD.match(c) else " " for c in _ASCII)


def split_words(text: str) -> list[str]:
    """Return lower-case words in order: each name as a whole, joined, then its parts.

    `getUserById` and `get_user_by_id` both give getuserbyid, get, user, by, id; a dotted name
    gives the words of each of its names.
    """
    return write_words(text).split()


def split_pieces(text: str) -> list[str]:
    """Return the pieces of four characters of every word in order, `_` marking its ends.

    `loads` gives _loa, load, oads, ads_: a misspelt word shares most of its pieces. Measured on
    finding fixes by their subject, four does better than three and than three to five together.
    """
    return write_pieces(text).split()


def write_words(text: str) -> str:
    """Return the words of `split_words` with a space between each two."""
    return " ".join(filter(None, map(_write_name, _cut(text, _NAME, _NO_NAME))))


def write_pieces(text: str) -> str:
    """Return the pieces of `split_pieces` with a space between each two."""
    return " ".join(map(_write_pieces, _cut(text.lower(), _WORD, _NO_WORD)))


def _cut(text: str, shape: re.Pattern[str], apart: str) -> list[str]:
    """Return what has the shape; in ASCII a table of what is between does it in half the time."""
    return text.translate(apart).split() if text.isascii() else shape.findall(text)


# The same few names stand again and again in the code of a project.
@lru_cache(maxsize=1 << 16)
def _write_name(name: str) -> str:
    bare = name.replace("_", "")
    if bare.isascii() and bare.isalpha() and bare.islower():  # most are; a split is quicker
        parts = [part for part in name.split("_") if part]
    else:
        parts = [part.lower() for part in _BOUNDARY.split(name) if part]
        bare = "".join(parts)
    return f"{bare} {' '.join(parts)}" if len(parts) > 1 else bare


@lru_cache(maxsize=1 << 16)
def _write_pieces(word: str) -> str:
    marked = f"_{word}_"
    return " ".join([marked[i : i + _PIECE] for i in range(max(len(marked) - _PIECE + 1, 1))])
