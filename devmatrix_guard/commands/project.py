"""Where a command works: the repository's root, or the folder itself outside one."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.config import load_settings
from devmatrix_guard.memory.connect import memory_exists


def find_project_root(start: Path) -> Path:
    """Return the top of the work tree that holds `start`, or `start` where there is none.

    No git is started: settings are looked for in the same way, and a generation has no time for it.
    """
    start = start.resolve()
    return next((f for f in (start, *start.parents) if (f / ".git").exists()), start)


def has_memory(start: Path) -> bool:
    """Tell whether runs are kept: in a repository, or where there is a memory already."""
    root = find_project_root(start)
    return (root / ".git").exists() or memory_exists(load_settings(start).memory, root)
