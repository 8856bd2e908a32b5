"""`guard merge-driver` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.commands.application.regeneration.merge_driver import run_merge_driver


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("base", metavar="BASE", type=click.Path(path_type=Path))
@click.argument("ours", metavar="OURS", type=click.Path(path_type=Path))
@click.argument("theirs", metavar="THEIRS", type=click.Path(path_type=Path))
@click.argument("path", metavar="PATH")
def command(base: Path, ours: Path, theirs: Path, path: str) -> int:
    """Merge one file of a generated application, as git asks while it merges branches.

    The manifest keeps what both branches generated, Python is merged by symbol, JSON by key. Writes
    the result to OURS; exits with 1 where both sides changed the same.

    \b
    git config merge.guard.driver "guard merge-driver %O %A %B %P"
    """
    return 0 if run_merge_driver(base, ours, theirs, path) else 1
