"""Learns rules from a repository's own fixes, and records what they were learned from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.audit.clones import list_sibling_notes
from devmatrix_guard.commands.audit.dismissals import record_dismissals
from devmatrix_guard.commands.audit.tasks import record_tasks
from devmatrix_guard.commands.learn.cache import read_known, write_known
from devmatrix_guard.commands.learn.context import LearnContext, list_shallow_notes, open_context
from devmatrix_guard.commands.learn.fix_memory import FixCollector
from devmatrix_guard.commands.learn.history import NOTHING_KNOWN, History, Known, skip_progress
from devmatrix_guard.commands.learn.results.folders import (
    CACHE_NAME,
    ensure_writable,
    is_complete,
    write_index,
)
from devmatrix_guard.commands.learn.results.generated_edits import find_generated_edits
from devmatrix_guard.commands.learn.results.record import (
    open_sound_memory,
    record_fixes,
    record_rules,
)
from devmatrix_guard.commands.learn.results.report import (
    LearnReport,
    make_report,
    make_run,
    tell_time,
)
from devmatrix_guard.commands.learn.results.rules import make_rules, read_rule_files, write_rules
from devmatrix_guard.commands.learn.validation.replay import (
    NOTHING_REPLAYED,
    read_replayed,
    write_replayed,
)
from devmatrix_guard.commands.learn.validation.study import study_history
from devmatrix_guard.errors import UsageError, describe_defect, has_defect
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.reports.redact import redact

_STATE = "learn"


def learn(
    start: Path,
    *,
    limit: int | None = None,
    since: str | None = None,
    again: bool = False,
    dry_run: bool = False,
    memory: str | None = None,
    track: Any = skip_progress,
) -> LearnReport:
    """Learn from the history of the repository that holds `start`.

    Args:
        start: a folder in the repository.
        limit: read only the newest commits.
        since: read only commits of this day (YYYY-MM-DD) and later.
        again: read everything again, whatever is known.
        dry_run: write nothing.
        memory: where it is kept, in place of what the settings name.
        track: shows progress over an iterable.

    Raises:
        UsageError: there are no commits, or `.guard` cannot be written.
    """
    with open_context(start, limit=limit, since=since, memory=memory, track=track) as context:
        notes = list_shallow_notes(context.repo)
        if dry_run:
            return _preview_rules(context, notes)
        if context.repo.is_bare:
            raise UsageError("This repository is bare; run `guard learn` in a work tree.")
        ensure_writable(context.repo)
        with open_sound_memory(context.settings, context.root, notes) as opened:
            state = opened.state.get(_STATE)
            if not again and state == context.key and is_complete(context.own):
                standing = len(read_rule_files(context.root))
                return LearnReport(
                    context.root, context.head, False, standing=standing, notes=tuple(notes)
                )
            known = NOTHING_KNOWN if again else _read_known(context)
            report = _learn_rules(context, opened, notes, known=known)
            if not has_defect(report.notes):  # what could not be read is tried again next time
                opened.state.set(_STATE, context.key)
            return report


def _preview_rules(context: LearnContext, notes: list[str]) -> LearnReport:
    history, validation = study_history(context)
    rules = make_rules(validation, context.settings, {}, notes)
    report = make_report(context.repo, history, validation, rules, notes)
    return _add_generated(context, report._replace(is_dry=True), history)


def _add_generated(context: LearnContext, report: LearnReport, history: History) -> LearnReport:
    """Add the edits of generated code that belong to what generated it."""
    fixes = (*history.fixes, *history.remembered)
    fixed = {hunk.path for fix in fixes for hunk in fix.hunks}
    try:
        return report._replace(generated=tuple(find_generated_edits(context.repo, fixed)))
    except Exception as error:
        text = describe_defect(error, "the search for edits of generated code")
        return report._replace(notes=(*report.notes, text))


def _read_known(context: LearnContext) -> Known:
    return read_known(context.own / CACHE_NAME, context.settings.exclude)


def _keep_known(context: LearnContext, known: Known) -> None:
    write_known(context.own / CACHE_NAME, known, context.settings.exclude)


def _learn_rules(
    context: LearnContext, memory: Memory, notes: list[str], *, known: Known
) -> LearnReport:
    """Read, validate, write the rules, and record them."""
    began = tell_time()
    collector = FixCollector(
        context.repo,
        context.blobs,
        context.head,
        limit=context.limit,
        exclude=tuple(context.settings.exclude),
        redact=redact,
    )

    def keep(known: Known) -> None:
        _keep_known(context, known)
        collector.keep()

    exclude = context.settings.exclude
    replayed = NOTHING_REPLAYED if known is NOTHING_KNOWN else read_replayed(context.own, exclude)
    history, validation = study_history(
        context, known, replayed=replayed, keep=keep, beside=collector
    )
    write_replayed(context.own, validation.replayed, exclude)
    verdicts = record_dismissals(memory, context.repo, context.settings.exclude, notes)
    files = read_rule_files(context.root)
    rules = make_rules(validation, context.settings, files, notes, verdicts)
    removed = write_rules(context.root, rules, whole=context.is_whole)
    remembered = collector.finish()
    notes += remembered.defects
    indexed = write_index(context.repo, history, again=known is NOTHING_KNOWN)
    _keep_known(context, history.known)
    record_rules(memory, context.root, rules, removed)
    record_fixes(memory, remembered)
    record_tasks(memory, context.repo, remembered)
    notes += list_sibling_notes(context.repo, remembered, context.settings.exclude)
    report = make_report(context.repo, history, validation, rules, notes)
    fixes = len(remembered.fixes.fixes)
    report = report._replace(removed=removed, remembered_fixes=fixes, indexed_fixes=indexed)
    report = _add_generated(context, report, history)
    memory.runs.save(make_run(report, began))
    return report


def require_date(text: str | None) -> str | None:
    """Return a day as YYYY-MM-DD.

    Raises:
        UsageError: it is no date.
    """
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError as error:
        raise UsageError(f"`{text}` is not a date; write it as 2026-01-31.") from error
