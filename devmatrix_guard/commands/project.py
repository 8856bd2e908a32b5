"""Where a command works: the repository's root, or the folder itself outside one."""

from __future__ import annotations

from pathlib import Path


def find_project_root(start: Path) -> Path:
    """Return the top of the work tree that holds `start`, or `start` where there is none.

    No git is started: settings are looked for in the same way, and a generation has no time for it.
    """
    start = start.resolve()
    return next((f for f in (start, *start.parents) if (f / ".git").exists()), start)
