"""Generated applications that several tests begin with."""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.verify.checks import AppEnvironment
from devmatrix_guard.verify.processes import Forks
from tests.helpers import copy_tree, git, make_repo
from tests.helpers_fork import FRESH
from tests.specs import BOOKS

PYTHON = (Path(__file__).parents[1] / ".tools/app/bin/python").absolute()
_forks = Forks(PYTHON)
atexit.register(_forks.close)
_templates = tempfile.TemporaryDirectory(prefix="guard-applications-")
atexit.register(_templates.cleanup)
_made: dict[tuple[str, str], Path] = {}


def make_application(folder: Path, spec: str = BOOKS, name: str = "books.yaml") -> Path:
    """Write a spec into a folder, and the application of it into `app` beside; return that.

    What a process made of the same spec before is copied: that takes a quarter of the time.
    """
    key = (name, spec)
    if key not in _made:
        kept = Path(_templates.name) / str(len(_made))
        kept.mkdir()
        (kept / name).write_text(spec)
        run_generate(kept / name, kept / "app")
        _made[key] = kept
    copy_tree(_made[key], folder)
    return folder / "app"


def place_application(app: Path, **variables: str) -> AppEnvironment:
    """Return where an application runs, with files of its own beside it.

    Its processes are forked from those that other tests have used, unless each is to be a new one.
    """
    forks = None if FRESH else _forks
    return AppEnvironment(app, PYTHON, app.parent, {"LOG_LEVEL": "WARNING", **variables}, forks)


def make_two_applications(root: Path) -> Path:
    """Make a repository with two applications of one spec, `one` and `two`."""
    repo = make_repo(root, {"books.yaml": BOOKS})
    for name in ("one", "two"):
        run_generate(repo / "books.yaml", repo / name)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Generate")
    return repo
