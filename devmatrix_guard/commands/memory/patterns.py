"""`guard patterns`: list, show, search and annotate the FixPatterns in the memory."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from devmatrix_guard.commands.memory.embedding import choose_embedder, is_wanted, rank_by_meaning
from devmatrix_guard.commands.memory.pattern_history import read_pattern_history
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import choose_repositories, open_project_memory
from devmatrix_guard.commands.rules.stage_memory import read_stages
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.base import Memory, SearchFilter
from devmatrix_guard.memory.embed import Embedder
from devmatrix_guard.memory.followers.choose import open_vectors
from devmatrix_guard.mining.candidates.learned_rules import build_rule_id
from devmatrix_guard.mining.fix_patterns.facts import describe_pattern
from devmatrix_guard.model.knowledge.knowledge import PatternDetails, PatternHit, PatternNotes
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.reports.views.patterns import (
    write_details_json,
    write_details_lines,
    write_hit_lines,
    write_hits_json,
    write_list_lines,
    write_patterns_json,
)


def list_patterns(
    start: Path,
    *,
    stages: tuple[str, ...] = (),
    limit: int | None = None,
    repositories: Sequence[str] = (),
    everything: bool = False,
) -> tuple[FixPattern, ...]:
    """Return the patterns in the memory, the best supported first."""
    today = read_stages(start)
    with _open_memory(start, reading=True) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        patterns = [_set_stage(pattern, today) for pattern in memory.patterns.list_all()]
    chosen = tuple(p for p in patterns if not stages or p.stage in stages)
    return chosen[:limit]


def show_pattern(
    start: Path,
    pattern_id: str,
    *,
    repositories: Sequence[str] = (),
    everything: bool = False,
) -> PatternDetails:
    """Return all that is known about a pattern, named by its id, the start of it, or its rule.

    Raises:
        UsageError: there is none, or more than one.
    """
    with _open_memory(start, reading=True) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        pattern = _set_stage(_get_pattern(memory, pattern_id), read_stages(start))
        notes = memory.patterns.get_notes(pattern.id)
        relations = memory.patterns.list_related(pattern.id)
        layers = load_settings(start).layers
        history = read_pattern_history(memory, pattern, relations)
        return PatternDetails(
            pattern,
            notes,
            relations,
            memory.files.record_of(pattern.id),
            memory.patterns.list_holders([pattern.id]).get(pattern.id, ()),
            describe_pattern(pattern, history, layers=layers, notes=notes),
        )


def search_patterns(
    start: Path,
    text: str,
    *,
    limit: int = 10,
    by_meaning: bool = False,
    embedder: Embedder | None = None,
    repositories: Sequence[str] = (),
    everything: bool = False,
    **only: Any,
) -> tuple[PatternHit, ...]:
    """Return the patterns nearest to words, code or an error message.

    Args:
        start: the folder the command was called in.
        text: what to search for.
        limit: how many to return at most.
        by_meaning: also compare the vectors of a model.
        embedder: that model; the one of the `embeddings` extra unless given.
        repositories: whose patterns, by name; the own one's unless given.
        everything: those of all repositories.
        only: the fields of a `SearchFilter`.
    """
    if not text.strip():
        raise UsageError("there is nothing to search for; give words, code or an error message.")
    settings = load_settings(start)
    is_reading = not by_meaning and not is_wanted(settings)  # vectors that are missing are made
    with _open_memory(start, reading=is_reading) as opened:
        memory = choose_repositories(opened, repositories, everything=everything)
        rankings: dict[str, list[str]] = {}
        if by_meaning or is_wanted(settings):
            model = embedder or choose_embedder(memory, settings)
            with open_vectors(memory, settings, find_project_root(start)) as vectors:
                rankings = rank_by_meaning(memory, vectors, text, model)
        narrowed = SearchFilter(**only)
        hits = memory.patterns.search(text, limit=limit, only=narrowed, rankings=rankings)
    today = read_stages(start)
    return tuple(hit._replace(pattern=_set_stage(hit.pattern, today)) for hit in hits)


def note_pattern(start: Path, pattern_id: str, notes: PatternNotes) -> PatternDetails:
    """Add to what people say about a pattern; what `notes` leaves empty stays as it was."""
    with _open_memory(start) as memory:
        pattern = _get_pattern(memory, pattern_id)
        memory.patterns.annotate(
            pattern.id, _merge_notes(memory.patterns.get_notes(pattern.id), notes)
        )
    return show_pattern(start, pattern.id)


def list_view(patterns: tuple[FixPattern, ...], format_name: str, stream: TextIO) -> str:
    """Return the list as text or JSON."""
    return render(
        View(format_name, stream), patterns, write_list_lines, write_patterns_json, wraps=True
    )


def render_details(details: PatternDetails, format_name: str, stream: TextIO) -> str:
    """Return one pattern as text or JSON."""
    return render(
        View(format_name, stream), details, write_details_lines, write_details_json, wraps=True
    )


def search_view(hits: tuple[PatternHit, ...], format_name: str, stream: TextIO) -> str:
    """Return what a search found as text or JSON."""
    return render(View(format_name, stream), hits, write_hit_lines, write_hits_json, wraps=True)


def _set_stage(pattern: FixPattern, today: Mapping[str, str]) -> FixPattern:
    return replace(pattern, stage=today.get(pattern.id, pattern.stage))


def _open_memory(start: Path, *, reading: bool = False) -> Memory:
    root = find_project_root(start)
    return open_project_memory(load_settings(start), root, create=False, reading=reading)


def _get_pattern(memory: Memory, pattern_id: str) -> FixPattern:
    patterns = memory.patterns.list_all()
    found = [p for p in patterns if pattern_id in (p.id, build_rule_id(p))]
    found = found or [p for p in patterns if pattern_id and p.id.startswith(pattern_id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"`{pattern_id}` is the start of {len(found)} ids; give more of it.")
    near = difflib.get_close_matches(pattern_id, [p.id for p in patterns], n=1)
    hint = f"did you mean `{near[0]}`?" if near else "`guard patterns list` shows them."
    raise UsageError(f"there is no pattern `{pattern_id}`; {hint}")


def _merge_notes(old: PatternNotes, new: PatternNotes) -> PatternNotes:
    values: dict[str, Any] = {}
    for name in PatternNotes._fields:
        before, added = getattr(old, name), getattr(new, name)
        values[name] = tuple({*before, *added}) if isinstance(before, tuple) else added or before
    return PatternNotes(**values)
