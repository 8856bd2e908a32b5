"""Generated applications that several tests begin with."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.commands.application.generate import run_generate
from tests.helpers import git, make_repo
from tests.specs import BOOKS


def make_two_applications(root: Path) -> Path:
    """Make a repository with two applications of one spec, `one` and `two`."""
    repo = make_repo(root, {"books.yaml": BOOKS})
    for name in ("one", "two"):
        run_generate(repo / "books.yaml", repo / name)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Generate")
    return repo
