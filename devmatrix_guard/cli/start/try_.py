"""`guard try`: a first look that writes nothing."""

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
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="How many of the newest commits to read at most.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    show_default=True,
    help="How long to read commits, the newest first.",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many patterns of each kind to show.",
)
@format_option
def command(path: str, limit: int | None, seconds: float, top: int, format_name: str) -> int:
    """Look at the fixes in a repository's history, and write nothing at all.

    Shows what was fixed in one place and is still present in another, which fixes later commits
    undid, and which lessons would make rules.

    \b
    Example:
      guard try
      guard try ../other-repository --seconds 120
    """
    from devmatrix_guard.commands.learn.output.preview_output import try_view
    from devmatrix_guard.commands.memory.first_look import take_first_look

    with show_progress() as track:
        report = take_first_look(Path(path), limit=limit, seconds=seconds, top=top, track=track)
    print_text(try_view(report, format_name, sys.stdout), nl=False)
    return EXIT_INTERNAL if has_defect(report.notes) else EXIT_CLEAN
