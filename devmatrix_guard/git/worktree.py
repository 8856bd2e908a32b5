"""What stands in the work tree: its files, and how they differ from the index."""

from __future__ import annotations

import os
from pathlib import Path

from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.process import read_git_output, run_git
from devmatrix_guard.git.repository import Repository, find_repository


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


def list_changed(repo: Repository) -> list[str]:
    """Return the files of the work tree that may differ from HEAD, and those nobody has added.

    A file whose stamp alone changed may be among them; before the first commit all are.
    """
    code, changed, _ = run_git(repo.root, "diff-index", "--name-only", "-z", "HEAD", "--")
    if code:
        return list_worktree(repo)
    others = read_git_output(
        repo.root, "ls-files", "-z", "--others", "--exclude-standard", "--full-name"
    )
    names = (changed + others).split(b"\0")
    return sorted({os.fsdecode(name) for name in names if name})


def list_left_out(folder: str | os.PathLike[str]) -> set[str]:
    """Return the paths below a folder that a sparse checkout leaves out, as seen from there.

    Nothing where the folder is in no repository.
    """
    code, output, _ = run_git(folder, "ls-files", "-z", "-t")
    rows = output.split(b"\0") if code == 0 else []
    return {os.fsdecode(row[2:]) for row in rows if row.startswith(b"S ")}


def read_left_out(folder: str | os.PathLike[str]) -> dict[str, bytes]:
    """Return path -> content, as git holds it, of the files that a sparse checkout leaves out."""
    paths = sorted(list_left_out(folder))
    if not paths:
        return {}
    code, prefix, _ = run_git(folder, "rev-parse", "--show-prefix")
    above = os.fsdecode(prefix.rstrip(b"\n")) if code == 0 else ""
    with BlobReader(find_repository(Path(folder))) as blobs:
        found = {path: blobs.read(f":0:{above}{path}") for path in paths}
    return {path: data for path, data in found.items() if data is not None}
