"""Leaves out the files that the settings exclude."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.globs import matches_any
from devmatrix_guard.model.diff import Commit


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
