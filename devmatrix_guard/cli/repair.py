"""`guard repair` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.commands.application.drift import run_drift
from devmatrix_guard.commands.application.repair import run_repair


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--spec", metavar="FILE", type=click.Path(path_type=Path), help="The spec to repair towards."
)
@click.option(
    "--overlay", metavar="FILE", type=click.Path(path_type=Path), help="The overlay of the spec."
)
@click.option("--dry-run", is_flag=True, help="Show what would be repaired; write nothing.")
def command(directory: Path, spec: Path | None, overlay: Path | None, dry_run: bool) -> int:
    """Restore what a generated application lacks of its spec.

    Only the nodes that deviate are replaced; comments, layout and what people added stay. Code
    that the spec does not ask for is reported and left. Exits with 1 if something could not be
    repaired.

    \b
    guard repair shop
    """
    result = run_repair(directory, spec=spec, overlay=overlay, dry_run=dry_run)
    for path in sorted(result.files):
        print_text(f"{'would repair' if dry_run else 'repaired'} {path}")
    for deviation, reason in result.left:
        print_text(f"left {deviation.path}: {deviation.kind} {deviation.key}: {reason}", err=True)
    if not result.files and not result.left:
        print_text("Nothing to repair.")
    if spec is not None and any(d.kind == "spec-changed" for d in run_drift(directory, spec=spec)):
        print_text(
            "note: the application was generated from another spec; `guard regenerate` brings "
            "migrations and tests along as well",
            err=True,
        )
    return 1 if any(d.problem != "extra" for d, _ in result.left) else 0
