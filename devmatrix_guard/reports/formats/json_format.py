"""JSON: the documented contract of version 1 (`docs/schemas/report-1.json`)."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.escape import make_decodable, write_json
from devmatrix_guard.reports.options import RenderOptions

SCHEMA_VERSION = 1


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return the report as one JSON object."""
    return write_json(make_report_object(report))


def make_report_object(report: CheckReport) -> dict[str, Any]:
    """Return the report as plain data in the documented shape."""
    return {
        "schema_version": SCHEMA_VERSION,
        "findings": [make_finding_object(finding) for finding in report.findings],
        "skipped": [
            {"path": make_decodable(skip.path), "reason": make_decodable(skip.reason)}
            for skip in report.skipped
        ],
        "deferred": [
            {"rule_id": make_decodable(item.rule_id), "reason": make_decodable(item.reason)}
            for item in report.deferred
        ],
        "unjudged": [
            {
                "path": make_decodable(one.path),
                "reason": make_decodable(one.reason),
                "rule_id": make_decodable(one.rule_id) or None,
                "fails": one.fails,
            }
            for one in report.unjudged
        ],
        "new_suppressions": [
            {
                "path": make_decodable(one.path),
                "line": one.line or None,
                "text": make_decodable(one.text),
                "fails": one.fails,
            }
            for one in report.new_suppressions
        ],
    }


def make_finding_object(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain data in the documented shape."""
    fix = finding.fix
    return {
        "rule_id": make_decodable(finding.rule_id),
        "path": make_decodable(finding.path),
        "start_line": finding.start_line,
        "start_col": finding.start_col,
        "end_line": finding.end_line,
        "end_col": finding.end_col,
        "stage": finding.stage,
        "severity": finding.severity,
        "layer": finding.layer,
        "message": make_decodable(finding.message),
        "fingerprint": finding.fingerprint,
        "fix": None
        if fix is None
        else {
            "safe": fix.safe,
            "doubt": fix.doubt.code if fix.doubt else None,
            "reason": make_decodable(fix.doubt.sentence) if fix.doubt else "",
            "edits": [edit._asdict() | {"text": make_decodable(edit.text)} for edit in fix.edits],
        },
        "cell": finding.cell._asdict() if finding.cell else None,
        "sources": [
            source._asdict() | {"subject": make_decodable(source.subject)}
            for source in finding.sources
        ],
    }
