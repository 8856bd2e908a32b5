"""`guard tests`: the regression tests to run before a push."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, UsageError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--range", "range_text", metavar="A...B", help="The change is this range.")
@click.option("--staged", is_flag=True, help="The change is what is staged alone.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["plain", "json"]),
    default="plain",
    show_default=True,
    help="Lines for a test runner, or JSON with the fixes.",
)
@click.option(
    "--runner",
    "runners",
    multiple=True,
    type=click.Choice(["pytest", "doctest", "script", "other"]),
    help="Only tests of this kind; several times. Without it all.",
)
def command(
    range_text: str | None, format_name: str, runners: tuple[str, ...], *, staged: bool
) -> int:
    """Print the regression tests of the fixes that a change touches.

    The change is the work tree against HEAD, staged or not, unless options say another.
    One node id of pytest a line, for other runners the file. Exits with 1 and prints
    nothing where there are none, as pytest without arguments runs everything.

    Example: tests=$(guard tests --range @{upstream}...HEAD) && pytest $tests
    """
    from devmatrix_guard.commands.memory.fix_tests import find_tests, is_one_word, render_tests

    if range_text is not None and staged:
        raise UsageError("--staged and --range exclude each other; choose one.")
    if range_text is not None and not range_text.strip():
        raise UsageError("--range is empty; write it as main...HEAD.")
    found = find_tests(Path.cwd(), range_text or "", is_staged=staged)
    tests = tuple(test for test in found if not runners or test.runner in runners)
    odd = [test.node for test in tests if not is_one_word(test.node)]
    if odd and format_name == "plain":
        print_text(f"{len(odd)} left out, whose names a shell would split: {odd[0]}", err=True)
    if not tests and format_name == "plain" and sys.stderr.isatty():
        print_text("No regression test of a fix belongs to this change.", err=True)
    print_text(render_tests(tests, format_name), nl=False)
    return EXIT_CLEAN if len(tests) > len(odd) else EXIT_FINDINGS
