"""The one way in which commands print: whatever the text holds, it is safe for a terminal."""

from __future__ import annotations

import sys

import click

from devmatrix_guard.visible_text import fit_terminal, make_printable


def print_text(text: str = "", *, nl: bool = True, err: bool = False) -> None:
    """Print a text, with what would move the cursor or hide itself written out."""
    click.echo(make_printable(text), nl=nl, err=err)


def print_prose(text: str, *, err: bool = False) -> None:
    """Print a sentence: a terminal gets it on rows that fit, anything else as one line."""
    stream = sys.stderr if err else sys.stdout
    click.echo(fit_terminal(make_printable(text), stream), err=err)
