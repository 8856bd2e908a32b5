"""A report about a period as Markdown, for an issue, a step summary or a chat."""

from __future__ import annotations

from devmatrix_guard.model.period import Period
from devmatrix_guard.reports.escape import markdown, markdown_code
from devmatrix_guard.reports.period import Cell, Section, figures, sections, title_of


def render(period: Period) -> str:
    """Return the report."""
    numbers = " · ".join(f"**{figure.number:,}** {figure.label}" for figure in figures(period))
    head = f"# {title_of(period, markdown(period.repository))}\n\n{numbers}\n"
    return "\n".join([head, *(_section(section) for section in sections(period))])


def _section(section: Section) -> str:
    parts = [f"## {section.title}\n\n{section.text}\n"]
    if section.rows:
        rows = [section.header, ("---",) * len(section.header)]
        rows += [tuple(_cell(cell) for cell in row) for row in section.rows]
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n")
    if section.left_out:
        parts.append(f"… and {section.left_out} more.\n")
    return "\n".join(parts)


def _cell(cell: Cell) -> str:
    return markdown_code(cell.text) if cell.is_code and cell.text else markdown(cell.text)
