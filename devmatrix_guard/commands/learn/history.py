"""Reads a repository's history once and keeps what can be learned from: fixes and their sites."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from devmatrix_guard.commands.learn.fixes import BulkEdit, Fix, Redact, read_bulk_edit, read_fix
from devmatrix_guard.commands.learn.paths import remove_excluded
from devmatrix_guard.errors import UsageError, describe_defect
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import Repository, resolve_commit
from devmatrix_guard.mining.candidates.bulk_edits import (
    may_be_bulk_edit,
)
from devmatrix_guard.mining.candidates.cluster import FixedSite
from devmatrix_guard.mining.commits import is_fix, may_be_fix
from devmatrix_guard.mining.undo.indexing import Renames
from devmatrix_guard.model.diff import Commit

# Writing what is known of 50,000 commits takes a second or two.
_KEEP_SECONDS = 30
_COLLECT_COMMITS = 5000

T = TypeVar("T")


class CommitTaker(Protocol):
    """What else takes the commits of one reading, the newest first."""

    def take(self, commit: Commit) -> None:
        """Take the next older commit."""


class Known(NamedTuple):
    """What was read before, by commit id; `plain` are commits known to be no bulk edit.

    `picked_fixes` and `picked_edits` are commits that repeat a newer one, with their identity.
    """

    fixes: Mapping[str, Fix] = {}
    bulk_edits: Mapping[str, BulkEdit] = {}
    plain: frozenset[str] = frozenset()
    picked_fixes: Mapping[str, str] = {}
    picked_edits: Mapping[str, str] = {}


NOTHING_KNOWN = Known()


class History(NamedTuple):
    """All that one reading of history gives, newest first; `order` numbers the commits.

    `remembered` are commits that may be fixes: no rule is learned from them, but undoing them is
    noticed. `exclude` are the globs of the files that were left out; `defects` says which commits
    could not be read through a fault of ours, `notes` what was missing.
    """

    head: str
    commits: int
    fixes: tuple[Fix, ...]
    others: tuple[Commit, ...]
    order: dict[str, int]
    exclude: tuple[str, ...] = ()
    bulk_edits: tuple[BulkEdit, ...] = ()
    plain: frozenset[str] = frozenset()
    defects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remembered: tuple[Fix, ...] = ()
    picked_fixes: Mapping[str, str] = {}
    picked_edits: Mapping[str, str] = {}

    @property
    def known(self) -> Known:
        """What need not be read again."""
        return Known(
            {fix.commit: fix for fix in (*self.fixes, *self.remembered)},
            {edit.commit: edit for edit in self.bulk_edits},
            self.plain,
            self.picked_fixes,
            self.picked_edits,
        )

    @property
    def duplicates(self) -> int:
        """How many fixes are patches that were picked twice."""
        return len(self.picked_fixes)

    @property
    def sites(self) -> tuple[FixedSite, ...]:
        """Every edit site of every fix and of every bulk edit."""
        fixed = [site for fix in self.fixes for site in fix.sites]
        return (*fixed, *(site for bulk_edit in self.bulk_edits for site in bulk_edit.sites))

    @property
    def defined(self) -> dict[str, frozenset[str]]:
        """What the project had defined of the names each bulk edit changed, by commit."""
        return {bulk_edit.commit: bulk_edit.defined for bulk_edit in self.bulk_edits}

    @property
    def unreadable(self) -> int:
        """How many versions of files this Python cannot parse: most often Python 2."""
        return sum(fix.unreadable for fix in self.fixes)


def skip_progress(items: Iterable[T], text: str, total: int | None) -> Iterable[T]:
    """Return the items as they are: progress that nobody watches."""
    return items


def require_head(repo: Repository) -> str:
    """Return the commit that is checked out.

    Raises:
        UsageError: there is none yet.
    """
    head = resolve_commit(repo, "HEAD")
    if head is None:
        raise UsageError(
            f"{repo.root} has no commits yet, so there is nothing to learn from; "
            "commit something and run again."
        )
    return head


def read_history(
    repo: Repository,
    blobs: BlobReader,
    *,
    limit: int | None = None,
    since: str | None = None,
    exclude: Sequence[str] = (),
    known: Known = NOTHING_KNOWN,
    redact: Redact = str,
    track: Any = skip_progress,
    total: int | None = None,
    seconds: float | None = None,
    keep: Callable[[Known], None] | None = None,
    beside: CommitTaker | None = None,
) -> History:
    """Read commits newest first and learn from each fix among them.

    Args:
        repo: where to read.
        blobs: the open reader of that repository.
        limit: the largest number of commits.
        since: a date as YYYY-MM-DD; older commits are left out.
        exclude: globs of paths that are as if they were not there.
        known: what was read before.
        redact: masks secrets; code it would change is not learned from.
        track: shows progress over an iterable.
        total: how many commits are expected.
        seconds: how long to read at most; None for no bound. One commit is always read.
        keep: gets now and then what has been read so far: a run that is killed loses little.
        beside: gets every commit, too, so that history is read once.
    """
    head = require_head(repo)
    reading = _Reading(repo, blobs, redact, known)
    order: dict[str, int] = {}
    notes: list[str] = []
    commits = stream_commits(repo, limit=limit, rev=head, notes=notes)
    began = kept = time.monotonic()
    for whole in track(commits, "Reading commits", total):
        commit = remove_excluded(whole, exclude)
        if beside is not None:
            beside.take(commit)
        if since is not None and commit.date[:10] < since:
            continue
        order[commit.id] = len(order)
        reading.take(commit)
        if len(order) % _COLLECT_COMMITS == 0:
            gc.collect()  # what little was left in circles while the collector is paused
        now = time.monotonic()
        if seconds is not None and now - began > seconds:
            break
        if keep is not None and now - kept > _KEEP_SECONDS:
            keep(reading.list_known())
            kept = time.monotonic()
    if keep is not None and time.monotonic() - kept > _KEEP_SECONDS / 6:
        keep(reading.list_known())  # judging takes a while, too
    found = reading.finish(head, order)
    notes += _note_absent(blobs)
    return found._replace(exclude=tuple(exclude), notes=tuple(notes))


def _note_absent(blobs: BlobReader) -> list[str]:
    """Return what is to be said where contents of changed files are missing."""
    if not blobs.absent:
        return []
    return [
        f"{len(blobs.absent)} contents of changed files are missing here, as in a partial or "
        "damaged clone: what commits did to them is not known; `git fetch --refetch` first."
    ]


class _Reading:
    """What has been read so far, newest first."""

    def __init__(self, repo: Repository, blobs: BlobReader, redact: Redact, known: Known) -> None:
        self.fixes: list[Fix] = []
        self.remembered: list[Fix] = []
        self.bulk_edits: list[BulkEdit] = []
        self.others: list[Commit] = []
        self.plain: set[str] = set()
        self.defects: list[str] = []
        self.picked_fixes: dict[str, str] = {}
        self.picked_edits: dict[str, str] = {}
        self._seen: set[str] = set()
        self._renames = Renames()
        self._repo, self._blobs, self._redact, self._known = repo, blobs, redact, known

    def take(self, commit: Commit) -> None:
        """Learn from the next older commit; one that we fail at teaches nothing."""
        try:
            self._learn_from(commit)
        except Exception as error:
            self.defects.append(describe_defect(error, f"reading commit {commit.id[:10]}"))
        self._renames.step_back_over(commit)

    def finish(self, head: str, order: dict[str, int]) -> History:
        """Return all that was read, up to a commit."""
        return History(
            head=head,
            commits=len(order),
            fixes=tuple(self.fixes),
            others=tuple(self.others),
            order=order,
            bulk_edits=tuple(self.bulk_edits),
            plain=frozenset(self.plain),
            defects=tuple(self.defects),
            remembered=tuple(self.remembered),
            picked_fixes=self.picked_fixes,
            picked_edits=self.picked_edits,
        )

    def list_known(self) -> Known:
        """Return what has been read so far, with what was known before of what is still to come."""
        return Known(
            {**self._known.fixes, **{f.commit: f for f in (*self.fixes, *self.remembered)}},
            {**self._known.bulk_edits, **{edit.commit: edit for edit in self.bulk_edits}},
            self._known.plain | self.plain,
            {**self._known.picked_fixes, **self.picked_fixes},
            {**self._known.picked_edits, **self.picked_edits},
        )

    def _learn_from(self, commit: Commit) -> None:
        if is_fix(commit):
            self._take_fix(commit)
        elif len(commit.parents) == 1:
            if may_be_fix(commit):
                self.remembered.append(self._read_fix(commit, is_taught=False))
            self.others.append(commit)
            self._take_bulk_edit(commit)

    def _take_fix(self, commit: Commit) -> None:
        if self._is_picked(commit, self._known.picked_fixes, self.picked_fixes):
            return
        fix = self._read_fix(commit)
        if fix.identity in self._seen:
            self.picked_fixes[commit.id] = fix.identity
            return
        self._seen.add(fix.identity)
        self.fixes.append(fix)
        if not fix.files:
            self._take_bulk_edit(commit)

    def _read_fix(self, commit: Commit, *, is_taught: bool = True) -> Fix:
        return self._known.fixes.get(commit.id) or read_fix(
            commit, self._blobs, self._renames, self._redact, is_taught=is_taught
        )

    def _take_bulk_edit(self, commit: Commit) -> None:
        if commit.id in self._known.plain or not may_be_bulk_edit(commit):
            self.plain |= {commit.id} & self._known.plain
            return
        if self._is_picked(commit, self._known.picked_edits, self.picked_edits):
            return
        bulk_edit = self._known.bulk_edits.get(commit.id) or read_bulk_edit(
            self._repo, commit, self._blobs, self._redact
        )
        if bulk_edit is None:
            self.plain.add(commit.id)
        elif bulk_edit.identity in self._seen:
            self.picked_edits[commit.id] = bulk_edit.identity
        else:
            self._seen.add(bulk_edit.identity)
            self.bulk_edits.append(bulk_edit)

    def _is_picked(self, commit: Commit, known: Mapping[str, str], here: dict[str, str]) -> bool:
        """Tell whether a commit is known to repeat one that was taken; it is noted as such."""
        identity = known.get(commit.id)
        if identity is None or identity not in self._seen:
            return False
        here[commit.id] = identity
        return True
