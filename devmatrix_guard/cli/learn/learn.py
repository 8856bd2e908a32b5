"""`guard learn`: rules from this repository's own fixes."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NamedTuple

import click

from devmatrix_guard.cli.echo import print_prose, print_text
from devmatrix_guard.cli.progress import show_progress
from devmatrix_guard.cli.show import DEFAULT_EXECUTOR, executor_option, format_option
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_INTERNAL, EXIT_USAGE, UsageError, has_defect

# A hook starts this in the background; nobody waits for it, and it is to end.
_MOST_SECONDS = 600


@click.command()
@click.argument("path", required=False, default=".", type=click.Path(file_okay=False))
@click.option("--limit", type=click.IntRange(min=1), help="Read only the newest N commits.")
@click.option("--since", metavar="DATE", help="Read only commits since this day (YYYY-MM-DD).")
@click.option("--all", "again", is_flag=True, help="Read the whole history again.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be learned.")
@click.option(
    "--fixes-only",
    is_flag=True,
    help="Remember what fixes did, in git's own folder; no rules, nothing in the work tree.",
)
@click.option(
    "--repos",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Learn from each repository that FILE names, a folder a line, into one memory.",
)
@executor_option
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many processes learn at once; as many as there are processors by default.",
)
@format_option
def command(
    path: str,
    limit: int | None,
    since: str | None,
    again: bool,
    dry_run: bool,
    fixes_only: bool,
    repos: Path | None,
    executor: str,
    jobs: int | None,
    format_name: str,
) -> int:
    """Learn rules from the fixes in this repository's history.

    Writes `.guard/rules/*.yml` for people to review, and remembers the last commit learned from:
    the next run reads only what is new. With --repos the memory is the one that PATH's settings
    name, and what several repositories taught is told at the end.

    \b
    Example:
      guard learn
      guard learn --dry-run --limit 2000
      guard learn --repos repositories.txt --executor processes
    """
    if repos is not None:
        if dry_run:
            raise UsageError("--dry-run is for one repository; leave it out, or --repos.")
        reading = Reading(limit, since, again)
        return _learn_from_many(Path(path), repos, executor, jobs, reading, format_name)
    if jobs is not None or executor != DEFAULT_EXECUTOR:
        raise UsageError("--executor and --jobs are for many repositories; name them by --repos.")
    if fixes_only:
        if dry_run or again:
            raise UsageError("--fixes-only writes no rules and reads what is new; leave it out.")
        return _remember_fixes(Path(path), limit, since)
    from devmatrix_guard.commands.learn.learn import learn, require_date
    from devmatrix_guard.commands.learn.output.output import render_report

    with show_progress() as track:
        report = learn(
            Path(path),
            limit=limit,
            since=require_date(since),
            again=again,
            dry_run=dry_run,
            track=track,
        )
    print_text(render_report(report, format_name, sys.stdout), nl=False)
    if not dry_run:
        from devmatrix_guard.commands.agents.export import refresh_exports

        for name in refresh_exports(Path(path)):
            print_text(f"{name}: brought up to date", err=True)
    return EXIT_INTERNAL if has_defect(report.notes) else EXIT_CLEAN


def _remember_fixes(folder: Path, limit: int | None, since: str | None) -> int:
    from devmatrix_guard.commands.learn.fixes_only import remember_fixes
    from devmatrix_guard.commands.learn.learn import require_date

    with show_progress() as track:
        found = remember_fixes(
            folder,
            limit=limit,
            since=require_date(since),
            seconds=_MOST_SECONDS,
            track=track,
        )
    for note in found.notes:
        print_prose(note, err=True)
    print_text(f"Remembered {found.fixes:,} fixes that stand, of {found.commits:,} commits.")
    return EXIT_INTERNAL if has_defect(found.notes) else EXIT_CLEAN


class Reading(NamedTuple):
    """Which part of a history is asked for."""

    limit: int | None
    since: str | None
    again: bool


def _learn_from_many(
    start: Path, file: Path, executor: str, jobs: int | None, reading: Reading, format_name: str
) -> int:
    from devmatrix_guard.cli.phases import watch_phases
    from devmatrix_guard.commands.build.phases import Phase, State
    from devmatrix_guard.commands.executors import Failed, read_paths
    from devmatrix_guard.commands.learn.learn import require_date
    from devmatrix_guard.commands.learn.many import Taught, is_sound, learn_many
    from devmatrix_guard.commands.learn.output.many_output import describe_outcome, render_many

    repositories = read_paths(file, "repository")
    began = time.monotonic()
    with watch_phases() as watcher:

        def tell(path: str, outcome: Taught | Failed) -> None:
            state: State = "failed" if isinstance(outcome, Failed) else "done"
            seconds = time.monotonic() - began
            watcher.end(Phase(Path(path).name, state, seconds, describe_outcome(outcome)))

        watcher.begin(f"{len(repositories)} repositories")
        report = learn_many(
            start,
            repositories,
            executor=executor,
            jobs=jobs,
            limit=reading.limit,
            since=require_date(reading.since),
            again=reading.again,
            tell=tell,
        )
    print_text(render_many(report, format_name, sys.stdout), nl=False)
    outcomes = [outcome for _, outcome in report.results]
    if not all(map(is_sound, outcomes)):
        return EXIT_INTERNAL
    return EXIT_USAGE if any(isinstance(one, Failed) for one in outcomes) else EXIT_CLEAN
