"""`guard mcp`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--allow-outcomes", is_flag=True, help="Let agents report how patterns did.")
def command(*, allow_outcomes: bool) -> None:
    """Serve what guard knows to agents, as an MCP server.

    Speaks the Model Context Protocol on standard input and output; reads only, unless outcomes are
    allowed. Needs the `mcp` extra.

    \b
    Example:
      claude mcp add guard -- guard mcp
    """
    from devmatrix_guard.mcp.server import serve

    serve(Path.cwd(), outcomes=allow_outcomes)
