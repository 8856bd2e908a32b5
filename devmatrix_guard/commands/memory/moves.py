"""Follows a file that is not there any more to where git says that it was moved."""

from __future__ import annotations

from typing import NamedTuple

from devmatrix_guard.errors import GitError
from devmatrix_guard.files import is_file
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import Repository

_MOST_MOVES = 10


class Move(NamedTuple):
    """A file under its name of today, and the last commit that gave it another."""

    path: str
    former: str
    commit: str
    date: str


def find_move(repo: Repository, path: str) -> Move | None:
    """Return where a file is today that stood at a path once; None where it was not moved.

    Args:
        repo: whose history is asked.
        path: from the top of the work tree.
    """
    found = None
    current = path
    for _ in range(_MOST_MOVES):
        if not current or current.startswith("..") or is_file(repo.root / current):
            break
        try:
            commit = next(stream_commits(repo, limit=1, paths=[current]), None)
        except GitError:
            return None
        changes = commit.changes if commit else ()
        moved = next((c.path for c in changes if c.status == "R" and c.old_path == current), None)
        if commit is None or moved is None:
            break
        current = moved
        found = Move(current, path, commit.id, commit.date[:10])
    return found if found and is_file(repo.root / found.path) else None
