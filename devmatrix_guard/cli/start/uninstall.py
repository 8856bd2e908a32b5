"""`guard uninstall`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.errors import UsageError


@click.command()
@click.option("-y", "--yes", is_flag=True, help="Do not ask before writing.")
def command(yes: bool) -> None:
    """Remove exactly what init added.

    Shows a diff and asks. Files that init made are deleted, edits are reverted to the byte; what
    changed since is left alone and named. Rules, feedback and the memory stay.

    \b
    Example:
      guard uninstall
    """
    from devmatrix_guard.commands.setup.uninstall import plan_uninstall, uninstall

    plan = plan_uninstall(Path.cwd())
    for note in plan.notes:
        print_text(note)
    if not plan.edits:
        return
    for diff in plan.diffs:
        print_text(diff)
    if not yes and not sys.stdin.isatty():
        raise UsageError("Nothing was removed: there is no terminal to ask on; add --yes.")
    if not yes and not click.confirm("Remove this?"):
        print_text("Nothing was removed.")
        return
    for line in uninstall(plan):
        print_text(line)
