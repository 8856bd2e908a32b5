"""Options that several commands share: of a format, of stages, of an executor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from devmatrix_guard.model.rule import RETIRED, STAGES

format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people or JSON for machines.",
)

DEFAULT_EXECUTOR = "processes"
executor_option = click.option(
    "--executor",
    metavar="NAME",
    default=DEFAULT_EXECUTOR,
    show_default=True,
    help="What runs many at once: processes, or dask://HOST:PORT for a Dask cluster.",
)


def stage_option(things: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return `--stage`, which narrows a list of rules or patterns."""
    return click.option(
        "--stage",
        "stages",
        multiple=True,
        type=click.Choice([*STAGES, RETIRED]),
        help=f"Only {things} at this stage; may be given more than once.",
    )
