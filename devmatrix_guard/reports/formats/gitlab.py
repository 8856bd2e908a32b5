"""GitLab Code Quality: the JSON array its merge-request widget reads.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.escape import encode_output, make_decodable, write_json
from devmatrix_guard.reports.options import RenderOptions

_SEVERITIES = {"block": "critical", "warn": "major", "advise": "minor"}


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return the findings as Code Quality issues, each with a fingerprint of its own."""
    seen: Counter[str] = Counter()
    issues: list[dict[str, Any]] = []
    for finding in report.findings:
        key = f"{finding.fingerprint}\0{finding.rule_id}\0{finding.path}"
        # GitLab asks for a fingerprint that no other issue of the report has.
        seen[key] += 1
        issues.append(_make_issue(finding, f"{key}\0{seen[key]}"))
    return write_json(issues)


def _make_issue(finding: Finding, key: str) -> dict[str, Any]:
    digest = hashlib.sha256(encode_output(key)).hexdigest()
    return {
        "description": make_decodable(finding.message.strip()) or make_decodable(finding.rule_id),
        "check_name": make_decodable(finding.rule_id),
        "fingerprint": digest,
        "severity": _SEVERITIES.get(finding.stage, "info"),
        "location": {
            "path": make_decodable(finding.path),
            "lines": {"begin": finding.start_line, "end": finding.end_line},
        },
    }
