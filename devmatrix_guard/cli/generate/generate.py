"""`guard generate` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.generate.application_options import new_overlay_option, target_option
from devmatrix_guard.commands.application.generate import print_generated, run_generate


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("spec", type=click.Path(path_type=Path))
@target_option("The folder to write; it must be empty or new.")
@new_overlay_option()
@click.option(
    "--force", is_flag=True, help="Overwrite generated files in a folder that is not empty."
)
@click.option(
    "--memory/--no-memory",
    default=True,
    help="Whether the memory is asked what became of such specs, and the run recorded in it.",
)
def command(spec: Path, target: Path, overlay: Path | None, *, force: bool, memory: bool) -> int:
    """Write the application that an OpenAPI document describes.

    The document is OpenAPI 3.0, 3.1 or 3.2, YAML or JSON. Nothing is asked of a language model, and
    the same inputs give the same bytes. Where there is a memory, versions of InfraPatterns that
    failed before are avoided, and repairs that are known are applied at once.

    \b
    guard generate shop.yaml -o shop
    """
    print_generated(run_generate(spec, target, overlay=overlay, force=force, memory=memory))
    return 0
