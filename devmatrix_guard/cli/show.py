"""What the commands that show something share: the choice of a format."""

from __future__ import annotations

import click

format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people or JSON for machines.",
)
