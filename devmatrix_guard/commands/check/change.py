"""Reads what is under check: which files, which of their lines, and whose settings decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from devmatrix_guard.commands.check.place import Place
from devmatrix_guard.commands.check.request import ALL, STAGED, Scope
from devmatrix_guard.commands.check.selection import (
    Candidate,
    Paths,
    find_all,
    find_changed,
    find_loose,
    find_whole,
    sort_paths,
)
from devmatrix_guard.commands.check.settings_source import CommitTree, StagedTree, Tree, WorkTree
from devmatrix_guard.commands.check.undo_detector import UndoDetector
from devmatrix_guard.config import read_settings
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import read_range_changes, read_staged_changes
from devmatrix_guard.git.ranges import Range, resolve_range
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.git.worktree import list_index
from devmatrix_guard.model.diff import FileChange


class Change(NamedTuple):
    """What is under check.

    `tree` is where settings and rules are read, `undo` watches what the change may undo,
    `compared` is the range under check, `head_tree` the other version of the settings where a
    range does not decide by its own.
    """

    candidates: tuple[Candidate, ...]
    tree: Tree
    paths: Paths
    undo: UndoDetector
    compared: Range | None = None
    head_tree: Tree | None = None

    @property
    def base(self) -> str | None:
        """The commit a range starts from, None for another check."""
        return self.compared.base if self.compared else None


def read_change(place: Place, scope: Scope, flags: Mapping[str, Any]) -> Change:
    """Return the files under check.

    Args:
        place: where they are.
        scope: which are meant.
        flags: settings from the command line, which bound what is read.

    Raises:
        GuardError: the range or a path does not allow for it.
    """
    if place.repo is None or place.blobs is None:
        loose = tuple(find_loose(scope.paths))
        return Change(loose, WorkTree(place.root), Paths(), UndoDetector(None))
    paths = sort_paths(scope.paths, place.root)
    if scope.range_text:
        return _read_range(place.repo, place.blobs, scope, paths.without_outside(), flags)
    if scope.kind == STAGED:
        paths = paths.without_outside()
    undo = UndoDetector.load(place.repo, is_wanted=scope.detects_undo)
    candidates, tree = _read_local(place.repo, place.blobs, scope, paths, undo, flags)
    return Change(candidates, tree, paths, undo)


def _read_range(
    repo: Repository, blobs: BlobReader, scope: Scope, paths: Paths, flags: Mapping[str, Any]
) -> Change:
    compared = resolve_range(repo, scope.range_text, fetch=scope.fetch)
    tree: Tree = WorkTree(repo.root)
    head_tree = None
    if scope.by_base:
        tree = CommitTree(repo, compared.base, blobs)
        head_tree = CommitTree(repo, compared.head, blobs)
    settings, _ = read_settings("", tree.read, flags)
    changes = read_range_changes(
        repo, compared.base, compared.head, max_file_kb=settings.max_file_kb
    )
    candidates = tuple(find_changed(repo.root, changes, paths))
    return Change(candidates, tree, paths, UndoDetector(None), compared, head_tree)


def _read_local(
    repo: Repository,
    blobs: BlobReader,
    scope: Scope,
    paths: Paths,
    undo: UndoDetector,
    flags: Mapping[str, Any],
) -> tuple[tuple[Candidate, ...], Tree]:
    """Return the files of a check that is not of a range, and the tree its settings are in."""
    loose = tuple(find_loose(paths.outside))
    if repo.is_bare and scope.kind == ALL:
        return (*find_all(repo, paths), *loose), CommitTree(repo, "HEAD", blobs)
    staged = _find_unwritten(repo)
    tree = StagedTree(WorkTree(repo.root), staged, blobs)
    if scope.kind == ALL:
        return (*find_all(repo, paths), *loose), tree
    if paths.are_elsewhere:
        return loose, tree
    settings, _ = read_settings("", tree.read, flags)
    changes = _record_staged(read_staged_changes(repo, max_file_kb=settings.max_file_kb), staged)
    changed = find_changed(repo.root, undo.watch(changes), paths)
    if scope.kind == STAGED or not scope.paths:
        return tuple(changed), tree
    whole = find_whole(repo, paths.inside, {candidate.path for candidate in changed})
    return (*changed, *whole, *loose), tree


def _find_unwritten(repo: Repository) -> dict[str, str | None]:
    """Return our own files in the index that a sparse checkout may not have written."""
    if not (repo.git_dir / "info" / "sparse-checkout").exists():
        return {}
    return {
        path: blob for path, blob in list_index(repo, ".guard") if not (repo.root / path).exists()
    }


def _record_staged(
    changes: Iterable[FileChange], staged: dict[str, str | None]
) -> Iterator[FileChange]:
    """Pass changes on while recording which files a commit in the making replaces."""
    for change in changes:
        if change.old_path and change.status == "R":
            staged[change.old_path] = None
        staged[change.path] = change.new_blob
        yield change
