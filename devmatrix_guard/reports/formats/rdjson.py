"""Reviewdog Diagnostic Format (rdjson), whose columns count UTF-8 bytes.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

from typing import Any

from devmatrix_guard.model.finding import Edit, Finding
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.escape import encode_output, make_decodable, write_json
from devmatrix_guard.reports.options import RenderOptions

_SEVERITIES = {"block": "ERROR", "warn": "WARNING"}


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return one diagnostic result."""
    result = {
        "source": {"name": "devmatrix-guard"},
        "diagnostics": [_make_diagnostic(finding) for finding in report.findings],
    }
    return write_json(result)


def _make_diagnostic(finding: Finding) -> dict[str, Any]:
    diagnostic: dict[str, Any] = {
        "message": make_decodable(finding.message.strip()),
        "location": {"path": make_decodable(finding.path), "range": _make_range(finding, finding)},
        "severity": _SEVERITIES.get(finding.stage, "INFO"),
        "code": {"value": make_decodable(finding.rule_id)},
    }
    # A suggestion without exact columns would replace whole lines: all edits or none.
    edits = finding.fix.edits if finding.fix and finding.fix.safe else ()
    ranges = [_make_range(finding, edit) for edit in edits]
    if ranges and all("column" in place["end"] for place in ranges):
        diagnostic["suggestions"] = [
            {"range": place, "text": make_decodable(edit.text)}
            for place, edit in zip(ranges, edits, strict=True)
        ]
    return diagnostic


def _make_range(finding: Finding, place: Finding | Edit) -> dict[str, dict[str, int]]:
    start = _make_position(finding, place.start_line, place.start_col)
    end = _make_position(finding, place.end_line, place.end_col)
    if "column" not in start or "column" not in end:
        return {"start": {"line": place.start_line}, "end": {"line": place.end_line}}
    return {"start": start, "end": end}


def _make_position(finding: Finding, line: int, column: int) -> dict[str, int]:
    if column == 1:
        return {"line": line, "column": 1}
    lines = finding.code.split("\n")
    index = line - finding.start_line
    if not 0 <= index < len(lines):
        return {"line": line}
    before = encode_output(lines[index][: column - 1])
    return {"line": line, "column": len(before) + 1}
