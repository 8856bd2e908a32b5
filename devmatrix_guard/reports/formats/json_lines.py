"""JSON Lines: one object a line, so that the reports of several processes can be appended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.escape import write_json
from devmatrix_guard.reports.formats.json_format import make_report_object
from devmatrix_guard.reports.options import RenderOptions

_KINDS = {
    "finding": "findings",
    "skipped": "skipped",
    "deferred": "deferred",
    "unjudged": "unjudged",
    "new_suppression": "new_suppressions",
}


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return a line for each finding, skipped file and deferred rule, told apart by `type`."""
    return "".join(write_json(entry, indent=None) for entry in _iter_entries(report))


def _iter_entries(report: CheckReport) -> Iterator[dict[str, Any]]:
    data = make_report_object(report)
    for kind, key in _KINDS.items():
        for entry in data[key]:
            yield {"type": kind, **entry}
