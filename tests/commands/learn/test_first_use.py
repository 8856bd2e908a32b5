"""A fresh clone begins to learn by itself once, and says so."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from devmatrix_guard.commands.learn.first_use import STARTED_NAME
from devmatrix_guard.mining.undo.index import INDEX_NAME
from tests.helpers import commit, git, make_repo, write_tree
from tests.helpers_fork import run_entry, run_guard

BEFORE = "def load(path):\n    handle = open(path)\n    return handle.read().strip()\n"
AFTER = BEFORE.replace("open(path)", "open(path, encoding='utf-8')")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone of a repository with a fix, outside of CI."""
    monkeypatch.delenv("CI")
    origin = make_repo(tmp_path / "origin")
    commit(origin, {"load.py": BEFORE}, "Start")
    commit(origin, {"load.py": AFTER}, "Fix crash on non-ASCII files (#12)")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    return tmp_path / "clone"


def stage(repo: Path, text: str) -> None:
    write_tree(repo, {"load.py": text})
    git(repo, "add", "-A")


def run_hook(repo: Path) -> tuple[int, str, str]:
    done = run_entry("guard-hook", cwd=repo, environment=os.environ)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def wait_for(path: Path) -> bool:
    for _ in range(600):
        if path.exists():
            return True
        time.sleep(0.1)
    return False


def test_a_hook_in_a_fresh_clone_starts_to_learn_and_the_next_one_knows(clone: Path) -> None:
    own = clone / ".git" / "guard"
    stage(clone, BEFORE)
    assert run_hook(clone) == (0, "", "")
    assert wait_for(own / INDEX_NAME), (own / "learn.log").read_text("utf-8")
    code, out, _ = run_hook(clone)
    assert code == 1
    assert "undo-of-fix" in out
    assert not (clone / ".guard").exists()  # nothing in the work tree that nobody asked for


@pytest.mark.parametrize("off", ["CI", "GUARD_LEARN", "setting", "a second time", "no commit"])
def test_learning_is_not_started(
    clone: Path, off: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if off == "setting":
        write_tree(clone, {"guard.toml": 'learn-on-first-use = "off"\n'})
    elif off == "a second time":
        (clone / ".git" / "guard").mkdir()
        (clone / ".git" / "guard" / STARTED_NAME).touch()
    elif off == "no commit":
        clone = make_repo(tmp_path / "empty")
    else:
        monkeypatch.setenv(off, "off")
    stage(clone, BEFORE)
    assert run_hook(clone) == (0, "", "")
    assert not (clone / ".git" / "guard" / "learn.log").exists()


def test_a_run_that_was_killed_is_started_again_the_next_day(clone: Path) -> None:
    own = clone / ".git" / "guard"
    own.mkdir()
    (own / STARTED_NAME).touch()
    os.utime(own / STARTED_NAME, (0, 0))
    stage(clone, BEFORE)
    run_hook(clone)
    assert wait_for(own / INDEX_NAME)


def test_a_check_says_that_nothing_was_learned(clone: Path) -> None:
    stage(clone, BEFORE)
    assert run_guard(clone, "check").stderr == ""
    said = run_guard(clone, "check", "--verbose").stderr
    assert "Nothing has been learned in this clone" in said
    assert run_guard(clone, "learn", "--fixes-only").returncode == 0
    assert "learned in this clone" not in run_guard(clone, "check", "--verbose").stderr


def test_fixes_alone_are_remembered_and_the_rest_is_learned_later(clone: Path) -> None:
    done = run_guard(clone, "learn", "--fixes-only")
    assert (done.returncode, done.stdout) == (0, "Remembered 1 fixes that stand, of 2 commits.\n")
    assert git(clone, "status", "--porcelain") == ""
    assert "load.py" in run_guard(clone, "recall", "load.py").stdout
    assert run_guard(clone, "learn").returncode == 0
    assert (clone / ".guard" / "memory.db").exists()
    report = json.loads(run_guard(clone, "recall", "load.py", "--format", "json").stdout)
    assert report
