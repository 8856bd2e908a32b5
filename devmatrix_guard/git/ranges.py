"""Turns what a user calls a range into two commits to compare, and says what it had to guess."""

from __future__ import annotations

import re
from typing import NamedTuple

from devmatrix_guard.errors import GitError, UsageError
from devmatrix_guard.git.process import GitProcess, resolve_environment, run_git
from devmatrix_guard.git.repository import Repository, resolve_commit

# How many commits each further fetch asks for; the last asks for all.
_DEEPENING = ("--deepen=4", "--deepen=16", "--deepen=64", "--unshallow")


class Range(NamedTuple):
    """Compare the tree of `base` with the tree of `head`; `notes` tell what is out of the ordinary.

    `base` is the merge base of a three-dot range, so that work on the other side does not count.
    """

    base: str
    head: str
    notes: tuple[str, ...] = ()


def resolve_range(repo: Repository, text: str, *, fetch: bool = False) -> Range:
    """Return the commits that `A...B`, `A..B` or `A` (up to HEAD) stands for.

    Args:
        repo: where to look.
        text: the range; an empty side means HEAD.
        fetch: ask the remote, once each, for a missing commit or a longer history.

    Raises:
        UsageError: the text is no range.
        GitError: a commit is absent.
    """
    left, dots, right = text.partition("...")
    if not dots:
        left, dots, right = text.partition("..")
    if not (left or right):
        raise UsageError(f"`{text}` is not a range; write it as BASE...HEAD.")
    if text.startswith("-"):
        raise UsageError(f"`{text}` is an option and no range; write it as BASE...HEAD.")
    base = _commit(repo, left or "HEAD", fetch=fetch)
    head = _commit(repo, right or "HEAD", fetch=fetch)
    if dots == "..":
        return Range(base, head)
    found = merge_bases(repo, base, head)
    if not found and repo.is_shallow and fetch:
        found = _deepen(repo, base, head)
    if not found:
        return Range(base, head, (_explain_no_merge_base(repo, text),))
    if len(found) > 1:
        several = f"{text} has {len(found)} merge bases; comparing with {found[0][:12]}."
        return Range(found[0], head, (several,))
    return Range(found[0], head)


def is_ancestor(repo: Repository, old: str, new: str) -> bool:
    """Tell whether a commit is reachable from another."""
    code, _, _ = run_git(repo.root, "merge-base", "--is-ancestor", "--end-of-options", old, new)
    return code == 0


def merge_bases(repo: Repository, left: str, right: str) -> list[str]:
    """Return every best common ancestor, sorted so that the first is the same everywhere."""
    code, output, _ = run_git(repo.root, "merge-base", "--all", "--end-of-options", left, right)
    return [] if code else sorted(output.decode("ascii").split())


def _commit(repo: Repository, rev: str, *, fetch: bool) -> str:
    found = resolve_commit(repo, rev)
    if found is None and fetch and set(rev) != {"0"}:
        # A depth would cut the history of a clone that has all of it.
        depth = ("--depth=1",) if repo.is_shallow else ()
        _fetch(repo, *depth, "origin", rev)
        found = resolve_commit(repo, rev)
    if found is None:
        raise GitError(_explain_absence(repo, rev))
    return found


def _explain_absence(repo: Repository, rev: str) -> str:
    """Return what is wrong with a name of no commit, with a remedy that works in this clone."""
    base, *steps = re.split(r"(?=[~^]|@\{)", rev)
    is_about_head = base in ("HEAD", "@", "")
    if resolve_commit(repo, "HEAD") is None and (is_about_head or not _has_commits(repo)):
        return "there is no commit yet; make one, or leave the range out for what is staged."
    if set(rev) == {"0"}:
        return f"{rev} is git's word for no commit; name the branch to compare with: main...HEAD."
    if any(step.startswith(("@{u", "@{push")) for step in steps):
        return f"{rev}: the branch has no upstream here; write the range as main...HEAD."
    if steps and not repo.is_shallow and resolve_commit(repo, base or "HEAD"):
        return f"{rev} names no commit: its history is not that long; correct the range."
    fetching = "--unshallow" if steps else f"origin {rev.removeprefix('origin/')}"
    return (
        f"{rev} names no commit here; fetch it (`git fetch {fetching}`, or "
        "`fetch-depth: 0` for actions/checkout) or correct the range."
    )


def _has_commits(repo: Repository) -> bool:
    return bool(run_git(repo.root, "rev-list", "--all", "--max-count=1")[1])


def _deepen(repo: Repository, base: str, head: str) -> list[str]:
    for step in _DEEPENING:
        _fetch(repo, step, "origin")
        found = merge_bases(repo, base, head)
        if found:
            return found
    return []


def _fetch(repo: Repository, *args: str) -> None:
    """Ask the remote; whether it helped is seen by looking again."""
    environ = {**resolve_environment(), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    options = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    process = GitProcess(repo.root, (*options, *args), environ=environ)
    for _ in process.read_chunks():
        pass


def _explain_no_merge_base(repo: Repository, text: str) -> str:
    if repo.is_shallow:
        return (
            f"{text} has no merge base in this shallow clone; comparing the two trees, so lines "
            "changed on the base branch may count (fetch with `fetch-depth: 0`, or pass --fetch)."
        )
    return f"{text} joins histories without a common ancestor; comparing the two trees."
