"""One door to every format: redacts, sorts, and hands the report to the module of the format."""

from __future__ import annotations

from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.redact import redact_report

# format -> module with a function `render(report, options)`; loaded only when asked for.
_MODULES = {
    "text": "text",
    "concise": "concise",
    "json": "json_format",
    "jsonl": "json_lines",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
    "rdjson": "rdjson",
    "junit": "junit",
    "markdown": "markdown",
}
FORMATS = tuple(_MODULES)


def render(format_name: str, report: CheckReport, options: RenderOptions | None = None) -> str:
    """Return `report` in the format, ending with a newline, or empty where there is nothing to say.

    Raises:
        UsageError: there is no such format.
    """
    if format_name not in _MODULES:
        raise UsageError(f"There is no format {format_name!r}; choose one of {', '.join(FORMATS)}.")
    # `importlib` would bring `warnings`, which a hook needs for nothing else.
    module = __import__(
        f"devmatrix_guard.reports.formats.{_MODULES[format_name]}", fromlist=["render"]
    )
    text: str = module.render(_sort_findings(redact_report(report)), options or RenderOptions())
    return text


def _sort_findings(report: CheckReport) -> CheckReport:
    return report._replace(
        findings=tuple(sorted(report.findings, key=_place)),
        skipped=tuple(sorted(report.skipped)),
        deferred=tuple(sorted(report.deferred)),
        suppressed=tuple(sorted(report.suppressed, key=lambda item: _place(item.finding))),
        notes=tuple(sorted(report.notes)),
        unjudged=tuple(sorted(report.unjudged)),
        new_suppressions=tuple(sorted(report.new_suppressions)),
    )


def _place(finding: Finding) -> tuple[str, int, int, str, int, int, str]:
    return (
        finding.path,
        finding.start_line,
        finding.start_col,
        finding.rule_id,
        finding.end_line,
        finding.end_col,
        finding.fingerprint,
    )
