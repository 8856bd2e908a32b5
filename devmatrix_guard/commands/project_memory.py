"""Opens the memory of a project as the repository that the project is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.config import Settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import FileError, read_if_present, replace_file
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.repository import Repository

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory

_KEPT = "repository"
_MOST_BYTES = 1 << 10


def open_project_memory(
    settings: Settings,
    root: Path,
    *,
    create: bool = True,
    verify: bool = False,
    reading: bool = False,
    repository: Repository | None = None,
) -> Memory:
    """Open the memory that the settings of a project name; errors are those of `open_memory`.

    Args:
        settings: those in force there.
        root: the project's root.
        create: make the memory if there is none; a reading command says False.
        verify: read all of a file first.
        reading: nothing is written: a replica may answer.
        repository: which one it is, where that is known already.
    """
    repository = repository or identify_repository(root, settings)
    if reading and settings.replica:
        return open_memory(settings.replica, root, repository=repository, create=False)
    return open_memory(settings.memory, root, repository=repository, create=create, verify=verify)


def choose_repositories(memory: Memory, names: Sequence[str], *, everything: bool) -> Memory:
    """Return the memory as `--repo` and `--all-repositories` ask for it.

    Raises:
        UsageError: both are given.
        MemoryStoreError: it knows no repository of a name.
    """
    if names and everything:
        raise UsageError("--repo and --all-repositories exclude each other; choose one.")
    return memory.choose(names, everything=everything) if names or everything else memory


def identify_repository(root: Path, settings: Settings) -> Repository:
    """Return the repository that the folder `root` is the top of.

    It is known by the name in the settings, which tells forks apart; else by the first commit on
    its main line, which a rename does not change; else, outside of git, with no commit yet or only
    some of the history, by its folder. Found once and kept in git's own folder.

    Raises:
        GitError: git refuses to answer.
    """
    if settings.repository:
        return Repository(f"name:{settings.repository}", settings.repository)
    digest = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]
    by_folder = Repository(f"folder:{digest}", root.resolve().name)
    if not (root / ".git").exists():
        return by_folder
    kept = _read_kept(root / ".git" / "guard") if (root / ".git").is_dir() else None
    known = kept or _ask_git(root)
    return known._replace(former=(by_folder.identity,)) if known else by_folder


def _ask_git(root: Path) -> Repository | None:
    from devmatrix_guard.git.process import run_git
    from devmatrix_guard.git.repository import find_own_folder, find_repository

    own = find_own_folder(find_repository(root))
    if kept := _read_kept(own):
        return kept
    if (own.parent / "shallow").exists():
        return None
    code, answer, _ = run_git(root, "rev-list", "--max-parents=0", "--first-parent", "HEAD")
    commits = answer.decode("ascii", "replace").split()
    if code or not commits:
        return None
    _, remote, _ = run_git(root, "config", "--get", "remote.origin.url")
    address = os.fsdecode(remote).strip().rstrip("/").removesuffix(".git")
    name = address.replace(":", "/").rpartition("/")[2] or root.resolve().name
    found = Repository(commits[-1], name)
    try:
        own.mkdir(exist_ok=True)
        replace_file(own / _KEPT, f"{found.identity}\n{found.name}\n".encode("utf-8", "replace"))
    except OSError:
        pass  # a repository that cannot be written is asked again
    return found


def _read_kept(own: Path) -> Repository | None:
    try:
        content = read_if_present(own, _KEPT, _MOST_BYTES) if own.is_dir() else None
    except FileError:
        return None
    identity, _, name = (content or b"").decode("utf-8", "replace").partition("\n")
    return Repository(identity, name.strip()) if identity and name.strip() else None
