"""A report about a period as Markdown, for an issue, a step summary or a chat."""

from __future__ import annotations

from devmatrix_guard.model.answers.period import Period
from devmatrix_guard.reports.escape import escape_markdown, escape_markdown_code
from devmatrix_guard.reports.links import link_commit, link_issues
from devmatrix_guard.reports.period.period import (
    Cell,
    Section,
    list_figures,
    list_sections,
    write_title,
)
from devmatrix_guard.reports.period.trends import list_trend_sections


def render(period: Period, web: str = "") -> str:
    """Return the report.

    Args:
        period: what to report.
        web: address of the repository's page, which commits and issues are linked to.
    """
    numbers = " · ".join(f"**{figure.number:,}** {figure.label}" for figure in list_figures(period))
    head = f"# {write_title(period, escape_markdown(period.repository))}\n"
    head += f"\n{numbers}\n" if numbers else ""
    sections = (*list_sections(period), *list_trend_sections(period.trends))
    return "\n".join([head, *(_write_section(section, web) for section in sections)])


def _write_section(section: Section, web: str) -> str:
    parts = [f"## {section.title}\n\n{section.text}\n"]
    if section.rows:
        rows = [section.header, ("---",) * len(section.header)]
        rows += [tuple(_write_cell(cell, web) for cell in row) for row in section.rows]
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n")
    if section.left_out:
        parts.append(f"… and {section.left_out} more.\n")
    return "\n".join(parts)


def _write_cell(cell: Cell, web: str) -> str:
    as_code = cell.is_code and cell.text
    text = escape_markdown_code(cell.text) if as_code else escape_markdown(cell.text)
    if cell.names_issues:
        text = link_issues(web, text)
    for commit in dict.fromkeys(cell.commits):
        if address := link_commit(web, commit):
            shown = escape_markdown_code(commit[:10]) if as_code else commit[:10]
            text = text.replace(shown, f"[{shown}]({address})")
    return text
