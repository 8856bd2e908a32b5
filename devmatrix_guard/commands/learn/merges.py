"""Finds what a merge lost: a fix that one of its sides has, and that is not in the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devmatrix_guard.commands.learn.fixes import (
    MAX_BLOB,
    describe_commit,
    read_changed_files,
    read_fixed_files,
)
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.ranges import is_ancestor
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.commits import may_be_fix
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import ChangedFile, FixHunk, find_fix_hunks
from devmatrix_guard.mining.undo.index import UndoIndex
from devmatrix_guard.mining.undo.indexing import Tree, is_standing
from devmatrix_guard.mining.undo.match import Match, find_matches
from devmatrix_guard.model.diff import Commit

# How much is read of each other side of a merge in the making.
_MAX_SIDE = 1000


def make_tree(blobs: BlobReader, rev: str, *, former: str = "") -> Tree:
    """Return the statements of the files of a commit, or of the index for an empty name.

    Args:
        blobs: reads the files.
        rev: the commit.
        former: an earlier one; what runs there and no more in `rev` is left out.
    """

    def read(path: str) -> bytes | None:
        # `:1:x` would be the file x of one side of a conflict, and not the file named `1:x`.
        return blobs.read(f"{rev or ':0'}:{path}", MAX_BLOB)

    def read_former(path: str) -> bytes | None:
        return blobs.read(f"{former}:{path}", MAX_BLOB)

    return Tree(read, read_former if former else None)


class Sides:
    """The commits seen so far, the oldest first: which of their fixes does a commit build on?"""

    def __init__(self) -> None:
        self._ancestors: dict[str, int] = {}
        self._fixes: list[tuple[FixHunk, ...]] = []

    def add(self, commit: Commit, fix: tuple[FixHunk, ...]) -> None:
        """Take note of a commit, once its parents have been taken."""
        known = 0
        for parent in commit.parents:
            known |= self._ancestors.get(parent, 0)
        if fix:
            known |= 1 << len(self._fixes)
            self._fixes.append(fix)
        self._ancestors[commit.id] = known

    def find_exclusive(self, parents: Sequence[str]) -> list[FixHunk]:
        """Return the hunks of fixes that some parents of a merge build on, and others do not."""
        known = [self._ancestors.get(parent, 0) for parent in parents]
        some, all_of_them = 0, -1
        for one in known:
            some |= one
            all_of_them &= one
        only = some & ~all_of_them
        found: list[FixHunk] = []
        while only:
            number = (only & -only).bit_length() - 1
            found += self._fixes[number]
            only &= only - 1
        return found


def read_merge(
    commit: Commit, blobs: BlobReader, trees: Sequence[Tree], sides: Sides
) -> tuple[tuple[ChangedFile, ...], tuple[Match, ...]]:
    """Return the files that are as in no parent of a merge, and what fixes of a side it lost.

    Args:
        commit: the merge; its changes are those against the first parent.
        blobs: reads the files.
        trees: those of the merge and of its parents, in order.
        sides: the commits before it.
    """
    result, *parents = trees
    own = [
        change
        for change in commit.changes
        if change.status == "M"
        and all(tree.get_text(change.path) != result.get_text(change.path) for tree in parents[1:])
    ]
    files = tuple(read_changed_files(own, blobs))
    return files, tuple(find_lost_fixes(sides.find_exclusive(commit.parents), trees))


def find_lost_fixes(hunks: Iterable[FixHunk], trees: Sequence[Tree]) -> list[Match]:
    """Return the hunks of fixes of one side that a merge lost.

    Args:
        hunks: what fixes did that only some sides have.
        trees: those of the merge and of its parents, in order.
    """
    result, *parents = trees
    known = [*hunks]
    found = []
    for hunk in known:
        if all(tree.get_text(hunk.path) == result.get_text(hunk.path) for tree in parents):
            continue
        if is_standing(hunk, result) or result.get_text(hunk.path) is None:
            continue
        fixed = next((tree for tree in parents if is_standing(hunk, tree)), None)
        if fixed is not None:
            sides = (fixed.get_text(hunk.path) or b"", result.get_text(hunk.path) or b"")
            change = Change([ChangedFile(hunk.path, hunk.path, *sides)])
            # With the rest of the fix, which tells whether that is lost, too.
            own = [h for h in known if (h.commit, h.path) == (hunk.commit, hunk.path)]
            found += [match for match in find_matches(change, own) if match.hunk == hunk]
    return found


def find_lost_in_making(
    repo: Repository, blobs: BlobReader, index: UndoIndex, heads: Sequence[str]
) -> list[Match]:
    """Return the fixes that a merge in the making is about to lose.

    Args:
        repo: where it is made.
        blobs: the open reader of that repository.
        index: the fixes that stand in HEAD.
        heads: the commits that are merged into HEAD.
    """
    result, head = make_tree(blobs, ""), make_tree(blobs, "HEAD")
    others = {rev: make_tree(blobs, rev) for rev in heads}
    found = [
        match
        for match in _find_undone_of_head(index, head, result)
        if not any(
            is_ancestor(repo, match.hunk.commit, rev) and not is_standing(match.hunk, tree)
            for rev, tree in others.items()
        )
    ]
    for rev in heads:
        hunks = _read_hunks_of_side(repo, blobs, rev)
        found += find_lost_fixes(hunks, [result, others[rev], head])
    return found


def _find_undone_of_head(index: UndoIndex, head: Tree, result: Tree) -> list[Match]:
    files = []
    for path in index.sections:
        old, new = head.get_text(path), result.get_text(path)
        if old and new and old != new:
            files.append(ChangedFile(path, path, old, new))
    if not files:
        return []
    hunks = [hunk for file in files for hunk in index.get_hunks(file.path)]
    return find_matches(Change(files), hunks)


def _read_hunks_of_side(repo: Repository, blobs: BlobReader, rev: str) -> list[FixHunk]:
    """Return what fixes did that a side of a merge has and HEAD has not."""
    return [
        hunk
        for commit in stream_commits(repo, since="HEAD", rev=rev, limit=_MAX_SIDE)
        if may_be_fix(commit)
        for file in read_fixed_files(commit, blobs)
        for hunk in find_fix_hunks(describe_commit(commit), file, file.path)
    ]
