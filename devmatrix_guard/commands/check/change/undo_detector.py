"""Asks whether a change takes back part of an earlier fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Self

from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import Repository, find_own_folder
from devmatrix_guard.mining.reverts import is_titled_revert
from devmatrix_guard.mining.undo.index import INDEX_NAME, UndoIndex, load_index
from devmatrix_guard.model.diff import FileChange
from devmatrix_guard.model.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.mining.reverts import Reverted

# A larger change is a merge or a move of everything; only files with fixes are then looked at.
_MAX_OTHER_BYTES = 16_000_000


class FoundUndone(NamedTuple):
    """What a change undoes, and what of it could not be looked into.

    `unread` tells by path why a file with fixes cannot be read, `defects` which commits a fault of
    ours kept from being read.
    """

    findings: Sequence[Finding] = ()
    unread: Mapping[str, str] = MappingProxyType({})
    defects: Sequence[str] = ()


class UndoDetector:
    """Watches a stream of changes and keeps those that may undo a fix.

    Args:
        index: what earlier fixes removed and added; None where nothing has been learned.
        is_outdated: there is an index that another version of guard wrote.
        is_missing: there is none, and one is wanted.
    """

    def __init__(
        self, index: UndoIndex | None, *, is_outdated: bool = False, is_missing: bool = False
    ) -> None:
        self._index = index
        self.is_outdated = is_outdated
        self.is_missing = is_missing
        self._kept: list[FileChange] = []
        self._others = 0
        self._in_ranges: dict[tuple[str, str, tuple[str, ...]], FoundUndone] = {}

    @classmethod
    def load(cls, repo: Repository, *, is_wanted: bool) -> Self:
        """Return the detector of a repository, which finds nothing if it is not wanted."""
        if not is_wanted:
            return cls(None)
        path = find_own_folder(repo) / INDEX_NAME
        index = load_index(path)
        is_there = index is not None or path.exists()
        return cls(index, is_outdated=index is None and is_there, is_missing=not is_there)

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

    def find(self, repo: Repository | None, blobs: BlobReader | None) -> FoundUndone:
        """Return what the watched changes undo, or a merge loses, what is announced apart."""
        if repo is None or blobs is None or self._index is None:
            return FoundUndone()
        from devmatrix_guard.commands.learn.fixes import find_unread
        from devmatrix_guard.commands.learn.undone import find_undone_by_index

        known, reverted = self._index.sections, read_reverted(repo)
        unread = find_unread((c for c in self._kept if (c.old_path or c.path) in known), blobs)
        found = find_undone_by_index(repo, blobs, self._index, self._kept, reverted=reverted)
        return FoundUndone(found, unread)

    def find_in_range(
        self, repo: Repository, blobs: BlobReader, base: str, head: str, exclude: tuple[str, ...]
    ) -> FoundUndone:
        """Return what `find_undone_in_range` does, read once: the rules of both ends may ask."""
        asked = (base, head, exclude)
        if asked not in self._in_ranges:
            self._in_ranges[asked] = find_undone_in_range(repo, blobs, base, head, exclude=exclude)
        return self._in_ranges[asked]


def find_undone_in_range(
    repo: Repository, blobs: BlobReader, base: str, head: str, *, exclude: Sequence[str]
) -> FoundUndone:
    """Return what the commits from a base, empty for all, to a head undid and left undone.

    The index of what was learned plays no part: it knows today's files, not those of the base.
    """
    from devmatrix_guard.commands.learn.undone import (
        find_undone,
        make_findings,
        read_span_of_range,
    )

    unread: dict[str, str] = {}
    defects: list[str] = []
    span = read_span_of_range(repo, base, head)
    undone = find_undone(repo, blobs, span, exclude=exclude, defects=defects, unread=unread)
    return FoundUndone(make_findings(undone), unread, defects)


def read_reverted(repo: Repository) -> Reverted | None:
    """Return what the commit in the making takes back on purpose, as `git revert` prepared it."""
    try:
        message = (repo.git_dir / "MERGE_MSG").read_text("utf-8", "replace")
    except OSError:
        message = ""
    try:
        commit = (repo.git_dir / "REVERT_HEAD").read_text("ascii", "replace").strip()
    except OSError:
        commit = ""
    subject, _, body = message.partition("\n")
    if commit:
        subject, body = f"Revert {subject}", f"{body}\nThis reverts commit {commit}."
    if not is_titled_revert(subject):
        return None
    from devmatrix_guard.commands.learn.undone import read_announced

    return read_announced(repo, subject, body)
