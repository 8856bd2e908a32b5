"""`guard bank`: the InfraPatterns the generator fills in, and how their uses went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from devmatrix_guard.commands.application.bank_sources import (
    is_switched_on,
    open_pattern_bank,
    read_text,
)
from devmatrix_guard.commands.loop.fragments import (
    Duplicate,
    FunctionMatch,
    find_duplicates,
    search_functions,
    summarise_function,
)
from devmatrix_guard.commands.memory.embedding import is_wanted, rank_functions
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.generator.bank.change import Imported, freeze, freeze_text, import_patterns
from devmatrix_guard.generator.bank.form import parse_pattern
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.metrics import BankMetrics, PatternMetrics, measure
from devmatrix_guard.generator.bank.packaged import PackagedPatterns
from devmatrix_guard.generator.bank.search import Match
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.memory.connect import memory_exists
from devmatrix_guard.model.knowledge.infra import InfraPattern, Signature
from devmatrix_guard.reports.views.bank import (
    BankFound,
    FoundCode,
    describe_import,
    describe_metrics,
    describe_pattern,
    duplicates_lines,
    list_pattern_lines,
    matches_json,
    matches_lines,
    write_duplicates_json,
    write_import_json,
    write_list_json,
    write_metrics_json,
    write_pattern_json,
)


def list_bank(start: Path) -> tuple[tuple[InfraPattern, PatternMetrics], ...]:
    """Return every pattern the generator would use, drafts after them, with how it did."""
    with _open_bank(start, create=False) as (bank, memory):
        patterns = (*bank.list_all(), *(memory.infra.list_drafts() if memory else ()))
        measured = {m.reference: m for m in measure(patterns, bank.records).patterns}
    return tuple((pattern, measured[pattern.reference]) for pattern in patterns)


def show_bank(start: Path, name: str) -> InfraPattern:
    """Return a pattern by `id` or `id@version`."""
    pattern_id, _, version = name.partition("@")
    if version and not version.isdecimal():
        raise UsageError(f"`{name}` is not of the form id@version; a version is a number.")
    with _open_bank(start, create=False) as (bank, _memory):
        return bank.find_exact(pattern_id, int(version)) if version else bank.get(pattern_id)


class BankMatches(NamedTuple):
    """What a search found, the nearest first: InfraPatterns, and functions of applications."""

    patterns: tuple[Match, ...]
    functions: tuple[FunctionMatch, ...]


def search_bank(start: Path, purpose: str, *, domain: str = "", limit: int = 5) -> BankMatches:
    """Return the patterns nearest in purpose, in the domain first, and the functions nearest.

    Functions are those of every repository of the memory.
    """
    with _open_bank(start, create=False) as (bank, memory):
        patterns = bank.search_with_fallback(Signature(purpose, domain=domain), top_k=limit)
        functions: tuple[FunctionMatch, ...] = ()
        if memory is not None:
            settings = load_settings(start)
            everywhere = memory.choose(everything=True)
            near = rank_functions(everywhere, purpose, settings) if is_wanted(settings) else ()
            functions = search_functions(everywhere, purpose, limit=limit, ranking=near)
        return BankMatches(patterns, functions)


def list_duplicates(start: Path) -> tuple[Duplicate, ...]:
    """Return the functions that several applications of the memory hold."""
    with _open_bank(start, create=False) as (_bank, memory):
        return find_duplicates(memory.choose(everything=True)) if memory is not None else ()


def import_bank(start: Path, files: tuple[Path, ...]) -> Imported:
    """Bring files, or where none is named the packaged patterns, into the bank."""
    patterns = tuple(_read_pattern(path) for path in files) or PackagedPatterns().list_all()
    with _open_bank(start, create=True) as (_bank, memory):
        return import_patterns(_require_memory(memory).infra, patterns)


def freeze_bank(start: Path, pattern_id: str, text: Path | None) -> InfraPattern:
    """Freeze the newest draft of a pattern, or the text of a file as its next version."""
    today = datetime.now(UTC).date().isoformat()
    body = read_text(text) if text is not None else None
    with _open_bank(start, create=True) as (bank, memory):
        store = _require_memory(memory).infra
        if body is None:
            return freeze(store, bank, pattern_id, today)
        return freeze_text(store, bank, pattern_id, body, today)


def measure_bank(start: Path) -> BankMetrics:
    """Return what the recorded outcomes say about the patterns in use."""
    with _open_bank(start, create=False) as (bank, _memory):
        return measure(bank.list_all(), bank.records)


def list_view(
    listed: tuple[tuple[InfraPattern, PatternMetrics], ...], format_name: str, stream: TextIO
) -> str:
    """Return the list as text or JSON."""
    return render(View(format_name, stream), listed, list_pattern_lines, write_list_json)


def render_pattern(pattern: InfraPattern, format_name: str, stream: TextIO) -> str:
    """Return one pattern as text or JSON."""
    return render(View(format_name, stream), pattern, describe_pattern, write_pattern_json)


def search_view(matches: BankMatches, format_name: str, stream: TextIO) -> str:
    """Return what a search found as text or JSON."""
    found = BankFound(
        tuple((match.pattern, match.similarity) for match in matches.patterns),
        tuple(
            FoundCode(
                match.fragment,
                summarise_function(match.fragment),
                match.similarity,
                match.passed,
                match.failed,
                match.applications,
            )
            for match in matches.functions
        ),
    )
    return render(View(format_name, stream), found, matches_lines, matches_json)


def duplicates_view(
    duplicates: tuple[Duplicate, ...], format_name: str, stream: TextIO, *, generated: bool
) -> str:
    """Return functions that several applications hold, as text or JSON.

    Args:
        generated: name those that the generator wrote, too.
    """
    shown = tuple(d.places for d in duplicates if generated or not d.is_generated)
    left = len(duplicates) - len(shown)
    record = {"duplicates": shown, "generated": left}
    return render(View(format_name, stream), record, duplicates_lines, write_duplicates_json)


def import_view(imported: Imported, format_name: str, stream: TextIO) -> str:
    """Return what an import did as text or JSON."""
    return render(View(format_name, stream), imported._asdict(), describe_import, write_import_json)


def render_metrics(metrics: BankMetrics, format_name: str, stream: TextIO) -> str:
    """Return the metrics as text or JSON."""
    record = metrics._asdict() | {"patterns": [m._asdict() for m in metrics.patterns]}
    return render(View(format_name, stream), record, describe_metrics, write_metrics_json)


@contextmanager
def _open_bank(start: Path, *, create: bool) -> Iterator[tuple[PatternBank, Memory | None]]:
    """Open the bank of a project; a reading command does without a memory that is not there."""
    root = find_project_root(start)
    settings = load_settings(start)
    if not is_switched_on() and not create:
        yield open_pattern_bank(root, None), None
        return
    if not create and not memory_exists(settings.memory, root):
        yield open_pattern_bank(root, None), None
        return
    with open_project_memory(settings, root) as memory:
        yield open_pattern_bank(root, memory), memory


def _require_memory(memory: Memory | None) -> Memory:
    if memory is None:
        raise MemoryStoreError("there is no memory to write to; unset `GUARD_PATTERN_BANK`.")
    return memory


def _read_pattern(path: Path) -> InfraPattern:
    return parse_pattern(read_text(path), origin="bank", name=str(path))
