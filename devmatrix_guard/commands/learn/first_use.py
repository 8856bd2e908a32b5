"""Starts to learn from the fixes of a clone that has learned nothing, beside the hook that saw it.

Without what fixes did a hook cannot notice that one is undone, and nobody would be told.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from devmatrix_guard.git.repository import Repository, find_own_folder, resolve_commit

STARTED_NAME = "first-use"  # there once learning has been started; its age says when
LOG_NAME = "learn.log"
_AGAIN_SECONDS = 24 * 3600  # a run that was killed is started once more the next day
_OFF = "off"
_NICENESS = 10


def start_first_learning(repo: Repository, setting: str) -> bool:
    """Start to remember the fixes of a repository in the background; tell whether it was started.

    Never in CI, never twice, and not where there is nothing to learn from.

    Args:
        repo: the clone, in which nothing has been learned.
        setting: `background` or `off`.
    """
    if setting == _OFF or os.environ.get("GUARD_LEARN") == _OFF or os.environ.get("CI"):
        return False
    own = find_own_folder(repo)
    if resolve_commit(repo, "HEAD") is None or not _claim(own):
        return False
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GUARD_"))
    }
    command = [sys.executable, "-P", "-m", "devmatrix_guard", "learn", "--fixes-only"]
    try:
        with (own / LOG_NAME).open("wb") as log:
            subprocess.Popen(
                [*command, str(repo.root)],
                cwd=own,  # nothing of the checkout is imported
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_step_back if hasattr(os, "nice") else None,
            )
    except OSError:
        return False
    return True


def is_started(repo: Repository) -> bool:
    """Tell whether learning was started and may still be on its way."""
    place = find_own_folder(repo) / STARTED_NAME
    try:
        return time.time() - place.stat().st_mtime < _AGAIN_SECONDS
    except OSError:
        return False


def _claim(own: Path) -> bool:
    """Tell whether this process is the one to start it."""
    place = own / STARTED_NAME
    try:
        own.mkdir(parents=True, exist_ok=True)
        if place.exists() and time.time() - place.stat().st_mtime > _AGAIN_SECONDS:
            place.unlink()
        place.open("xb").close()
    except OSError:
        return False
    return True


def _step_back() -> None:
    os.nice(_NICENESS)
