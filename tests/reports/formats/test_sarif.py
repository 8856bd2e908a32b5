"""SARIF keeps what code scanning demands; the contract below is written from its documentation.

The whole log was also validated once against the OASIS schema, whose licence keeps it out of here.
"""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from devmatrix_guard.model.finding import Cell, Doubt, Fix
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.formats.sarif import MAX_RESULTS
from devmatrix_guard.reports.render import render
from tests.reports.samples import NAIVE_CLOCK, hostile_report, many_findings, ordinary_report

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"minLength": 1}}}
ARTIFACT = {
    "type": "object",
    "required": ["uri", "uriBaseId"],
    "properties": {
        # relative, no scheme, nothing but what RFC 3986 allows in a path
        "uri": {"type": "string", "pattern": r"^(?!/)(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})+$"},
        "uriBaseId": {"const": "%SRCROOT%"},
    },
}
REGION = {
    "type": "object",
    "required": ["startLine", "startColumn", "endLine", "endColumn"],
    "additionalProperties": {"type": "integer", "minimum": 1},
}
CONTRACT = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "required": ["tool", "columnKind", "results", "invocations"],
                "properties": {
                    "columnKind": {"const": "unicodeCodePoints"},
                    "results": {
                        "type": "array",
                        "maxItems": 5000,
                        "items": {
                            "required": [
                                "ruleId",
                                "ruleIndex",
                                "level",
                                "message",
                                "locations",
                                "partialFingerprints",
                            ],
                            "properties": {
                                "level": {"enum": ["error", "warning", "note"]},
                                "message": TEXT,
                                "locations": {
                                    "minItems": 1,
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation", "region"],
                                                "properties": {
                                                    "artifactLocation": ARTIFACT,
                                                    "region": REGION,
                                                },
                                            }
                                        }
                                    },
                                },
                                "partialFingerprints": {"required": ["guardFingerprint/v1"]},
                                "suppressions": {
                                    "items": {
                                        "required": ["kind"],
                                        "properties": {"kind": {"enum": ["inSource", "external"]}},
                                    }
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def _run(report: CheckReport) -> dict[str, Any]:
    log = json.loads(render("sarif", report))
    jsonschema.validate(log, CONTRACT)
    run: dict[str, Any] = log["runs"][0]
    return run


@pytest.mark.parametrize(
    "report",
    [CheckReport(), ordinary_report(), hostile_report(), many_findings(50)],
    ids=["empty", "ordinary", "hostile", "many"],
)
def test_sarif_keeps_the_contract_of_code_scanning(report: CheckReport) -> None:
    run = _run(report)
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_path_is_percent_encoded_byte_for_byte() -> None:
    finding = NAIVE_CLOCK._replace(path="a b/ü\udcff%.py")
    (result,) = _run(CheckReport(findings=(finding,)))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "a%20b/%C3%BC%FF%25.py"


def test_a_safe_fix_becomes_replacements() -> None:
    (result, *_) = _run(ordinary_report())["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 14, "startColumn": 15, "endLine": 14, "endColumn": 32},
            "insertedContent": {"text": "datetime.now(UTC)"},
        }
    ]


def test_an_unsafe_fix_is_not_offered() -> None:
    assert NAIVE_CLOCK.fix is not None
    finding = NAIVE_CLOCK._replace(fix=NAIVE_CLOCK.fix._replace(doubt=Doubt("lines", "x")))
    assert "fixes" not in _run(CheckReport(findings=(finding,)))["results"][0]


def test_why_a_fix_is_unsafe_and_a_cell_are_properties() -> None:
    fix = Fix((), Doubt("meaning", "it would evaluate `f()` twice"))
    odd = NAIVE_CLOCK._replace(fix=fix, cell=Cell(2, 3))
    log = json.loads(render("sarif", CheckReport(findings=(odd, NAIVE_CLOCK))))
    found = [result.get("properties") for result in log["runs"][0]["results"]]
    doubt = {"code": "meaning", "reason": "it would evaluate `f()` twice"}
    assert found == [{"fixDoubt": doubt, "cell": {"number": 2, "line": 3}}, None]


def test_suppressed_findings_are_listed_with_their_kind() -> None:
    suppressions = [r.get("suppressions") for r in _run(ordinary_report())["results"]]
    assert suppressions == [
        None,
        [{"kind": "inSource", "justification": "legacy: old"}],
        [{"kind": "external"}],
    ]


def test_results_beyond_the_limit_are_cut_by_severity_and_counted() -> None:
    run = _run(many_findings(MAX_RESULTS + 700))
    levels = [result["level"] for result in run["results"]]
    assert len(levels) == MAX_RESULTS
    assert levels.count("error") == 570  # every blocking one is kept
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("700 ")


def test_skipped_files_and_deferred_rules_are_notifications() -> None:
    notifications = _run(ordinary_report())["invocations"][0]["toolExecutionNotifications"]
    texts = [notification["message"]["text"] for notification in notifications]
    assert texts == [
        "This suppression silences nothing.",
        "Not checked: larger than 1024 KB",
        "Rule slow-rule was not run here: over the budget of 2 s",
    ]
