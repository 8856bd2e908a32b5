"""`guard doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_USAGE

if TYPE_CHECKING:
    from devmatrix_guard.commands.setup.doctor import Line

_MARKS = {"ok": "ok   ", "hint": "hint ", "fault": "FAULT"}


@click.command()
@click.option(
    "--allow-memory",
    is_flag=True,
    help="Allow the memory outside of the repository that its settings name.",
)
@click.option(
    "--deep",
    is_flag=True,
    help="Run the life of a pattern through a throw-away memory on the configured backends.",
)
def command(allow_memory: bool, deep: bool) -> int:
    """Diagnose the set-up; each problem comes with its remedy.

    Looks at git, the hook, the settings, the rules, the cache, the memory and the time the hook
    takes. Exits with 2 if something must be corrected.

    \b
    Example:
      guard doctor
    """
    from devmatrix_guard.commands.setup.doctor import diagnose

    if allow_memory:
        from devmatrix_guard.commands.setup.doctor import allow_memory as allow

        print_text(allow(Path.cwd()))
    has_fault = False
    lines: Iterator[Line] = diagnose(Path.cwd())
    if deep:
        from devmatrix_guard.commands.setup.deep import examine_backends

        lines = chain(lines, examine_backends(Path.cwd()))
    for line in lines:
        remedy = f"\n        -> {line.remedy}" if line.remedy else ""
        print_text(f"{_MARKS[line.state]} {line.text}{remedy}")
        has_fault = has_fault or line.state == "fault"
    return EXIT_USAGE if has_fault else EXIT_CLEAN
