"""Takes a first look at a repository: what it teaches, and which regression tests it has lost."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.check.change.proof_within_range import find_proof_lost_within
from devmatrix_guard.commands.learn.history import skip_progress
from devmatrix_guard.commands.learn.preview import DEFAULT_SECONDS, TryReport, try_out
from devmatrix_guard.commands.learn.undone import read_span_of_newest
from devmatrix_guard.config import load_settings
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import find_repository

_SHARE = 0.5  # of the time that commits are read


def take_first_look(
    start: Path,
    *,
    limit: int | None = None,
    seconds: float | None = DEFAULT_SECONDS,
    top: int = 5,
    track: Any = skip_progress,
) -> TryReport:
    """Return what `try_out` does, with what later commits took from the tests of fixes.

    Args:
        start: a folder in the repository.
        limit: how many commits are read at most; None for as many as time allows.
        seconds: how long commits are read, see `try_out`; tests are looked at for half as long.
        top: how many of each kind are kept.
        track: shows progress over an iterable.
    """
    report = try_out(start, limit=limit, seconds=seconds, top=top, track=track)
    repo = find_repository(start)
    exclude = load_settings(repo.root).exclude
    until = None if seconds is None else time.monotonic() + _SHARE * seconds
    with BlobReader(repo) as blobs:
        span = read_span_of_newest(repo, report.head, max(report.commits, 1))
        lost = find_proof_lost_within(
            repo, blobs, span.base, report.head, exclude=exclude, until=until
        )
    return report._replace(lost=tuple(lost))
