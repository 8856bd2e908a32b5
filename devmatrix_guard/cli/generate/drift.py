"""`guard drift` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.commands.application.changes.drift import ALLOWED, run_drift


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--spec",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The spec to compare with; the copy in DIR/.guard by default.",
)
@click.option("--staged", is_flag=True, help="Read git's index instead of the files.")
@click.option(
    "--strict",
    is_flag=True,
    help="Fail for edited and deleted files, and look at what is kept to merge by.",
)
@click.option("--quiet", is_flag=True, help="Do not list edits that people are allowed to make.")
def command(directory: Path, spec: Path | None, staged: bool, strict: bool, quiet: bool) -> int:
    """Check whether spec, application and manifest agree.

    Only hashes are compared. Exits with 1 if the spec changed without a regeneration, if files that
    guard keeps were edited, or if a folder or a link stands where a file was generated. Edits and
    deletions of generated files are allowed, and listed.

    \b
    guard drift shop
    """
    drifts = run_drift(directory, spec=spec, staged=staged, bases=strict)
    failing = [drift for drift in drifts if strict or drift.kind not in ALLOWED]
    for drift in drifts:
        if drift in failing or not quiet:
            color = "red" if drift in failing else None
            kind = click.style(f"{drift.kind:<13}", fg=color)
            print_text(f"{kind}{drift.describe(directory)}")
    if not drifts and not quiet:
        print_text("No drift: spec, application and manifest agree.")
    return 1 if failing else 0
