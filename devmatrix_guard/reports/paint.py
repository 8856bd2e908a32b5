"""Paints laid-out lines for a terminal with colour; the words stay those of the plain text."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from devmatrix_guard.reports.layout import Line, Piece

_STYLES = {
    "plain": "",
    "title": "bold",
    "place": "bold cyan",
    "dim": "dim",
    "note": "cyan",
    "commit": "yellow",
    "removed": "red",
    "added": "green",
    "block": "bold red",
    "warn": "bold yellow",
    "advise": "bold blue",
    "candidate": "bold magenta",
}


def paint(lines: Iterable[Line], *, width: int) -> str:
    """Return the lines with ANSI colours; lines longer than `width` are left to the terminal."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        force_terminal=True,
        no_color=False,  # whether there is colour was decided before; an explicit flag wins
        color_system="standard",
        width=width,
        highlight=False,
    )
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    for line in lines:
        text = Text()
        for piece in line:
            text.append_text(_paint_piece(piece, syntax))
        console.print(text, soft_wrap=True)
    return stream.getvalue()


def _paint_piece(piece: Piece, syntax: Syntax) -> Text:
    if piece.style != "code":
        style = _STYLES.get(piece.style, "")
        return Text(piece.text, style=f"{style} link {piece.link}" if piece.link else style)
    highlighted = syntax.highlight(piece.text)
    highlighted.rstrip()
    return highlighted
