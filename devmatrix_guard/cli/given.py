"""Tells an option that was given from one that has its default."""

from __future__ import annotations

import click
from click.core import ParameterSource

from devmatrix_guard.errors import UsageError


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
