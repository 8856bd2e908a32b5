"""`guard suggest` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.repositories import repository_options
from devmatrix_guard.commands.loop.suggest import render_suggestions, suggest_behavior


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
)
@repository_options
def command(spec: Path, form: str, repositories: tuple[str, ...], *, everything: bool) -> int:
    """Suggest states, invariants, flows and filters for SPEC, from specs like it that passed.

    Prints an overlay to review; each part names the spec it comes from.

    \b
    guard suggest bookings.yaml > suggested.yaml
    guard generate bookings.yaml -o app --overlay suggested.yaml
    """
    found = suggest_behavior(Path.cwd(), spec, repositories=repositories, everything=everything)
    print_text(render_suggestions(found, form), nl=False)
    return 0
