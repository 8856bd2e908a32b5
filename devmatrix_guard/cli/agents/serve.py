"""`guard serve`, and the keys of its API."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.errors import MissingExtraError

_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=_HELP, invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Listen on this port; 0 takes a free one.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Serve from N processes.",
)
@click.option(
    "--rate",
    metavar="N",
    type=click.FloatRange(0, 1_000_000),
    default=100.0,
    show_default=True,
    help="Answer N requests a second of each key or address; 0 for no limit.",
)
@click.option(
    "--max-body",
    metavar="N",
    type=click.IntRange(1024, 1 << 30),
    default=4 << 20,
    show_default=True,
    help="Take bodies of at most N bytes.",
)
@click.option("--cache", metavar="URL", default="", help="Keep answers in Redis or Valkey.")
@click.option("--allow-outcomes", is_flag=True, help="Let agents report how patterns did.")
@click.option(
    "--repo", "repositories", metavar="NAME", multiple=True, help="Read that one's facts."
)
@click.option("--all-repositories", "everything", is_flag=True, help="Read those of all.")
@click.pass_context
def command(
    context: click.Context,
    host: str,
    port: int,
    workers: int,
    rate: float,
    max_body: int,
    cache: str,
    *,
    allow_outcomes: bool,
    repositories: tuple[str, ...],
    everything: bool,
) -> None:
    """Serve what guard knows over HTTP, with a page at `/`.

    Listens to this machine alone, unless keys are made and another address is named. Needs the
    `api` extra.

    \b
    Example:
      guard serve --port 8765
    """
    if context.invoked_subcommand is not None:
        return
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn", "prometheus_client")):
        raise MissingExtraError("api", "`guard serve`")
    from devmatrix_guard.server.run import run_server
    from devmatrix_guard.server.settings import ServeSettings

    run_server(
        ServeSettings(
            root=str(Path.cwd()),
            host=host,
            port=port,
            workers=workers,
            rate=rate,
            max_body=max_body,
            cache=cache,
            allow_outcomes=allow_outcomes,
            repositories=repositories,
            everything=everything,
        ),
        _tell,
    )


def _tell(text: str) -> None:
    print_text(text)
    sys.stdout.flush()


@command.group(context_settings=_HELP)
def keys() -> None:
    """Make, list and revoke the keys of the API."""


@keys.command("add", context_settings=_HELP)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(["read", "write", "admin"]),
    multiple=True,
    default=("read",),
    show_default=True,
    help="What the key allows; several times for several.",
)
def add(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key and show it: this once, and never again."""
    from devmatrix_guard.commands.service.keys import add_key

    _key, text = add_key(Path.cwd(), name, scopes)
    print_text(text)


@keys.command("list", context_settings=_HELP)
def list_() -> None:
    """List the keys, without their secrets."""
    from devmatrix_guard.commands.service.keys import list_keys

    for key in list_keys(Path.cwd()):
        print_text(f"{key.id}  {','.join(key.scopes):<16}{key.created_at}  {key.name}")


@keys.command("revoke", context_settings=_HELP)
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke a key by its name or id; servers that run notice at once."""
    from devmatrix_guard.commands.service.keys import revoke_key

    print_text(f"{revoke_key(Path.cwd(), name).name} is revoked.")
