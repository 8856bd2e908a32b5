"""Where a check works: the repository and its open reader, or a folder that is in none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import NotARepositoryError, Repository, find_repository

# A range asks for what one commit made of a file again as what the next one found.
_KEEP_BYTES = 16_000_000


class Place(NamedTuple):
    """The folder that paths are relative to; `repo` and `blobs` are None outside a repository."""

    root: Path
    repo: Repository | None = None
    blobs: BlobReader | None = None

    @property
    def cache(self) -> Path | None:
        """Where compiled rules are kept: in git's own folder, which no commit can fill."""
        return self.repo.git_dir / "guard" if self.repo else None


@contextmanager
def open_place(cwd: Path, *, needs_repository: bool) -> Iterator[Place]:
    """Find the repository that `cwd` is in; git's reader is open inside the context.

    Raises:
        GitError: there is none, and one is needed.
    """
    try:
        repo = find_repository(cwd)
    except NotARepositoryError:
        if needs_repository:
            raise
        yield Place(cwd)
        return
    with BlobReader(repo, keep_bytes=_KEEP_BYTES) as blobs:
        yield Place(repo.root, repo, blobs)
