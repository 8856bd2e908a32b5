"""Which files a check looks at: staged ones, a range, everything, or the paths that are named."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import list_folder
from devmatrix_guard.git.changes import is_opaque, list_added_lines
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.git.worktree import list_worktree
from devmatrix_guard.model.diff import FileChange, Skip

_NOT_WALKED = ("__pycache__", "node_modules")


class Candidate(NamedTuple):
    """A file that may be checked.

    `blob` is where its content is in git and `old_blob` what it was before; without a blob it is
    read from `place`, where it stands or would stand on disk. `lines` bounds what findings may
    touch, None for the whole file. `opaque` is true where git shows no lines although the content
    changed, `named` where the user named this file.
    """

    path: str
    place: Path
    blob: str | None = None
    mode: str = ""
    lines: tuple[tuple[int, int], ...] | None = None
    old_path: str | None = None
    old_blob: str | None = None
    opaque: bool = False
    named: bool = False


class Paths(NamedTuple):
    """The paths a user named, told apart: in the repository, outside of it, or not to be read."""

    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    skipped: tuple[Skip, ...] = ()

    @property
    def are_elsewhere(self) -> bool:
        """Whether paths were named and none is in the repository: nothing of it is meant."""
        return not self.inside and bool(self.outside or self.skipped)

    def without_outside(self) -> Paths:
        """Return the paths where git is asked what changed, which it says of its own files only."""
        left_out = (Skip(name, "outside the repository") for name in self.outside)
        return self._replace(outside=(), skipped=(*self.skipped, *left_out))


def sort_paths(names: Sequence[str], root: Path | None) -> Paths:
    """Tell the named paths apart; those inside come relative to `root`, each once."""
    inside: dict[str, None] = {}
    outside: dict[str, None] = {}
    skipped: dict[Skip, None] = {}
    for name in names:
        place = Path(name)
        # The last part is not resolved: a link is looked at, never followed.
        dotted = place.name in ("", "..")
        real = place.resolve() if dotted else place.parent.resolve() / place.name
        lexical = Path(os.path.normpath(Path.cwd() / place))
        if root is not None and real.is_relative_to(root):
            inside[_text(real.relative_to(root))] = None
        elif root is not None and not dotted and lexical.is_relative_to(root):
            shown = _text(lexical.relative_to(root))
            skipped[Skip(shown, "reached through a symbolic link")] = None
        else:
            outside[name] = None
    return Paths(tuple(inside), tuple(outside), tuple(skipped))


def _text(path: Path) -> str:
    """Return a path as git writes it; the folder itself is empty."""
    return "" if path == Path() else path.as_posix()


def find_changed(root: Path, changes: Iterable[FileChange], paths: Paths) -> list[Candidate]:
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


def find_whole(
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
            raise UsageError(f"{path}: there is no such file; correct the path.")
    if folders:
        cover = Cover(folders)
        left_out = {*paths, *changed}
        for path in list_worktree(repo):
            if path in cover and path not in left_out:
                yield Candidate(path, repo.root / path)


def find_all(repo: Repository, paths: Paths) -> Iterator[Candidate]:
    """Yield every file of the work tree, ignored ones apart; of HEAD in a bare repository."""
    if paths.are_elsewhere:
        return
    if repo.is_bare:
        cover = Cover(paths.inside)
        for path, mode, blob in list_tree(repo, "HEAD"):
            if path in cover:
                yield Candidate(path, repo.root / path, blob, mode)
        return
    yield from find_whole(repo, paths.inside or ("",), ())


def find_loose(names: Sequence[str]) -> Iterator[Candidate]:
    """Yield files that belong to no repository; folders are walked.

    Raises:
        UsageError: a path names nothing.
    """
    found: dict[Path, Candidate] = {}
    for name in names:
        place = Path(os.path.normpath(name))
        if not os.path.lexists(place):
            raise UsageError(f"{name}: there is no such file; correct the path.")
        if place.is_dir() and not place.is_symlink():
            for path in _walk(place):
                found.setdefault(path.absolute(), Candidate(path.as_posix(), path))
        else:
            found[place.absolute()] = Candidate(place.as_posix(), place, named=True)
    yield from found.values()


class Cover:
    """Tells whether a path is one of the named ones or lies below one; no names cover all."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._everything = not names or "" in self._names

    def __contains__(self, path: object) -> bool:
        return self._everything or any(part in self._names for part in _and_folders(str(path)))


def _and_folders(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


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
