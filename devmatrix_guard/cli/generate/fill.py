"""`guard fill` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.generate.application_options import python_option
from devmatrix_guard.cli.progress import show_status
from devmatrix_guard.cli.show import format_option
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS

if TYPE_CHECKING:
    from devmatrix_guard.commands.build.fill import Filled


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--only",
    metavar="HOLE",
    multiple=True,
    help="Fill this hole, by its key as --dry-run shows it; may be given again.",
)
@python_option()
@click.option("--dry-run", is_flag=True, help="Show what stands open, and what would be asked.")
@format_option
def command(
    directory: Path, only: tuple[str, ...], python: Path | None, dry_run: bool, format_name: str
) -> int:
    """Have a language model write what no rule writes in a generated application.

    Steps in free text and operations that no rule understands answer 501. Each is a contract; an
    answer is taken only when it keeps to it and a copy of the application passes every check with
    it. At most three answers are asked for. Exits with 1 if something stays open.

    \b
    Example:
      guard fill shop --dry-run
      GUARD_LLM=anthropic guard fill shop
    """
    from devmatrix_guard.commands.build.fill import describe_holes, run_fill

    if dry_run:
        holes = describe_holes(directory)
        for text in holes:
            print_text(text)
        if not holes:
            print_text("Nothing stands open.")
        return EXIT_FINDINGS if holes else EXIT_CLEAN
    with show_status("filling") as tell:
        results = run_fill(directory, python=python, only=only, progress=tell)
    if format_name == "json":
        print_text(json.dumps({"holes": [_describe(result) for result in results]}, indent=2))
    else:
        _show(results)
    return EXIT_FINDINGS if any(result.state == "open" for result in results) else EXIT_CLEAN


def _show(results: tuple[Filled, ...]) -> None:
    for result in results:
        tokens = f", {sum(result.tokens)} tokens" if sum(result.tokens) else ""
        cost = f", ${result.cost:.4f}" if result.cost else ""
        print_text(f"{result.state:<9} {result.hole.key}, {result.tries} answers{tokens}{cost}")
        for reason in result.reasons:
            print_text(f"    {reason}")
    if not results:
        print_text("Nothing stands open.")


def _describe(result: Filled) -> dict[str, object]:
    return {
        "key": result.hole.key,
        "path": result.hole.path,
        "state": result.state,
        "answers": result.tries,
        "input_tokens": result.tokens[0],
        "output_tokens": result.tokens[1],
        "cost": result.cost,
        "reasons": list(result.reasons),
    }
