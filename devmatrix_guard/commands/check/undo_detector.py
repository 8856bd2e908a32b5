"""Asks whether a change takes back part of an earlier fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Self

from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import Repository, find_own_folder
from devmatrix_guard.mining.undo import INDEX_NAME, UndoIndex, is_titled_revert, load_index
from devmatrix_guard.model.diff import FileChange
from devmatrix_guard.model.finding import Finding

# A larger change is a merge or a move of everything; only files with fixes are then looked at.
_MAX_OTHER_BYTES = 16_000_000


class UndoDetector:
    """Watches a stream of changes and keeps those that may undo a fix.

    Args:
        index: what earlier fixes removed and added; None where nothing has been learned.
    """

    def __init__(self, index: UndoIndex | None) -> None:
        self._index = index
        self._kept: list[FileChange] = []
        self._others = 0

    @classmethod
    def load(cls, repo: Repository, *, is_wanted: bool) -> Self:
        """Return the detector of a repository, which finds nothing if it is not wanted."""
        return cls(load_index(find_own_folder(repo) / INDEX_NAME) if is_wanted else None)

    def watch(self, changes: Iterable[FileChange]) -> Iterator[FileChange]:
        """Pass changes on, keeping what is needed of them."""
        for change in changes:
            if self._index is not None:
                self._keep(change)
            yield change

    @property
    def words(self) -> dict[str, bytes]:
        """By file, the words by which undoing the fixes that are remembered shows."""
        return self._index.words if self._index is not None else {}

    def _keep(self, change: FileChange) -> None:
        if self._index is None or (change.old_path or change.path) not in self._index.sections:
            self._others += sum(len(line) for hunk in change.hunks for line in hunk.added)
            if self._others > _MAX_OTHER_BYTES:
                return
        self._kept.append(change)

    def find(self, repo: Repository | None, blobs: BlobReader | None) -> list[Finding]:
        """Return what the watched changes undo, or a merge loses, announced reverts apart."""
        if repo is None or blobs is None or self._index is None or is_reverting(repo):
            return []
        from devmatrix_guard.commands.learn.undone import find_undone_by_index

        return find_undone_by_index(repo, blobs, self._index, self._kept)


def find_undone_in_range(
    repo: Repository, blobs: BlobReader, base: str, head: str, *, exclude: Sequence[str]
) -> list[Finding]:
    """Return what the commits from a base, empty for all, to a head undid and left undone.

    The index of what was learned plays no part: it knows today's files, not those of the base.
    """
    from devmatrix_guard.commands.learn.undone import (
        find_undone,
        make_findings,
        read_span_of_range,
    )

    return make_findings(
        find_undone(repo, blobs, read_span_of_range(repo, base, head), exclude=exclude)
    )


def is_reverting(repo: Repository) -> bool:
    """Whether the commit in the making is one that `git revert` prepared."""
    if (repo.git_dir / "REVERT_HEAD").exists():
        return True
    try:
        message = (repo.git_dir / "MERGE_MSG").read_text("utf-8", "replace")
    except OSError:
        return False
    return is_titled_revert(message.partition("\n")[0])
