"""A change is read from git alone, the same whatever the user's configuration says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devmatrix_guard.errors import GitError
from devmatrix_guard.git.changes import (
    is_opaque,
    list_added_lines,
    read_range_changes,
    read_staged_changes,
)
from devmatrix_guard.git.repository import find_repository
from devmatrix_guard.model.diff import FileChange, Hunk
from tests.helpers import commit, git, make_repo, stage, write_tree

HOSTILE_CONFIGURATION = {
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.external": "false",
    "diff.renames": "false",
    "diff.relative": "true",
    "diff.context": "9",
    "diff.interHunkContext": "9",
    "diff.submodule": "log",
    "diff.orderFile": "no-such-file",
    "diff.algorithm": "patience",
    "diff.ignoreSubmodules": "all",
    "diff.srcPrefix": "x/",
    "color.ui": "always",
    "core.quotePath": "false",
    "core.pager": "false",
    "core.abbrev": "4",
    "diff.upper.textconv": "tr a-z A-Z <",
    "alias.diff": "!false",
}


def staged(repo: Path) -> list[FileChange]:
    return list(read_staged_changes(find_repository(repo)))


def test_hunks_hold_removed_and_added_lines_with_their_terminators(repo: Path) -> None:
    commit(repo, {"a.py": "one\ntwo\nthree\n"}, "Start")
    stage(repo, {"a.py": "one\nTWO\r\nthree\nfour"})
    (change,) = staged(repo)
    assert change.hunks == (
        Hunk(2, 1, 2, 1, (b"two\n",), (b"TWO\r\n",)),
        Hunk(3, 0, 4, 1, (), (b"four",)),
    )
    assert list_added_lines(change) == ((2, 2), (4, 4))


def test_before_the_first_commit_everything_is_added(repo: Path) -> None:
    stage(repo, {"a.py": "one\ntwo\n"})
    (change,) = staged(repo)
    assert (change.status, change.old_blob, list_added_lines(change)) == ("A", None, ((1, 2),))


@pytest.mark.parametrize(
    "content",
    [
        "-- \n++ b\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n",
        "diff --git a/x b/x\nindex 1..2\n",
        "\\ No newline at end of file\nx\n",
        ":100644 100644 a b M\0other\n",
        "\n\n\n",
        "a\x0cb\u2028c\rd\n",
    ],
    ids=["patch", "header", "no-newline-mark", "raw-record", "blank", "odd-breaks"],
)
def test_code_is_never_mistaken_for_the_structure_of_a_patch(repo: Path, content: str) -> None:
    commit(repo, {"a.txt": "old\n", "b.py": "old\n"}, "Start")
    (repo / ".gitattributes").write_text("* text diff\n")
    stage(repo, {"a.txt": content, "b.py": "new\n"})
    by_path = {change.path: change for change in staged(repo)}
    assert b"".join(by_path["a.txt"].hunks[0].added) == content.encode()
    assert by_path["b.py"].hunks == (Hunk(1, 1, 1, 1, (b"old\n",), (b"new\n",)),)


@pytest.mark.parametrize(
    "name",
    ["-x.py", "a b.py", "new\nline.py", 'quo"te.py', "tab\t.py", "ünï.py", ":(top).py", "[a]*.py"],
)
def test_any_name_comes_back_as_git_stores_it(repo: Path, name: str) -> None:
    commit(repo, {name: "one\n", "other.py": "x\n"}, "Start")
    stage(repo, {"other.py": "y\n"})
    write_tree(repo, {name: "two\n"})
    git(repo, "--literal-pathspecs", "add", "--", name)
    assert sorted((c.path, list_added_lines(c)) for c in staged(repo)) == sorted(
        [(name, ((1, 1),)), ("other.py", ((1, 1),))]
    )


def test_a_name_that_is_not_utf8_survives(repo: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    stage(repo, {name: "x\n"})
    assert [c.path for c in staged(repo)] == [name]


def test_configuration_and_environment_do_not_change_the_answer(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repo, {"a.py": "1\n2\n3\n4\n5\n6\n", "old.py": "same\n" * 9}, "Start")
    git(repo, "mv", "old.py", "new.py")
    stage(repo, {"a.py": "1\nX\n3\n4\nY\n6\n", ".gitattributes": "*.py diff=upper\n"})
    plain = staged(repo)
    for key, value in HOSTILE_CONFIGURATION.items():
        git(repo, "config", key, value)
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=7")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    assert staged(repo) == plain
    assert {c.path: list_added_lines(c) for c in plain}["a.py"] == ((2, 2), (5, 5))
    assert [(c.old_path, c.path) for c in plain if c.status == "R"] == [("old.py", "new.py")]


def test_a_file_that_becomes_a_link_and_a_link_that_becomes_a_file(repo: Path) -> None:
    commit(repo, {"a.py": "x = 1\n", "z.py": "x\n"}, "Start")
    (repo / "b.py").symlink_to("a.py")
    commit(repo, {}, "Link")
    (repo / "b.py").unlink()
    (repo / "a.py").unlink()
    (repo / "a.py").symlink_to("b.py")
    stage(repo, {"b.py": "y = 2\n", "z.py": "z\n"})
    git(repo, "add", "a.py")
    link, file, other = staged(repo)
    assert (link.status, link.new_mode) == ("T", "120000")
    assert (file.status, file.new_mode, list_added_lines(file)) == ("T", "100644", ((1, 1),))
    assert other.hunks[0].added == (b"z\n",)


def test_intent_to_add_is_not_a_change(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "Start")
    write_tree(repo, {"new.py": "x\n"})
    git(repo, "add", "-N", "new.py")
    assert staged(repo) == []


def test_conflicts_must_be_resolved_first(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "Start")
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, {"a.py": "2\n"}, "Side")
    git(repo, "checkout", "-q", "main")
    commit(repo, {"a.py": "3\n"}, "Main")
    git(repo, "merge", "-q", "side", check=False)
    with pytest.raises(GitError, match="resolve first"):
        staged(repo)


def test_in_a_merge_only_lines_of_no_parent_count(repo: Path) -> None:
    commit(repo, {"a.py": "top\nmiddle\nend\n", "b.py": "1\n"}, "Start")
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, {"a.py": "top\nmiddle\nside\n", "b.py": "2\n", "c.py": "3\n"}, "Side")
    git(repo, "checkout", "-q", "main")
    commit(repo, {"a.py": "main\nmiddle\nend\n"}, "Main")
    git(repo, "merge", "-q", "--no-commit", "side", check=False)
    stage(repo, {"a.py": "main\nmiddle\nside\nnew\n"})
    changed, *taken = staged(repo)
    assert (changed.path, list_added_lines(changed)) == ("a.py", ((4, 4),))
    assert changed.hunks[0].added == (b"new\n",)
    assert [(c.path, list_added_lines(c), is_opaque(c)) for c in taken] == [
        ("b.py", (), False),
        ("c.py", (), False),
    ]


def test_a_file_larger_than_the_bound_comes_without_hunks(repo: Path) -> None:
    stage(repo, {"big.py": "x = 1\n" * 1000, "small.py": "x = 1\n"})
    big, small = read_staged_changes(find_repository(repo), max_file_kb=2)
    assert is_opaque(big)
    assert not is_opaque(small)


def test_what_attributes_call_binary_can_be_read_as_text(repo: Path) -> None:
    commit(repo, {"a.py": "1\n", ".gitattributes": "*.py binary\n"}, "Start")
    stage(repo, {"a.py": "1\n2\n"})
    (hidden,) = staged(repo)
    (shown,) = read_staged_changes(find_repository(repo), text=("a.py",))
    assert is_opaque(hidden)
    assert list_added_lines(shown) == ((2, 2),)


def test_a_range_compares_two_trees(repo: Path) -> None:
    base = commit(repo, {"a.py": "1\n"}, "Start")
    head = commit(repo, {"a.py": "1\n2\n", "b.py": "x\n"}, "More")
    found = list(read_range_changes(find_repository(repo), base, head))
    assert [(c.status, c.path, list_added_lines(c)) for c in found] == [
        ("M", "a.py", ((2, 2),)),
        ("A", "b.py", ((1, 1),)),
    ]


def test_a_partial_clone_fetches_nothing_and_says_which_files_it_cannot_read(
    tmp_path: Path,
) -> None:
    source = make_repo(tmp_path / "source", {"a.py": "1\n", "b.py": "b\n"})
    commit(source, {"a.py": "2\n", "c.py": "new\n"}, "Change")
    git(source, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", source.as_uri(), "partial")
    here = find_repository(tmp_path / "partial")
    objects = sorted((here.git_dir / "objects").rglob("*"))
    absent, present = read_range_changes(here, "HEAD~1", "HEAD")
    assert (absent.path, is_opaque(absent)) == ("a.py", True)
    assert (present.path, list_added_lines(present)) == ("c.py", ((1, 1),))
    assert sorted((here.git_dir / "objects").rglob("*")) == objects


def test_reading_leaves_the_index_alone(repo: Path) -> None:
    commit(repo, {"a.py": "1\n"}, "Start")
    stage(repo, {"a.py": "2\n"})
    os.utime(repo / "a.py", (1, 1))
    before = (repo / ".git" / "index").read_bytes()
    staged(repo)
    assert (repo / ".git" / "index").read_bytes() == before
