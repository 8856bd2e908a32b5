# ruff: noqa: E501  # tables of code, one case a line

"""`guard tests`: the regression tests that belong to the fixes a change touches."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.memory.fix_tests import find_tests, is_one_word, render_tests
from tests.helpers import commit, git, make_repo, stage, write_tree

BROKEN = "def add(a, b):\n    return a - b\n\n\ndef double(a):\n    return a * 2\n"
FIXED = BROKEN.replace("a - b", "a + b")
PROOF = "from a import add\n\n\nclass TestAdd:\n    def test_add(self):\n        assert add(1, 2) == 3\n"
NODE = "tests/test_a.py::TestAdd::test_add"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository in which one fix came with a test."""
    repo = make_repo(tmp_path / "repo", {"a.py": BROKEN, "b.py": "x = 1\n"})
    commit(repo, {"a.py": FIXED, "tests/test_a.py": PROOF}, "Fix the sum of numbers (#12)", day=3)
    return repo


def nodes(repo: Path, range_text: str = "") -> list[str]:
    return render_tests(find_tests(repo, range_text), "plain").split()


CHANGES = {
    "the function": ({"a.py": FIXED.replace("a + b", "b + a")}, [NODE]),
    "another function": ({"a.py": FIXED.replace("a * 2", "a + a")}, []),
    "another file": ({"b.py": "x = 2\n"}, []),
    "no code": ({"README.md": "x\n"}, []),
    "the test itself": ({"tests/test_a.py": PROOF.replace("(1, 2) == 3", "(2, 2) == 4")}, [NODE]),
    "function moved": ({"a.py": "from c import add\n\n\n" + BROKEN.partition("\n\n\n")[2], "c.py": FIXED.partition("\n\n\n")[0]}, [NODE]),
    "test deleted": ({"a.py": FIXED.replace("a + b", "b + a"), "tests/test_a.py": "x = 1\n"}, []),
}  # fmt: skip


@pytest.mark.parametrize("learned", [True, False], ids=["learned", "fresh"])
@pytest.mark.parametrize("case", CHANGES)
def test_the_tests_of_touched_fixes_are_printed(repo: Path, case: str, learned: bool) -> None:
    files, expected = CHANGES[case]
    if learned:
        learn(repo)
    stage(repo, files)
    assert nodes(repo) == expected
    git(repo, "commit", "-q", "--no-verify", "-m", "Change")
    assert nodes(repo, "HEAD~1...HEAD") == expected


def test_what_is_not_staged_counts_unless_it_is_asked_for_what_is(repo: Path) -> None:
    write_tree(repo, {"a.py": FIXED.replace("a + b", "b + a")})
    assert nodes(repo) == [NODE]
    assert find_tests(repo, is_staged=True) == ()
    stage(repo, {"a.py": FIXED.replace("a + b", "b + a")})
    write_tree(repo, {"a.py": FIXED, "tests/test_a.py": PROOF})
    assert nodes(repo) == []  # the work tree is as HEAD is
    assert [test.node for test in find_tests(repo, is_staged=True)] == [NODE]
    (repo / "a.py").unlink()
    assert nodes(repo) == [NODE]
    (repo / "tests" / "test_a.py").unlink()
    assert nodes(repo) == []


def test_fixes_made_since_learning_count(repo: Path) -> None:
    learn(repo)
    proof = "from b import x\n\n\ndef test_x():\n    assert x == 2\n"
    fixed = "def get():\n    return 2\n"
    commit(repo, {"b.py": "def get():\n    return 1\n"}, "Add get", day=4)
    commit(repo, {"b.py": fixed, "tests/test_b.py": proof}, "Fix what get returns", day=5)
    stage(repo, {"b.py": fixed.replace("2", "2 + 0")})
    assert nodes(repo) == ["tests/test_b.py::test_x"]


def test_a_renamed_file_keeps_its_fixes(repo: Path) -> None:
    git(repo, "mv", "a.py", "sums.py")
    git(repo, "mv", "tests/test_a.py", "tests/test_sums.py")
    commit(repo, {}, "Rename", day=4)
    learn(repo)
    stage(repo, {"sums.py": FIXED.replace("a + b", "b + a")})
    assert nodes(repo) == ["tests/test_sums.py::TestAdd::test_add"]


def test_a_runner_that_is_given_nothing_runs_everything_so_the_exit_code_tells(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    empty = CliRunner().invoke(cli, ["tests"], standalone_mode=False)
    assert (empty.return_value, empty.output) == (1, "")
    stage(repo, {"a.py": FIXED.replace("a + b", "b + a")})
    found = CliRunner().invoke(cli, ["tests"], standalone_mode=False)
    assert (found.return_value, found.output) == (0, f"{NODE}\n")
    of_others = CliRunner().invoke(cli, ["tests", "--runner", "other"], standalone_mode=False)
    assert (of_others.return_value, of_others.output) == (1, "")


def test_a_person_is_told_that_there_is_none(repo: Path) -> None:
    master, slave = os.openpty()
    command = [sys.executable, "-m", "devmatrix_guard", "tests"]
    run = subprocess.run(command, cwd=repo, stdout=subprocess.PIPE, stderr=slave, check=False)
    os.close(slave)
    said = os.read(master, 1000).decode()
    os.close(master)
    assert (run.returncode, run.stdout) == (1, b"")
    assert "No regression test" in said


def test_json_tells_the_fixes(repo: Path) -> None:
    stage(repo, {"a.py": FIXED.replace("a + b", "b + a")})
    (test,) = json.loads(render_tests(find_tests(repo), "json"))["tests"]
    assert test["node"] == NODE
    assert [(fix["issue"], fix["subject"]) for fix in test["fixes"]] == [
        ("#12", "Fix the sum of numbers (#12)")
    ]


def test_a_report_for_reviewers_lists_them(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repo, {"a.py": FIXED.replace("a + b", "b + a")}, "Turn around", day=4)
    monkeypatch.chdir(repo)
    command = ["check", "--range", "HEAD~1...HEAD", "--format"]
    shown = CliRunner().invoke(cli, [*command, "markdown"], standalone_mode=False).output
    assert "regression tests of fixes this touches" in shown
    assert html.unescape(shown).count(f"<code>{NODE}</code>") == 1
    assert NODE not in CliRunner().invoke(cli, [*command, "text"], standalone_mode=False).output


@pytest.mark.parametrize(
    "path", ["-p evil/test_a.py", "a b/test_a.py", "x;y/test_a.py", "$(x)/t.py"]
)
def test_a_name_that_a_shell_would_split_is_left_out(path: str) -> None:
    assert not is_one_word(path)


def test_a_name_that_begins_like_an_option_is_no_option(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": BROKEN})
    commit(repo, {"a.py": FIXED, "-x/test_a.py": PROOF}, "Fix the sum of numbers", day=3)
    stage(repo, {"a.py": FIXED.replace("a + b", "b + a")})
    assert nodes(repo) == ["./-x/test_a.py::TestAdd::test_add"]
