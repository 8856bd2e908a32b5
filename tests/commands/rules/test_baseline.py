"""Findings that were there before are accepted once, by name, and stay accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.check.arguments.request import ALL, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.rules.baseline import BaselineChange, refresh_baseline
from devmatrix_guard.errors import GitError, SettingsError, UsageError
from tests.commands.rules.samples import RULE
from tests.helpers import commit, git, write_tree

TAINT = """\
rules:
  - id: demo.taint
    languages: [python]
    severity: ERROR
    message: tainted
    mode: taint
    pattern-sources: [{pattern: a()}]
    pattern-sinks: [{pattern: b()}]
"""
BASELINE = ".guard/baseline.txt"


@pytest.fixture
def project(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one rule and three findings in two files."""
    files = {
        ".guard/rules/old.yml": RULE,
        "guard.toml": "shipped = false\n",
        "a.py": "old(1)\nold(1)\n",
        "lib/b.py": "def f():\n    old(2)\n",
    }
    commit(repo, files, "Start")
    monkeypatch.chdir(repo)
    return repo


def _findings(root: Path) -> list[str]:
    report = examine_request(CheckRequest(scope=ALL), root)
    return [f"{f.path}:{f.start_line}" for f in report.findings]


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["baseline", *arguments], standalone_mode=False)


def test_accepted_findings_are_silent(project: Path) -> None:
    assert len(_findings(project)) == 3
    assert refresh_baseline(project) == BaselineChange(added=3, removed=0, entries=3, stale=0)
    assert _findings(project) == []


def test_only_what_is_new_counts(project: Path) -> None:
    refresh_baseline(project)
    write_tree(project, {"a.py": "import x\n\nold( 1 )\nold(1)\nold(1)\n"})
    assert _findings(project) == ["a.py:5"]


def test_accepting_again_changes_no_byte(project: Path) -> None:
    refresh_baseline(project)
    before = (project / BASELINE).read_bytes()
    assert refresh_baseline(project).added == 0
    assert (project / BASELINE).read_bytes() == before


def test_renamed_file_keeps_its_accepted_findings(project: Path) -> None:
    refresh_baseline(project)
    commit(project, {}, "Accept")
    git(project, "mv", "a.py", "c.py")
    write_tree(project, {"c.py": "old(1)\nold(1)\nold(3)\n"})
    git(project, "add", "-A")
    report = examine_request(CheckRequest(), project)
    assert [f.start_line for f in report.findings] == [3]


def test_paths_bound_what_is_accepted(project: Path) -> None:
    assert refresh_baseline(project, paths=("lib",)).added == 1
    assert _findings(project) == ["a.py:1", "a.py:2"]


def test_stale_entries_do_no_harm_until_they_are_pruned(project: Path) -> None:
    refresh_baseline(project)
    write_tree(project, {"a.py": "old(1)\nold(9)\n"})
    assert refresh_baseline(project, paths=("lib",)).stale == 0
    assert refresh_baseline(project, prune=True) == BaselineChange(0, 1, 2, 0)
    assert _findings(project) == ["a.py:2"]


def test_entry_of_a_rule_that_did_not_run_is_not_pruned(project: Path) -> None:
    write_tree(
        project,
        {".guard/rules/taint.yml": TAINT, BASELINE: f"{'0' * 12}-{'1' * 20}  # demo.taint a.py\n"},
    )
    assert refresh_baseline(project, prune=True).removed == 0


def test_entry_of_a_file_that_was_skipped_is_not_pruned(project: Path) -> None:
    refresh_baseline(project)
    write_tree(project, {"lib/b.py": "old(2\n"})
    assert refresh_baseline(project, prune=True).removed == 0


def test_inline_suppressed_finding_needs_no_entry(project: Path) -> None:
    write_tree(project, {"a.py": "old(1)  # guard: ignore[demo.old]\n"})
    assert refresh_baseline(project).added == 1


def test_command_says_what_it_did(project: Path) -> None:
    assert _run().output == "3 accepted (3 new, 0 removed).\n"
    write_tree(project, {"a.py": ""})
    assert "2 no longer found: guard baseline --prune" in _run().output
    assert _run("--prune").output == "1 accepted (0 new, 2 removed).\n"


def test_pruning_with_paths_is_refused(project: Path) -> None:
    with pytest.raises(UsageError, match="leave out the paths"):
        refresh_baseline(project, paths=("lib",), prune=True)


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        refresh_baseline(tmp_path)


def test_link_out_of_the_project_is_not_followed(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("")
    (project / BASELINE).symlink_to(outside)
    with pytest.raises(SettingsError, match="symbolic link"):
        refresh_baseline(project)
    assert outside.read_text() == ""


def test_read_only_baseline_is_left_alone(project: Path) -> None:
    write_tree(project, {BASELINE: "# mine\n"})
    (project / BASELINE).chmod(0o444)
    with pytest.raises(UsageError, match="read-only"):
        refresh_baseline(project)
    assert (project / BASELINE).read_text() == "# mine\n"


def test_a_committed_rename_keeps_what_was_accepted(project: Path) -> None:
    refresh_baseline(project)
    commit(project, {}, "Accept")
    git(project, "mv", "lib/b.py", "lib/c.py")
    commit(project, {}, "Rename")
    git(project, "mv", "lib/c.py", "d.py")
    commit(project, {"d.py": "import x\n\n\ndef f():\n    old(2)\n"}, "Rename again")
    assert _findings(project) == []


def test_a_copy_of_accepted_code_is_new(project: Path) -> None:
    refresh_baseline(project)
    commit(project, {"lib/c.py": "def f():\n    old(2)\n"}, "Copy")
    assert _findings(project) == ["lib/c.py:2"]


def test_reformatted_code_stays_accepted(project: Path) -> None:
    commit(project, {"a.py": "old('a', ['b'])\n"}, "Text")
    refresh_baseline(project)
    write_tree(project, {"a.py": 'old(\n    "a",\n    ["b"],\n)\n'})
    assert _findings(project) == []


def test_entries_of_an_earlier_version_hold_and_are_rewritten(project: Path) -> None:
    write_tree(project, {"lib/b.py": None, "a.py": "old('a',)\n"})
    (finding,) = examine_request(CheckRequest(scope=ALL), project).findings
    write_tree(project, {BASELINE: f"{finding.former_fingerprint}  # demo.old a.py\n"})
    assert _findings(project) == []
    assert refresh_baseline(project, prune=True) == BaselineChange(0, 0, 1, 0)
    change = refresh_baseline(project)
    assert change == BaselineChange(added=0, removed=0, entries=1, stale=0, rewritten=1)
    assert finding.fingerprint in (project / BASELINE).read_text()
    assert _findings(project) == []


def test_a_word_of_other_tools_is_told_from_a_path(project: Path) -> None:
    with pytest.raises(UsageError, match="`create` is no path; `guard baseline` alone"):
        refresh_baseline(project, paths=("create",))
    write_tree(project, {"create/new.py": "x = 1\n"})
    assert refresh_baseline(project, paths=("create",)).added == 0
