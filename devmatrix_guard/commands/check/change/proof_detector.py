"""Asks whether a change takes something from the tests that prove earlier fixes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Self

from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import list_merge_heads
from devmatrix_guard.git.repository import Repository, find_own_folder
from devmatrix_guard.mining.fixes.index import INDEX_NAME, FixIndex, build_index, load_index
from devmatrix_guard.model.diff import FileChange
from devmatrix_guard.model.runner_files import may_unselect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.mining.fixes.purpose import Purpose
    from devmatrix_guard.mining.fixes.removed_proof import Proved
    from devmatrix_guard.mining.regression.change import Loss, TextChange
    from devmatrix_guard.mining.regression.collect import Naming
    from devmatrix_guard.mining.reverts import Reverted
    from devmatrix_guard.model.finding import Finding

_PYTHON = (".py", ".pyi", ".pyw")
_EXAMPLE = b">>>"
# Whoever opens a pull request chooses how many files it changes.
_MAX_FILES = 5000
_MAX_COMMITS = 2000
_MAX_BYTES = 1_000_000


class ProofDetector:
    """Watches a stream of changes and keeps those that may concern a regression test.

    Args:
        index: the fixes with their tests; None where nothing has been learned.
        is_outdated: there is an index that another version of guard wrote.
    """

    def __init__(self, index: FixIndex | None, *, is_outdated: bool = False) -> None:
        self._index = index
        self.is_outdated = is_outdated
        self._kept: list[FileChange] = []
        self._in_ranges: dict[
            tuple[str, str, tuple[str, ...]], tuple[list[Finding], dict[str, str]]
        ] = {}

    @classmethod
    def load(cls, repo: Repository, *, is_wanted: bool) -> Self:
        """Return the detector of a repository, which finds nothing if it is not wanted."""
        if not is_wanted:
            return cls(None)
        path = find_own_folder(repo) / INDEX_NAME
        index = load_index(path)
        return cls(index, is_outdated=index is None and path.exists())

    def watch(self, changes: Iterable[FileChange]) -> Iterator[FileChange]:
        """Pass changes on, keeping them."""
        for change in changes:
            if self._index is not None:
                self._kept.append(change)
            yield change

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that hold regression tests."""
        return tuple(self._index.tests) if self._index is not None else ()

    @property
    def deleted(self) -> frozenset[str]:
        """The files with regression tests that the change deletes."""
        known = frozenset(self.paths)
        return frozenset(c.path for c in self._kept if c.status == "D" and c.path in known)

    def find_unread(self, blobs: BlobReader) -> dict[str, str]:
        """Return by path why a file with regression tests cannot be read any more."""
        changed = [c for c in self._kept if self._index and _is_concerned(c, self._index)]
        if not changed:
            return {}
        from devmatrix_guard.commands.learn.fixes import find_unread

        return find_unread(changed, blobs)

    def find(
        self, repo: Repository, blobs: BlobReader, reverted: Reverted | None = None
    ) -> list[Finding]:
        """Return what the watched changes, or a merge in the making, take from tests.

        Args:
            repo: where the commit is made.
            blobs: the open reader of the repository.
            reverted: what it is known to take back on purpose.
        """
        if self._index is None:
            return []
        if heads := list_merge_heads(repo):
            return find_proof_lost_in_making(repo, blobs, self._index, heads)
        unselected = _find_unselected(repo, self._index, self._kept, blobs, "HEAD")
        changed = [change for change in self._kept if _is_concerned(change, self._index)]
        if not changed:
            return unselected
        from devmatrix_guard.commands.learn.fix_units import read_naming_at

        naming = read_naming_at(blobs, "HEAD")
        reverts = {change.path: [reverted] for change in changed} if reverted else {}
        return unselected + find_removed_proof(self._index, self._kept, blobs, naming, reverts)

    def find_in_range(
        self, repo: Repository, blobs: BlobReader, base: str, head: str, exclude: tuple[str, ...]
    ) -> tuple[list[Finding], dict[str, str]]:
        """Return what `find_removed_proof_in_range` finds, read once, and what it cannot read."""
        asked = (base, head, exclude)
        if asked not in self._in_ranges:
            unread: dict[str, str] = {}
            found = find_removed_proof_in_range(
                repo, blobs, base, head, exclude=exclude, unread=unread
            )
            self._in_ranges[asked] = found, unread
        return self._in_ranges[asked]


def _find_unselected(
    repo: Repository,
    index: FixIndex,
    changes: Sequence[FileChange],
    blobs: BlobReader,
    rev: str,
) -> list[Finding]:
    """Return what changed settings of the runner, or a move past them, leave out of what runs."""
    if not any(may_unselect(c.path) or _has_moved_proof(c, index) for c in changes):
        return []
    from devmatrix_guard.commands.check.change.unselected_tests import find_unselected

    return find_unselected(repo, index, changes, blobs, rev)


def _has_moved_proof(change: FileChange, index: FixIndex) -> bool:
    return (
        bool(change.old_path) and change.old_path != change.path and change.old_path in index.tests
    )


def find_removed_proof(
    index: FixIndex,
    changes: Sequence[FileChange],
    blobs: BlobReader,
    naming: Naming,
    announced: Mapping[str, Sequence[Reverted]] = MappingProxyType({}),
) -> list[Finding]:
    """Return what changes take from the tests of fixes.

    Args:
        index: the fixes as they stand before the change.
        changes: the change, with hunks.
        blobs: the open reader of the repository.
        naming: what the runner of Python's tests collects.
        announced: by file, what messages say that they take back there.
    """
    losses, proved = _find_losses(index, changes, blobs, naming)
    if losses and announced:
        from devmatrix_guard.mining.fixes.removed_proof import drop_announced

        losses, proved = drop_announced(losses, proved, announced)
    return _make_findings(losses, proved, changes, blobs)


def find_proof_lost_in_making(
    repo: Repository, blobs: BlobReader, index: FixIndex, heads: Sequence[str]
) -> list[Finding]:
    """Return what a merge in the making takes from the tests of fixes that one of its sides has.

    What another side knew and took away itself is its own decision, and comes with it.

    Args:
        repo: where it is made.
        blobs: the open reader of the repository.
        index: the fixes of HEAD.
        heads: the commits that are merged into HEAD.
    """
    from devmatrix_guard.commands.learn.fix_units import read_naming_at
    from devmatrix_guard.git.changes import read_changes_since, read_range_changes
    from devmatrix_guard.git.history import list_commits_since

    naming = read_naming_at(blobs, "HEAD")
    changes = list(read_changes_since(repo, "HEAD"))
    losses, proved = _find_losses(index, changes, blobs, naming)
    for rev in heads if losses else ():
        own = list_commits_since(repo, rev, "HEAD")  # which that side does not know
        theirs, _ = _find_losses(index, [*read_range_changes(repo, "HEAD", rev)], blobs, naming)
        taken = {(loss.old_path, loss.name) for loss in theirs}
        losses = [
            loss
            for loss in losses
            if (key := (loss.old_path, loss.name)) not in taken
            or any(fix.commit in own for fix, _ in proved[key].fixes)
        ]
    found = _make_findings(losses, proved, changes, blobs)
    for rev in heads:
        changes = list(read_changes_since(repo, rev))
        tests = [c.old_path or c.path for c in changes if _may_hold_proof(c, naming, blobs)]
        if tests:
            other = read_index_at(repo, blobs, rev, tests, naming, since="HEAD")
            found += find_removed_proof(other, changes, blobs, naming)
    return found


def _find_losses(
    index: FixIndex, changes: Sequence[FileChange], blobs: BlobReader, naming: Naming
) -> tuple[list[Loss], dict[tuple[str, str], Proved]]:
    """Return what changes take from tests, and what those prove by their path and name."""
    from devmatrix_guard.mining.regression.change import find_losses

    proved = _read_proved(index, changes)
    texts = _read_texts(index, changes, blobs, naming)
    wanted: dict[str, list[str]] = {}
    for path, name in proved:
        wanted.setdefault(path, []).append(name)
    return find_losses(texts, wanted, naming), proved


def _make_findings(
    losses: Sequence[Loss],
    proved: dict[tuple[str, str], Proved],
    changes: Sequence[FileChange],
    blobs: BlobReader,
) -> list[Finding]:
    from devmatrix_guard.mining.fixes.removed_proof import find_states, make_findings

    if not losses:
        return []
    fixes = {
        fix.commit: fix for loss in losses for fix, _ in proved[loss.old_path, loss.name].fixes
    }
    mended = {function.path for fix in fixes.values() for function in fix.functions}
    contents = {}
    for change in changes:
        path = change.old_path or change.path
        content = blobs.read(change.new_blob) if change.new_blob and path in mended else None
        if content is not None:
            contents[path] = content
    states = find_states(tuple(fixes.values()), changes, contents)
    return make_findings(losses, proved, states, _read_purpose(changes, blobs))


def _read_purpose(changes: Sequence[FileChange], blobs: BlobReader) -> Purpose:
    """Return what a change does to the product, as far as it is Python."""
    from devmatrix_guard.commands.learn.fix_units import read_text_change
    from devmatrix_guard.mining.fixes.purpose import read_purpose
    from devmatrix_guard.mining.product_paths import is_product_code

    product = [c for c in changes if c.path.endswith(_PYTHON) and is_product_code(c.path)]
    found = (read_text_change(blobs, change) for change in product[:_MAX_FILES])
    return read_purpose([change for change in found if change is not None])


def find_removed_proof_in_range(
    repo: Repository,
    blobs: BlobReader,
    base: str,
    head: str,
    *,
    exclude: Sequence[str],
    unread: dict[str, str] | None = None,
) -> list[Finding]:
    """Return what a range as a whole takes from the tests of fixes that stand at its base.

    The index of what was learned plays no part: it knows today's files, not those of the base.

    Args:
        repo: where to read.
        blobs: the open reader of the repository.
        base: the commit before the range, empty for none.
        head: its last commit.
        exclude: globs of paths that are as if they were not there.
        unread: gets by path why a file with such tests cannot be read any more.
    """
    if not base:
        return []
    from devmatrix_guard.commands.learn.fix_units import read_naming_at
    from devmatrix_guard.commands.learn.fixes import find_unread
    from devmatrix_guard.commands.learn.paths import is_excluded
    from devmatrix_guard.git.changes import read_range_changes

    naming = read_naming_at(blobs, base)
    changes = [c for c in read_range_changes(repo, base, head) if not is_excluded(c.path, exclude)]
    tests = [c for c in changes if _may_hold_proof(c, naming, blobs)]
    paths = [c.old_path or c.path for c in tests]
    if any(may_unselect(change.path) for change in changes):
        from devmatrix_guard.commands.check.change.unselected_tests import list_unselected_files

        paths += list_unselected_files(repo, changes, blobs, base)
    if not paths:
        return []
    index = read_index_at(repo, blobs, base, paths, naming, exclude)
    if unread is not None:
        unread |= find_unread((c for c in changes if _is_concerned(c, index)), blobs)
    announced = find_announced(repo, base, head)
    found = find_removed_proof(index, changes, blobs, naming, announced)
    return _find_unselected(repo, index, changes, blobs, base) + found


def read_index_at(
    repo: Repository,
    blobs: BlobReader,
    rev: str,
    paths: Sequence[str],
    naming: Naming,
    exclude: Sequence[str] = (),
    *,
    since: str = "",
) -> FixIndex:
    """Return the fixes that touched some files, as they stand at a commit, from its history.

    Args:
        repo: where to read.
        blobs: the open reader of that repository.
        rev: the commit.
        paths: the files.
        naming: what the runner of Python's tests collects.
        exclude: globs of paths that are as if they were not there.
        since: a commit that is left out with all before it.
    """
    from devmatrix_guard.commands.learn.fix_memory import list_names
    from devmatrix_guard.commands.learn.fix_units import Asked, UnitReader
    from devmatrix_guard.mining.fixes.places import Places

    reader = UnitReader(repo, blobs, naming=naming)
    asked = Asked(rev, since, tuple(paths), limit=_MAX_COMMITS, exclude=tuple(exclude))
    units = reader.read(asked).units
    mended = [function.path for unit in units for function in unit.functions]
    tests = [test.path for unit in units for test in unit.tests]
    names = {}
    known = tuple(dict.fromkeys((*paths, *tests, *mended)))
    sources = {path: blobs.read(f"{rev}:{path}", _MAX_BYTES) for path in known}
    gone = [path for path in mended if sources[path] is None]
    for path in _list_namesakes(repo, rev, gone):
        sources[path] = blobs.read(f"{rev}:{path}", _MAX_BYTES)
    for path, source in sources.items():
        if source is not None:
            names[path] = list_names(path, source, naming)
    places = Places(names, naming)
    return build_index(places.place(unit) for unit in units)


def _list_namesakes(repo: Repository, rev: str, gone: Sequence[str]) -> list[str]:
    """Return the files that have the names of some that are gone, which may have moved there.

    Only the commits that touch some files are read, and a move may be in none of them.
    """
    from devmatrix_guard.git.history import list_tree

    names = {path.rpartition("/")[2] for path in gone}
    there = list_tree(repo, rev) if names else []
    return [path for path, _, _ in there if path.rpartition("/")[2] in names]


def find_announced(repo: Repository, base: str, head: str) -> dict[str, list[Reverted]]:
    """Return by file what the commits of a range say that they take back."""
    from devmatrix_guard.commands.learn.undone import read_announced
    from devmatrix_guard.git.history import stream_commits
    from devmatrix_guard.mining.reverts import index_announced

    return index_announced(
        (
            read_announced(repo, commit.subject, commit.body),
            {change.path for change in commit.changes},
        )
        for commit in stream_commits(repo, since=base, rev=head, limit=_MAX_COMMITS)
    )


def _may_hold_proof(change: FileChange, naming: Naming, blobs: BlobReader) -> bool:
    """Tell whether tests may have stood in a file that a change touches."""
    from devmatrix_guard.mining.fixes.units import is_test_file

    path = change.old_path or change.path
    if change.old_blob is None or (change.old_blob == change.new_blob and path == change.path):
        return False
    if is_test_file(path, naming):
        return True
    if not path.endswith(_PYTHON):
        return False
    source = blobs.read(change.old_blob, _MAX_BYTES)
    return source is not None and _EXAMPLE in source


def _is_concerned(change: FileChange, index: FixIndex) -> bool:
    path = change.old_path or change.path
    is_same = change.old_blob == change.new_blob and path == change.path
    return path in index.tests and not is_same


def _read_proved(index: FixIndex, changes: Sequence[FileChange]) -> dict[tuple[str, str], Proved]:
    """Return what the tests of changed files prove, by path before the change and name."""
    from devmatrix_guard.mining.fixes.removed_proof import Proved

    proved = {}
    for change in changes:
        if _is_concerned(change, index):
            path = change.old_path or change.path
            for name, fixes in index.get_proofs(path):
                proved[path, name] = Proved(tuple((index.get_fix(n), keys) for n, keys in fixes))
    return proved


def _read_texts(
    index: FixIndex, changes: Sequence[FileChange], blobs: BlobReader, naming: Naming
) -> list[TextChange]:
    """Return both versions of the files with proof, and of those its tests may have moved to."""
    from devmatrix_guard.commands.learn.fix_units import read_text_change
    from devmatrix_guard.mining.fixes.units import is_test_file

    concerned = [change for change in changes if _is_concerned(change, index)]
    others = [c for c in changes if c not in concerned and is_test_file(c.path, naming)]
    found = (read_text_change(blobs, c) for c in (*concerned, *others)[:_MAX_FILES])
    return [change for change in found if change is not None]
