"""Remembers what fixes did and which tests prove them, in git's own folder, and learns no rules."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.learn.cache import read_known, write_known
from devmatrix_guard.commands.learn.context import count_commits, list_shallow_notes, open_context
from devmatrix_guard.commands.learn.fix_memory import UNITS_NAME, FixCollector
from devmatrix_guard.commands.learn.history import Known, read_history, skip_progress
from devmatrix_guard.commands.learn.results.folders import CACHE_NAME, write_index
from devmatrix_guard.reports.redact import redact


class RememberedFixes(NamedTuple):
    """How many commits were read, how many of their fixes can be undone, and what is to be said."""

    commits: int
    fixes: int
    notes: tuple[str, ...] = ()


def remember_fixes(
    start: Path,
    *,
    limit: int | None = None,
    since: str | None = None,
    seconds: float | None = None,
    track: Any = skip_progress,
) -> RememberedFixes:
    """Bring what is kept of the fixes of a repository up to its HEAD.

    Args:
        start: a folder in the repository.
        limit: read only the newest commits.
        since: read only commits of this day (YYYY-MM-DD) and later.
        seconds: how long commits are read, the newest first; None for no bound.
        track: shows progress over an iterable.

    Raises:
        UsageError: there are no commits.
    """
    with open_context(start, limit=limit, since=since, track=track) as context:
        exclude = tuple(context.settings.exclude)
        own = context.own
        own.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        collector = FixCollector(
            context.repo, context.blobs, context.head, limit=limit, exclude=exclude, redact=redact
        )

        def keep(known: Known) -> None:
            write_known(own / CACHE_NAME, known, exclude)
            collector.keep()

        history = read_history(
            context.repo,
            context.blobs,
            limit=limit,
            since=since,
            exclude=exclude,
            known=read_known(own / CACHE_NAME, exclude),
            redact=redact,
            track=track,
            total=count_commits(context.repo),
            seconds=seconds,
            keep=keep,
            beside=collector,
        )
        remembered = collector.finish()
        notes = [*list_shallow_notes(context.repo), *history.notes, *history.defects]
        if seconds is not None and time.monotonic() - began > seconds:
            # Else `guard learn` would take what lies before for known.
            (own / UNITS_NAME).unlink(missing_ok=True)
            notes.append(
                f"Stopped after {history.commits:,} commits; `guard learn` reads them all."
            )
        fixes = write_index(context.repo, history)
        write_known(own / CACHE_NAME, history.known, exclude)
        return RememberedFixes(history.commits, fixes, (*notes, *remembered.defects))
