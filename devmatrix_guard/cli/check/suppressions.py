"""`guard suppressions` on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.show import format_option


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--unused", is_flag=True, help="Only those that silence nothing.")
@format_option
def command(paths: tuple[str, ...], unused: bool, format_name: str) -> None:
    """List the comments that silence findings, with their reasons.

    \b
    Example:
      guard suppressions --unused src
    """
    from devmatrix_guard.commands.rules.suppressions import list_suppressions, render_suppressions

    listed = list_suppressions(Path.cwd(), paths=paths, unused=unused)
    print_text(render_suppressions(listed, format_name, sys.stdout), nl=False)
