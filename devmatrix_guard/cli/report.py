"""`guard report` on the command line."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.progress import show_status
from devmatrix_guard.cli.repositories import repository_options
from devmatrix_guard.commands.memory.report import render_period_json, run_report
from devmatrix_guard.commands.project import read_web_address
from devmatrix_guard.files import write_output
from devmatrix_guard.model.period import Period

_WEEK = 7
_FORMATS = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json"}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "directory", metavar="[DIR]", type=click.Path(exists=True, path_type=Path), default=Path()
)
@click.option("--week", is_flag=True, help="The last seven days; this is the default.")
@click.option(
    "--since",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Start at this day (UTC) instead.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html", "json"]),
    default="markdown",
    show_default=True,
    help="The format to print.",
)
@click.option(
    "--output",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a file instead, its kind by its suffix: .md, .html or .json; several times.",
)
@repository_options
def command(
    directory: Path,
    week: bool,
    since: datetime | None,
    form: str,
    output: tuple[Path, ...],
    repositories: tuple[str, ...],
    *,
    everything: bool,
) -> int:
    """Report what a week brought: fixes, patterns learned, rules, findings, runs.

    \b
    guard report --week
    guard report --since 2026-01-01 --output year.html --output year.md
    """
    if week and since:
        raise click.UsageError("--week and --since exclude each other; choose one.")
    kinds = [_choose_kind(path) for path in output]
    now = datetime.now(UTC)
    begin = since.replace(tzinfo=UTC) if since else now - timedelta(days=_WEEK)
    with show_status("reporting") as tell:
        tell("reading the history")
        period = run_report(directory, begin, now, repositories=repositories, everything=everything)
    web = read_web_address(directory)
    for path, kind in zip(output, kinds, strict=True):
        write_output(path, _render(period, kind, web).encode("utf-8", "backslashreplace"))
        print_text(f"{path}: written")
    if not output:
        print_text(_render(period, form, web), nl=False)
    return 0


def _choose_kind(path: Path) -> str:
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        raise click.BadParameter(
            f"{path} ends in none of {', '.join(_FORMATS)}", param_hint="--output"
        )
    return kind


def _render(period: Period, kind: str, web: str) -> str:
    if kind == "json":
        return render_period_json(period)
    text: str = importlib.import_module(f"devmatrix_guard.reports.period_{kind}").render(
        period, web
    )
    return text
