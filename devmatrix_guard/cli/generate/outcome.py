"""`guard outcome` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.commands.loop.ci import describe_recorded, render_recorded_json, run_outcome

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--junit", metavar="FILE", multiple=True, type=_FILE, help="A report of tests; several times."
)
@click.option(
    "--sarif", metavar="FILE", multiple=True, type=_FILE, help="A log of findings; several times."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def command(directory: Path, junit: tuple[Path, ...], sarif: tuple[Path, ...], form: str) -> int:
    """Tell the memory what CI found out about a generated application.

    Failures become errors with their cause, InfraPatterns count what is theirs, and what was
    changed since the same check failed becomes its fix. Exits with 0 whatever the reports say.

    \b
    guard outcome shop --junit report.xml --sarif findings.sarif
    """
    recorded = run_outcome(directory, junit=junit, sarif=sarif)
    if form == "json":
        print_text(render_recorded_json(recorded), nl=False)
        return 0
    for line in describe_recorded(recorded):
        print_text(line)
    return 0
