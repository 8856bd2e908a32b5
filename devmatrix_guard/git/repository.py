"""Finds the repository a folder belongs to and says what kind of place it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.errors import GitError
from devmatrix_guard.files import FileError, read_if_present
from devmatrix_guard.git.process import describe_damage, read_git_output, run_git

_QUESTIONS = (
    "--is-bare-repository",
    "--is-inside-git-dir",
    "--show-object-format",
    "--absolute-git-dir",
    "--git-path",
    "shallow",
    "--show-toplevel",
)


_ANSWERS = 6
_LONGEST_NAME = 65_536
_SINGLE_QUESTIONS = (*((one,) for one in _QUESTIONS[:4]), _QUESTIONS[4:6], _QUESTIONS[6:])


class NotARepositoryError(GitError):
    """The folder belongs to no git repository."""


class Repository(NamedTuple):
    """A repository as seen from one folder.

    `root` is the top of the work tree, or the git folder of a bare repository; `git_dir` is the
    folder of this work tree (a linked one has its own).
    """

    root: Path
    git_dir: Path
    is_bare: bool = False
    object_format: str = "sha1"
    is_shallow: bool = False


def find_repository(start: Path) -> Repository:
    """Return the repository that holds `start`, a folder.

    Raises:
        NotARepositoryError: there is none.
        GitError: git refuses (its own hint is repeated), or `start` is inside `.git`.
    """
    code, output, errors = run_git(start, "rev-parse", *_QUESTIONS)
    answers = os.fsdecode(output).split("\n", 5)
    if output.count(b"\n") > _ANSWERS:  # the name of a folder holds a line break
        answers = [_ask(start, *question) for question in _SINGLE_QUESTIONS]
    if len(answers) < 6:
        raise _explain_refusal(start, errors)
    bare, inside, object_format, git_dir, shallow, toplevel = answers
    if bare == "true":
        root = git_dir
    elif inside == "true":
        raise GitError(f"{start} is inside a .git folder; go to the work tree and run guard there.")
    elif code:
        raise _explain_refusal(start, errors)
    else:
        root = _find_work_tree(start, git_dir, toplevel.removesuffix("\n"))
        _refuse_foreign_work_tree(root, git_dir)
    return Repository(
        root=Path(root),
        git_dir=Path(git_dir),
        is_bare=bare == "true",
        object_format=object_format,
        is_shallow=(Path(start) / shallow).exists(),
    )


def _ask(start: Path, *question: str) -> str:
    return os.fsdecode(run_git(start, "rev-parse", *question)[1]).removesuffix("\n")


def _find_work_tree(start: Path, git_dir: str, toplevel: str) -> str:
    """Return the top of the work tree around `start`.

    With `GIT_DIR` alone git takes the folder it stands in for the top, and then sees nothing of
    what lies beside it; hooks of linked work trees are called like that.
    """
    if "GIT_DIR" not in os.environ or "GIT_WORK_TREE" in os.environ:
        return toplevel
    if run_git(start, "config", "--get", "core.worktree")[1]:
        return toplevel
    try:  # a linked work tree's folder says where its `.git` file is
        marker = Path(git_dir, (Path(git_dir) / "gitdir").read_text("utf-8").rstrip("\n"))
    except (OSError, ValueError):
        marker = Path(git_dir)
    top = marker.parent
    is_around = marker.name == ".git" and Path(start).resolve().is_relative_to(top.resolve())
    return str(top.resolve()) if is_around else toplevel


def _refuse_foreign_work_tree(root: str, git_dir: str) -> None:
    """Refuse a work tree that only the repository's own `core.worktree` names.

    What is read and written would be a folder that belongs to nobody here, such as one's home.

    Raises:
        GitError: no `.git` in the work tree leads to git's folder, and the caller named neither.
    """
    if "GIT_DIR" in os.environ or "GIT_WORK_TREE" in os.environ:
        return
    marker = Path(root, ".git")
    try:
        if not marker.is_dir():
            named = os.fsdecode(read_if_present(Path(root), ".git") or b"")
            marker = Path(root, named.removeprefix("gitdir:").strip())
        if marker.samefile(git_dir):
            return
    except (OSError, ValueError, FileError):
        pass
    raise GitError(
        f"core.worktree of {git_dir} makes {root} its work tree, which does not lead back to it; "
        f"if that is meant, say so: GIT_WORK_TREE={root}"
    )


def find_own_folder(repo: Repository) -> Path:
    """Return the folder for what guard keeps for itself: in git's own, which no commit can fill.

    All work trees of a repository share it.
    """
    return find_common_folder(repo) / "guard"


def find_common_folder(repo: Repository) -> Path:
    """Return the folder for what all work trees of a repository share: objects, branches."""
    named = os.environ.get("GIT_COMMON_DIR")
    if named:
        return Path(named).absolute()
    common = read_if_present(repo.git_dir, "commondir")
    return repo.git_dir / os.fsdecode(common or b"").strip()


def _explain_refusal(start: Path, errors: str) -> GitError:
    text = errors.removeprefix("fatal: ")
    if text.startswith("not a git repository"):
        return NotARepositoryError(
            f"{start.absolute()} is not in a git repository; run guard inside one "
            "(`guard check FILE` needs none)."
        )
    if text.startswith("cannot change to"):
        return NotARepositoryError(f"there is no folder {start}; name one that is there.")
    reason, _, advice = text.partition("\n")
    command = next((line.strip() for line in advice.splitlines() if "git config" in line), "")
    remedy = f"; if you trust it: {command}" if command else ""
    return GitError(f"git refuses to read this repository: {reason.rstrip('.')}{remedy}")


def hash_empty_tree(repo: Repository) -> str:
    """Return the id of the tree without files, in the repository's own hash."""
    return read_git_output(repo.root, "hash-object", "-t", "tree", "--stdin").decode().strip()


def resolve_commit(repo: Repository, rev: str) -> str | None:
    """Return the id of the commit `rev` names, or None if there is none.

    Raises:
        GitError: there is one by its name, but its object is missing or damaged.
    """
    if "\0" in rev or len(rev) > _LONGEST_NAME:  # no argument of a program can be so
        return None
    code, output, _ = _verify(repo, f"{rev}^{{commit}}")
    if not code:
        return output.decode("ascii").strip()
    code, output, _ = _verify(repo, rev)
    found = output.decode("ascii").strip()
    # An id that somebody gives is repeated whether there is such an object or not.
    if code or found == rev:
        return None
    code, output, _ = run_git(repo.root, "cat-file", "-t", found)
    if not code and output.strip() != b"commit":  # it names something else
        return None
    raise describe_damage(f"{rev} is {found}, which cannot be read")


def _verify(repo: Repository, name: str) -> tuple[int, bytes, str]:
    return run_git(repo.root, "rev-parse", "--verify", "--quiet", "--end-of-options", name)


def is_partial(repo: Repository) -> bool:
    """Tell whether a repository may lack objects that another one promised to have."""
    asked = ("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
    return run_git(repo.root, *asked)[0] == 0


def find_commit_before(repo: Repository, moment: str) -> str:
    """Return the newest of HEAD's first parents made before a moment (ISO 8601), or ""."""
    before = f"--before={moment}"
    output = read_git_output(repo.root, "rev-list", "-1", "--first-parent", before, "HEAD", "--")
    return output.decode("ascii").strip()
