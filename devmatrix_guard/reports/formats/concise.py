"""Concise: one line for each finding, made to be read by `grep` and editors."""

from __future__ import annotations

from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.escape import disarm_runner_commands, make_visible
from devmatrix_guard.reports.options import RenderOptions


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return `path:line:col: stage rule message [fix]` for each finding."""
    lines = []
    for finding in report.findings:
        place = f"{make_visible(finding.path)}:{finding.start_line}:{finding.start_col}"
        mark = " [fix]" if finding.fix and finding.fix.safe else ""
        message = make_visible(finding.message.strip().split("\n")[0])
        lines.append(f"{place}: {finding.stage} {make_visible(finding.rule_id)} {message}{mark}\n")
    return disarm_runner_commands("".join(lines))
