"""`guard trends` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.repositories import repository_options
from devmatrix_guard.commands.loop.trends import render_trends, run_trends


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "directory", metavar="[DIR]", type=click.Path(exists=True, path_type=Path), default=Path()
)
@click.option("--day", "window", flag_value=1, type=int, help="The last day.")
@click.option("--week", "window", flag_value=7, type=int, help="The last seven days.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
)
@repository_options
def command(
    directory: Path,
    window: int | None,
    days: int,
    form: str,
    repositories: tuple[str, ...],
    *,
    everything: bool,
) -> int:
    """Show how generated applications fare over time, and what to look at.

    Compliance and first-pass success day by day, errors that grow or come back, specs that keep
    failing, runs that are far from usual, and what waits for a person.

    \b
    guard trends --week
    guard trends --days 90 --format html > trends.html
    """
    trends = run_trends(
        directory, days=window or days, repositories=repositories, everything=everything
    )
    print_text(render_trends(trends, form), nl=False)
    return 0
