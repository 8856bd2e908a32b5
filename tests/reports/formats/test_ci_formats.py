"""GitHub, GitLab, rdjson, JUnit and Markdown keep the contracts of those who read them."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import jsonschema
import pytest

from devmatrix_guard.model.finding import Edit, Fix
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.render import render
from tests.reports.samples import (
    HOSTILE,
    NAIVE_CLOCK,
    hostile_report,
    many_findings,
    ordinary_report,
)

REPORTS = pytest.mark.parametrize(
    "report",
    [CheckReport(), ordinary_report(), hostile_report(), many_findings(30)],
    ids=["empty", "ordinary", "hostile", "many"],
)

# One command a line: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
COMMAND = re.compile(
    r"::(?P<name>error|warning|notice) (?P<properties>[a-zA-Z]+=[^:,]*(?:,[a-zA-Z]+=[^:,]*)*)"
    r"::(?P<data>.*)"
)


def _unescaped(text: str) -> str:
    for code, char in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


@REPORTS
def test_github_lines_are_whole_commands(report: CheckReport) -> None:
    for line in render("github", report).splitlines():
        assert COMMAND.fullmatch(line), line


def test_github_gives_back_what_was_escaped() -> None:
    finding = NAIVE_CLOCK._replace(path="a,b:c%25.py", message="50% of\n::error::x")
    match = COMMAND.fullmatch(render("github", CheckReport(findings=(finding,))).strip())
    assert match
    properties = dict(item.split("=", 1) for item in match["properties"].split(","))
    assert _unescaped(properties["file"]) == "a,b:c%25.py"
    assert (properties["line"], properties["col"], properties["endColumn"]) == ("14", "15", "32")
    assert _unescaped(match["data"]).startswith("50% of\n::error::x\nLearned from 3f2a91c000")


def test_github_shows_ten_of_the_most_severe_and_counts_the_rest() -> None:
    lines = render("github", many_findings(200)).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 10 + ["::notice"]
    assert "190 more findings" in lines[-1]


def test_github_shows_notes_where_there_is_room() -> None:
    lines = render("github", ordinary_report()).splitlines()
    assert lines[1] == (
        "::notice file=app/api.py,line=3,title=devmatrix-guard::This suppression silences nothing."
    )


GITLAB = {
    "type": "array",
    "items": {
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)[^/]"},
                    "lines": {"required": ["begin"]},
                },
            },
        },
    },
}


@REPORTS
def test_gitlab_report_keeps_its_contract(report: CheckReport) -> None:
    jsonschema.validate(json.loads(render("gitlab", report)), GITLAB)


def test_gitlab_fingerprints_differ_even_for_equal_findings() -> None:
    issues = json.loads(render("gitlab", CheckReport(findings=(NAIVE_CLOCK, NAIVE_CLOCK))))
    assert len({issue["fingerprint"] for issue in issues}) == 2


POSITION = {
    "required": ["line"],
    "additionalProperties": False,
    "properties": {
        "line": {"type": "integer", "minimum": 1},
        "column": {"type": "integer", "minimum": 1},
    },
}
RANGE = {
    "required": ["start"],
    "additionalProperties": False,
    "properties": {"start": POSITION, "end": POSITION},
}
RDJSON = {
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "diagnostics"],
    "properties": {
        "source": {"required": ["name"]},
        "diagnostics": {
            "items": {
                "additionalProperties": False,
                "required": ["message", "location"],
                "properties": {
                    "message": {"type": "string"},
                    "location": {"required": ["path"], "properties": {"range": RANGE}},
                    "severity": {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]},
                    "code": {"required": ["value"]},
                    "suggestions": {
                        "items": {
                            "required": ["range", "text"],
                            "additionalProperties": False,
                            "properties": {"range": RANGE, "text": {"type": "string"}},
                        }
                    },
                },
            }
        },
    },
}


@REPORTS
def test_rdjson_keeps_its_contract(report: CheckReport) -> None:
    jsonschema.validate(json.loads(render("rdjson", report)), RDJSON)


def test_rdjson_columns_count_utf8_bytes() -> None:
    finding = NAIVE_CLOCK._replace(
        code="    é日 = datetime.utcnow()", start_col=10, end_col=27, fix=None
    )
    (entry,) = json.loads(render("rdjson", CheckReport(findings=(finding,))))["diagnostics"]
    assert entry["location"]["range"] == {
        "start": {"line": 14, "column": 13},
        "end": {"line": 14, "column": 30},
    }


def test_rdjson_offers_no_half_fix() -> None:
    far = Fix((Edit(2, 5, 2, 9, "UTC"), Edit(14, 15, 14, 32, "now(UTC)")))
    finding = NAIVE_CLOCK._replace(fix=far)
    (entry,) = json.loads(render("rdjson", CheckReport(findings=(finding,))))["diagnostics"]
    assert "suggestions" not in entry


@REPORTS
def test_junit_is_well_formed_and_its_counts_agree(report: CheckReport) -> None:
    root = ElementTree.fromstring(render("junit", report))  # noqa: S314 - our own output
    assert root.tag == "testsuites"
    cases = list(root.iter("testcase"))
    assert cases
    assert root.get("tests") == str(len(cases))
    assert root.get("failures") == str(len(list(root.iter("failure"))))
    for suite in root.iter("testsuite"):
        assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_junit_fails_only_at_the_gate() -> None:
    root = ElementTree.fromstring(render("junit", many_findings(30)))  # noqa: S314
    assert root.get("failures") == "3"


def test_markdown_cannot_be_broken_out_of() -> None:
    text = render("markdown", hostile_report())
    assert "<script" not in text
    assert "@team" not in text
    assert "[x](" not in text
    assert text.count("<details>") == text.replace("# ``` </details>", "").count("</details>")
    # the code block is longer than any run of ticks inside it
    assert "````diff" in text


def test_markdown_names_the_commit_and_shows_the_fix() -> None:
    text = render("markdown", ordinary_report())
    assert "learned from <code>3f2a91c000</code>" in text
    assert "-     paid_at = datetime.utcnow()" in text
    assert "+     paid_at = datetime.now(UTC)" in text


@pytest.mark.parametrize("limit", [900 * 1024, 60_000, 2_000])
def test_markdown_stays_under_its_limit_and_counts_the_rest(limit: int) -> None:
    text = render("markdown", many_findings(3_000), RenderOptions(max_bytes=limit))
    assert len(text.encode()) <= limit
    shown = text.count("<summary>Fix</summary>")
    assert f"{3_000 - shown} more entries" in text


def test_hostile_path_reaches_github_on_one_line() -> None:
    (line,) = render("github", CheckReport(findings=(HOSTILE,))).splitlines()
    assert "file=dir/%251|`<script>`%0A%3A%3Aerror%3A%3A" in line
