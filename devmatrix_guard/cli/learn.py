"""`guard learn`: rules from this repository's own fixes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.progress import show_progress
from devmatrix_guard.cli.show import format_option
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_INTERNAL, has_defect


@click.command()
@click.argument("path", required=False, default=".", type=click.Path(file_okay=False))
@click.option("--limit", type=click.IntRange(min=1), help="Read only the newest N commits.")
@click.option("--since", metavar="DATE", help="Read only commits since this day (YYYY-MM-DD).")
@click.option("--all", "again", is_flag=True, help="Read the whole history again.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be learned.")
@format_option
def command(
    path: str, limit: int | None, since: str | None, again: bool, dry_run: bool, format_name: str
) -> int:
    """Learn rules from the fixes in this repository's history.

    Writes `.guard/rules/*.yml` for people to review, and remembers the last commit learned from:
    the next run reads only what is new.

    \b
    Example:
      guard learn
      guard learn --dry-run --limit 2000
    """
    from devmatrix_guard.commands.learn.learn import learn, require_date
    from devmatrix_guard.commands.learn.output import render_report

    with show_progress() as track:
        report = learn(
            Path(path),
            limit=limit,
            since=require_date(since),
            again=again,
            dry_run=dry_run,
            track=track,
        )
    print_text(render_report(report, format_name, sys.stdout), nl=False)
    if not dry_run:
        from devmatrix_guard.commands.agents.export import refresh_exports

        for name in refresh_exports(Path(path)):
            print_text(f"{name}: brought up to date", err=True)
    return EXIT_INTERNAL if has_defect(report.notes) else EXIT_CLEAN
