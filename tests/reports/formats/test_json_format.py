"""JSON and JSON Lines keep the published contract, whatever the report holds."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from devmatrix_guard.model.finding import DOUBTS, Cell, Doubt, Edit, Fix
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.render import render
from tests.reports.samples import NAIVE_CLOCK, hostile_report, many_findings, ordinary_report

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs/schemas/report-1.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    "report",
    [CheckReport(), ordinary_report(), hostile_report(), many_findings(20)],
    ids=["empty", "ordinary", "hostile", "many"],
)
def test_json_matches_its_schema(report: CheckReport) -> None:
    jsonschema.validate(json.loads(render("json", report)), SCHEMA)


def test_json_holds_every_promised_value() -> None:
    report = json.loads(render("json", ordinary_report()))
    assert report == {
        "schema_version": 1,
        "findings": [
            {
                "rule_id": "naive-clock",
                "path": "app/billing.py",
                "start_line": 14,
                "start_col": 15,
                "end_line": 14,
                "end_col": 32,
                "stage": "block",
                "severity": "ERROR",
                "layer": 4,
                "message": "Use an aware clock.",
                "fingerprint": "0123456789abcdef",
                "fix": {
                    "safe": True,
                    "doubt": None,
                    "reason": "",
                    "edits": [
                        {
                            "start_line": 14,
                            "start_col": 15,
                            "end_line": 14,
                            "end_col": 32,
                            "text": "datetime.now(UTC)",
                        }
                    ],
                },
                "cell": None,
                "sources": [
                    {
                        "commit": NAIVE_CLOCK.sources[0].commit,
                        "date": "2026-03-02",
                        "subject": "fix: use aware clocks in invoices",
                    }
                ],
            }
        ],
        "skipped": [{"path": "data/big.py", "reason": "larger than 1024 KB"}],
        "deferred": [{"rule_id": "slow-rule", "reason": "over the budget of 2 s"}],
        "unjudged": [],
        "new_suppressions": [],
    }


def test_a_fix_with_a_secret_is_no_longer_safe() -> None:
    fix = Fix((Edit(14, 1, 14, 5, 'token = "abcdefgh"'),))
    (finding,) = json.loads(render("json", CheckReport(findings=(NAIVE_CLOCK._replace(fix=fix),))))[
        "findings"
    ]
    assert (finding["fix"]["safe"], finding["fix"]["doubt"]) == (False, "secret")
    assert finding["fix"]["edits"][0]["text"] == 'token = "********"'


@pytest.mark.parametrize("code", DOUBTS)
def test_a_doubt_and_a_cell_are_in_the_json_and_in_its_schema(code: str) -> None:
    fix = Fix((), Doubt(code, "the reason"))
    report = CheckReport(findings=(NAIVE_CLOCK._replace(fix=fix, cell=Cell(2, 3)),))
    data = json.loads(render("json", report))
    jsonschema.validate(data, SCHEMA)
    (finding,) = data["findings"]
    assert finding["fix"] == {"safe": False, "doubt": code, "reason": "the reason", "edits": []}
    assert finding["cell"] == {"number": 2, "line": 3}


def test_every_doubt_is_explained() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats.md").read_text()
    explained = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert [code for code in explained if code in DOUBTS] == [*DOUBTS]


def test_json_lines_of_two_processes_can_be_appended() -> None:
    text = render("jsonl", ordinary_report()) + render("jsonl", hostile_report())
    types = [json.loads(line)["type"] for line in text.splitlines()]
    ordinary = ["finding", "skipped", "deferred"]
    assert types == [*ordinary, *ordinary, "unjudged", "new_suppression"]


def test_json_lines_hold_the_finding_of_the_json_report() -> None:
    first = json.loads(render("jsonl", ordinary_report()).splitlines()[0])
    assert first.pop("type") == "finding"
    assert first == json.loads(render("json", ordinary_report()))["findings"][0]
