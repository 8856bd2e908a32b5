"""`guard report` on the command line."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.given import FileToWrite
from devmatrix_guard.cli.progress import show_status
from devmatrix_guard.cli.repositories import repository_options
from devmatrix_guard.commands.memory.report import (
    render_period_json,
    render_period_text,
    run_report,
)
from devmatrix_guard.commands.project import read_web_address
from devmatrix_guard.files import write_output
from devmatrix_guard.model.answers.period import Period

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
    type=click.Choice(["text", "markdown", "html", "json"]),
    help="The format to print: text by default on a terminal, Markdown elsewhere.",
)
@click.option(
    "--output",
    metavar="FILE",
    multiple=True,
    type=FileToWrite(),
    help="Write a file instead, its kind by its suffix: .md, .html or .json; several times.",
)
@click.option(
    "--html",
    "overview",
    metavar="FILE",
    type=FileToWrite(),
    help="Write the overview of the page to a file that loads nothing, instead of the week.",
)
@repository_options
def command(
    directory: Path,
    week: bool,
    since: datetime | None,
    form: str | None,
    output: tuple[Path, ...],
    overview: Path | None,
    repositories: tuple[str, ...],
    *,
    everything: bool,
) -> int:
    """Report what a week brought: fixes, patterns learned, rules, findings, runs.

    \b
    guard report --week
    guard report --since 2026-01-01 --output year.html --output year.md
    guard report --html overview.html
    """
    if overview:
        if week or since or form or output:
            raise click.UsageError(
                "--html writes the overview alone; "
                "leave --week, --since, --format and --output out."
            )
        return _write_overview(directory, overview, repositories, everything=everything)
    if week and since:
        raise click.UsageError("--week and --since exclude each other; choose one.")
    if form and output:
        raise click.UsageError(
            "--format is for what is printed, and --output is written by its suffix; choose one."
        )
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
        shown = form or ("text" if sys.stdout.isatty() else "markdown")
        print_text(_render(period, shown, web), nl=False)
    return 0


def _write_overview(
    directory: Path, place: Path, repositories: tuple[str, ...], *, everything: bool
) -> int:
    from devmatrix_guard.server.page.static import render_static

    page = render_static(directory, repositories=repositories, everything=everything)
    write_output(place, page.encode())
    print_text(f"{place}: written")
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
    if kind == "text":
        return render_period_text(period, sys.stdout)
    text: str = importlib.import_module(f"devmatrix_guard.reports.period.period_{kind}").render(
        period, web
    )
    return text
