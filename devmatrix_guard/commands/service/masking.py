"""Values as they leave the machine: plain JSON, in which nothing looks like a secret."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from devmatrix_guard.model.catalog import CatalogEntry
from devmatrix_guard.reports.redact import redact

_SHORT = 100

# Names, stages, dates and paths stand in one answer after another.
_redact_short = lru_cache(maxsize=4096)(redact)


def describe_entry(entry: CatalogEntry) -> dict[str, Any]:
    """Return a pattern as it is sent."""
    shown: dict[str, Any] = mask(entry._asdict())
    return shown


def mask(value: Any) -> Any:
    """Return a value of JSON whose texts hold nothing that looks like a secret."""
    if isinstance(value, str):
        return _redact_short(value) if len(value) <= _SHORT else redact(value)
    if isinstance(value, dict):
        return {key: mask(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [mask(part) for part in value]
    return value
