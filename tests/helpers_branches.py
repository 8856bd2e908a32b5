"""Branches of a repository with a generated application, whose spec each of them changes."""

from __future__ import annotations

import atexit
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from tests.helpers import copy_repo, git, make_repo
from tests.specs import BOOKS, Spec, edited

ENTITY = "src/models/entities/book.py"
Edit = Callable[[Spec], None]


_templates = tempfile.TemporaryDirectory(prefix="guard-branches-")
atexit.register(_templates.cleanup)


@cache
def _make_start() -> Path:
    """Make the repository that all of them begin with: an application, on two branches."""
    root = make_repo(Path(_templates.name) / "start")
    (root / "books.yaml").write_text(BOOKS)
    run_generate(root / "books.yaml", root / "app")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "start")
    git(root, "branch", "start")
    return root


class Branches:
    """A repository with an application, and branches that change its spec."""

    def __init__(self, root: Path, *, driver: bool) -> None:
        self.root, self.app = copy_repo(_make_start(), root), root / "app"
        if driver:
            command = f"{sys.executable} -m devmatrix_guard merge-driver %O %A %B %P"
            git(self.root, "config", "merge.guard.driver", command)

    def commit(self, text: str) -> None:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", text)

    def branch(self, name: str, edit: Edit, write: Callable[[Path], None] = lambda _: None) -> None:
        git(self.root, "checkout", "-qb", name, "start")
        assert self.regenerate(edit).written
        write(self.app)
        self.commit(name)

    def regenerate(self, edit: Edit, *, destructive: bool = False) -> Regeneration:
        spec = self.root / "books.yaml"
        spec.write_text(yaml.safe_dump(edited(edit), sort_keys=False))
        options = RegenerateOptions(spec=spec, verify=False, destructive=destructive)
        return run_regenerate(self.app, options)

    def merge(self, name: str) -> str:
        """Merge a branch into the one that is checked out; return the unmerged paths."""
        git(self.root, "merge", "-q", name, check=False)
        return git(self.root, "diff", "--name-only", "--diff-filter=U")
