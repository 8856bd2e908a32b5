"""Where settings and rules are read from: the work tree, the commit in the making, or a commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from devmatrix_guard.errors import SettingsError
from devmatrix_guard.files import FileError, anchor, list_files, read_if_present
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.repository import Repository

_RULE_SUFFIXES = (".yml", ".yaml")


class Tree(Protocol):
    """Files by their path from the root."""

    def read(self, path: str) -> bytes | None:
        """Return a file's content, None where there is none."""

    def rule_files(self, top: str) -> list[str]:
        """Return the rule files that are `top` itself or lie below it, sorted."""

    def on_disk(self, top: str) -> Path | None:
        """Return where `top` is on disk, or would be, None where the disk says something else."""


class WorkTree:
    """What is on disk."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        """Return a file's content, None where there is none.

        Raises:
            SettingsError: it is not what may be read.
        """
        try:
            return read_if_present(*anchor(self._root, self._root / path))
        except FileError as error:
            raise SettingsError(str(error)) from error

    def rule_files(self, top: str) -> list[str]:
        root, path = anchor(self._root, self._root / top)
        found = list_files(root, path, _RULE_SUFFIXES)
        return found if root == str(self._root) else [f"{root}/{name}" for name in found]

    def on_disk(self, top: str) -> Path | None:
        return self._root / top


class StagedTree:
    """The work tree with some files as they are staged.

    Args:
        work_tree: what is on disk.
        staged: blob id, or None for a deleted file, by path.
        blobs: where to read them.
    """

    def __init__(
        self, work_tree: WorkTree, staged: Mapping[str, str | None], blobs: BlobReader
    ) -> None:
        self._below = work_tree
        self._staged = staged
        self._blobs = blobs

    def read(self, path: str) -> bytes | None:
        if path not in self._staged:
            return self._below.read(path)
        blob = self._staged[path]
        return None if blob is None else self._blobs.read(blob)

    def rule_files(self, top: str) -> list[str]:
        mine = {path for path in self._staged if is_below(path, top)}
        kept = {path for path in mine if self._staged[path] and path.endswith(_RULE_SUFFIXES)}
        return sorted(kept | (set(self._below.rule_files(top)) - mine))

    def on_disk(self, top: str) -> Path | None:
        if any(is_below(path, top) for path in self._staged):
            return None
        return self._below.on_disk(top)

    @property
    def staged_paths(self) -> tuple[str, ...]:
        """The paths of what is staged, deleted files included."""
        return tuple(self._staged)

    def half_staged(self, tops: Collection[str]) -> list[str]:
        """Return the staged files at or below `tops` that say something else on disk."""
        mine = [path for path in self._staged if any(is_below(path, top) for top in tops)]
        return sorted(path for path in mine if self._differs(path))

    def _differs(self, path: str) -> bool:
        on_disk, staged = self._below.read(path), self.read(path)
        if on_disk is None or staged is None:
            return False
        return on_disk.replace(b"\r\n", b"\n") != staged.replace(b"\r\n", b"\n")


class CommitTree:
    """What a commit holds."""

    def __init__(self, repo: Repository, commit: str, blobs: BlobReader) -> None:
        self._repo = repo
        self._commit = commit
        self._blobs = blobs

    def read(self, path: str) -> bytes | None:
        return self._blobs.read(f"{self._commit}:{path}")

    def rule_files(self, top: str) -> list[str]:
        files = list_tree(self._repo, self._commit, below=top)
        return [path for path, _, _ in files if path.endswith(_RULE_SUFFIXES)]

    def on_disk(self, top: str) -> Path | None:
        return None


def is_below(path: str, top: str) -> bool:
    """Whether a path is `top`, or lies below it; an empty `top` is the root."""
    return not top or path == top or path.startswith(f"{top}/")
