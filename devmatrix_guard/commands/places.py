"""Where a command works: the repository's root, or the folder itself outside one."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.git.repository import NotARepositoryError, find_repository


def project_root(start: Path) -> Path:
    """Return the root of the repository that holds `start`, or `start` where there is none."""
    try:
        return find_repository(start).root
    except NotARepositoryError:
        return start
