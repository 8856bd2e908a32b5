"""`guard recall`: the lessons of a place."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("subject", metavar="PATH[:LINE]|FUNCTION|TEXT", nargs=-1, required=True)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="Text for a terminal, Markdown for an agent's context, or JSON.",
)
@click.option(
    "--budget",
    metavar="N",
    type=click.IntRange(200, 1_000_000),
    default=3000,
    show_default=True,
    help="Print at most N characters, the most useful first.",
)
def command(subject: tuple[str, ...], format_name: str, budget: int) -> None:
    """Tell the lessons of a place: its fixes with their tests, and rules.

    Of a path with a line, or a function, what was fixed there comes first. Words find the
    fixes that speak of them.

    Example: guard recall src/shop/orders.py:120 --format markdown --budget 2000
    """
    from devmatrix_guard.commands.memory.recall import recall, render_recall

    found = recall(Path.cwd(), " ".join(subject))
    print_text(render_recall(found, format_name, budget, sys.stdout), nl=False)
