"""The place is told apart: work tree, linked work tree, bare, inside .git, nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import GitError
from devmatrix_guard.git.process import read_git_output
from devmatrix_guard.git.repository import (
    NotARepositoryError,
    find_repository,
    hash_empty_tree,
    resolve_commit,
)
from tests.helpers import commit, git, make_repo


def test_the_root_is_found_from_a_folder_below(repo: Path) -> None:
    commit(repo, {"sub/deep/a.py": "1\n"}, "Start")
    here = find_repository(repo / "sub" / "deep")
    assert (here.root, here.git_dir, here.is_bare) == (repo, repo / ".git", False)


def test_the_name_of_a_folder_may_hold_a_line_break(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "a\nb", {"sub/a.py": "1\n"})
    here = find_repository(root / "sub")
    assert (here.root, here.git_dir, here.is_shallow) == (root, root / ".git", False)
    git(tmp_path, "clone", "-q", "--bare", str(root), "c\nd")
    assert find_repository(tmp_path / "c\nd").is_bare


def test_a_linked_work_tree_has_its_own_git_folder(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "Start")
    git(repo, "worktree", "add", "-q", "../linked", "-b", "side")
    here = find_repository(repo.parent / "linked")
    assert here.root == repo.parent / "linked"
    assert here.git_dir == repo / ".git" / "worktrees" / "linked"


def test_a_bare_repository_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    here = find_repository(tmp_path / "bare.git")
    assert here.is_bare
    assert here.root == tmp_path / "bare.git"


def test_inside_the_git_folder_is_refused(repo: Path) -> None:
    with pytest.raises(GitError, match=r"inside a \.git folder"):
        find_repository(repo / ".git")


def test_outside_any_repository_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match="not in a git repository"):
        find_repository(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match=r"there is no folder .*/gone; name one"):
        find_repository(tmp_path / "gone")


def test_gits_own_hint_is_repeated_for_a_foreign_owner(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError, match=r"git config --global --add safe\.directory"):
        find_repository(repo)


def test_a_foreign_owner_is_told_in_one_line_with_the_command_that_trusts_it(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitError) as told:
        find_repository(repo)
    text = str(told.value)
    assert "\n" not in text and "\t" not in text
    assert text.endswith(f"; if you trust it: git config --global --add safe.directory {repo}")


def test_a_machine_without_git_is_told_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git is not installed"):
        find_repository(tmp_path)


def test_the_empty_tree_fits_the_repositorys_hash(tmp_path: Path) -> None:
    assert hash_empty_tree(find_repository(make_repo(tmp_path / "one"))).startswith(
        "4b825dc642cb6eb9"
    )
    git(tmp_path, "init", "-q", "--object-format=sha256", "two")
    assert len(hash_empty_tree(find_repository(tmp_path / "two"))) == 64


def test_a_commit_is_resolved_or_none(repo: Path) -> None:
    here = find_repository(repo)
    assert resolve_commit(here, "HEAD") is None
    head = commit(repo, {"a.py": "1\n"}, "Start")
    assert resolve_commit(here, "HEAD") == head
    assert resolve_commit(here, "--all") is None


def test_large_input_and_large_errors_do_not_block_each_other(repo: Path) -> None:
    names = b"".join(b"%d/%s\0" % (number, b"x" * 90) for number in range(20_000))
    output = read_git_output(repo, "check-attr", "--stdin", "-z", "text", stdin=names)
    assert output.count(b"unspecified") == 20_000


def test_git_dir_alone_does_not_make_a_folder_the_top(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repo, {"sub/a.py": "1\n"}, "Start")
    monkeypatch.setenv("GIT_DIR", str(repo / ".git"))
    assert find_repository(repo / "sub").root == repo


@pytest.mark.parametrize("is_bare", [False, True], ids=["linked", "linked to a bare one"])
def test_git_dir_of_a_linked_work_tree_leads_to_its_top(
    repo: Path, monkeypatch: pytest.MonkeyPatch, is_bare: bool
) -> None:
    commit(repo, {"sub/a.py": "1\n"}, "Start")
    linked = repo.parent / "linked"
    git(repo, "worktree", "add", "-q", str(linked), "-b", "side")
    if is_bare:
        git(repo, "config", "core.bare", "true")
    monkeypatch.setenv("GIT_DIR", str(repo / ".git" / "worktrees" / "linked"))
    here = find_repository(linked / "sub")
    assert (here.root, here.is_bare) == (linked, False)


def test_a_work_tree_that_was_set_is_believed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repo, {"sub/a.py": "1\n"}, "Start")
    git(repo, "config", "core.worktree", "../sub")
    monkeypatch.setenv("GIT_DIR", str(repo / ".git"))
    assert find_repository(repo / "sub").root == repo / "sub"


def test_a_folder_outside_of_a_git_dir_stays_the_top(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(repo / ".git"))
    (tmp_path / "elsewhere").mkdir()
    assert find_repository(tmp_path / "elsewhere").root == tmp_path / "elsewhere"
