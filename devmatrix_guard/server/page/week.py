"""What the last days brought, from the same values as `guard report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devmatrix_guard.commands.service.page_queries import Week
from devmatrix_guard.server.page.charts import draw_bar
from devmatrix_guard.server.page.layout import (
    write_card,
    write_figure,
    write_heading,
    write_sentence,
    write_table,
)
from devmatrix_guard.server.page.markup import Child, Markup, join, make_path, tag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def render_week(week: Week, days: int) -> Markup:
    """Return the view."""
    choices = [
        tag("a", f"{each} days", href=make_path("week", days=each),
            aria_current="page" if each == days else None)
        for each in (7, 30, 90)
    ]  # fmt: skip
    figures = [write_figure(figure.number, figure.label) for figure in week.figures]
    return join(
        [
            write_heading("What was stopped, undone and fixed",
                          f"{week.since[:10]} to {week.until[:10]}"),
            tag("nav", choices, class_="pages", aria_label="Period"),
            tag("div", figures, class_="figures"),
            tag("div", list(_write_sections(week)), class_="cards"),
        ]
    )  # fmt: skip


def _write_sections(week: Week) -> Iterator[Markup]:
    for section in week.sections:
        table: Child = None
        if section.rows:
            header = tuple(name or "change" for name in section.header)
            rows = [[_write_cell(cell) for cell in row] for row in section.rows]
            table = write_table(section.title, header, rows)
        left = section.left_out
        more = tag("p", f"… and {left:,} more.", class_="soft") if left else None
        about = tag("p", write_sentence(section.text), class_="soft")
        yield write_card(section.title, about, table, more, wide=True)


def _write_cell(cell: Any) -> Child:
    shown: Child = tag("code", cell.text) if cell.is_code else write_sentence(cell.text)
    if cell.commits:
        shown = tag("a", shown, href=make_path("lineage", name=cell.commits[0]))
    if cell.share is None:
        return shown
    bar = draw_bar(cell.share, f"{cell.share:.0%} of the most")
    return tag("span", bar, tag("span", shown), class_="quality")
