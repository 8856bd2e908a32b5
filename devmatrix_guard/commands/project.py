"""Where a command works: the repository's root, or the folder itself outside one."""

from __future__ import annotations

import os
from pathlib import Path


def find_project_root(start: Path) -> Path:
    """Return the top of the work tree that holds `start`, or `start` where there is none.

    No git is started: settings are looked for in the same way, and a generation has no time for it.
    """
    start = start.resolve()
    return next((f for f in (start, *start.parents) if (f / ".git").exists()), start)


def read_web_address(folder: Path) -> str:
    """Return the page of the repository that holds `folder`, empty where its remote tells none."""
    from devmatrix_guard.git.process import run_git
    from devmatrix_guard.reports.links import find_web_address

    code, answer, _ = run_git(folder, "config", "--get", "remote.origin.url")
    return "" if code else find_web_address(os.fsdecode(answer).strip())
