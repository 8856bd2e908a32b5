"""Text for people: plain by itself, painted with rich where the terminal shows colour."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Iterable
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.escape import disarm_runner_commands
from devmatrix_guard.reports.layout import Line, write_report_lines
from devmatrix_guard.reports.options import RenderOptions


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return the report as text; a clean one is empty."""
    return render_lines(write_report_lines(report, options), options)


def render_lines(lines: Iterable[Line], options: RenderOptions) -> str:
    """Return laid-out lines as text that ends with a newline, or empty where there is none."""
    lines = list(lines)
    if options.color and lines:
        # rich costs a tenth of a second to import, which a clean or piped check never pays.
        from devmatrix_guard.reports.paint import paint

        return disarm_runner_commands(paint(lines, width=options.width))
    plain = "".join("".join(piece.text for piece in line) + "\n" for line in lines)
    return disarm_runner_commands(plain)
