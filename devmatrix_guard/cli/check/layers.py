"""`guard layers` on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.show import format_option


@click.command()
@click.argument("number", metavar="[N]", required=False, type=click.IntRange(1, 7))
@format_option
def command(number: int | None, format_name: str) -> None:
    """Tell what guards each layer, or layer N in full.

    Its paths, rules, lessons of its fixes, invariants of the spec, what breaks a rule now, and who
    may change what.

    \b
    Example:
      guard layers 3
    """
    from devmatrix_guard.commands.rules.layers import (
        describe_layers,
        render_layers_json,
        wrap_layer_lines,
    )

    guards = describe_layers(Path.cwd(), number)
    if format_name == "json":
        print_text(render_layers_json(guards), nl=False)
        return
    for line in wrap_layer_lines(guards, sys.stdout):
        print_text(line)
