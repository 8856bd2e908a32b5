"""The paths a user named, told apart, and whether there is anything of their name."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from devmatrix_guard.commands.check.change.selection import Candidate, Cover, Paths
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import follow_links
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.repository import Repository, resolve_commit
from devmatrix_guard.git.worktree import list_index
from devmatrix_guard.model.diff import Skip


def sort_paths(paths: Sequence[str], root: Path, *, takes_outside: bool) -> Paths:
    """Tell the named paths apart; those inside come relative to `root`, each once."""
    inside: dict[str, None] = {}
    outside: dict[str, None] = {}
    skipped: dict[Skip, None] = {}
    for path in paths:
        place = Path(path)
        # The last part is not resolved: a link is looked at, never followed.
        dotted = place.name in ("", "..")
        real = follow_links(place) if dotted else follow_links(place.parent) / place.name
        lexical = Path(os.path.normpath(Path.cwd() / place))
        if real.is_relative_to(root):
            inside[_text(real.relative_to(root))] = None
        elif not dotted and lexical.is_relative_to(root):
            shown = _text(lexical.relative_to(root))
            skipped[Skip(shown, "reached through a symbolic link")] = None
        else:
            outside[path] = None
    if takes_outside:
        return Paths(tuple(inside), tuple(outside), tuple(skipped))
    left_out = (Skip(path, "outside the repository") for path in outside)
    return Paths(tuple(inside), (), (*skipped, *left_out))


def _text(path: Path) -> str:
    """Return a path as git writes it; the folder itself is empty."""
    return "" if path == Path() else path.as_posix()


def require_present(
    repo: Repository, paths: Paths, changed: Iterable[Candidate], commits: Sequence[str] = ()
) -> None:
    """Refuse a named path that is neither on disk nor in the change nor in what it starts from.

    Args:
        repo: where to look.
        paths: what the user named.
        changed: the files of the change that are named.
        commits: the two ends of a range; of what is staged they are the index and HEAD.

    Raises:
        UsageError: nothing has that name.
    """
    seen = {candidate.path for candidate in changed}
    for path in paths.inside:
        if not _is_present(repo, path, seen, commits):
            raise_absent(path)


def raise_absent(path: str) -> None:
    """Refuse a path that names nothing.

    Raises:
        UsageError: always.
    """
    if path == "-":
        raise UsageError(
            "-: there is no such file; for standard input name the file: --stdin-filename PATH -."
        )
    raise UsageError(f"{path}: there is no such file; correct the path.")


def _is_present(
    repo: Repository, path: str, changed: Collection[str], commits: Sequence[str]
) -> bool:
    cover = Cover((path,))
    if os.path.lexists(repo.root / path) or any(name in cover for name in changed):
        return True
    if not commits:
        head = resolve_commit(repo, "HEAD")
        return bool(list_index(repo, path)) or bool(head and list_tree(repo, head, below=path))
    return any(list_tree(repo, commit, below=path) for commit in commits)
