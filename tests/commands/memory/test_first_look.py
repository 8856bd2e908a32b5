"""A first look tells which regression tests later commits took something from."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from devmatrix_guard.commands.learn.output.preview_output import try_view
from devmatrix_guard.commands.memory.first_look import take_first_look
from tests.helpers import commit, make_repo

BEFORE = "def total(a, b):\n    return a - b\n"
PROOF = "from a import total\n\n\ndef test_total():\n    assert total(1, 2) == 3\n"
LESS = PROOF.replace("== 3", "is not None")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository in which the test of a fix asks for less by now."""
    repo = make_repo(tmp_path / "repo", {"a.py": BEFORE})
    mended = {"a.py": BEFORE.replace("a - b", "a + b"), "test_a.py": PROOF}
    commit(repo, mended, "Fix the sum (#4)", day=2)
    commit(repo, {"test_a.py": LESS}, "Tidy", day=3)
    return repo


def test_a_test_that_asks_for_less_is_told_with_its_fix(repo: Path) -> None:
    report = take_first_look(repo)
    text = try_view(report, "text", io.StringIO())
    assert "Regression tests that a later commit took something from: 1" in text
    assert "test_a.py:5" in text and "Fix the sum" in text
    assert max(map(len, text.splitlines())) <= 80
    (lost,) = json.loads(try_view(report, "json", io.StringIO()))["lost_tests"]
    assert (lost["path"], lost["line"], lost["stage"]) == ("test_a.py", 5, "warn")


def test_without_time_none_is_looked_for(repo: Path) -> None:
    assert take_first_look(repo, seconds=-1).lost == ()
