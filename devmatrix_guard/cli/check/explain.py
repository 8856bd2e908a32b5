"""`guard explain`: one rule, in words."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.show import format_option


@click.command()
@click.argument("rule_id", metavar="RULE")
@format_option
def command(rule_id: str, format_name: str) -> None:
    """Explain RULE: what it finds, why, the commits it was learned from, and the proof.

    \b
    Example:
      guard explain undo-of-fix
    """
    from devmatrix_guard.commands.rules.explain import explain, render_explanation

    explanation = explain(Path.cwd(), rule_id)
    print_text(render_explanation(explanation, format_name, sys.stdout), nl=False)
