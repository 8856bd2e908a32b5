"""The options that commands on generated applications share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import click

_Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def target_option(text: str) -> _Decorator:
    """Return `--output`, the folder that is written."""
    return click.option(
        "-o",
        "--output",
        "target",
        required=True,
        metavar="DIR",
        type=click.Path(path_type=Path),
        help=text,
    )


def overlay_option(text: str = "The overlay of the spec.") -> _Decorator:
    """Return `--overlay`, the additions to a spec."""
    return click.option("--overlay", metavar="FILE", type=click.Path(path_type=Path), help=text)


def new_overlay_option() -> _Decorator:
    """Return `--overlay` for a spec from which nothing was generated yet."""
    return overlay_option("An overlay: additions to a spec that is not yours.")


def python_option(
    text: str = "Interpreter of the application's environment; DIR/.venv by default.",
) -> _Decorator:
    """Return `--python`, the interpreter of an environment with the application's dependencies."""
    return click.option("--python", metavar="PATH", type=click.Path(path_type=Path), help=text)
