"""Each verdict is a file of its own, and says which rule or finding it is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.check.arguments.request import ALL, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.rules.feedback import make_ulid, record_feedback
from devmatrix_guard.errors import GitError, UsageError
from tests.commands.rules import samples
from tests.helpers import commit

RULE = samples.RULE.replace("ERROR", "WARNING")


@pytest.fixture
def project(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one rule and one finding."""
    files = {".guard/rules/old.yml": RULE, "guard.toml": "shipped = false\n", "a.py": "old(1)\n"}
    commit(repo, files, "Start")
    monkeypatch.chdir(repo)
    return repo


def _run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["feedback", *arguments], standalone_mode=False)


def test_verdict_on_a_rule_is_written(project: Path) -> None:
    name = record_feedback(project, "demo.old", "false-positive", " not here ")
    assert name.startswith(".guard/feedback/")
    record = json.loads((project / name).read_bytes())
    assert record.pop("at").endswith("Z")
    assert record == {
        "schema_version": 1,
        "rule_id": "demo.old",
        "verdict": "false-positive",
        "reason": "not here",
    }


def test_verdict_on_a_finding_names_its_rule_and_file(project: Path) -> None:
    (finding,) = examine_request(CheckRequest(scope=ALL), project).findings
    name = record_feedback(project, finding.fingerprint, "wont-fix", "é\ud800 \U0001d11e")
    record = json.loads((project / name).read_bytes())
    assert record["rule_id"] == "demo.old"
    assert record["path"] == "a.py"
    assert record["fingerprint"] == finding.fingerprint


def test_verdicts_never_share_a_file(project: Path) -> None:
    names = {record_feedback(project, "demo.old", "useful") for _ in range(20)}
    assert len(names) == 20


def test_identifiers_sort_by_time() -> None:
    earlier = make_ulid()[:10]
    assert earlier <= make_ulid()[:10]
    assert len(make_ulid()) == 26


@pytest.mark.parametrize(
    ("subject", "verdict", "reason", "says"),
    [
        ("demo.old", "wont-fix", "  ", "needs a reason"),
        ("demo.old", "useful", "x" * 3000, "shorten it"),
        ("demo.odl", "useful", "", "did you mean `demo.old`"),
        ("", "useful", "", "neither a rule nor a fingerprint"),
        ("0" * 12 + "-" + "0" * 20, "useful", "", "name the rule instead"),
    ],
)
def test_what_cannot_be_recorded_is_said(
    project: Path, subject: str, verdict: str, reason: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        record_feedback(project, subject, verdict, reason)
    assert not (project / ".guard/feedback").exists()


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        record_feedback(tmp_path, "demo.old", "useful")


def test_command_wants_exactly_one_verdict(project: Path) -> None:
    assert isinstance(_run("demo.old").exception, UsageError)
    assert isinstance(_run("demo.old", "--useful", "--wont-fix").exception, UsageError)
    assert _run("demo.old", "--useful").output.startswith(".guard/feedback/")


def test_folder_that_cannot_be_written_is_said(project: Path) -> None:
    (project / ".guard/feedback").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        record_feedback(project, "demo.old", "useful")
