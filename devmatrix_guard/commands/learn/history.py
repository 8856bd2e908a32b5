"""Reads a repository's history once and keeps what can be learned from: fixes and their sites."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from devmatrix_guard.errors import UsageError, describe_defect
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import find_defined_names, list_tree, stream_commits
from devmatrix_guard.git.repository import Repository, resolve_commit
from devmatrix_guard.globs import matches_any
from devmatrix_guard.mining.cluster import FixedSite
from devmatrix_guard.mining.commits import (
    describe_source,
    find_issue,
    is_fix,
    select_source_changes,
)
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.sites import Site, find_sites
from devmatrix_guard.mining.sweeps import (
    MAX_SITES,
    find_bulk_edited_paths,
    find_bulk_edits,
    find_used_attributes,
    may_sweep,
    select_python_changes,
)
from devmatrix_guard.mining.undo_index import FixHunk, Renames, fix_hunks, is_indexed
from devmatrix_guard.model.diff import Commit, FileChange, Target

MAX_BLOB = 1_000_000
MAX_UNDO_FILES = 20
REPLAY_COMMITS = 400

T = TypeVar("T")
Track = Callable[[Iterable[T], str, int | None], Iterable[T]]
Redact = Callable[[str], str]


class Fix(NamedTuple):
    """What one fix commit taught: its sites, what its hunks did, and the patch's own identity."""

    commit: str
    identity: str
    files: int
    unreadable: int
    sites: tuple[FixedSite, ...]
    hunks: tuple[FixHunk, ...]


class BulkEdit(NamedTuple):
    """One commit that changed many places alike: those places, and what the project had defined.

    `defined` are names of the changed code that the project itself gave a meaning to.
    """

    commit: str
    identity: str
    sites: tuple[FixedSite, ...]
    defined: frozenset[str]


class Known(NamedTuple):
    """What was read before, by commit id; `plain` are commits known to be no bulk edit."""

    fixes: Mapping[str, Fix] = {}
    bulk_edits: Mapping[str, BulkEdit] = {}
    plain: frozenset[str] = frozenset()


NOTHING_KNOWN = Known()


class History(NamedTuple):
    """All that one reading of history gives, newest first; `order` numbers the commits.

    `exclude` are the globs of the files that were left out; `defects` says which commits could not
    be read through a fault of ours.
    """

    head: str
    commits: int
    fixes: tuple[Fix, ...]
    duplicates: int
    others: tuple[Commit, ...]
    order: dict[str, int]
    exclude: tuple[str, ...] = ()
    bulk_edits: tuple[BulkEdit, ...] = ()
    plain: frozenset[str] = frozenset()
    defects: tuple[str, ...] = ()

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
    """
    head = require_head(repo)
    reading = _Reading(repo, blobs, redact, known)
    order: dict[str, int] = {}
    commits = stream_commits(repo, limit=limit, rev=head)
    for whole in track(commits, "Reading commits", total):
        commit = remove_excluded(whole, exclude)
        if since is not None and commit.date[:10] < since:
            continue
        order[commit.id] = len(order)
        reading.take(commit)
    return History(
        head=head,
        commits=len(order),
        fixes=tuple(reading.fixes),
        duplicates=reading.duplicates,
        others=tuple(reading.others),
        order=order,
        exclude=tuple(exclude),
        bulk_edits=tuple(reading.bulk_edits),
        plain=frozenset(reading.plain),
        defects=tuple(reading.defects),
    )


class _Reading:
    """What has been read so far, newest first."""

    def __init__(self, repo: Repository, blobs: BlobReader, redact: Redact, known: Known) -> None:
        self.fixes: list[Fix] = []
        self.bulk_edits: list[BulkEdit] = []
        self.others: list[Commit] = []
        self.plain: set[str] = set()
        self.defects: list[str] = []
        self.duplicates = 0
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

    def _learn_from(self, commit: Commit) -> None:
        if is_fix(commit):
            self._take_fix(commit)
        elif len(commit.parents) == 1:
            self.others.append(commit)
            self._take_bulk_edit(commit)

    def _take_fix(self, commit: Commit) -> None:
        fix = self._known.fixes.get(commit.id) or read_fix(
            commit, self._blobs, self._renames, self._redact
        )
        if fix.identity in self._seen:
            self.duplicates += 1
            return
        self._seen.add(fix.identity)
        self.fixes.append(fix)
        if not fix.files:
            self._take_bulk_edit(commit)

    def _take_bulk_edit(self, commit: Commit) -> None:
        if commit.id in self._known.plain or not may_sweep(commit):
            self.plain |= {commit.id} & self._known.plain
            return
        bulk_edit = self._known.bulk_edits.get(commit.id) or read_bulk_edit(
            self._repo, commit, self._blobs, self._redact
        )
        if bulk_edit is None:
            self.plain.add(commit.id)
        elif bulk_edit.identity not in self._seen:
            self._seen.add(bulk_edit.identity)
            self.bulk_edits.append(bulk_edit)


def remove_excluded(commit: Commit, exclude: Sequence[str]) -> Commit:
    """Return a commit as if it had not changed the files that the settings leave out."""
    if not exclude:
        return commit
    return commit._replace(
        changes=tuple(c for c in commit.changes if not is_excluded(c.path, exclude))
    )


def is_excluded(path: str, exclude: Sequence[str]) -> bool:
    """Tell whether the settings leave a file out."""
    return matches_any(path, exclude)


def read_fix(commit: Commit, blobs: BlobReader, renames: Renames, redact: Redact) -> Fix:
    """Return what one fix teaches."""
    source = describe_source(commit)._replace(subject=redact(commit.subject))
    sites: list[FixedSite] = []
    files = unreadable = 0
    for change in select_source_changes(commit):
        pair = read_pair(change, blobs)
        if pair is None:
            continue
        files += 1
        found = find_sites(change.path, *pair)
        if found is None:
            unreadable += 1
            continue
        sites += [FixedSite(source, site) for site in found if _is_public(site, redact)]
    changes = read_code_changes(commit, blobs)
    remembered = [
        record
        for change in changes
        for record in fix_hunks(
            describe_commit(commit, redact), renames.resolve(change.path), change.hunks
        )
    ]
    identity = _compute_identity(commit.id, changes)
    return Fix(commit.id, identity, files, unreadable, tuple(sites), tuple(remembered))


def read_bulk_edit(
    repo: Repository, commit: Commit, blobs: BlobReader, redact: Redact
) -> BulkEdit | None:
    """Return what one commit changed in many places alike; None if it did no such thing."""
    pairs = {change.path: read_pair(change, blobs) for change in select_python_changes(commit)}
    hunks = {path: diff_lines(*pair) for path, pair in pairs.items() if pair}
    source = describe_source(commit)._replace(subject=redact(commit.subject))
    sites: list[FixedSite] = []
    for path in find_bulk_edited_paths(hunks):
        found = find_sites(path, *(pairs[path] or (b"", b"")), most=MAX_SITES)
        sites += [FixedSite(source, site) for site in found or () if _is_public(site, redact)]
    swept = find_bulk_edits(sites)
    if not swept:
        return None
    changes = [c._replace(hunks=hunks[c.path]) for c in commit.changes if c.path in hunks]
    names = sorted(
        {
            name
            for fixed in swept
            for form in fixed.site.forms
            for name in find_used_attributes(form)
        }
    )
    defined = find_defined_names(repo, commit.parents[0], names)
    return BulkEdit(commit.id, _compute_identity(commit.id, changes), swept, defined)


def describe_commit(commit: Commit, redact: Redact = str) -> tuple[str, str, str, str]:
    """Return commit, date, subject and issue, as an undone fix is spoken of."""
    source = describe_source(commit)
    return source.commit, source.date, redact(source.subject), find_issue(commit)


def read_pair(change: FileChange, blobs: BlobReader) -> tuple[bytes, bytes] | None:
    """Return both sides of a modified file; None if one is absent, binary or very large."""
    if change.old_blob is None or change.new_blob is None:
        return None
    old, new = blobs.read(change.old_blob, MAX_BLOB), blobs.read(change.new_blob, MAX_BLOB)
    if old is None or new is None or b"\0" in old or b"\0" in new:
        return None
    return old, new


def read_code_changes(commit: Commit, blobs: BlobReader) -> list[FileChange]:
    """Return the changes of a commit to code, with their hunks; none for a bulk edit."""
    if len(commit.changes) > MAX_UNDO_FILES:
        return []
    found = []
    for change in commit.changes:
        if change.status in ("M", "R") and is_indexed(change.path):
            pair = read_pair(change, blobs)
            if pair is not None:
                found.append(change._replace(hunks=diff_lines(*pair)))
    return found


def read_replay(
    commits: Sequence[Commit], blobs: BlobReader
) -> Iterator[tuple[Commit, list[Target]]]:
    """Yield the newest commits that add Python lines, with those lines as targets."""
    count = 0
    for commit in commits:
        targets = [
            target for change in commit.changes for target in _read_added_lines(change, blobs)
        ]
        if targets:
            yield commit, targets
            count += 1
        if count == REPLAY_COMMITS:
            return


def _read_added_lines(change: FileChange, blobs: BlobReader) -> Iterator[Target]:
    if change.status not in ("M", "R", "A") or not change.path.endswith(".py"):
        return
    if not change.new_mode.startswith("100"):
        return
    old = blobs.read(change.old_blob, MAX_BLOB) if change.old_blob else b""
    new = blobs.read(change.new_blob, MAX_BLOB) if change.new_blob else None
    if old is None or new is None:
        return
    lines = tuple(
        (hunk.new_start, hunk.new_start + hunk.new_count - 1)
        for hunk in diff_lines(old, new)
        if hunk.new_count
    )
    if lines:
        yield Target(change.path, new, lines)


def read_tree(
    repo: Repository, blobs: BlobReader, head: str, exclude: Sequence[str] = ()
) -> Iterator[Target]:
    """Yield every Python file of a commit's tree, whole."""
    for path, mode, blob_id in list_tree(repo, head):
        if path.endswith(".py") and mode.startswith("100") and not is_excluded(path, exclude):
            source = blobs.read(blob_id, MAX_BLOB)
            if source is not None:
                yield Target(path, source, None)


def _is_public(site: Site, redact: Redact) -> bool:
    """Tell whether a site shows no secret, so that it may be written into a rule."""
    return all(redact(text) == text for text in (site.before, site.after))


def _compute_identity(commit: str, changes: Sequence[FileChange]) -> str:
    """Return a text that is equal for the same patch picked onto another branch."""
    if not changes:
        return commit
    digest = hashlib.blake2b(digest_size=16)
    for change in sorted(changes, key=lambda change: change.path):
        digest.update(change.path.rpartition("/")[2].encode("utf-8", "surrogateescape"))
        for hunk in change.hunks:
            for sign, lines in ((b"-", hunk.removed), (b"+", hunk.added)):
                for line in lines:
                    digest.update(sign + b" ".join(line.split()) + b"\n")
    return digest.hexdigest()
