"""`guard import`: evidence from outside of the history."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.show import format_option


@click.group()
def command() -> None:
    """Take in evidence from outside of the history.

    \b
    Example:
      guard import reviews comments.json
    """


@command.command("reviews", short_help="Learn what reviewers ask for again and again.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be learned; write nothing.")
@format_option
def reviews_command(file: Path, format_name: str, *, dry_run: bool) -> None:
    """Learn from comments of reviews what is asked for again and again.

    FILE is what `gh api` or `glab api` printed; nothing is fetched.

    \b
    Example:
      gh api repos/OWNER/NAME/pulls/comments --paginate > comments.json
      guard import reviews comments.json
    """
    from devmatrix_guard.commands.audit.reviews import import_reviews, render_import

    done = import_reviews(Path.cwd(), file, dry_run=dry_run)
    print_text(render_import(done, format_name, sys.stdout), nl=False)
