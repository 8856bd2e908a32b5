"""`guard serve`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from devmatrix_guard.errors import MissingExtraError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Listen on this port; 0 takes a free one.",
)
def command(host: str, port: int) -> None:
    """Serve what guard knows over HTTP, with a page at `/`.

    Needs the `api` extra.

    \b
    Example:
      guard serve --port 8765
    """
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn")):
        raise MissingExtraError("api", "`guard serve`")
    from devmatrix_guard.server.run import run_server
    from devmatrix_guard.server.settings import ServeSettings

    run_server(ServeSettings(root=str(Path.cwd()), host=host, port=port))
