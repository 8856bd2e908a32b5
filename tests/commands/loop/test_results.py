"""Reports of CI as outcomes, and reports that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands.loop.ci import describe_recorded, render_recorded_json, run_outcome
from devmatrix_guard.commands.loop.results import read_junit, read_sarif
from devmatrix_guard.errors import UsageError
from tests.commands.loop.helpers import generate

JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest" tests="3">
<testcase classname="tests.test_errors" name="test_a" time="0.5"/>
<testcase classname="tests.test_note_operations.TestNote" name="test_b" time="0.25">
  <failure message="KeyError: 'x'">src/services/note_service.py:31: KeyError</failure></testcase>
<testcase classname="tests.test_c" name="test_c"><skipped/></testcase>
</testsuite></testsuites>
"""


def write(folder: Path, text: str, name: str = "report.xml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def sarif(*results: dict[str, Any], tool: str = "Bandit") -> str:
    return json.dumps(
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": tool}}, "results": results}]}
    )


def finding(uri: str = "src/core/config.py", **facts: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": 3}}
    return {
        "ruleId": "B105",
        "message": {"text": "a password"},
        "locations": [{"physicalLocation": place}],
        **facts,
    }


def test_a_junit_report_is_the_outcome_of_the_tests(tmp_path: Path) -> None:
    outcome = read_junit(write(tmp_path, JUNIT))
    assert (outcome.name, outcome.passed, outcome.seconds) == ("tests", False, 0.75)
    assert outcome.findings == ("FAILED tests/test_note_operations.py::test_b",)
    assert "src/services/note_service.py:31: KeyError" in outcome.detail


def test_a_report_without_failures_is_a_pass(tmp_path: Path) -> None:
    text = JUNIT.replace("failure", "system-out")
    assert read_junit(write(tmp_path, text)).passed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<testsuites/>", "reports no test"),
        ("no xml", "is no XML"),
        ("", "is no XML"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><testcase name="&x;"/>', "declares entities"),
    ],
)
def test_what_is_no_junit_report_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_junit(write(tmp_path, text))


def test_a_report_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_junit(tmp_path / "none.xml")


@pytest.mark.parametrize(
    ("tool", "check"),
    [("Bandit", "security"), ("ruff", "lint"), ("mypy", "types"), ("Acme", "sarif: Acme")],
)
def test_tools_make_the_checks_that_they_are_known_for(
    tmp_path: Path, tool: str, check: str
) -> None:
    (outcome,) = read_sarif(write(tmp_path, sarif(finding(), tool=tool)))
    assert (outcome.name, outcome.passed) == (check, False)
    assert outcome.findings == ("src/core/config.py:3: B105 a password",)


@pytest.mark.parametrize(
    "facts", [{"level": "note"}, {"suppressions": [{}]}, {"kind": "pass"}, {"level": "none"}]
)
def test_what_is_no_failure_does_not_count(tmp_path: Path, facts: dict[str, Any]) -> None:
    (outcome,) = read_sarif(write(tmp_path, sarif(finding(**facts))))
    assert outcome.passed


def test_files_are_named_within_the_application(tmp_path: Path) -> None:
    report = sarif(finding("file:///build/shop/src/a%20b.py"))
    (outcome,) = read_sarif(write(tmp_path, report), "shop/")
    assert outcome.paths == ("src/a b.py",)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runs": [1]}', "[" * 100_000])
def test_what_is_no_sarif_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="no SARIF"):
        read_sarif(write(tmp_path, text))


def test_outcomes_of_ci_become_errors_with_their_cause(repo: Path) -> None:
    generate(repo)
    recorded = run_outcome(
        repo / "notes",
        junit=[write(repo, JUNIT)],
        sarif=[write(repo, sarif(finding()), "log.sarif")],
    )
    said = list(describe_recorded(recorded))
    assert said == [
        "met      tests: KeyError: 'x' in src/services/«entity»_service.py (cause: emitter)",
        "met      security: B# a password in src/core/config.py (cause: pattern)",
        "charged  config@1",
    ]
    data = json.loads(render_recorded_json(recorded))
    assert [error["cause"] for error in data["met"]] == ["emitter", "pattern"]


def test_without_a_report_nothing_is_recorded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to record"):
        run_outcome(tmp_path)
