"""The two versions of a repository that a change lies between, and where each is read."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from devmatrix_guard.files import FileError, read_if_present
from devmatrix_guard.generator.manifest import PATH
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.git.worktree import list_index, list_worktree
from devmatrix_guard.model.named_value import NamedValue

_MAX_BYTES = 8 << 20  # a file beyond this is no source of ours


class Version(Protocol):
    """Files by their path from the root of the repository."""

    def read(self, path: str) -> bytes | None:
        """Return a file's content, None where there is none."""

    def list_below(self, folder: str) -> list[str]:
        """Return the paths of the files below a folder; the root is empty."""


class CommitVersion:
    """What a commit holds; an empty one holds nothing."""

    def __init__(self, repo: Repository, blobs: BlobReader, commit: str) -> None:
        self._repo, self._blobs, self._commit = repo, blobs, commit

    def read(self, path: str) -> bytes | None:
        return self._blobs.read(f"{self._commit}:{path}", _MAX_BYTES) if self._commit else None

    def list_below(self, folder: str) -> list[str]:
        if not self._commit:
            return []
        return [path for path, _, _ in list_tree(self._repo, self._commit, below=folder)]


class IndexVersion:
    """What the next commit would hold."""

    def __init__(self, repo: Repository, blobs: BlobReader) -> None:
        self._repo, self._blobs = repo, blobs

    def read(self, path: str) -> bytes | None:
        return self._blobs.read(f":0:{path}", _MAX_BYTES)

    def list_below(self, folder: str) -> list[str]:
        return [path for path, _ in list_index(self._repo, folder or ".")]


class DiskVersion:
    """What is on disk."""

    def __init__(self, repo: Repository) -> None:
        self._repo = repo

    def read(self, path: str) -> bytes | None:
        try:
            return read_if_present(Path(self._repo.root), path)
        except FileError:
            return None

    def list_below(self, folder: str) -> list[str]:
        if self._repo.is_bare:
            return []
        return [p for p in list_worktree(self._repo) if not folder or p.startswith(f"{folder}/")]


class FilePair(NamedValue):
    """A changed file, and its contents as git names them; None where that side has no such file."""

    path: str
    old_blob: str | None
    new_blob: str | None


class VersionPair(NamedValue):
    """A change: its files, and both versions of everything.

    `blobs` reads the contents that the files name. Without a change everything there is counts:
    `files` are all that are there. `beside` is the work tree, where what is staged is the change.
    """

    before: Version
    after: Version
    files: tuple[FilePair, ...]
    blobs: BlobReader
    beside: Version | None = None


def list_applications(version: Version) -> list[str]:
    """Return the folders of a version that hold a generated application, sorted."""
    paths = version.list_below("")
    return sorted(
        path.removesuffix(PATH).rstrip("/")
        for path in paths
        if path == PATH or path.endswith(f"/{PATH}")
    )
