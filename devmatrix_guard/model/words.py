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


def split_words(text: str) -> list[str]:
    """Return lower-case words in order: each name as a whole, joined, then its parts.

    `getUserById` and `get_user_by_id` both give getuserbyid, get, user, by, id; a dotted name
    gives the words of each of its names.
    """
    return [word for name in _NAME.findall(text) for word in _split_name(name)]


def split_pieces(text: str) -> list[str]:
    """Return the pieces of four characters of every word in order, `_` marking its ends.

    `loads` gives _loa, load, oads, ads_: a misspelt word shares most of its pieces. Measured on
    finding fixes by their subject, four does better than three and than three to five together.
    """
    return [piece for word in _WORD.findall(text.lower()) for piece in _split_word(word)]


# The same few names stand again and again in the code of a project.
@lru_cache(maxsize=1 << 15)
def _split_name(name: str) -> tuple[str, ...]:
    parts = [part.lower() for part in _BOUNDARY.split(name) if part]
    return ("".join(parts), *parts) if len(parts) > 1 else tuple(parts)


@lru_cache(maxsize=1 << 15)
def _split_word(word: str) -> tuple[str, ...]:
    marked = f"_{word}_"
    return tuple(marked[i : i + _PIECE] for i in range(max(len(marked) - _PIECE + 1, 1)))
