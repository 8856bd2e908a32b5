"""Where learning works and what it is asked to read, opened once and handed to its stages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard import __version__
from devmatrix_guard.commands.learn.fixes import KEEP_BYTES
from devmatrix_guard.commands.learn.history import require_head, skip_progress
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.engine.collector import PausedCollector
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.process import read_git_output
from devmatrix_guard.git.repository import Repository, find_own_folder, find_repository


class LearnContext(NamedTuple):
    """A repository and the part of its history to learn from.

    Attributes:
        repo: the repository.
        blobs: the open reader of its contents.
        head: the commit that is checked out.
        settings: those in force where the command was called.
        limit: read only so many of the newest commits.
        since: read only commits of this day (YYYY-MM-DD) and later.
        track: shows progress over an iterable.
    """

    repo: Repository
    blobs: BlobReader
    head: str
    settings: Settings
    limit: int | None
    since: str | None
    track: Any

    @property
    def root(self) -> Path:
        """The top of the work tree."""
        return self.repo.root

    @property
    def own(self) -> Path:
        """The folder for what guard keeps for itself."""
        return find_own_folder(self.repo)

    @property
    def is_whole(self) -> bool:
        """Whether all of history is read, so that what it no longer supports can go."""
        return self.limit is None and self.since is None and not self.repo.is_shallow

    @property
    def key(self) -> str:
        """A text that is equal for runs that would learn the same."""
        asked = (self.limit, self.since, self.settings.exclude, self.settings.migrations)
        return json.dumps([self.head, *asked, self.repo.is_shallow, __version__])


@contextmanager
def open_context(
    start: Path,
    *,
    limit: int | None = None,
    since: str | None = None,
    memory: str | None = None,
    track: Any = skip_progress,
) -> Iterator[LearnContext]:
    """Open the context of a command called in `start`; git's reader is open inside of it.

    With `memory` what is learned is kept there, whatever the settings name.

    Raises:
        UsageError: there is no repository, or no commit in it.
    """
    repo = find_repository(start)
    head = require_head(repo)
    settings = load_settings(start)
    if memory is not None:
        settings = settings._replace(memory=memory)
    with PausedCollector(), BlobReader(repo, keep_bytes=KEEP_BYTES) as blobs:
        yield LearnContext(repo, blobs, head, settings, limit, since, track)


def count_commits(repo: Repository) -> int:
    """Return how many commits there are to read."""
    return int(read_git_output(repo.root, "rev-list", "--count", "HEAD"))


def list_shallow_notes(repo: Repository) -> list[str]:
    """Return what has to be said about a shallow clone."""
    if not repo.is_shallow:
        return []
    return [
        "This is a shallow clone: only its few commits were read; `git fetch --unshallow` first."
    ]
