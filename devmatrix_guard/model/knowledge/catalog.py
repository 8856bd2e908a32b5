"""The catalogue: FixPatterns, InfraPatterns and success patterns side by side, as they are served.

A success pattern is one that somebody posted because it proved itself; its type is any word but
`fix` and `infra`, which stand for the two kinds that guard learns and keeps itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.model.named_value import NamedValue

FIX, INFRA = "fix", "infra"
KINDS = (FIX, INFRA)
DRAFT, ACTIVE, DEPRECATED = "draft", "active", "deprecated"
STATUSES = (DRAFT, ACTIVE, DEPRECATED)
# A FixPattern's stage, as a status: a candidate awaits its proof, a retired one is in nobody's way.
STATUS_OF_STAGE = {
    "candidate": DRAFT,
    "advise": ACTIVE,
    "warn": ACTIVE,
    "block": ACTIVE,
    "retired": DEPRECATED,
}
ORDERS = ("quality", "name", "newest", "oldest", "updated")


class CatalogFilter(NamedValue):
    """What a listing or a search may return; an empty tuple and None do not restrict.

    `tags` are tags of which one must be there; a minimum leaves out what has no number.
    """

    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    min_quality: float | None = None
    min_success: float | None = None
    stages: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    layers: tuple[int, ...] = ()
    ids: tuple[str, ...] | None = None


class CatalogRow(NamedValue):
    """What a listing shows of a pattern; `stage`, `severity` and `layer` are a FixPattern's."""

    pattern_id: str
    pattern_type: str
    name: str
    status: str
    quality_score: float | None
    success_rate: float | None
    created_at: str
    updated_at: str
    stage: str = ""
    severity: str = ""
    layer: int | None = None
    tags: tuple[str, ...] = ()
    match_count: int = 0
    last_matched_at: str | None = None


class CatalogPage(NamedValue):
    """A part of a listing: its rows, how many there are in all, and how many by facet and value."""

    rows: tuple[CatalogRow, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]] = {}


class CatalogEntry(NamedValue):
    """A pattern with all the fields of the original design, and what its kind adds (`details`).

    `revision` changes with every change of the pattern itself, and not with counts of its use.
    """

    pattern_id: str
    pattern_type: str
    name: str
    description: str
    version: int
    parent_pattern_id: str | None
    context_hash: str
    execution_trace: Any
    success_criteria: Any
    quality_metrics: Mapping[str, Any]
    performance_data: Mapping[str, Any]
    tags: tuple[str, ...]
    status: str
    created_at: str
    updated_at: str
    last_matched_at: str | None
    match_count: int
    success_rate: float | None
    quality_score: float | None = None
    revision: str = ""
    context: str = ""
    created_by: str = ""
    deleted_at: str | None = None
    details: Mapping[str, Any] = {}


class SuccessPattern(NamedValue):
    """A success pattern as it is written; what is counted of its uses is in `uses`, `successes`."""

    id: str
    pattern_type: str
    name: str
    description: str = ""
    version: int = 1
    parent_pattern_id: str | None = None
    context: str = ""
    execution_trace: Any = ()
    success_criteria: Any = ()
    quality_metrics: Mapping[str, Any] = {}
    performance_data: Mapping[str, Any] = {}
    tags: tuple[str, ...] = ()
    status: str = ACTIVE
    created_by: str = ""
    revision: int = 1
    uses: int = 0
    successes: int = 0
    quality_score: float | None = None
    created_at: str = ""
    updated_at: str = ""
    deleted_at: str | None = None


class SuccessOutcome(NamedValue):
    """How one use of a success pattern went; of two with one key the first counts."""

    key: str
    at: str
    success: bool
    duration_ms: float | None = None
    note: str = ""


class MatchRecord(NamedValue):
    """How often a search returned a pattern, and when last."""

    match_count: int = 0
    last_matched_at: str | None = None
