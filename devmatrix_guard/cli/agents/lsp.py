"""`guard lsp`."""

from __future__ import annotations

import sys

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> int:
    """Serve findings to an editor, as a language server.

    Speaks the Language Server Protocol on standard input and output: diagnostics while you type,
    fixes and silencing as actions, the commits behind a finding on hover.

    \b
    Example:
      guard lsp
    """
    from devmatrix_guard.commands.editor.server import Server

    return Server(sys.stdin.buffer, sys.stdout.buffer).run()
