"""Which files a rule that needs semgrep could match: those with the words its patterns demand.

Only what surely must be there is demanded; a rule this cannot read is given every file.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any

Words = frozenset[bytes]
Demand = list[Words]
"""Alternatives: a file survives if it has all words of one of them; no words match anything."""

_ANYTHING: Demand = [frozenset()]
_MAX_ALTERNATIVES = 200
_STRING = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_TYPED = re.compile(r"\(\s*\$\w+\s*:[^)]*\)")
_WORD = re.compile(r"(?<![\w$])[A-Za-z_]\w*")
_EQUIVALENT = frozenset({"self", "__import__", "__init__", "True", "False", "None"})


def demand_of(body: Mapping[str, Any]) -> Demand:
    """Return what a rule, given as its YAML mapping, demands of a file."""
    if body.get("mode") == "taint":
        parts = [_join_any(body.get(key)) for key in ("pattern-sources", "pattern-sinks")]
        return _join_all(parts)
    return _build_demand(body)


def may_match(demand: Demand, source: bytes) -> bool:
    """Tell whether a file has what a rule demands."""
    return any(all(word in source for word in words) for words in demand)


def _build_demand(node: Any) -> Demand:
    """Return the demand of a mapping of patterns; keys that only narrow are left out."""
    if not isinstance(node, Mapping):
        return _ANYTHING
    parts: list[Demand] = []
    for key, value in node.items():
        if key in {"pattern", "pattern-inside"} and isinstance(value, str):
            parts.append([_find_words(value)])
        elif key == "patterns":
            parts.append(_join_all([_build_demand(item) for item in _list(value)]))
        elif key == "pattern-either":
            parts.append(_join_any(value))
    return _join_all(parts)


def _join_any(items: Any) -> Demand:
    listed = _list(items)
    if not listed:
        return _ANYTHING
    found = [words for item in listed for words in _build_demand(item)]
    return found if len(found) <= _MAX_ALTERNATIVES else _ANYTHING


def _join_all(parts: Iterable[Demand]) -> Demand:
    found = _ANYTHING
    for part in parts:
        joined = [one | other for one in found for other in part]
        found = joined if len(joined) <= _MAX_ALTERNATIVES else found
    return found


def _find_words(pattern: str) -> Words:
    """Return the names a pattern's own code has; strings and types may be written otherwise."""
    text = _TYPED.sub(" ", _STRING.sub(" ", pattern))
    names = {name for name in _WORD.findall(text) if not keyword.iskeyword(name)} - _EQUIVALENT
    return frozenset(name.encode() for name in names)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
