"""`guard baseline` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--prune", is_flag=True, help="Remove entries whose finding is gone; add none.")
def command(paths: tuple[str, ...], prune: bool) -> None:
    """Accept today's findings, so that from now on only new ones count.

    They are kept in `.guard/baseline.txt`, one fingerprint a line, to be committed. Running it
    again accepts what is new and keeps the rest.

    \b
    Example:
      guard baseline src/legacy
    """
    from devmatrix_guard.commands.rules.baseline import describe_change, refresh_baseline

    print_text(describe_change(refresh_baseline(Path.cwd(), paths=paths, prune=prune)))
