"""`guard schema` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.given import FileToWrite
from devmatrix_guard.commands.schemas.schema import KINDS, render_schema
from devmatrix_guard.files import write_output


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.option(
    "--output",
    metavar="FILE",
    type=FileToWrite(),
    help="Write it to a file instead of printing it.",
)
def command(kind: str, output: Path | None) -> None:
    """Print the JSON Schema of settings, a rule file or an overlay.

    \b
    Example:
      guard schema settings --output guard.schema.json
    """
    text = render_schema(kind)
    if output is None:
        print_text(text, nl=False)
        return
    write_output(output, text.encode())
    print_text(f"{output}: written", err=True)
