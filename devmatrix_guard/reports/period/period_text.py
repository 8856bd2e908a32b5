"""A report about a period for a terminal: figures in a row, a table for each part."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from devmatrix_guard.model.answers.period import Period
from devmatrix_guard.reports.escape import make_visible
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.period.period import (
    Cell,
    Section,
    list_figures,
    list_sections,
    write_title,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_BAR = 12
_USUAL_WIDTH = 80
_STAGES = {"block": "red", "warn": "yellow", "advise": "green", "candidate": "dim"}


def render(period: Period, web: str = "", options: RenderOptions | None = None) -> str:
    """Return the report.

    Args:
        period: what to report.
        web: address of the repository's page; a terminal shows ids, and this is not used.
        options: colours and width of the terminal.
    """
    from rich.columns import Columns
    from rich.console import Console
    from rich.text import Text

    options = options or RenderOptions()
    stream = io.StringIO()
    console = Console(
        file=stream,
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        no_color=not options.color,
        width=options.width or _USUAL_WIDTH,
        highlight=False,
        legacy_windows=False,
    )
    console.print(Text(write_title(period, make_visible(period.repository)), style="bold"))
    figures = [
        Text.assemble((f"{figure.number:,}", "bold cyan"), f" {figure.label}")
        for figure in list_figures(period)
    ]
    if figures:
        console.print()
        console.print(Columns(figures, padding=(0, 3), expand=False))
    for section in list_sections(period):
        _print_section(console, section)
    lines = stream.getvalue().splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _print_section(console: Console, section: Section) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console.print()
    console.print(Text(section.title, style="bold"))
    console.print(Text(make_visible(section.text), style="dim"))
    if section.rows:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
        for name, column in zip(section.header, zip(*section.rows, strict=True), strict=True):
            is_bar = any(cell.share is not None for cell in column)
            table.add_column(name, overflow="fold", no_wrap=is_bar)
        for row in section.rows:
            table.add_row(*(_write_cell(cell) for cell in row))
        console.print(table)
    if section.left_out:
        console.print(Text(f"… and {section.left_out} more.", style="dim"))


def _write_cell(cell: Cell) -> Text:
    from rich.text import Text

    text = make_visible(cell.text)
    style = "cyan" if cell.is_code else _STAGES.get(cell.text, "")
    if cell.share is None:
        return Text(text, style=style)
    filled = round(_BAR * max(0.0, min(cell.share, 1.0)))
    bar = ("█" * filled, "blue"), ("░" * (_BAR - filled), "dim")
    return Text.assemble(*bar, f" {text}")
