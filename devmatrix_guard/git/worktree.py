"""What stands in the work tree: its files, and how they differ from the index."""

from __future__ import annotations

import os

from devmatrix_guard.git.process import read_git_output
from devmatrix_guard.git.repository import Repository


def list_worktree(repo: Repository) -> list[str]:
    """Return the paths of all files git tracks or would track, sorted, links and modules too."""
    output = read_git_output(
        repo.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name"
    )
    return sorted({os.fsdecode(path) for path in output.split(b"\0") if path})


def list_index(repo: Repository, below: str) -> list[tuple[str, str]]:
    """Return (path, blob id) of the files of the index below a folder."""
    output = read_git_output(repo.root, "ls-files", "-z", "--stage", "--full-name", "--", below)
    files = []
    for record in output.split(b"\0")[:-1]:
        head, _, path = record.partition(b"\t")
        files.append((os.fsdecode(path), head.split(b" ")[1].decode("ascii")))
    return files
