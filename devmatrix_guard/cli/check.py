"""`guard check` on the command line."""

from __future__ import annotations

from typing import Any

import click

from devmatrix_guard.commands.check.check import run_check
from devmatrix_guard.commands.check.context import (
    ALL,
    AUTO,
    BASE,
    RANGE,
    STAGED,
    WORKTREE,
    CheckRequest,
)
from devmatrix_guard.commands.check.output import CheckOptions
from devmatrix_guard.commands.formats import FORMATS
from devmatrix_guard.errors import UsageError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--staged", is_flag=True, help="Check what is staged (the default without paths).")
@click.option("--range", "range_text", metavar="A...B", help="Check what a range changes.")
@click.option("--all", "all_files", is_flag=True, help="Check every file as a whole.")
@click.option("--rules", multiple=True, metavar="PATH", help="Use these Semgrep rules only.")
@click.option(
    "--rules-from",
    type=click.Choice([BASE, WORKTREE]),
    help="Whose settings and rules count in a range; the base's unless told otherwise.",
)
@click.option("--fetch", is_flag=True, help="Fetch commits a range needs and this clone lacks.")
@click.option("--fix", is_flag=True, help="Write safe fixes to the work tree; never stages them.")
@click.option("--diff", is_flag=True, help="Print the safe fixes as a patch and write nothing.")
@click.option("--fail-on", metavar="STAGE", help="block, warn, advise or never.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 although there are findings.")
@click.option("--strict", is_flag=True, help="Exit with 2 if a rule file is not valid.")
@click.option(
    "--format", "format_name", type=click.Choice(FORMATS), default="text", show_default=True
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT:FILE",
    help="Also write FILE, making its folders.",
)
@click.option("--budget", metavar="TIME", help="Stop after such as 2s; the rest is left to CI.")
@click.option("--semgrep/--no-semgrep", default=None, help="Run the rules only semgrep can run.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto")
@click.option("-v", "--verbose", is_flag=True, help="Say what was checked, and what was not.")
def command(
    *,
    paths: tuple[str, ...],
    staged: bool,
    range_text: str | None,
    all_files: bool,
    rules: tuple[str, ...],
    rules_from: str | None,
    fetch: bool,
    fail_on: str | None,
    budget: str | None,
    semgrep: bool | None,
    **options: Any,
) -> int:
    """Check a change against the rules.

    Without paths it checks what is staged. A path is looked at by its staged lines, and as a
    whole where it has none.

    Example: guard check --range origin/main...HEAD --output sarif:guard.sarif
    """
    if range_text is not None and not range_text.strip():
        raise UsageError("--range is empty; write it as main...HEAD.")
    scopes = [STAGED] * staged + [RANGE] * bool(range_text) + [ALL] * all_files
    if len(scopes) > 1:
        raise UsageError("--staged, --range and --all exclude each other; choose one.")
    request = CheckRequest(
        paths=paths,
        scope=scopes[0] if scopes else AUTO,
        range_text=range_text or "",
        rules=rules,
        rules_from=rules_from or "",
        fetch=fetch,
        strict=options["strict"],
        flags={"fail_on": fail_on, "budget": budget, "semgrep": semgrep},
    )
    return run_check(request, CheckOptions(**options))
