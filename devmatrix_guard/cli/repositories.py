"""The options that choose whose facts a command reads from the memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def repository_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--repo` and `--all-repositories`, as `repositories` and `everything`."""
    one = click.option(
        "--repo",
        "repositories",
        multiple=True,
        metavar="NAME",
        help="Read what this repository knows instead; may be given more than once.",
    )
    every = click.option(
        "--all-repositories",
        "everything",
        is_flag=True,
        help="Read what all repositories of the memory know.",
    )
    return one(every(function))
