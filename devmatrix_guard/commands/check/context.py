"""Where a check stands: the repository, what is compared, which files, whose rules count."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.check.regressions import Memory
from devmatrix_guard.commands.check.selection import (
    Candidate,
    Paths,
    all_candidates,
    changed_candidates,
    loose_candidates,
    sort_paths,
    whole_candidates,
)
from devmatrix_guard.commands.check.settings_source import CommitTree, StagedTree, Tree, WorkTree
from devmatrix_guard.config import read_settings
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import read_range_changes, read_staged_changes
from devmatrix_guard.git.ranges import Range, resolve_range
from devmatrix_guard.git.repository import NotARepositoryError, Repository, find_repository
from devmatrix_guard.git.worktree import list_index
from devmatrix_guard.model.diff import FileChange

AUTO, STAGED, RANGE, ALL = "auto", "staged", "range", "all"
BASE, WORKTREE = "base", "worktree"


class CheckRequest(NamedTuple):
    """What the user asks to have checked, and by which rules.

    `scope` is one of the words above; `auto` means the named paths, else what is staged, else,
    where a hook runner gives them, the refs of a push. `range_text` may be empty for those refs.
    `rules` are files and folders to use instead of the settings' ones. `rules_from` says whose
    settings and rules count in a range; empty means those of the base. With `strict` the rules are
    read even where there is nothing to check. `is_hook` tells that a commit waits for the answer,
    `unsafe_fixes` that fixes whose rules bring no example count as safe.
    """

    paths: tuple[str, ...] = ()
    scope: str = AUTO
    range_text: str = ""
    rules: tuple[str, ...] = ()
    rules_from: str = ""
    fetch: bool = False
    strict: bool = False
    flags: Mapping[str, Any] = {}
    is_hook: bool = False
    unsafe_fixes: bool = False


class Ground(NamedTuple):
    """What a check works on; `repo`, `blobs` are None outside a repository.

    `compared` is the range under check, `memory` what the change may undo, `head_tree` the other
    version of the rules where a range does not decide by its own.
    """

    root: Path
    tree: Tree
    candidates: tuple[Candidate, ...]
    paths: Paths
    memory: Memory
    repo: Repository | None = None
    blobs: BlobReader | None = None
    compared: Range | None = None
    head_tree: Tree | None = None


@contextmanager
def stand(request: CheckRequest, cwd: Path) -> Iterator[Ground]:
    """Find out what the request is about; git's reader is open inside the context.

    Raises:
        GuardError: the place, the range or a path does not allow for it.
    """
    try:
        repo = find_repository(cwd)
    except NotARepositoryError:
        if not request.paths or request.scope not in (AUTO, ALL):
            raise
        yield _outside(request, cwd)
        return
    with BlobReader(repo) as blobs:
        yield _inside(request, repo, blobs)


def _outside(request: CheckRequest, cwd: Path) -> Ground:
    return Ground(
        root=cwd,
        tree=WorkTree(cwd),
        candidates=tuple(loose_candidates(request.paths)),
        paths=Paths(),
        memory=Memory(None),
    )


def _inside(request: CheckRequest, repo: Repository, blobs: BlobReader) -> Ground:
    paths = sort_paths(request.paths, repo.root)
    work_tree = WorkTree(repo.root)
    range_text = _range_text(request)
    memory = Memory.of(repo, is_wanted=not request.rules and not range_text)
    if range_text:
        compared = resolve_range(repo, range_text, fetch=request.fetch)
        by_base = _by_base(request)
        base = CommitTree(repo, compared.base, blobs)
        settings, _ = read_settings("", base.read if by_base else work_tree.read, request.flags)
        changes = read_range_changes(
            repo, compared.base, compared.head, max_file_kb=settings.max_file_kb
        )
        paths = paths.without_outside()
        return Ground(
            root=repo.root,
            tree=base if by_base else work_tree,
            candidates=tuple(changed_candidates(repo.root, memory.watch(changes), paths)),
            paths=paths,
            memory=memory,
            repo=repo,
            blobs=blobs,
            compared=compared,
            head_tree=CommitTree(repo, compared.head, blobs) if by_base else None,
        )
    if request.scope == STAGED:
        paths = paths.without_outside()
    candidates, tree = _local(request, repo, blobs, paths, memory)
    return Ground(repo.root, tree, candidates, paths, memory, repo, blobs)


def _local(
    request: CheckRequest, repo: Repository, blobs: BlobReader, paths: Paths, memory: Memory
) -> tuple[tuple[Candidate, ...], Tree]:
    """Return the files of a check that is not of a range, and the tree its settings are in."""
    loose = tuple(loose_candidates(paths.outside))
    if repo.is_bare and request.scope == ALL:
        return (*all_candidates(repo, paths), *loose), CommitTree(repo, "HEAD", blobs)
    staged = _left_out_of_checkout(repo)
    tree = StagedTree(WorkTree(repo.root), staged, blobs)
    if request.scope == ALL:
        return (*all_candidates(repo, paths), *loose), tree
    if paths.are_elsewhere:
        return loose, tree
    settings, _ = read_settings("", tree.read, request.flags)
    changes = _noted(read_staged_changes(repo, max_file_kb=settings.max_file_kb), staged)
    changed = changed_candidates(repo.root, memory.watch(changes), paths)
    if request.scope == STAGED or not request.paths:
        return tuple(changed), tree
    whole = whole_candidates(repo, paths.inside, {candidate.path for candidate in changed})
    return (*changed, *whole, *loose), tree


def _left_out_of_checkout(repo: Repository) -> dict[str, str | None]:
    """Return our own files in the index that a sparse checkout may not have written."""
    if not (repo.git_dir / "info" / "sparse-checkout").exists():
        return {}
    return {
        path: blob for path, blob in list_index(repo, ".guard") if not (repo.root / path).exists()
    }


def _noted(changes: Iterable[FileChange], staged: dict[str, str | None]) -> Iterator[FileChange]:
    """Pass changes on while noting which files a commit in the making replaces."""
    for change in changes:
        if change.old_path and change.status == "R":
            staged[change.old_path] = None
        staged[change.path] = change.new_blob
        yield change


def _range_text(request: CheckRequest) -> str:
    """Return the range to check; hook runners name one in the environment."""
    if request.scope not in (AUTO, RANGE):
        return ""
    if request.range_text:
        return request.range_text
    refs = [os.environ.get(f"PRE_COMMIT_{side}_REF", "") for side in ("FROM", "TO")]
    if all(refs):
        return "...".join(refs)
    if request.scope == RANGE:
        return "@{upstream}...HEAD"
    return ""


def _by_base(request: CheckRequest) -> bool:
    """Whether the base decides: always where a range is named, as a reviewer does."""
    if request.rules_from:
        return request.rules_from == BASE
    return bool(request.range_text)
