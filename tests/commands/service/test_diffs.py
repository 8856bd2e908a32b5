from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from devmatrix_guard.commands.service.diffs import DiffError, MisfitError, apply_diff, parse_diff
from tests.helpers import git, make_repo, write_tree

BEFORE = {"a.py": "one\ntwo\nthree\nfour\n", "b.py": "x = 1", "gone.py": "bye\n", "e.py": ""}


@pytest.mark.parametrize(
    "after",
    [
        pytest.param({"a.py": "one\n2\nthree\nfour\n"}, id="a line is changed"),
        pytest.param({"a.py": "zero\none\ntwo\nthree\nfour\nfive\n"}, id="both ends grow"),
        pytest.param({"a.py": "four\n"}, id="lines are taken away"),
        pytest.param({"a.py": ""}, id="emptied"),
        pytest.param({"a.py": "one\ntwo\nthree\nfour"}, id="the last newline goes"),
        pytest.param({"b.py": "x = 1\n"}, id="the last newline comes"),
        pytest.param({"b.py": "x = 2"}, id="no newline before or after"),
        pytest.param({"e.py": "now\n"}, id="something in an empty file"),
        pytest.param({"new.py": "a\nb\n"}, id="a new file"),
        pytest.param({"gone.py": None}, id="a file is removed"),
        pytest.param({"a.py": "one\r\ntwo\r\n"}, id="other line ends"),
    ],
)
@pytest.mark.parametrize("context", ["-U0", "-U3"])
def test_what_git_writes_as_a_diff_is_applied_as_git_does(
    tmp_path: Path, after: dict[str, str | None], context: str
) -> None:
    repo = make_repo(tmp_path / "repo", BEFORE)
    write_tree(repo, after)
    git(repo, "add", "-A")
    command = ["git", "-C", str(repo), "diff", "--cached", context]
    diff = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    expected = {path: text for path, text in after.items() if text is not None}
    assert dict(apply_diff(parse_diff(diff), BEFORE.get)) == expected


@pytest.mark.parametrize(
    ("diff", "said"),
    [
        pytest.param("", "no unified diff", id="nothing"),
        pytest.param("hello\nworld\n", "no unified diff", id="prose"),
        pytest.param("@@ -1 +1 @@\n-a\n+b\n", "without the names", id="no names"),
        pytest.param("--- a/a\n+++ b/a\n@@ -1,9 +1 @@\n-a\n", "announces", id="too short"),
        pytest.param("--- a/a\n+++ b/a\n@@ -1 +1 @@\n?a\n", "ends before", id="no such mark"),
        pytest.param("Binary files a/x and b/x differ\n", "binary", id="binary"),
        pytest.param('--- "a/\\303"\n+++ "b/\\303"\n', "quotePath", id="quoted names"),
    ],
)
def test_what_is_no_diff_is_told_so(diff: str, said: str) -> None:
    with pytest.raises(DiffError, match=said):
        parse_diff(diff)


@pytest.mark.parametrize(
    ("diff", "said"),
    [
        pytest.param("--- a/no.py\n+++ b/no.py\n@@ -1 +1 @@\n-a\n+b\n", "not at HEAD", id="absent"),
        pytest.param("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-no\n+b\n", "line 1", id="other text"),
        pytest.param(
            "--- a/a.py\n+++ b/a.py\n@@ -99 +99 @@\n-a\n+b\n", "outside", id="past the end"
        ),
        pytest.param(
            "--- a/a.py\n+++ b/a.py\n@@ -3 +3 @@\n-three\n+3\n@@ -1 +1 @@\n-one\n+1\n",
            "outside",
            id="hunks out of order",
        ),
    ],
)
def test_a_diff_that_does_not_fit_is_refused(diff: str, said: str) -> None:
    with pytest.raises(MisfitError, match=said):
        list(apply_diff(parse_diff(diff), BEFORE.get))
