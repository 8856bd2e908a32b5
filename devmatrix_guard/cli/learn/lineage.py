"""`guard lineage`: what came from what."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.given import refuse_given
from devmatrix_guard.cli.repositories import repository_options
from devmatrix_guard.cli.show import format_option
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.knowledge.lineage import ABOUT_ALL, QUESTIONS


@click.command()
@click.argument("name", metavar="[NAME]", default="")
@click.option(
    "--ask",
    "question",
    type=click.Choice(list(QUESTIONS)),
    help="Ask a question, about NAME, instead of tracing it.",
)
@click.option(
    "--depth",
    type=click.IntRange(1, 50),
    default=5,
    show_default=True,
    help="Follow at most this many steps each way.",
)
@repository_options
@format_option
def command(
    name: str,
    question: str | None,
    depth: int,
    format_name: str,
    repositories: tuple[str, ...],
    *,
    everything: bool,
) -> None:
    """Show what NAME came from and what came of it.

    NAME is a file (FILE:LINE for one line of it), a commit, a function, or the id of a rule, a
    pattern or a run.

    \b
    Example:
      guard lineage src/main.py
    """
    from devmatrix_guard.commands.memory.lineage import answer_view, ask, trace, trace_view

    if question:
        _check_question(question, name)
        answers = ask(Path.cwd(), question, name, repositories=repositories, everything=everything)
        print_text(answer_view(answers, format_name, sys.stdout), nl=False)
        return
    if not name:
        raise click.UsageError("name what to trace, or ask a question with --ask.")
    lineages = trace(
        Path.cwd(), name, depth=depth, repositories=repositories, everything=everything
    )
    print_text(trace_view(lineages, format_name, sys.stdout), nl=False)


def _check_question(question: str, name: str) -> None:
    refuse_given({"depth": "--depth"}, "is for tracing NAME, which --ask does not; leave it out.")
    if question in ABOUT_ALL and name:
        raise UsageError(f"--ask {question} is about all there is; leave `{name}` out.")
    if question not in ABOUT_ALL and not name:
        raise UsageError(f"--ask {question} tells {QUESTIONS[question]}; name that behind it.")
