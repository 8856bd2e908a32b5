"""Cut code and prose into the words a search compares."""

from __future__ import annotations

import re

_NAME = re.compile(r"\w+")
_BOUNDARY = re.compile(
    r"_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)|(?<=\d)(?=\D)"
)
_SPACE = re.compile(r"\s+")


def code_words(text: str) -> list[str]:
    """Return lower-case words in order: each name as a whole, joined, then its parts.

    `getUserById` and `get_user_by_id` both give getuserbyid, get, user, by, id; a dotted name
    gives the words of each of its names.
    """
    words = []
    for name in _NAME.findall(text):
        parts = [part.lower() for part in _BOUNDARY.split(name) if part]
        if len(parts) > 1:
            words.append("".join(parts))
        words.extend(parts)
    return words


def squeezed(text: str) -> str:
    """Return the text in lower case with every run of white space as one space."""
    return _SPACE.sub(" ", text.encode("utf-8", "replace").decode()).strip().lower()


def trigrams(text: str) -> list[str]:
    """Return the distinct three-character pieces of a text, in order of appearance."""
    plain = squeezed(text)
    return list(dict.fromkeys(plain[i : i + 3] for i in range(len(plain) - 2)))
