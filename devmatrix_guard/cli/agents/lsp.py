"""`guard lsp`."""

from __future__ import annotations

import os
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

    # A thread that still reads as Python ends would abort it, were it the stream Python closes.
    reading = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    return Server(reading, sys.stdout.buffer).run()
