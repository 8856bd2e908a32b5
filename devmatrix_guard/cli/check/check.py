"""`guard check` on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from devmatrix_guard.commands.check.arguments.arguments import read_arguments
from devmatrix_guard.commands.check.arguments.option_table import (
    FLAG,
    MANY,
    OPTIONS,
    SWITCH,
    Option,
    list_choices,
)
from devmatrix_guard.commands.check.pipeline import run_check
from devmatrix_guard.errors import UsageError


def _add_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(OPTIONS):
        command = make_click_option(option)(command)
    return command


def make_click_option(option: Option) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    about: dict[str, Any] = {"help": option.help}
    names = option.names
    if option.kind == FLAG:
        about["is_flag"] = True
    elif option.kind == SWITCH:
        names, about["default"] = ("/".join(option.names),), None
    else:
        choices = list_choices(option)
        about |= {"type": click.Choice(choices)} if choices else {"metavar": option.metavar}
        about |= {"multiple": option.kind == MANY}
        about |= {"default": option.default} if option.default else {}
    return click.option(*names, option.parameter, **about)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_add_options
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Check a change against the rules.

    Without paths it checks what is staged. Of a path it checks the staged lines, or the
    whole file if it has none.

    Example: guard check --range origin/main...HEAD --output sarif:guard.sarif
    """
    if given["range_text"] is not None and not given["range_text"].strip():
        raise UsageError("--range is empty; write it as main...HEAD.")
    return run_check(*read_arguments(given, paths))
