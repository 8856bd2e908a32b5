"""What a long command set out from, so that it writes nothing where people have moved on meanwhile.

A branch that is switched, stashed or reset under a command changes files that the command never
looks at again: the spec it has read, and the branch that its result is meant for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from devmatrix_guard.errors import GuardError, UsageError
from devmatrix_guard.files import read_chosen
from devmatrix_guard.git.process import run_git
from devmatrix_guard.model.named_value import NamedValue

_HEADS = "refs/heads/"


class Standing(NamedValue):
    """Where a command set out from.

    Attributes:
        branch: what HEAD names: a branch, or the commit of a detached one; "" without a repository.
        read: file -> hash of what it held, of those that the result follows from.
    """

    branch: str
    read: Mapping[Path, str]


def read_standing(project: Path, files: Iterable[Path] = ()) -> Standing:
    """Return where a command sets out from.

    Args:
        project: the root of the repository, or of what is none.
        files: what the result follows from.
    """
    return Standing(_read_branch(project), {path: _hash(path) for path in files})


def refuse_moved(project: Path, standing: Standing) -> None:
    """Refuse to write where another branch is checked out by now, or another spec.

    Raises:
        UsageError: so it is; the message says what became what.
    """
    branch = _read_branch(project)
    if branch != standing.branch:
        raise UsageError(
            f"the repository went from {_name(standing.branch)} to {_name(branch)} meanwhile, and "
            "nothing was written; run again where you want it."
        )
    for path, held in standing.read.items():
        if _hash(path) != held:
            raise UsageError(f"{path} was changed meanwhile and nothing was written; run again.")


def _read_branch(project: Path) -> str:
    try:
        code, output, _ = run_git(project, "symbolic-ref", "-q", "HEAD")
        if code:
            code, output, _ = run_git(project, "rev-parse", "-q", "--verify", "HEAD")
    except GuardError:
        return ""  # without git nobody switches a branch
    return "" if code else output.decode("utf-8", "replace").strip().removeprefix(_HEADS)


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(read_chosen(path)).hexdigest()
    except GuardError:
        return ""


def _name(branch: str) -> str:
    return branch or "no branch"
