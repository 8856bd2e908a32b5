"""Reads what is under check: which files, which of their lines, and whose settings decide."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.check.arguments.request import (
    ALL,
    AUTO,
    BASE,
    RANGE,
    STAGED,
    CheckRequest,
)
from devmatrix_guard.commands.check.change.named_paths import (
    raise_absent,
    require_present,
    sort_paths,
)
from devmatrix_guard.commands.check.change.place import Place
from devmatrix_guard.commands.check.change.proof_detector import ProofDetector
from devmatrix_guard.commands.check.change.selection import Candidate, Cover, Paths
from devmatrix_guard.commands.check.change.settings_source import (
    CommitTree,
    StagedTree,
    Tree,
    WorkTree,
)
from devmatrix_guard.commands.check.change.undo_detector import UndoDetector
from devmatrix_guard.config import read_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import list_folder
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import (
    is_opaque,
    list_added_lines,
    read_range_changes,
    read_staged_changes,
)
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.ranges import Range, resolve_range
from devmatrix_guard.git.repository import Repository, resolve_commit
from devmatrix_guard.git.worktree import list_index, list_worktree
from devmatrix_guard.model.diff import FileChange, Skip

_HEAD = "HEAD"
_NOT_WALKED = ("__pycache__", "node_modules")


class Change(NamedTuple):
    """What is under check.

    `tree` is where settings and rules are read, `undo` watches what the change may undo, `proof`
    which tests of fixes it touches. `compared` is the range under check, `head_tree` the other
    version of the settings where a range does not decide by its own, `former_tree` that of HEAD
    where what is staged decides. `is_commit` tells that what is checked would become a commit that
    waits for the answer.
    """

    candidates: tuple[Candidate, ...]
    tree: Tree
    paths: Paths
    undo: UndoDetector
    proof: ProofDetector
    compared: Range | None = None
    head_tree: Tree | None = None
    former_tree: Tree | None = None
    is_commit: bool = False

    @property
    def base(self) -> str | None:
        """The commit a range starts from, None for another check."""
        return self.compared.base if self.compared else None


def read_change(place: Place, request: CheckRequest) -> Change:
    """Return the files under check; what the request leaves open is read from the environment.

    Raises:
        GuardError: the range or a path does not allow for it.
    """
    range_text = "" if request.texts else _find_range_text(request.scope, request.range_text)
    if not range_text:
        _refuse_range_options(request)
    if request.texts:
        return _read_given(place, request)
    if place.repo is None or place.blobs is None:
        loose = tuple(_find_loose(request.paths))
        return Change(loose, WorkTree(place.root), Paths(), UndoDetector(None), ProofDetector(None))
    # Git says of its own files only what changed.
    is_of_git = bool(range_text) or request.scope == STAGED
    paths = sort_paths(request.paths, place.root, takes_outside=not is_of_git)
    if range_text:
        compared = resolve_range(place.repo, range_text, fetch=request.fetch)
        # A reviewer names a range, and the change must not decide about itself.
        by_base = request.rules_from == BASE if request.rules_from else bool(request.range_text)
        return _read_range(place.repo, place.blobs, compared, paths, by_base=by_base)
    undo = UndoDetector.load(place.repo, is_wanted=not request.rules)
    proof = ProofDetector.load(place.repo, is_wanted=not request.rules)
    watchers = (undo, proof)
    candidates, tree = _read_local(place.repo, place.blobs, request.scope, paths, watchers)
    # A runner tells `guard check` by a variable that a commit waits for the answer.
    is_commit = request.is_hook or bool(os.environ.get("PRE_COMMIT"))
    is_commit = is_commit and request.scope != ALL
    has_head = request.scope != ALL and resolve_commit(place.repo, _HEAD) is not None
    former = CommitTree(place.repo, _HEAD, place.blobs) if has_head else None
    return Change(candidates, tree, paths, undo, proof, former_tree=former, is_commit=is_commit)


def _read_given(place: Place, request: CheckRequest) -> Change:
    """Return the change that given texts would make to the files at HEAD."""
    from devmatrix_guard.commands.check.change.given_texts import (
        find_loose_texts,
        make_candidate,
        read_given_change,
    )

    if place.repo is None or place.blobs is None:
        loose = tuple(find_loose_texts(request.texts))
        return Change(loose, WorkTree(place.root), Paths(), UndoDetector(None), ProofDetector(None))
    undo = UndoDetector.load(place.repo, is_wanted=not request.rules)
    proof = ProofDetector.load(place.repo, is_wanted=not request.rules)
    candidates: list[Candidate] = []
    inside: list[str] = []
    skipped: list[Skip] = []
    for text in request.texts:
        paths = sort_paths((text.path,), place.root, takes_outside=True)
        skipped += paths.skipped
        candidates += find_loose_texts([text]) if paths.outside else ()
        for path in paths.inside:
            inside.append(path)
            change = read_given_change(place, path, text)
            for _ in proof.watch(undo.watch([change])):
                candidates.append(make_candidate(place.root, change, is_whole=text.is_whole))
    tree: Tree = CommitTree(place.repo, _HEAD, place.blobs)
    if not place.repo.is_bare:
        tree = StagedTree(WorkTree(place.root), _find_unwritten(place.repo), place.blobs)
    return Change(tuple(candidates), tree, Paths(tuple(inside), (), tuple(skipped)), undo, proof)


def _find_range_text(scope: str, named: str) -> str:
    """Return the range to check, empty for none; hook runners name one in the environment."""
    if scope not in (AUTO, RANGE):
        return ""
    if named:
        return named
    refs = [os.environ.get(f"PRE_COMMIT_{side}_REF", "") for side in ("FROM", "TO")]
    if all(refs):
        return "...".join(refs)
    return "@{upstream}...HEAD" if scope == RANGE else ""


def _refuse_range_options(request: CheckRequest) -> None:
    """Refuse what only a range can heed; a runner may name the range in the environment.

    Raises:
        UsageError: such an option is given.
    """
    named = "--fetch" if request.fetch else "--rules-from" if request.rules_from else ""
    if named:
        raise UsageError(f"{named} is for a range; name one, --range main...HEAD, or leave it out.")


def _read_range(
    repo: Repository, blobs: BlobReader, compared: Range, paths: Paths, *, by_base: bool
) -> Change:
    tree: Tree = WorkTree(repo.root)
    head_tree = None
    if by_base:
        tree = CommitTree(repo, compared.base, blobs)
        head_tree = CommitTree(repo, compared.head, blobs)
    settings, _ = read_settings("", tree.read)
    changes = read_range_changes(
        repo, compared.base, compared.head, max_file_kb=settings.max_file_kb
    )
    candidates = tuple(_find_changed(repo.root, changes, paths))
    require_present(repo, paths, candidates, (compared.base, compared.head))
    undo, proof = UndoDetector(None), ProofDetector(None)
    return Change(candidates, tree, paths, undo, proof, compared, head_tree)


def _read_local(
    repo: Repository,
    blobs: BlobReader,
    scope: str,
    paths: Paths,
    watchers: tuple[UndoDetector, ProofDetector],
) -> tuple[tuple[Candidate, ...], Tree]:
    """Return the files of a check that is not of a range, and the tree its settings are in."""
    loose = tuple(_find_loose(paths.outside))
    if repo.is_bare and scope == ALL:
        return (*_find_all(repo, paths), *loose), CommitTree(repo, _HEAD, blobs)
    staged = _find_unwritten(repo)
    tree = StagedTree(WorkTree(repo.root), staged, blobs)
    if scope == ALL:
        return (*_find_all(repo, paths), *loose), tree
    if paths.are_elsewhere:
        return loose, tree
    settings, _ = read_settings("", tree.read)
    changes = _record_staged(read_staged_changes(repo, max_file_kb=settings.max_file_kb), staged)
    for watcher in watchers:
        changes = watcher.watch(changes)
    changed = _find_changed(repo.root, changes, paths)
    if scope == STAGED:
        require_present(repo, paths, changed)
    if scope == STAGED or not paths.inside:
        return tuple(changed), tree
    whole = _find_whole(repo, paths.inside, {candidate.path for candidate in changed})
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


def _find_changed(root: Path, changes: Iterable[FileChange], paths: Paths) -> list[Candidate]:
    """Return the changed files that lie at or below `paths`; no paths mean all."""
    if paths.are_elsewhere:
        return []
    cover = Cover(paths.inside)
    names = frozenset(paths.inside)
    return [
        Candidate(
            path=change.path,
            place=root / change.path,
            blob=change.new_blob,
            mode=change.new_mode,
            lines=list_added_lines(change),
            old_path=change.old_path,
            old_blob=change.old_blob,
            opaque=is_opaque(change),
            named=change.path in names,
        )
        for change in changes
        if change.path in cover
    ]


def _find_whole(
    repo: Repository, paths: Sequence[str], changed: Collection[str]
) -> Iterator[Candidate]:
    """Yield the files at or below `paths` that have no change of their own, whole.

    Raises:
        UsageError: a path names nothing.
    """
    folders = []
    for path in paths:
        place = repo.root / path
        if place.is_dir() and not place.is_symlink():
            folders.append(path)
        elif os.path.lexists(place):
            if path not in changed:
                yield Candidate(path, place, named=True)
        elif path not in changed:
            raise_absent(path)
    if folders:
        cover = Cover(folders)
        left_out = {*paths, *changed}
        for path in list_worktree(repo):
            if path in cover and path not in left_out:
                yield Candidate(path, repo.root / path)


def _find_all(repo: Repository, paths: Paths) -> Iterator[Candidate]:
    """Yield every file of the work tree, ignored ones apart; of HEAD in a bare repository."""
    if paths.are_elsewhere:
        return
    if repo.is_bare:
        cover = Cover(paths.inside)
        for path, mode, blob in list_tree(repo, _HEAD):
            if path in cover:
                yield Candidate(path, repo.root / path, blob, mode)
        return
    yield from _find_whole(repo, paths.inside or ("",), ())


def _find_loose(paths: Sequence[str]) -> Iterator[Candidate]:
    """Yield files that belong to no repository; folders are walked.

    Raises:
        UsageError: a path names nothing.
    """
    found: dict[Path, Candidate] = {}
    for path in paths:
        place = Path(os.path.normpath(path))
        if not os.path.lexists(place):
            raise_absent(path)
        if place.is_dir() and not place.is_symlink():
            for file in _walk(place):
                found.setdefault(file.absolute(), Candidate(file.as_posix(), file))
        else:
            found[place.absolute()] = Candidate(place.as_posix(), place, named=True)
    yield from found.values()


def _walk(folder: Path) -> Iterator[Path]:
    for entry in (folder / name for name in list_folder(folder, ".")):
        if entry.is_symlink() or not entry.is_dir():
            yield entry
        elif not _is_never_walked(entry):
            yield from _walk(entry)


def _is_never_walked(folder: Path) -> bool:
    return (
        folder.name.startswith(".")
        or folder.name in _NOT_WALKED
        or (folder / "pyvenv.cfg").exists()
    )
