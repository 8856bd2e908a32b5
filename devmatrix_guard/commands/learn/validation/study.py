"""Reads a history and judges what it taught, as `guard learn` and `guard try` both need it."""

from __future__ import annotations

from collections.abc import Callable

from devmatrix_guard.commands.learn.context import LearnContext, count_commits
from devmatrix_guard.commands.learn.history import (
    NOTHING_KNOWN,
    CommitTaker,
    History,
    Known,
    read_history,
)
from devmatrix_guard.commands.learn.validation.replay import NOTHING_REPLAYED, Replayed
from devmatrix_guard.commands.learn.validation.validation import Validation, validate_history
from devmatrix_guard.reports.redact import redact


def study_history(
    context: LearnContext,
    known: Known = NOTHING_KNOWN,
    *,
    replayed: Replayed = NOTHING_REPLAYED,
    seconds: float | None = None,
    keep: Callable[[Known], None] | None = None,
    beside: CommitTaker | None = None,
) -> tuple[History, Validation]:
    """Return what history teaches, and which of it is worth a rule.

    Args:
        context: the repository and the part of its history to read.
        known: what was read before.
        replayed: what was found in later commits before.
        seconds: how long commits are read, and then judged; None for no bound.
        keep: gets now and then what has been read so far.
        beside: gets every commit, too.
    """
    repo, blobs, limit = context.repo, context.blobs, context.limit
    total = count_commits(repo)
    history = read_history(
        repo,
        blobs,
        limit=limit,
        since=context.since,
        exclude=context.settings.exclude,
        known=known,
        redact=redact,
        track=context.track,
        total=total if limit is None else min(total, limit),
        seconds=seconds,
        keep=keep,
        beside=beside,
    )
    validation = validate_history(
        repo, blobs, history, replayed=replayed, track=context.track, seconds=seconds
    )
    return history, validation
