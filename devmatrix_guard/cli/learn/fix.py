"""`guard fix`: apply what was learned to a file, verify it, and record it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.given import refuse_given
from devmatrix_guard.cli.show import format_option
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, UsageError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="Write the fix of a learned rule from this confidence on.",
)
@click.option("--dry-run", is_flag=True, help="Show the change; write and record nothing.")
@click.option(
    "--tests",
    is_flag=True,
    help="Run the file's regression tests, and put the file back if they fail.",
)
@click.option(
    "--test-command",
    metavar="COMMAND",
    default="pytest",
    show_default=True,
    help="Runs the tests whose node ids follow it; split into words, by no shell.",
)
@click.option(
    "--test-seconds",
    metavar="N",
    type=click.FloatRange(1, 86_400),
    default=600,
    show_default=True,
    help="Stop the tests of a file after so long.",
)
@format_option
def command(paths: tuple[str, ...], format_name: str, **options: Any) -> int:
    """Fix files: apply what is sure, verify it, record it, bring the audit up to date.

    Without PATH, the files of the audit that are not complete. Exits with 1 where a
    finding is left, or a fix failed.

    Example: guard fix app/routes.py --dry-run
    """
    from devmatrix_guard.commands.audit.fix import FixOptions, fix_audited, render_fixes
    from devmatrix_guard.model.answers.fix_run import FIXED, NOTHING

    if not options["tests"]:
        names = {"test_command": "--test-command", "test_seconds": "--test-seconds"}
        refuse_given(names, "is about the tests that --tests runs; add it, or leave this out.")
    elif options["dry_run"]:
        raise UsageError("--dry-run writes nothing that --tests could try; leave one of them out.")
    files = fix_audited(Path.cwd(), paths, FixOptions(**options))
    print_text(render_fixes(files, format_name, sys.stdout), nl=False)
    is_clean = all(f.outcome in (FIXED, NOTHING) and not (f.left or f.refusal) for f in files)
    return EXIT_CLEAN if is_clean else EXIT_FINDINGS
