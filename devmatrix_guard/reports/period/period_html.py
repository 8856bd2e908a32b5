"""A report about a period as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from devmatrix_guard.model.answers.period import Period
from devmatrix_guard.reports.escape import make_visible
from devmatrix_guard.reports.links import link_commit, link_html_issues
from devmatrix_guard.reports.period.period import (
    Cell,
    Figure,
    Section,
    list_figures,
    list_sections,
    write_title,
)
from devmatrix_guard.reports.period.trends import list_trend_sections

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #e0e1e6;
  --page: #ffffff; --card: #f6f7f9; --accent: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba;
  --line: #363a3f; --page: #111113; --card: #1b1d20; --accent: #70a1ff; } }
body { font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 60rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0 0 1.25rem; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .25rem; }
p { color: var(--soft); margin: .25rem 0 .75rem; }
.figures { display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .8rem 1rem; }
.figure b { display: block; font-size: 1.6rem; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
.figure span { color: var(--soft); font-size: .85rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.share { white-space: nowrap; }
a { color: var(--accent); }
code { font: .88em ui-monospace, monospace; overflow-wrap: anywhere; }
.bar { display: inline-block; width: 7rem; height: .55rem; border-radius: .3rem;
  margin-right: .5rem;
  background: linear-gradient(var(--accent) 0 0) no-repeat var(--card); }
"""


def render(period: Period, web: str = "") -> str:
    """Return the page.

    Args:
        period: what to report.
        web: address of the repository's page, which commits and issues are linked to.
    """
    title = write_title(period, make_visible(period.repository))
    return render_page(
        title,
        list_figures(period),
        (*list_sections(period), *list_trend_sections(period.trends)),
        web,
    )


def render_page(
    title: str, figures: Iterable[Figure], sections: Iterable[Section], web: str = ""
) -> str:
    """Return a page of numbers and sections.

    Args:
        title: its heading, as text.
        figures, sections: what it shows.
        web: address of the repository's page, which commits and issues are linked to.
    """
    cards = "".join(
        f'<div class="figure"><b>{figure.number:,}</b><span>{escape(figure.label)}</span></div>'
        for figure in figures
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f'<h1>{escape(title)}</h1><div class="figures">{cards}</div>',
        *(_write_section(section, web) for section in sections),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _write_section(section: Section, web: str) -> str:
    parts = [f"<h2>{escape(section.title)}</h2><p>{escape(section.text)}</p>"]
    if section.rows:
        head = "".join(f"<th>{escape(name)}</th>" for name in section.header)
        rows = "".join(
            f"<tr>{''.join(_write_cell(cell, web) for cell in row)}</tr>" for row in section.rows
        )
        parts.append(f'<div class="table"><table><tr>{head}</tr>{rows}</table></div>')
    if section.left_out:
        parts.append(f"<p>… and {section.left_out} more.</p>")
    return "\n".join(parts)


def _write_cell(cell: Cell, web: str) -> str:
    text = escape(make_visible(cell.text))
    if cell.names_issues:
        text = link_html_issues(web, text)
    for commit in dict.fromkeys(cell.commits):
        if address := link_commit(web, commit):
            text = text.replace(commit[:10], f'<a href="{address}">{commit[:10]}</a>')
    if cell.is_code:
        text = f"<code>{text}</code>"
    if cell.share is not None:
        size = f"{100 * cell.share:.0f}% 100%"
        bar = f'<span class="bar" style="background-size: {size}"></span>'
        return f'<td class="share">{bar}{text}</td>'
    return f"<td>{text}</td>"
