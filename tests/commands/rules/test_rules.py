"""Rules are listed, shown, proven, and changed in their own files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.rules import rules
from devmatrix_guard.errors import UsageError
from tests.engine.oracle import semgrep_path
from tests.helpers import commit, tree_bytes, write_tree

OLD = """\
rules:
  # kept
  - id: demo.old
    languages: [python]
    severity: WARNING
    message: old
    pattern: old(...)
    fix: len(...)
"""
PROVEN = """\
rules:
  - id: demo.proven
    languages: [python]
    severity: WARNING
    message: m
    pattern: foo($...A)
    fix: len($...A)
    metadata:
      guard:
        stage: advise
        examples:
          - invalid: |
              foo(1,  # why
                  2)
            fixed: |
              len(1,  # why
                  2)
          - valid: bar(1)
"""
TAINT = """\
rules:
  - id: demo.taint
    languages: [python]
    severity: ERROR
    message: tainted
    mode: taint
    pattern-sources: [{pattern: a()}]
    pattern-sinks: [{pattern: b(...)}]
    metadata:
      guard:
        examples:
          - invalid: b(a())
          - valid: b(1); a()
"""


@pytest.fixture
def project(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two rules, a broken one, and no shipped ones."""
    files = {
        ".guard/rules/old.yml": OLD,
        ".guard/rules/proven.yml": PROVEN,
        ".guard/rules/broken.yml": "rules:\n  - id: x\n",
        "guard.toml": "shipped = false\n",
    }
    commit(repo, files, "Start")
    monkeypatch.chdir(repo)
    return repo


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["rules", *arguments], standalone_mode=False)


def _failures(root: Path, path: str) -> tuple[str, ...]:
    return tuple(f for test in rules.test_rules(root, root / path) for f in test.failures)


def test_list_names_rules_and_what_is_off(project: Path) -> None:
    listed = rules.list_rules(project)
    assert [(r.rule_id, r.stage, r.path) for r in listed.rules] == [
        ("demo.old", "warn", ".guard/rules/old.yml"),
        ("demo.proven", "advise", ".guard/rules/proven.yml"),
    ]
    assert [note.path for note in listed.errors] == [".guard/rules/broken.yml"]
    text = _run("list").output
    assert "off .guard/rules/broken.yml:2 " in text
    assert text.endswith("2 rules, 2 of this repository\n")


def test_list_keeps_to_the_stages_asked_for(project: Path) -> None:
    assert [r.rule_id for r in rules.list_rules(project, stages=("advise",)).rules] == [
        "demo.proven"
    ]


def test_list_says_where_a_rule_runs_and_why(project: Path) -> None:
    write_tree(project, {".guard/rules/taint.yml": TAINT})
    assert "demo.taint   semgrep     `mode: taint`" in _run("list", "--engine").output
    data = json.loads(_run("list", "--format", "json").output)
    assert [r["engine"] for r in data["rules"]] == ["in-process", "in-process", "semgrep"]


def test_own_rules_are_shown_last_and_columns_line_up(project: Path) -> None:
    (project / "guard.toml").write_text("shipped = true\n")
    rows = [
        line for line in _run("list").output.splitlines() if "  shipped" in line or ".yml" in line
    ]
    origins = [rule.origin == "shipped" for rule in rules.list_rules(project).rules]
    assert origins == sorted(origins)
    assert ".guard/rules" in rows[-1]
    assert len({row.index("shipped") for row in rows if row.endswith("  shipped")}) == 1


def test_shipped_rules_are_listed_too(project: Path) -> None:
    write_tree(project, {"guard.toml": ""})
    assert any(r.origin == "shipped" for r in rules.list_rules(project).rules)


def test_show_prints_the_rule_as_it_is_written(project: Path) -> None:
    output = _run("show", "demo.old").output
    assert output == "# .guard/rules/old.yml\n" + OLD.split("# kept\n")[1]


def test_unknown_rule_gets_the_nearest_name(project: Path) -> None:
    with pytest.raises(UsageError, match="did you mean"):
        rules.show_rule(project, "demo.odl")


def test_examples_are_proven(project: Path) -> None:
    tests = {test.rule_id: test for test in rules.test_rules(project)}
    assert (tests["demo.proven"].checks, tests["demo.proven"].failures) == (4, ())
    assert tests["demo.old"].not_run == "it has no examples and no annotated file"
    assert _run("test").return_value == 1
    assert _run("test", ".guard/rules/proven.yml").return_value == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("- valid: bar(1)", "- valid: foo(1)", "example 2: the rule finds it, in line 1"),
        ("pattern: foo(", "pattern: fob(", "example 1: the rule does not find it"),
        ("fix: len(", "fix: max(", "something else of it, first in line 1"),
        ("fix: len($...A)", "fix: len($...A", "the fix fails: the fixed code would not parse"),
        ("- valid: bar(1)", "- valid: bar(", "example 2: not Python that can be parsed"),
    ],
)
def test_example_that_does_not_hold_fails(project: Path, old: str, new: str, says: str) -> None:
    write_tree(project, {"r.yml": PROVEN.replace(old, new)})
    assert any(says in failure for failure in _failures(project, "r.yml"))
    assert _run("test", "r.yml").return_value == 1


def test_annotated_files_beside_a_rule_are_proven(project: Path) -> None:
    code = (
        "# ruleid: demo.old\nold(1)\n# ok: demo.old\nnew(1)\n"
        "# todoruleid: demo.old\nnew(2)\n# todook: demo.old\nold(2)\n"
        "# ruleid: other\nx\n# ruleid: old, other\nold(\n  3)\n"
    )
    write_tree(project, {"r/old.yml": OLD, "r/old.py": code})
    assert _failures(project, "r") == ()
    write_tree(project, {"r/old.py": code.replace("old(1)", "new(1)") + "old(4)\n"})
    assert _failures(project, "r") == ("old.py: not found in line 2, found in line 14",)


def test_fixed_file_beside_an_annotated_one_is_proven(project: Path) -> None:
    rule = OLD.replace("old(...)", "old($...A)").replace("len(...)", "len($...A)")
    files = {
        "r/old.yml": rule,
        "r/old.py": "# ruleid: demo.old\nold(1)\n",
        "r/old.fixed.py": "# ruleid: demo.old\nlen(1)\n",
    }
    write_tree(project, files)
    assert _failures(project, "r") == ()
    write_tree(project, {"r/old.fixed.py": "# ruleid: demo.old\nlen(2)\n"})
    assert "something else of it, first in line 2" in _failures(project, "r")[0]


def test_rule_for_semgrep_is_not_called_proven_without_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_SEMGREP_PATH", "/nowhere/semgrep")
    write_tree(project, {"r.yml": TAINT})
    (test,) = rules.test_rules(project, project / "r.yml")
    assert test.not_run == "GUARD_SEMGREP_PATH=/nowhere/semgrep is not a program"


@pytest.mark.oracle
def test_rule_for_semgrep_is_proven_by_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = semgrep_path()
    if found is None:
        pytest.skip("semgrep is not installed: run scripts/setup dev first")
    monkeypatch.setenv("GUARD_SEMGREP_PATH", found)
    write_tree(project, {"r.yml": TAINT})
    (test,) = rules.test_rules(project, project / "r.yml")
    assert (test.checks, test.failures, test.not_run) == (2, (), "")
    write_tree(project, {"r.yml": TAINT.replace("b(1); a()", "x = a(); b(x)")})
    assert _failures(project, "r.yml") == ("example 2: the rule finds it, in line 1",)


def test_path_that_holds_nothing_is_said(project: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        rules.test_rules(project, project / "gone")


def test_approving_raises_the_stage_by_one_step(project: Path) -> None:
    assert _run("approve", "demo.old", "-m", "seen twice").output == "demo.old: warn -> block\n"
    text = (project / ".guard/rules/old.yml").read_text()
    assert '        approved: "seen twice"\n' in text
    assert "        stage: block\n" in text
    assert "  # kept\n" in text
    with pytest.raises(UsageError, match="is at `block` already"):
        rules.approve_rule(project, "demo.old")


def test_stage_can_be_named(project: Path) -> None:
    assert rules.approve_rule(project, "demo.proven", stage="block") == (
        "demo.proven: advise -> block"
    )


def test_retired_rule_is_silent_and_can_come_back(project: Path) -> None:
    write_tree(project, {"a.py": "old(1)\n"})
    rules.retire_rule(project, "demo.old", reason="done")
    listed = {r.rule_id: r.stage for r in rules.list_rules(project).rules}
    assert listed["demo.old"] == "retired"
    with pytest.raises(UsageError, match="retired already"):
        rules.retire_rule(project, "demo.old")
    assert rules.approve_rule(project, "demo.old") == "demo.old: retired -> candidate"


def test_changing_a_rule_touches_only_its_file(project: Path) -> None:
    before = tree_bytes(project)
    rules.approve_rule(project, "demo.proven")
    after = tree_bytes(project)
    assert [name for name in after if after[name] != before[name]] == [".guard/rules/proven.yml"]


def test_shipped_rule_is_not_changed(project: Path) -> None:
    write_tree(project, {"guard.toml": ""})
    shipped = next(r for r in rules.list_rules(project).rules if r.origin == "shipped")
    with pytest.raises(UsageError, match="comes with the package") as caught:
        rules.retire_rule(project, shipped.rule_id)
    subprocess.run(str(caught.value).split("`")[1], shell=True, cwd=project, check=True)  # noqa: S602
    rules.retire_rule(project, shipped.rule_id)


def test_rule_file_that_cannot_be_read_is_named_when_tested(project: Path) -> None:
    write_tree(project, {"r/bad.yml": "rules: ["})
    assert "fails r/bad.yml  line 2: " in _run("test", "r").output


def test_read_only_rule_file_is_left_alone(project: Path) -> None:
    (project / ".guard/rules/old.yml").chmod(0o444)
    with pytest.raises(UsageError, match="read-only"):
        rules.retire_rule(project, "demo.old")
    assert (project / ".guard/rules/old.yml").read_text() == OLD
