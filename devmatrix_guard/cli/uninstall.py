"""`guard uninstall`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
def command() -> None:
    """Take out exactly what init put in.

    Files init made are deleted, edits are taken back to the byte; what was changed since is left
    alone and named. Rules, feedback and the memory stay.

    \b
    Example:
      guard uninstall
    """
    from devmatrix_guard.commands.setup.uninstall import uninstall

    for line in uninstall(Path.cwd()):
        click.echo(line)
