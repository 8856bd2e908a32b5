"""What was given: an option or its default, a file or the next option in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from devmatrix_guard.errors import UsageError


class FileToWrite(click.Path):
    """The name of a file that is written; the name of another option is none."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        options = {name for one in (ctx.command.params if ctx else ()) for name in one.opts}
        if str(value) in options and param is not None:
            self.fail(
                f"{value} is an option, and {param.opts[0]} takes the name of a file: write "
                f"{param.opts[0]} FILE, or ./{value} for a file of that name.", param, ctx,
            )  # fmt: skip
        return super().convert(value, param, ctx)


def refuse_given(parameters: dict[str, str], reason: str) -> None:
    """Refuse options of the command that runs, which would be ignored otherwise.

    Args:
        parameters: the options' names by what they are called in code.
        reason: what is wrong with them, with the remedy.

    Raises:
        UsageError: one of them was given; its name begins the sentence.
    """
    context = click.get_current_context()
    for parameter, option in parameters.items():
        if context.get_parameter_source(parameter) != ParameterSource.DEFAULT:
            raise UsageError(f"{option} {reason}")
