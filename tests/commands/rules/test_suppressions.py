"""Every suppressing comment is listed with its reason; idle ones can be told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.rules.suppressions import list_suppressions
from devmatrix_guard.errors import GitError, UsageError
from tests.commands.rules.samples import RULE
from tests.helpers import commit

CODE = """\
old(1)  # guard: ignore[demo.old] reason=see #7 kind=legacy
x = 1  # guard: ignore[demo.old]
y = "# guard: ignore[demo.old]"
z = 2  # nosemgrep
w = 3  # guard: ignore
v = 4  # guard: ignore[other.tool]
"""


@pytest.fixture
def project(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with comments of every kind."""
    files = {
        ".guard/rules/old.yml": RULE,
        "guard.toml": "shipped = false\n",
        "a.py": CODE,
        "lib/b.py": "old(2)  # nosemgrep: demo.old\n",
        "broken.py": "def (  # nosemgrep\n",
        "notes.md": "# nosemgrep\n",
    }
    commit(repo, files, "Start")
    monkeypatch.chdir(repo)
    return repo


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["suppressions", *arguments], standalone_mode=False)


def test_comments_are_listed_and_strings_are_not(project: Path) -> None:
    listed = list_suppressions(project)
    places = [f"{one.path}:{one.line}" for one in listed]
    assert places == ["a.py:1", "a.py:2", "a.py:4", "a.py:5", "a.py:6", "lib/b.py:1"]
    assert (listed[0].rules, listed[0].reason, listed[0].kind) == (
        ("demo.old",),
        "see #7",
        "legacy",
    )
    assert "names no rule" in listed[3].error


def test_only_comments_of_rules_that_ran_are_unused(project: Path) -> None:
    (unused,) = list_suppressions(project, unused=True)
    assert (unused.path, unused.line, unused.unused) == ("a.py", 2, ("demo.old",))


def test_paths_bound_the_list(project: Path) -> None:
    assert [one.path for one in list_suppressions(project, paths=("lib",))] == ["lib/b.py"]
    with pytest.raises(UsageError, match="no such file"):
        list_suppressions(project, paths=("gone",))


def test_comments_in_other_languages_are_listed_and_never_called_unused(project: Path) -> None:
    reason = "reason=free gifts kind=wont-fix"
    (project / "price.ts").write_text(f"sum();  // guard: ignore[undo-of-fix] {reason}\n")
    (project / "page.html").write_text(f"<!-- guard: ignore[demo.old] {reason} -->\n")
    shown = _run("price.ts", "page.html").output
    assert "price.ts:1" in shown and "page.html:1" in shown
    assert shown.count("free gifts") == 2
    assert _run("--unused", "price.ts", "page.html").output == "0 suppressions.\n"


def test_outside_a_repository_paths_are_needed(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        list_suppressions(tmp_path)


def test_text_and_json_say_the_same(project: Path) -> None:
    text = _run().output
    assert "a.py:1  demo.old  legacy  see #7\n" in text
    assert "a.py:4  every rule  no reason given\n" in text
    assert "has no effect" in text
    assert text.endswith("6 suppressions.\n")
    data = json.loads(_run("--format", "json", "--unused").output)
    assert [one["line"] for one in data["suppressions"]] == [2]
