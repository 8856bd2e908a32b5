"""Values as they leave the machine: plain JSON, in which nothing looks like a secret."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from devmatrix_guard.model.knowledge.catalog import CatalogEntry
from devmatrix_guard.reports.redact import redact

_LONGEST_KEPT = 2_000

# Names, stages, dates, paths and code stand in one answer after another, and twice in one.
_redact_again = lru_cache(maxsize=4096)(redact)
_NO_TEXTS = frozenset({int, float, bool, type(None)})


def describe_entry(entry: CatalogEntry) -> dict[str, Any]:
    """Return a pattern as it is sent."""
    shown: dict[str, Any] = mask(entry._asdict())
    return shown


def mask(value: Any) -> Any:
    """Return a value of JSON whose texts hold nothing that looks like a secret."""
    if isinstance(value, str):
        return _redact_again(value) if len(value) <= _LONGEST_KEPT else redact(value)
    if type(value) in _NO_TEXTS:
        return value
    if isinstance(value, dict):
        return {key: mask(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [mask(part) for part in value]
    return value
