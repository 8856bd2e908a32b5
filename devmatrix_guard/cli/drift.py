"""`guard drift` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.commands.application.drift import ALLOWED, run_drift


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--spec",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The spec it should come from; the copy in DIR/.guard by default.",
)
@click.option("--staged", is_flag=True, help="Look at git's index instead of the files.")
@click.option("--strict", is_flag=True, help="Fail for edited and deleted files as well.")
@click.option("--quiet", is_flag=True, help="Say nothing of what people may do.")
def command(directory: Path, spec: Path | None, staged: bool, strict: bool, quiet: bool) -> int:
    """Tell whether spec, application and manifest still agree.

    Only hashes are compared. It leaves with 1 when the spec changed without a regeneration, when a
    file that the spec asks for is missing, or when what guard keeps was edited. Edits of generated
    files are allowed, and listed.

    \b
    guard drift shop
    """
    drifts = run_drift(directory, spec=spec, staged=staged)
    failing = [drift for drift in drifts if strict or drift.kind not in ALLOWED]
    for drift in drifts:
        if drift in failing or not quiet:
            color = "red" if drift in failing else None
            kind = click.style(f"{drift.kind:<13}", fg=color)
            print_text(f"{kind}{drift.path}: {drift.remedy}")
    if not drifts and not quiet:
        print_text("No drift: spec, application and manifest agree.")
    return 1 if failing else 0
