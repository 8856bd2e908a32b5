"""`guard variants`: the unfixed siblings of a fix."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("subject", metavar="COMMIT|RULE")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "patch"]),
    default="text",
    show_default=True,
    help="Text for people, JSON, or one patch for `git apply`.",
)
def command(subject: str, format_name: str) -> None:
    """List the unfixed siblings of a fix, with what the fix makes of each.

    COMMIT is a fix, RULE the id of a rule. Nothing is written.

    Example: guard variants 3f2a91c --format patch | git apply
    """
    from devmatrix_guard.commands.audit.variants import list_variants, render_variants

    text = render_variants(list_variants(Path.cwd(), subject), format_name, sys.stdout)
    if format_name == "patch":
        sys.stdout.buffer.write(os.fsencode(text))  # byte for byte, as git reads it
        sys.stdout.flush()
        return
    print_text(text, nl=False)
