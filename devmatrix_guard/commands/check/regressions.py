"""Asks whether a change takes back part of an earlier fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.ranges import Range
from devmatrix_guard.git.repository import Repository, own_folder
from devmatrix_guard.mining.undo import (
    INDEX_NAME,
    UndoIndex,
    is_titled_revert,
    load_index,
    undo_findings,
)
from devmatrix_guard.model.diff import FileChange
from devmatrix_guard.model.finding import Finding

# A larger change is a merge or a move of everything; only files with fixes are then looked at.
_MAX_OTHER_BYTES = 16_000_000
# What is read of the past of a range's files where nothing was learned, as in a fresh CI clone.
_MAX_PATHS = 100
_MAX_COMMITS = 2000


class Memory:
    """Watches a stream of changes and keeps those that may undo a fix.

    Args:
        index: what earlier fixes removed and added; None where nothing has been learned.
        asks_history: where there is no index, read the past of a range's files instead.
    """

    def __init__(self, index: UndoIndex | None, *, asks_history: bool = False) -> None:
        self._index = index
        self._asks_history = asks_history and index is None
        self._kept: list[FileChange] = []
        self._others = 0

    @classmethod
    def of(cls, repo: Repository, *, is_wanted: bool, is_range: bool = False) -> Self:
        """Return the memory of a repository, empty if it is not wanted."""
        if not is_wanted:
            return cls(None)
        return cls(load_index(own_folder(repo) / INDEX_NAME), asks_history=is_range)

    def watch(self, changes: Iterable[FileChange]) -> Iterator[FileChange]:
        """Pass changes on, keeping what is needed of them."""
        for change in changes:
            if self._index is not None or self._asks_history:
                self._keep(change)
            yield change

    @property
    def paths(self) -> tuple[str, ...]:
        """The files whose fixes are remembered."""
        return tuple(self._index.sections) if self._index is not None else ()

    def _keep(self, change: FileChange) -> None:
        if self._index is None or (change.old_path or change.path) not in self._index.sections:
            self._others += sum(len(line) for hunk in change.hunks for line in hunk.added)
            if self._others > _MAX_OTHER_BYTES:
                return
        self._kept.append(change)

    def findings(
        self, repo: Repository | None, compared: Range | None, paths: frozenset[str]
    ) -> list[Finding]:
        """Return what the watched changes of `paths` undo, announced reverts apart."""
        if repo is None or not self._kept:
            return []
        if compared is None and _is_reverting(repo):
            return []
        index = self._index
        if index is None and compared is not None:
            index = _index_of_past(repo, compared.base, self._kept)
        if index is None:
            return []
        found = [f for f in undo_findings(index, self._kept) if f.path in paths]
        if found and compared is not None:
            reverted = _reverted_paths(repo, compared)
            found = [finding for finding in found if finding.path not in reverted]
        return found


def _index_of_past(repo: Repository, base: str, changes: Iterable[FileChange]) -> UndoIndex | None:
    """Return what the fixes before `base` did to the changed files, under their names of then."""
    from devmatrix_guard.commands.learn.history import past_fixes
    from devmatrix_guard.mining.undo_index import is_indexed

    paths = [c.old_path or c.path for c in changes if c.status in ("M", "R")]
    wanted = [path for path in dict.fromkeys(paths) if is_indexed(path)][:_MAX_PATHS]
    return past_fixes(repo, base, wanted, limit=_MAX_COMMITS) if wanted else None


def _is_reverting(repo: Repository) -> bool:
    """Whether the commit in the making is one that `git revert` prepared."""
    if (repo.git_dir / "REVERT_HEAD").exists():
        return True
    try:
        message = (repo.git_dir / "MERGE_MSG").read_text("utf-8", "replace")
    except OSError:
        return False
    return is_titled_revert(message.partition("\n")[0])


def _reverted_paths(repo: Repository, compared: Range) -> frozenset[str]:
    commits = stream_commits(repo, since=compared.base, rev=compared.head)
    return frozenset(
        change.path
        for commit in commits
        if is_titled_revert(commit.subject)
        for change in commit.changes
    )
