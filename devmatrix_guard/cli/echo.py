"""The one way in which commands print: whatever the text holds, it is safe for a terminal."""

from __future__ import annotations

import click

from devmatrix_guard.visible_text import make_printable


def print_text(text: str = "", *, nl: bool = True, err: bool = False) -> None:
    """Print a text, with what would move the cursor or hide itself written out."""
    click.echo(make_printable(text), nl=nl, err=err)
