"""A report about a period as Markdown, for an issue, a step summary or a chat."""

from __future__ import annotations

from devmatrix_guard.model.period import Period
from devmatrix_guard.reports.escape import escape_markdown, escape_markdown_code
from devmatrix_guard.reports.period import Cell, Section, list_figures, list_sections, write_title


def render(period: Period) -> str:
    """Return the report."""
    numbers = " · ".join(f"**{figure.number:,}** {figure.label}" for figure in list_figures(period))
    head = f"# {write_title(period, escape_markdown(period.repository))}\n\n{numbers}\n"
    return "\n".join([head, *(_write_section(section) for section in list_sections(period))])


def _write_section(section: Section) -> str:
    parts = [f"## {section.title}\n\n{section.text}\n"]
    if section.rows:
        rows = [section.header, ("---",) * len(section.header)]
        rows += [tuple(_write_cell(cell) for cell in row) for row in section.rows]
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n")
    if section.left_out:
        parts.append(f"… and {section.left_out} more.\n")
    return "\n".join(parts)


def _write_cell(cell: Cell) -> str:
    return (
        escape_markdown_code(cell.text)
        if cell.is_code and cell.text
        else escape_markdown(cell.text)
    )
