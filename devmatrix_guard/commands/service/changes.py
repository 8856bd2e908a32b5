"""Writes of the API: success patterns, notes on FixPatterns, outcomes, and what is hidden."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from devmatrix_guard.commands.memory.embedding import describe_success, make_success_item
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.entries import UnknownPatternError, read_entry
from devmatrix_guard.commands.service.matching import Matcher
from devmatrix_guard.errors import ChangedMeanwhileError, UsageError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.catalog import (
    FIX,
    INFRA,
    KINDS,
    CatalogEntry,
    SuccessOutcome,
    SuccessPattern,
)
from devmatrix_guard.model.knowledge.infra import InfraOutcome
from devmatrix_guard.model.knowledge.knowledge import PatternUse

ANY = "*"
_NOTED = {"description": "problem", "tags": "tags"}


class FieldError(UsageError):
    """A field of a request holds what cannot be; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class OutsideError(FieldError):
    """A path leads out of the repository."""


class ConflictError(FieldError):
    """What a field says does not go together with what there is."""


class NotChangeableError(UsageError):
    """What the request asks for is not done to patterns of this kind."""


def create_pattern(
    access: MemoryAccess, matcher: Matcher, facts: Mapping[str, Any], by: str
) -> CatalogEntry:
    """Write a new success pattern, with its vector where a model is set.

    Args:
        access: the project.
        matcher: has the model.
        facts: fields of a `SuccessPattern`.
        by: who says so.

    Raises:
        FieldError: the type is one that guard learns itself, or the parent is none.
        DuplicateNameError: the type has a pattern of this name.
    """
    if facts["pattern_type"] in KINDS:
        raise ConflictError("pattern_type", f"patterns of the type {facts['pattern_type']} are not "
            "posted: `guard learn` and `guard bank` make them.")  # fmt: skip
    pattern = SuccessPattern(id=str(uuid.uuid4()), created_by=by, version=0, **facts)
    with access.lend(writing=True) as memory:
        model, vectors = matcher.embed([describe_success(pattern)])
        with memory.transaction():
            pattern = _place_in_family(memory, pattern)
            memory.successes.create([pattern])
            if vectors:
                item = make_success_item(pattern, vectors[0])
                memory.vectors.upsert("devmatrix_patterns", model, [item])
        return read_entry(access, memory, pattern.id)


def change_pattern(
    access: MemoryAccess,
    matcher: Matcher,
    pattern_id: str,
    facts: Mapping[str, Any],
    revision: str,
) -> CatalogEntry:
    """Replace some fields of a pattern.

    Args:
        access: the project.
        matcher: has the model.
        pattern_id: names it.
        facts: the fields to replace.
        revision: the one that the change was made for, or `*`.

    Raises:
        UnknownPatternError: there is no such pattern.
        ChangedMeanwhileError: it is at another revision.
        NotChangeableError: a FixPattern's field is learned, or the pattern is the bank's.
        DuplicateNameError: the new name is taken.
        FieldError: the new parent cannot be one.
    """
    with access.lend(writing=True) as memory:
        with memory.transaction():
            entry = read_entry(access, memory, pattern_id)
            _require_revision(entry, revision)
            if entry.pattern_type in KINDS:
                _annotate(memory, entry, facts)
            else:
                _change_success(memory, entry, facts)
        if entry.pattern_type not in KINDS:
            _embed_again(matcher, memory, pattern_id)
        return read_entry(access, memory, pattern_id)


def delete_pattern(access: MemoryAccess, pattern_id: str, revision: str, by: str) -> None:
    """Take a pattern out of the catalogue; `restore_pattern` brings it back.

    Raises:
        UnknownPatternError: there is no such pattern.
        ChangedMeanwhileError: it is at another revision.
    """
    with access.lend(writing=True) as memory, memory.transaction():
        entry = read_entry(access, memory, pattern_id)
        _require_revision(entry, revision)
        if entry.pattern_type in KINDS:
            memory.catalog.hide(pattern_id, by)
        else:
            memory.successes.remove(pattern_id, int(entry.revision))
            memory.vectors.remove("devmatrix_patterns", [pattern_id])


def restore_pattern(access: MemoryAccess, matcher: Matcher, pattern_id: str) -> CatalogEntry:
    """Bring a deleted pattern back.

    Raises:
        UnknownPatternError: there is no such pattern.
        DuplicateNameError: its name has been given to another one.
    """
    with access.lend(writing=True) as memory:
        with memory.transaction():
            entry = read_entry(access, memory, pattern_id, deleted=True)
            if entry.deleted_at is not None:
                if entry.pattern_type in KINDS:
                    memory.catalog.show(pattern_id)
                else:
                    memory.successes.restore(pattern_id, int(entry.revision))
        if entry.pattern_type not in KINDS:
            _embed_again(matcher, memory, pattern_id)
        return read_entry(access, memory, pattern_id)


def record_outcome(
    access: MemoryAccess, pattern_id: str, facts: Mapping[str, Any]
) -> tuple[bool, CatalogEntry]:
    """Record how a use of a pattern went; return whether that was new, and the pattern now.

    Args:
        access: the project.
        pattern_id: names it.
        facts: `success`, and optionally `at`, `key`, `duration_ms`, `note`; of a FixPattern `path`
            and `minutes_saved`; of an InfraPattern `check`.

    Raises:
        UnknownPatternError: there is no such pattern.
        FieldError: a FixPattern's outcome names no file.
    """
    at = facts.get("at") or datetime.now(UTC).isoformat(timespec="milliseconds")
    at = str(at).replace("+00:00", "Z")
    with access.lend(writing=True) as memory:
        with memory.transaction():
            entry = read_entry(access, memory, pattern_id)
            is_new = _record(memory, entry, facts, at)
        return is_new, read_entry(access, memory, pattern_id)


def _record(memory: Memory, entry: CatalogEntry, facts: Mapping[str, Any], at: str) -> bool:
    good = bool(facts["success"])
    if entry.pattern_type == FIX:
        path = facts.get("path")
        if not path:
            raise FieldError("path", "a FixPattern is applied to a file: name its `path`.")
        memory.files.record_use(
            [PatternUse(entry.pattern_id, path, at, good, facts.get("minutes_saved"))]
        )
        return True
    if entry.pattern_type == INFRA:
        check = facts.get("check") or "reported"
        outcome = InfraOutcome(entry.pattern_id, entry.version, at, good, check)
        memory.infra.record_outcomes([outcome])
        return True
    key = facts.get("key") or uuid.uuid4().hex
    made = SuccessOutcome(key, at, good, facts.get("duration_ms"), facts.get("note") or "")
    return memory.successes.record_outcomes(entry.pattern_id, [made]) > 0


def _place_in_family(memory: Memory, pattern: SuccessPattern) -> SuccessPattern:
    """Return a pattern with the version that follows its parent's."""
    if pattern.parent_pattern_id is None:
        return pattern._replace(version=1)
    parent = memory.successes.get(pattern.parent_pattern_id)
    if parent is None or parent.deleted_at is not None:
        raise ConflictError(
            "parent_pattern_id", "the parent is no success pattern that there is; leave it out."
        )
    return pattern._replace(version=parent.version + 1)


def _change_success(memory: Memory, entry: CatalogEntry, facts: Mapping[str, Any]) -> None:
    pattern = memory.successes.get(entry.pattern_id)
    if pattern is None:
        raise UnknownPatternError(f"there is no pattern `{entry.pattern_id}`.")
    changed = pattern._replace(**facts)
    if "parent_pattern_id" in facts:
        _refuse_own_ancestor(memory, changed)
        changed = _place_in_family(memory, changed)
    memory.successes.change(changed)


def _refuse_own_ancestor(memory: Memory, pattern: SuccessPattern) -> None:
    seen = {pattern.id}
    parent = pattern.parent_pattern_id
    while parent is not None:
        if parent in seen:
            raise ConflictError("parent_pattern_id", "a pattern cannot descend from itself.")
        seen.add(parent)
        above = memory.successes.get(parent)
        parent = above.parent_pattern_id if above else None


def _annotate(memory: Memory, entry: CatalogEntry, facts: Mapping[str, Any]) -> None:
    if entry.pattern_type == INFRA:
        raise NotChangeableError(
            "an InfraPattern never changes: `guard bank freeze` makes its next version."
        )
    learned = sorted(facts.keys() - _NOTED.keys())
    if learned:
        raise NotChangeableError(
            f"`{learned[0]}` of a FixPattern is learned; its description and tags can be changed."
        )
    notes = memory.patterns.get_notes(entry.pattern_id)
    changed = notes._replace(**{_NOTED[name]: value for name, value in facts.items()})
    memory.patterns.annotate(entry.pattern_id, changed)


def _require_revision(entry: CatalogEntry, revision: str) -> None:
    if revision not in (ANY, entry.revision):
        raise ChangedMeanwhileError(
            f"the pattern {entry.pattern_id} was changed meanwhile; read it and try again."
        )


def _embed_again(matcher: Matcher, memory: Memory, pattern_id: str) -> None:
    pattern = memory.successes.get(pattern_id)
    if pattern is None:
        return
    model, vectors = matcher.embed([describe_success(pattern)])
    if vectors:
        item = make_success_item(pattern, vectors[0])
        memory.vectors.upsert("devmatrix_patterns", model, [item])
