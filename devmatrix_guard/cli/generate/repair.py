"""`guard repair` on the command line."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_prose, print_text
from devmatrix_guard.cli.generate.application_options import overlay_option, python_option
from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.regeneration.interrupted import run_undo
from devmatrix_guard.commands.application.repair import Repair, render_repair_diff, run_repair
from devmatrix_guard.commands.application.verify import Deviation

_SHOWN = 3  # of what is yours in one file


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--spec", metavar="FILE", type=click.Path(path_type=Path), help="The spec to repair towards."
)
@overlay_option()
@click.option(
    "--restore",
    metavar="PATH",
    multiple=True,
    help="Bring a file back as generated, whatever you did in it; a glob names several.",
)
@python_option(
    "Interpreter of the application's environment, to try past fixes; DIR/.venv by default."
)
@click.option("--no-memory", is_flag=True, help="Do not try what repaired such errors before.")
@click.option("--dry-run", is_flag=True, help="Show the changes as a diff; write nothing.")
@click.option("--undo", is_flag=True, help="Go back to before the last repair or regeneration.")
def command(
    directory: Path,
    spec: Path | None,
    overlay: Path | None,
    restore: tuple[str, ...],
    python: Path | None,
    no_memory: bool,
    dry_run: bool,
    undo: bool,
) -> int:
    """Repair what is broken in a generated application against its spec.

    What you wrote, changed or deleted is listed and left, unless the application breaks a promise
    by it or something still needs it. Only the nodes that deviate are replaced; comments and
    layout stay. What repaired a similar error before is tried first, in a copy. Exits with 1 if
    something could not be repaired.

    \b
    guard repair shop --dry-run
    guard repair shop
    """
    if undo:
        paths = run_undo(directory)
        print_text(f"{len(paths)} files are as they were; another --undo takes this back.")
        return 0
    result = run_repair(
        directory,
        spec=spec,
        overlay=overlay,
        restored=restore,
        dry_run=dry_run,
        python=python,
        memory=not no_memory,
    )
    for line in result.past:
        print_prose(f"past fix: {line}")
    if dry_run:
        print_text(render_repair_diff(directory, result), nl=False)
    for path in sorted(result.files):
        print_text(f"{'would repair' if dry_run else 'repaired'} {path}")
    for deviation, reason in result.left:
        print_prose(f"left {_name(deviation)}: {reason}", err=True)
    _show_yours(result)
    if not result.files and not result.left and not result.yours:
        print_text("Nothing to repair.")
    if result.files and not dry_run:
        print_text(f"`guard repair {directory} --undo` goes back.")
    if spec is not None and any(d.kind == "spec-changed" for d in run_drift(directory, spec=spec)):
        print_prose(
            "note: the application was generated from another spec; `guard regenerate` brings "
            "migrations and tests along as well",
            err=True,
        )
    return 1 if any(d.problem != "extra" or d.kind == "syntax" for d, _ in result.left) else 0


def _name(deviation: Deviation) -> str:
    """Return what was left, and where: the key of a file that does not parse is the file."""
    if deviation.kind == "syntax":
        return f"{deviation.path}:{deviation.line}"
    return f"{deviation.path}: {deviation.kind} {deviation.key}"


def _show_yours(result: Repair) -> None:
    for key in result.after.by_hand:
        print_text(f"implemented by hand: {key}")
    for path, deviations in groupby(result.yours, key=lambda deviation: deviation.path):
        found = list(deviations)
        for deviation in found[:_SHOWN]:
            what = "deleted" if deviation.problem == "missing" else "differs"
            print_prose(f"yours, {what}: {path}: {deviation.kind} {deviation.key}")
        if len(found) > _SHOWN:
            print_text(f"yours: {path}: {len(found) - _SHOWN} more")
    if result.yours:
        print_text("`--restore PATH` brings back what was generated there.")
