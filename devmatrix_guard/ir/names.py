"""Names: from whatever a spec calls things to safe Python identifiers, always the same way."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|\d+")
_MAX_LENGTH = 60
# Not keywords, but a module, class or attribute of this name would break generated code.
_SOFT_WORDS = {
    "match",
    "case",
    "self",
    "cls",
    "metadata",
    "registry",
    "none",
    "true",
    "false",
    "print",
    "list",
    "dict",
    "set",
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "tuple",
    "object",
    "property",
    "super",
}
_RESERVED = frozenset(word.lower() for word in keyword.kwlist) | _SOFT_WORDS
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "feet": "foot",
    "mice": "mouse",
    "data": "datum",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "analyses": "analysis",
    "statuses": "status",
    "aliases": "alias",
    "atlases": "atlas",
    "biases": "bias",
    "canvases": "canvas",
    "gases": "gas",
    "lenses": "lens",
    "buses": "bus",
    "movies": "movie",
    "cookies": "cookie",
    "shelves": "shelf",
    "halves": "half",
    "knives": "knife",
    "wives": "wife",
    "wolves": "wolf",
    "loaves": "loaf",
    "thieves": "thief",
    "scarves": "scarf",
    "teeth": "tooth",
    "criteria": "criterion",
    "series": "series",
    "species": "species",
    "news": "news",
    "media": "media",
    "metadata": "metadata",
    "inventory": "inventory",
}
_PLURALS = {one: many for many, one in _IRREGULAR.items()}


@lru_cache(maxsize=4096)
def split_words(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words: `userID2` -> user, id, 2."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return tuple([word.lower() for word in _WORD.findall(plain)])


@lru_cache(maxsize=4096)
def to_snake(name: str) -> str:
    """Return a valid lower-case identifier that is no keyword: `class` -> `class_`."""
    text = "_".join(split_words(name))[:_MAX_LENGTH].rstrip("_")
    if not text:
        return "unnamed"
    if text[0].isdigit():
        text = f"n{text}"
    return f"{text}_" if text in _RESERVED else text


@lru_cache(maxsize=4096)
def to_pascal(name: str) -> str:
    """Return a valid class name: `order-item` -> `OrderItem`."""
    text = "".join([word[:1].upper() + word[1:] for word in split_words(name)])[:_MAX_LENGTH]
    if not text:
        return "Unnamed"
    if text[0].isdigit():
        text = f"N{text}"
    return f"{text}Value" if text in ("None", "True", "False") else text


def make_unique(name: str, taken: Iterable[str]) -> str:
    """Return `name`, or the first of `name_2`, `name_3`, ... that is not taken."""
    used = taken if isinstance(taken, (set, frozenset, dict)) else set(taken)
    if name not in used:
        return name
    number = 2
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"


@lru_cache(maxsize=4096)
def to_singular(word: str) -> str:
    """Return the singular of an English noun in snake case; only its last word changes."""
    head, _, last = word.rpartition("_")
    one = _find_singular(last)
    return f"{head}_{one}" if head else one


def _find_singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _PLURALS:
        return word  # `alias` ends like a plural
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "tzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 2:
        return word[:-1]
    return word


@lru_cache(maxsize=4096)
def to_plural(word: str) -> str:
    """Return the plural of an English noun in snake case; only its last word changes."""
    head, _, last = word.rpartition("_")
    many = _find_plural(last)
    return f"{head}_{many}" if head else many


def _find_plural(word: str) -> str:
    if word in _IRREGULAR:
        return word
    if word in _PLURALS:
        return _PLURALS[word]
    if _find_singular(word) != word:
        return word
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    return f"{word}s"
