"""`guard bank`: the InfraPatterns of the generator."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.generate.application_options import python_option
from devmatrix_guard.cli.show import format_option
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS


@click.group()
def command() -> None:
    """Work with the bank of InfraPatterns that the generator fills in.

    \b
    Example:
      guard bank search "health check endpoints"
    """


@command.command("list", short_help="List the patterns and their success rates.")
@format_option
def list_command(format_name: str) -> None:
    """List the patterns the generator would use, and their success rates.

    \b
    Example:
      guard bank list
    """
    from devmatrix_guard.commands.application.bank import list_bank, list_view

    print_text(list_view(list_bank(Path.cwd()), format_name, sys.stdout), nl=False)


@command.command("show", short_help="Show one pattern and its text.")
@click.argument("name", metavar="ID[@VERSION]")
@format_option
def show_command(name: str, format_name: str) -> None:
    """Show one pattern: what it is for, when it was frozen, and its text.

    \b
    Example:
      guard bank show dockerfile@1
    """
    from devmatrix_guard.commands.application.bank import render_pattern, show_bank

    print_text(render_pattern(show_bank(Path.cwd(), name), format_name, sys.stdout), nl=False)


@command.command("search", short_help="Find patterns and functions by what they are for.")
@click.argument("purpose")
@click.option("--domain", default="", help="Look in this domain before the others.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Show at most this many.",
)
@format_option
def search_command(purpose: str, domain: str, limit: int, format_name: str) -> None:
    """Find patterns by what they are for, and functions of applications that were verified.

    \b
    Example:
      guard bank search "migration script template" --domain data_access
    """
    from devmatrix_guard.commands.application.bank import search_bank, search_view

    matches = search_bank(Path.cwd(), purpose, domain=domain, limit=limit)
    print_text(search_view(matches, format_name, sys.stdout), nl=False)


@command.command("duplicates", short_help="List code that several applications hold.")
@click.option("--generated", is_flag=True, help="Name what the generator wrote, too.")
@format_option
def duplicates_command(generated: bool, format_name: str) -> None:
    """List functions that are the same in several applications but for their entities' names.

    Applications are those that were verified, in every repository of the memory.

    \b
    Example:
      guard bank duplicates
    """
    from devmatrix_guard.commands.application.bank import duplicates_view, list_duplicates

    found = list_duplicates(Path.cwd())
    shown = duplicates_view(found, format_name, sys.stdout, generated=generated)
    print_text(shown, nl=False)


@command.command("freeze", short_help="Freeze the newest draft of a pattern.")
@click.argument("pattern_id", metavar="ID")
@click.option(
    "--text",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Make the text of this file the next version.",
)
@format_option
def freeze_command(pattern_id: str, text: Path | None, format_name: str) -> None:
    """Freeze the newest draft of a pattern, so that it never changes again.

    \b
    Example:
      guard bank freeze dockerfile --text docker/Dockerfile.pattern
    """
    from devmatrix_guard.commands.application.bank import freeze_bank, render_pattern

    pattern = freeze_bank(Path.cwd(), pattern_id, text)
    print_text(render_pattern(pattern, format_name, sys.stdout), nl=False)


@command.command("import", short_help="Import pattern files into the bank.")
@click.argument(
    "files",
    nargs=-1,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="[FILE]...",
)
@format_option
def import_command(files: tuple[Path, ...], format_name: str) -> None:
    """Import pattern files, or all packaged patterns, into the bank.

    Importing again changes nothing, and an existing version is never overwritten.

    \b
    Example:
      guard bank import .guard/infra_patterns/dockerfile@2.json
    """
    from devmatrix_guard.commands.application.bank import import_bank, import_view

    print_text(import_view(import_bank(Path.cwd(), files), format_name, sys.stdout), nl=False)


@command.command("metrics")
@format_option
def metrics_command(format_name: str) -> None:
    """Show success rates of the patterns, from recorded outcomes only.

    \b
    Example:
      guard bank metrics --format json
    """
    from devmatrix_guard.commands.application.bank import measure_bank, render_metrics

    print_text(render_metrics(measure_bank(Path.cwd()), format_name, sys.stdout), nl=False)


@command.command("adopt", short_help="Take an edit of a generated file back into its pattern.")
@click.argument("file", type=click.Path(path_type=Path))
@python_option()
@click.option("--dry-run", is_flag=True, help="Try and verify it; write nothing.")
def adopt_command(file: Path, python: Path | None, dry_run: bool) -> int:
    """Make the edits of FILE the next version of the InfraPattern that FILE comes from.

    An application is generated with it and verified first. Names the applications that pin an older
    version. Exits with 1 if the trial fails; then nothing is written.

    \b
    Example:
      guard bank adopt shop/docker/Dockerfile
    """
    from devmatrix_guard.cli.progress import show_status
    from devmatrix_guard.commands.application.adopt import run_adopt

    with show_status("adopting") as tell:
        done = run_adopt(file, python=python, dry_run=dry_run, progress=tell)
    print_text(f"{done.pattern.reference}  evolved from {done.evolved_from}")
    checks = done.verification.checks
    passed = sum(check.status == "pass" for check in checks)
    print_text(f"trial: {passed} of {len(checks)} checks pass")
    for check in checks:
        if check.status == "fail":
            print_text(f"not adopted: {check.name} fails: {check.detail.strip()[:300]}", err=True)
    for problem in done.problems:
        print_text(f"not adopted: {problem}", err=True)
    if done.passed:
        for folder in done.behind:
            print_text(
                f"pins an older one: guard regenerate {folder} --take {done.pattern.pattern_id}"
            )
    if dry_run:
        print_text("Nothing was written (--dry-run).")
    return 0 if done.passed else 1


@command.command("candidates", short_help="List drafts, and versions that outcomes demote.")
@format_option
def candidates_command(format_name: str) -> None:
    """List the drafts with what is known of them, and frozen versions that outcomes demote.

    \b
    Example:
      guard bank candidates
    """
    from devmatrix_guard.commands.promotion.promotion import list_candidates
    from devmatrix_guard.commands.promotion.promotion_output import render_candidates

    print_text(render_candidates(*list_candidates(Path.cwd()), format_name), nl=False)


@command.command("evaluate", short_help="Measure a draft on whole applications.")
@click.argument("pattern_id", metavar="ID")
@click.option(
    "--spec",
    "specs",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Apply it to this spec; specs of guard's own make them three.",
)
@python_option("Interpreter of an environment for generated applications; ./.venv by default.")
@format_option
def evaluate_command(
    pattern_id: str, specs: tuple[Path, ...], python: Path | None, format_name: str
) -> int:
    """Apply the newest draft of a pattern to whole applications, measure, and judge it.

    Exits with 1 if something stands against its promotion.

    \b
    Example:
      guard bank evaluate health_routes --spec shop.yaml
    """
    from devmatrix_guard.cli.progress import show_status
    from devmatrix_guard.commands.promotion.promotion import evaluate
    from devmatrix_guard.commands.promotion.promotion_output import render_evaluation

    with show_status("evaluating") as tell:
        found = evaluate(Path.cwd(), pattern_id, specs, python=python, progress=tell)
    print_text(render_evaluation(found, format_name), nl=False)
    return EXIT_CLEAN if found.may_be_promoted else EXIT_FINDINGS


@command.command("promote", short_help="Freeze a draft that was evaluated and passed.")
@click.argument("pattern_id", metavar="ID")
def promote_command(pattern_id: str) -> None:
    """Freeze the newest draft of a pattern, which was evaluated and passed, with its evidence.

    \b
    Example:
      guard bank promote health_routes
    """
    from devmatrix_guard.commands.promotion.promotion import promote

    print_text(f"{promote(Path.cwd(), pattern_id).reference} is promoted and frozen.")


@command.command("reject", short_help="Say why a draft is not to be promoted.")
@click.argument("pattern_id", metavar="ID")
@click.option("--reason", required=True, help="Why, in a sentence.")
def reject_command(pattern_id: str, reason: str) -> None:
    """Write down why the newest draft of a pattern is not to be promoted.

    \b
    Example:
      guard bank reject health_routes --reason "It answers too early."
    """
    from devmatrix_guard.commands.promotion.promotion import reject

    print_text(f"{reject(Path.cwd(), pattern_id, reason).reference} is rejected.")
