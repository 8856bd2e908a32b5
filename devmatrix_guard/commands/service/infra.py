"""InfraPatterns as the catalogue lists them: from wherever the generator takes them."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.commands.application.bank_sources import open_pattern_bank
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.catalog import ACTIVE, DRAFT, INFRA, CatalogFilter, CatalogRow
from devmatrix_guard.model.knowledge.infra import InfraPattern, InfraRecord
from devmatrix_guard.model.knowledge.shares import calculate_wilson_low


def list_infra(access: MemoryAccess, memory: Memory) -> tuple[InfraPattern, ...]:
    """Return every InfraPattern the generator would use, drafts of others after them."""
    used = open_pattern_bank(access.root, memory).list_all()
    known = {pattern.pattern_id for pattern in used}
    drafts = [p for p in memory.infra.list_drafts() if p.pattern_id not in known]
    return (*used, *drafts)


def make_infra_rows(
    memory: Memory, patterns: Sequence[InfraPattern], only: CatalogFilter
) -> list[CatalogRow]:
    """Return what a listing shows of InfraPatterns; those that were hidden are left out."""
    ids = [pattern.pattern_id for pattern in patterns]
    hidden = memory.catalog.list_hidden(ids)
    matches = memory.catalog.read_matches(ids)
    records = {(r.pattern_id, r.version): r for r in memory.infra.list_records()}
    rows = []
    for pattern in patterns:
        if pattern.pattern_id in hidden:
            continue
        record = records.get((pattern.pattern_id, pattern.version))
        match = matches.get(pattern.pattern_id)
        row = CatalogRow(
            pattern.pattern_id,
            INFRA,
            pattern.signature.purpose or pattern.pattern_id,
            ACTIVE if pattern.frozen_at else DRAFT,
            rate_quality(record),
            record.success_rate if record else None,
            pattern.frozen_at or "",
            pattern.frozen_at or "",
            tags=list_tags(pattern),
            match_count=match.match_count if match else 0,
            last_matched_at=match.last_matched_at if match else None,
        )
        if passes(row, only):
            rows.append(row)
    return rows


def list_tags(pattern: InfraPattern) -> tuple[str, ...]:
    """Return the tags of an InfraPattern: its domain."""
    return (pattern.signature.domain,) if pattern.signature.domain else ()


def rate_quality(record: InfraRecord | None) -> float | None:
    """Return the lower bound of the share of uses that go well, None where there was none."""
    if record is None or not record.uses:
        return None
    return round(calculate_wilson_low(record.successes, record.uses), 4)


def passes(row: CatalogRow, only: CatalogFilter) -> bool:
    """Tell whether a row of an InfraPattern is among those asked for."""
    if only.stages or only.severities or only.layers:
        return False
    return (
        (not only.types or INFRA in only.types)
        and (not only.statuses or row.status in only.statuses)
        and (not only.tags or bool(set(only.tags) & set(row.tags)))
        and (only.ids is None or row.pattern_id in only.ids)
        and _reaches(row.quality_score, only.min_quality)
        and _reaches(row.success_rate, only.min_success)
    )


def _reaches(value: float | None, least: float | None) -> bool:
    return least is None or (value is not None and value >= least)
