"""One pattern of the catalogue whole: the fields of the original design, kept or computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.infra import list_infra, list_tags, rate_quality
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.sql.database import write_json
from devmatrix_guard.memory.sql.stores.success import hash_context
from devmatrix_guard.model.knowledge.catalog import (
    ACTIVE,
    DRAFT,
    FIX,
    INFRA,
    STATUS_OF_STAGE,
    CatalogEntry,
    MatchRecord,
    SuccessPattern,
)
from devmatrix_guard.model.knowledge.infra import InfraPattern
from devmatrix_guard.model.knowledge.knowledge import PatternNotes, PatternRecord, PatternRelation
from devmatrix_guard.model.knowledge.pattern import FixPattern

_MOST_SITES = 20
_MOST_STEPS = 100
_LONGEST_CODE = 2_000
_EVOLVED = "evolved-from"
# What changes without the pattern itself changing: none of it makes a new revision.
_COUNTED = ("match_count", "last_matched_at", "success_rate", "quality_score", "revision")


class UnknownPatternError(UsageError):
    """No pattern of the catalogue has the id, or it was deleted."""


class Related(NamedTuple):
    """Another pattern, how the two are related, and how strongly, from 0 to 1."""

    pattern_id: str
    name: str
    relationship: str
    strength: float


def read_entry(
    access: MemoryAccess, memory: Memory, pattern_id: str, *, deleted: bool = False
) -> CatalogEntry:
    """Return one pattern.

    Args:
        access: the project.
        memory: of it.
        pattern_id: names it.
        deleted: one that was deleted counts too.

    Raises:
        UnknownPatternError: there is none.
    """
    entry = read_entries(access, memory, [pattern_id], deleted=deleted).get(pattern_id)
    if entry is None:
        raise UnknownPatternError(
            f"there is no pattern `{pattern_id[:100]}`; `GET /api/v1/patterns` lists them."
        )
    return entry


def read_entries(
    access: MemoryAccess, memory: Memory, ids: Sequence[str], *, deleted: bool = False
) -> dict[str, CatalogEntry]:
    """Return {id: pattern} of those of the ids that there are."""
    matches = memory.catalog.read_matches(ids)
    hidden = memory.catalog.list_hidden(ids)
    shown = [key for key in ids if deleted or key not in hidden]
    found = {key: _seal(entry) for key, entry in _describe_fixes(memory, shown, matches)}
    left = [key for key in ids if key not in found]
    for key, success in memory.successes.get_many(left).items() if left else ():
        if deleted or success.deleted_at is None:
            found[key] = _seal(_describe_success(success, matches.get(key)))
    left = [key for key in shown if key not in found]
    if left:
        for pattern in list_infra(access, memory):
            if pattern.pattern_id in left:
                key = pattern.pattern_id
                found[key] = _seal(_describe_infra(memory, pattern, matches.get(key)))
    return {
        key: entry if key not in hidden else entry._replace(deleted_at=hidden[key])
        for key, entry in found.items()
    }


def list_evolution(access: MemoryAccess, memory: Memory, pattern_id: str) -> list[CatalogEntry]:
    """Return a pattern with all it came from and all that came of it, the newest version first.

    Raises:
        UnknownPatternError: there is none of that id.
    """
    entry = read_entry(access, memory, pattern_id)
    if entry.pattern_type == INFRA:
        return _list_versions(memory, entry)
    step = _list_fix_neighbours if entry.pattern_type == FIX else _list_success_neighbours
    family, waiting = {pattern_id}, [pattern_id]
    while waiting and len(family) < _MOST_STEPS:
        for other in step(memory, waiting.pop()):
            if other not in family:
                family.add(other)
                waiting.append(other)
    entries = read_entries(access, memory, sorted(family), deleted=True).values()
    return sorted(entries, key=lambda e: (-e.version, e.pattern_id))


def list_related(
    access: MemoryAccess, memory: Memory, pattern_id: str, limit: int
) -> list[Related]:
    """Return the patterns that a pattern is related to, the most strongly related first.

    Raises:
        UnknownPatternError: there is none of that id.
    """
    entry = read_entry(access, memory, pattern_id)
    found = [*_list_told(memory, entry), *_list_alike(memory, entry, limit)]
    best: dict[str, tuple[str, float]] = {}
    for other, relationship, strength in found:
        if other != pattern_id and other not in best:
            best[other] = (relationship, strength)
    names = {key: e.name for key, e in read_entries(access, memory, list(best)).items()}
    related = [Related(k, names[k], r, round(s, 4)) for k, (r, s) in best.items() if k in names]
    return sorted(related, key=lambda r: (-r.strength, r.pattern_id))[:limit]


def recommend(entry: CatalogEntry) -> tuple[str, ...]:
    """Return what to do with a pattern, in sentences; texts of history in them are quoted."""
    return tuple(_RECOMMENDERS.get(entry.pattern_type, _recommend_success)(entry))


class _Told(NamedTuple):
    """What is known of a FixPattern beside itself."""

    notes: PatternNotes
    record: PatternRecord
    parent: str | None
    version: int
    moments: tuple[str, str]
    match: MatchRecord


def _describe_fixes(
    memory: Memory, ids: Sequence[str], matches: Mapping[str, MatchRecord]
) -> Iterator[tuple[str, CatalogEntry]]:
    """Yield the FixPatterns of the ids, asking for all of them at once."""
    patterns = memory.patterns.get_many(ids)
    keys = list(patterns)
    if not keys:
        return
    notes = memory.patterns.get_notes_of(keys)
    records = memory.files.records_of(keys)
    related = memory.patterns.list_related_of(keys)
    moments = memory.catalog.read_moments(keys)
    for key, pattern in patterns.items():
        parent = next((r.target for r in related.get(key, ()) if _is_parent(r, key)), None)
        told = _Told(
            notes.get(key, PatternNotes()),
            records.get(key, PatternRecord()),
            parent,
            _count_ancestors(memory, parent) + 1,
            moments.get(key, ("", "")),
            matches.get(key, MatchRecord()),
        )
        yield key, _describe_fix(pattern, told)


def _describe_fix(pattern: FixPattern, told: _Told) -> CatalogEntry:
    notes, record, match = told.notes, told.record, told.match
    evidence = pattern.evidence
    return CatalogEntry(
        pattern.id,
        FIX,
        pattern.title,
        notes.problem or _list_subjects(pattern),
        told.version,
        told.parent,
        hash_context(pattern.before, pattern.layer, pattern.constraints),
        _list_sites(pattern),
        {
            "proven_on": "the pattern finds each place before its fix and none after it",
            "stage": pattern.stage,
            "verification_steps": notes.verification_steps,
        },
        {name: getattr(evidence, name) for name in _QUALITY},
        _list_performance(pattern, record),
        notes.tags,
        STATUS_OF_STAGE[pattern.stage],
        *told.moments,
        match.last_matched_at,
        match.match_count,
        record.success_rate,
        quality_score=evidence.confidence,
        created_by=notes.created_by,
        details=_detail_fix(pattern, notes),
    )


def _describe_infra(
    memory: Memory, pattern: InfraPattern, match: MatchRecord | None
) -> CatalogEntry:
    records = {(r.pattern_id, r.version): r for r in memory.infra.list_records()}
    record = records.get((pattern.pattern_id, pattern.version))
    signature = pattern.signature
    match = match or MatchRecord()
    older = [
        version
        for version in range(pattern.version - 1, 0, -1)
        if memory.infra.find_exact(pattern.pattern_id, version)
    ]
    at = f"{pattern.frozen_at}T00:00:00.000Z" if pattern.frozen_at else ""
    return CatalogEntry(
        pattern.pattern_id,
        INFRA,
        signature.purpose or pattern.pattern_id,
        signature.purpose,
        pattern.version,
        f"{pattern.pattern_id}@{older[0]}" if older else None,
        hash_context(signature.domain, signature.intent, dict(signature.inputs)),
        [],
        {"outputs": dict(signature.outputs), "frozen_at": pattern.frozen_at},
        {"uses": record.uses if record else 0, "successes": record.successes if record else 0},
        {},
        list_tags(pattern),
        ACTIVE if pattern.frozen_at else DRAFT,
        at,
        at,
        match.last_matched_at,
        match.match_count,
        record.success_rate if record else None,
        quality_score=rate_quality(record),
        details={
            "origin": pattern.origin,
            "intent": signature.intent,
            "domain": signature.domain,
            "inputs": dict(signature.inputs),
            "sha256": pattern.sha,
            "body": pattern.body,
        },
    )


def _describe_success(pattern: SuccessPattern, match: MatchRecord | None) -> CatalogEntry:
    match = match or MatchRecord()
    return CatalogEntry(
        pattern.id,
        pattern.pattern_type,
        pattern.name,
        pattern.description,
        pattern.version,
        pattern.parent_pattern_id,
        hash_context(pattern.pattern_type, pattern.context),
        pattern.execution_trace,
        pattern.success_criteria,
        {**pattern.quality_metrics, "uses": pattern.uses, "successes": pattern.successes},
        pattern.performance_data,
        pattern.tags,
        pattern.status,
        pattern.created_at,
        pattern.updated_at,
        match.last_matched_at,
        match.match_count,
        pattern.successes / pattern.uses if pattern.uses else None,
        quality_score=pattern.quality_score,
        context=pattern.context,
        created_by=pattern.created_by,
        deleted_at=pattern.deleted_at,
        revision=str(pattern.revision),
    )


_QUALITY = (
    "confidence", "wilson_low", "commits", "files", "sites_fixed", "left_alone", "followed",
    "reverse_edits", "replay_commits", "replay_added_lines", "replay_alarms", "repositories",
)  # fmt: skip


def _seal(entry: CatalogEntry) -> CatalogEntry:
    """Give an entry its revision, unless the store counts revisions itself."""
    if entry.revision:
        return entry
    facts = {name: v for name, v in entry._asdict().items() if name not in _COUNTED}
    facts["quality_metrics"] = ""
    text = write_json(facts).encode("utf-8", "surrogatepass")
    return entry._replace(revision=hashlib.sha256(text).hexdigest()[:16])


def _list_subjects(pattern: FixPattern) -> str:
    return "\n".join(dict.fromkeys(pair.source.subject for pair in pattern.pairs[:_MOST_SITES]))


def _list_sites(pattern: FixPattern) -> list[dict[str, Any]]:
    return [
        {
            "commit": pair.source.commit,
            "date": pair.source.date,
            "subject": pair.source.subject,
            "path": pair.path,
            "function": pair.qualname,
            "line": pair.before_line,
            "before": pair.before[:_LONGEST_CODE],
            "after": pair.after[:_LONGEST_CODE],
        }
        for pair in pattern.pairs[:_MOST_SITES]
    ]


def _list_performance(pattern: FixPattern, record: PatternRecord) -> dict[str, Any]:
    return {
        "applied_count": record.applied_count,
        "avg_minutes_saved": record.avg_minutes_saved,
        "last_applied": record.last_applied,
        "places_left": pattern.evidence.left_alone,
    }


def _detail_fix(pattern: FixPattern, notes: PatternNotes) -> dict[str, Any]:
    return {
        "before": pattern.before,
        "after": pattern.after,
        "anchors": list(pattern.anchors),
        "constraints": pattern.constraints,
        "stage": pattern.stage,
        "severity": pattern.severity,
        "layer": pattern.layer,
        "sites": len(pattern.pairs),
        "alarms": list(pattern.evidence.alarms[:_MOST_SITES]),
        "reasons": list(pattern.evidence.reasons),
        "solution_steps": notes.solution_steps,
        "prevention": notes.prevention,
        "learnings": notes.learnings,
        "reviewed": notes.reviewed,
    }


def _is_parent(relation: PatternRelation, pattern_id: str) -> bool:
    return relation.kind == _EVOLVED and relation.source == pattern_id


def _count_ancestors(memory: Memory, parent: str | None) -> int:
    seen: set[str] = set()
    while parent is not None and parent not in seen and len(seen) < _MOST_STEPS:
        seen.add(parent)
        relations = memory.patterns.list_related(parent)
        parent = next((r.target for r in relations if _is_parent(r, str(parent))), None)
    return len(seen)


def _list_versions(memory: Memory, entry: CatalogEntry) -> list[CatalogEntry]:
    versions = [entry]
    for number in range(entry.version - 1, 0, -1):
        older = memory.infra.find_exact(entry.pattern_id, number)
        if older is not None:
            versions.append(_seal(_describe_infra(memory, older, None)))
    return versions


def _list_fix_neighbours(memory: Memory, pattern_id: str) -> Iterator[str]:
    for relation in memory.patterns.list_related(pattern_id):
        if relation.kind == _EVOLVED:
            yield relation.target if relation.source == pattern_id else relation.source


def _list_success_neighbours(memory: Memory, pattern_id: str) -> Iterator[str]:
    pattern = memory.successes.get(pattern_id)
    if pattern is not None and pattern.parent_pattern_id:
        yield pattern.parent_pattern_id
    yield from memory.successes.list_children(pattern_id)


def _list_told(memory: Memory, entry: CatalogEntry) -> Iterator[tuple[str, str, float]]:
    if entry.pattern_type == FIX:
        for relation in memory.patterns.list_related(entry.pattern_id):
            is_source = relation.source == entry.pattern_id
            other = relation.target if is_source else relation.source
            kind = relation.kind if is_source else f"{relation.kind} (of it)"
            yield other, kind, relation.strength
    elif entry.parent_pattern_id and entry.pattern_type != INFRA:
        yield entry.parent_pattern_id, _EVOLVED, 1.0


def _list_alike(
    memory: Memory, entry: CatalogEntry, limit: int
) -> Iterator[tuple[str, str, float]]:
    text = f"{entry.name} {' '.join(entry.tags)} {entry.description}"[:1000]
    if entry.pattern_type == FIX:
        ranking = memory.patterns.rank(text, limit=limit + 1)
        words = ranking.strengths.get("words", {})
        for key, _, _ in ranking.found:
            yield key, "similar-to", words.get(key, 0.0)
    elif entry.pattern_type != INFRA:
        for key, strength in memory.successes.rank_words(text, limit + 1):
            yield key, "similar-to", strength


def _recommend_fix(entry: CatalogEntry) -> Iterator[str]:
    details = entry.details
    if details["solution_steps"]:
        yield str(details["solution_steps"])
    if details["after"] is None:
        yield f"Avoid this form: {_quote(details['before'])}."
    else:
        yield f"Write {_quote(details['after'])} in place of {_quote(details['before'])}."
    quality = entry.quality_metrics
    yield (
        f"It was done in {quality['sites_fixed']} places by {quality['commits']} commits; "
        f"{quality['left_alone']} places are left as they were."
    )
    if details["prevention"]:
        yield str(details["prevention"])


def _recommend_infra(entry: CatalogEntry) -> Iterator[str]:
    yield f"`guard bank show {entry.pattern_id}@{entry.version}` shows the text to fill in."
    inputs = ", ".join(entry.details["inputs"])
    if inputs:
        yield f"It asks for: {inputs}."


def _recommend_success(entry: CatalogEntry) -> Iterator[str]:
    if entry.description:
        yield entry.description[:_LONGEST_CODE]
    quality: Mapping[str, Any] = entry.quality_metrics
    if quality["uses"]:
        yield f"It went well in {quality['successes']} of {quality['uses']} recorded uses."
    else:
        yield "No use of it has been recorded: report how it went to `outcomes`."


def _quote(code: str) -> str:
    """Return code on one line between quotation marks: it is data, whoever wrote it."""
    return f"`{' '.join(code.split())[:200]}`"


_RECOMMENDERS = {FIX: _recommend_fix, INFRA: _recommend_infra}
