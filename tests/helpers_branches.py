"""Branches of a repository with a generated application, whose spec each of them changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from tests.helpers import git, make_repo
from tests.specs import BOOKS, Spec, edited

ENTITY = "src/models/entities/book.py"
Edit = Callable[[Spec], None]


class Branches:
    """A repository with an application, and branches that change its spec."""

    def __init__(self, root: Path, *, driver: bool) -> None:
        self.root, self.app = make_repo(root), root / "app"
        (self.root / "books.yaml").write_text(BOOKS)
        run_generate(self.root / "books.yaml", self.app)
        if driver:
            command = f"{sys.executable} -m devmatrix_guard merge-driver %O %A %B %P"
            git(self.root, "config", "merge.guard.driver", command)
        self.commit("start")
        git(self.root, "branch", "start")

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
