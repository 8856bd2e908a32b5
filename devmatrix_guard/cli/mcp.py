"""`guard mcp`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Serve what guard knows to agents, as an MCP server.

    Speaks the Model Context Protocol on standard input and output; reads only. Needs the `mcp`
    extra.

    \b
    Example:
      claude mcp add guard -- guard mcp
    """
    from devmatrix_guard.mcp.server import serve

    serve(Path.cwd())
