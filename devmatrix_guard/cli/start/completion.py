"""`guard completion`."""

from __future__ import annotations

import click

from devmatrix_guard.cli.echo import print_text


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a completion script for bash, zsh or fish.

    \b
    Example:
      guard completion bash > ~/.local/share/bash-completion/completions/guard
    """
    from click.shell_completion import get_completion_class

    from devmatrix_guard.cli import cli

    kind = get_completion_class(shell)
    if kind is not None:
        print_text(kind(cli, {}, "guard", "_GUARD_COMPLETE").source())
