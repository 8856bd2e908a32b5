"""`guard lineage`: what came from what."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.repositories import repository_options
from devmatrix_guard.cli.show import format_option


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--depth",
    type=click.IntRange(1, 50),
    default=5,
    show_default=True,
    help="Follow at most this many steps each way.",
)
@repository_options
@format_option
def command(
    name: str, depth: int, format_name: str, repositories: tuple[str, ...], *, everything: bool
) -> None:
    """Show what NAME came from and what came of it.

    NAME is a file (FILE:LINE for one line of it), a commit, or the id of a rule, a pattern or a
    run.

    \b
    Example:
      guard lineage src/main.py
    """
    from devmatrix_guard.commands.memory.lineage import trace, trace_view

    lineages = trace(
        Path.cwd(), name, depth=depth, repositories=repositories, everything=everything
    )
    print_text(trace_view(lineages, format_name, sys.stdout), nl=False)
