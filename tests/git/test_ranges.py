"""A range is resolved to two commits, and what was guessed is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import GitError, UsageError
from devmatrix_guard.git.ranges import merge_bases, resolve_range
from devmatrix_guard.git.repository import Repository, find_repository
from tests.helpers import commit, git, make_repo


@pytest.fixture
def forked(repo: Path) -> tuple[Repository, dict[str, str]]:
    """A base with a commit on each of two branches; `main` is checked out."""
    ids = {"base": commit(repo, {"a.py": "1\n"}, "Base")}
    git(repo, "checkout", "-q", "-b", "side")
    ids["side"] = commit(repo, {"s.py": "1\n"}, "Side", day=1)
    git(repo, "checkout", "-q", "main")
    ids["main"] = commit(repo, {"m.py": "1\n"}, "Main", day=2)
    return find_repository(repo), ids


def test_three_dots_compare_with_the_merge_base(
    forked: tuple[Repository, dict[str, str]],
) -> None:
    here, ids = forked
    assert resolve_range(here, "main...side") == (ids["base"], ids["side"], ())
    assert resolve_range(here, "side...") == (ids["base"], ids["main"], ())


def test_two_dots_compare_the_ends(forked: tuple[Repository, dict[str, str]]) -> None:
    here, ids = forked
    assert resolve_range(here, "main..side") == (ids["main"], ids["side"], ())


@pytest.mark.parametrize("text", ["", "...", ".."])
def test_a_range_without_ends_is_a_usage_error(repo: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"BASE\.\.\.HEAD"):
        resolve_range(find_repository(repo), text)


@pytest.mark.parametrize("rev", ["no-such", "1" * 40, "a b"])
def test_an_absent_side_is_named_with_the_remedy(repo: Path, rev: str) -> None:
    commit(repo, {"a.py": "1\n"}, "Base")
    with pytest.raises(GitError, match="names no commit here; fetch it"):
        resolve_range(find_repository(repo), f"{rev}...HEAD")


@pytest.mark.parametrize(
    ("rev", "remedy"),
    [
        ("origin/topic", "`git fetch origin topic`"),
        ("topic", "`git fetch origin topic`"),
        ("topic~3", "`git fetch --unshallow`"),
        ("HEAD~3", "its history is not that long; correct the range"),
        ("@{upstream}", "no upstream here; write the range as main...HEAD"),
        ("0" * 40, "git's word for no commit; name the branch"),
    ],
)
def test_the_remedy_is_one_that_helps_here(repo: Path, rev: str, remedy: str) -> None:
    commit(repo, {"a.py": "1\n"}, "Base")
    with pytest.raises(GitError, match=remedy):
        resolve_range(find_repository(repo), f"{rev}...HEAD")


def test_a_shallow_clone_is_to_be_made_longer(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "One")
    commit(repo, {"a.py": "2\n"}, "Two", day=1)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", str(clone))
    with pytest.raises(GitError, match="`git fetch --unshallow`"):
        resolve_range(find_repository(clone), "HEAD~1...HEAD")


@pytest.mark.parametrize("text", ["--all", "-x...HEAD", "--output=/tmp/x", "--"])
def test_an_option_is_not_taken_for_a_range(repo: Path, text: str) -> None:
    commit(repo, {"a.py": "1\n"}, "Base")
    with pytest.raises(UsageError, match=r"is an option and no range; write it as BASE\.\.\.HEAD"):
        resolve_range(find_repository(repo), text)


@pytest.mark.parametrize("text", ["HEAD", "main...HEAD", "@~1...", "...HEAD", "1234567"])
def test_without_a_commit_nothing_is_to_be_fetched(repo: Path, text: str) -> None:
    with pytest.raises(GitError, match="there is no commit yet; make one, or leave the range out"):
        resolve_range(find_repository(repo), text)


def test_on_an_orphan_branch_what_is_missing_is_said(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "Base")
    git(repo, "checkout", "-q", "--orphan", "other")
    here = find_repository(repo)
    with pytest.raises(GitError, match="there is no commit yet"):
        resolve_range(here, "main...HEAD")
    with pytest.raises(GitError, match="`git fetch origin topic`"):
        resolve_range(here, "topic...main")


def test_histories_without_a_common_ancestor_are_compared_with_a_note(repo: Path) -> None:
    first = commit(repo, {"a.py": "1\n"}, "One")
    git(repo, "checkout", "-q", "--orphan", "other")
    second = commit(repo, {"b.py": "1\n"}, "Two")
    base, head, (note,) = resolve_range(find_repository(repo), "main...other")
    assert (base, head) == (first, second)
    assert "without a common ancestor" in note


def test_of_several_merge_bases_one_is_picked_for_all(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "Base")
    git(repo, "checkout", "-q", "-b", "left")
    left = commit(repo, {"l.py": "1\n"}, "Left")
    git(repo, "checkout", "-q", "-b", "right", "main")
    right = commit(repo, {"r.py": "1\n"}, "Right")
    git(repo, "merge", "-q", "-m", "Right takes left", left)
    git(repo, "checkout", "-q", "left")
    git(repo, "merge", "-q", "-m", "Left takes right", right)
    here = find_repository(repo)
    assert merge_bases(here, "left", "right") == sorted([left, right])
    for text in ("left...right", "right...left"):
        base, _, (note,) = resolve_range(here, text)
        assert base == min(left, right)
        assert "2 merge bases" in note


@pytest.fixture
def shallow(tmp_path: Path) -> tuple[Path, Path]:
    """A remote with a fork after 30 commits, and a clone of its `side` of depth 1."""
    remote = make_repo(tmp_path / "remote")
    for number in range(12):
        commit(remote, {"a.py": f"{number}\n"}, f"c{number}", day=number)
    git(remote, "checkout", "-q", "-b", "side")
    for number in range(12):
        commit(remote, {"s.py": f"{number}\n"}, f"s{number}", day=20 + number)
    git(remote, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=side", remote.as_uri(), "clone")
    return remote, clone


def test_a_shallow_clone_is_told_how_to_get_the_base(shallow: tuple[Path, Path]) -> None:
    remote, clone = shallow
    base = git(remote, "rev-parse", "main").strip()
    with pytest.raises(GitError, match="fetch-depth: 0"):
        resolve_range(find_repository(clone), f"{base}...HEAD")


def test_a_shallow_clone_is_deepened_when_fetching_is_allowed(shallow: tuple[Path, Path]) -> None:
    remote, clone = shallow
    base = git(remote, "rev-parse", "main").strip()
    found = resolve_range(find_repository(clone), f"{base}...HEAD", fetch=True)
    assert (found.base, found.notes) == (base, ())


def test_without_fetching_a_shallow_range_compares_the_trees_and_says_so(
    shallow: tuple[Path, Path],
) -> None:
    remote, clone = shallow
    base = git(remote, "rev-parse", "main").strip()
    git(clone, "fetch", "-q", "--depth=1", "origin", base)
    here = find_repository(clone)
    assert here.is_shallow
    base_found, _, (note,) = resolve_range(here, f"{base}...HEAD")
    assert base_found == base
    assert "shallow clone" in note
