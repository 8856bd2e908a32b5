"""`guard patterns`: the FixPatterns that were learned."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.repositories import repository_options
from devmatrix_guard.cli.show import format_option, stage_option
from devmatrix_guard.model.knowledge.knowledge import PROBLEM_TYPES, PatternNotes


@click.group()
def command() -> None:
    """Show and search what was learned from this repository's own fixes.

    \b
    Example:
      guard patterns search "urlencode needs bytes"
    """


@command.command("list")
@stage_option("patterns")
@click.option("--limit", type=click.IntRange(min=1), help="Show at most this many.")
@repository_options
@format_option
def list_command(
    stages: tuple[str, ...], limit: int | None, format_name: str, **chosen: Any
) -> None:
    """List the patterns, the best supported first.

    \b
    Example:
      guard patterns list --stage warn --stage block
    """
    from devmatrix_guard.commands.memory.patterns import list_patterns, list_view

    patterns = list_patterns(Path.cwd(), stages=stages, limit=limit, **chosen)
    print_text(list_view(patterns, format_name, sys.stdout), nl=False)


@command.command("show", short_help="Show all that is known about one pattern.")
@click.argument("pattern_id", metavar="PATTERN")
@repository_options
@format_option
def show_command(pattern_id: str, format_name: str, **chosen: Any) -> None:
    """Show all that is known about one PATTERN, named by its id, the start of it, or its rule.

    \b
    Example:
      guard patterns show 5f1c
    """
    from devmatrix_guard.commands.memory.patterns import render_details, show_pattern

    details = show_pattern(Path.cwd(), pattern_id, **chosen)
    print_text(render_details(details, format_name, sys.stdout), nl=False)


@command.command("search")
@click.argument("text")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Show at most this many.",
)
@click.option(
    "--layer", "layers", multiple=True, type=click.IntRange(1, 7), help="Only this layer."
)
@click.option(
    "--file-type",
    "file_types",
    multiple=True,
    help="Only from files with this suffix, such as `.py`.",
)
@click.option(
    "--workflow", "workflows", multiple=True, help="Only with this workflow in its notes."
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Only where a match is a mistake with at least this probability.",
)
@click.option(
    "--meaning",
    "by_meaning",
    is_flag=True,
    help="Also search by meaning (needs the `embeddings` extra).",
)
@click.option(
    "--reviewed", "reviewed_only", is_flag=True, help="Only patterns that a person has reviewed."
)
@repository_options
@format_option
def search_command(text: str, limit: int, format_name: str, **chosen: Any) -> None:
    """Find patterns by words, code or an error message.

    \b
    Example:
      guard patterns search "getUserById returns None" --limit 3
    """
    from devmatrix_guard.commands.memory.patterns import search_patterns, search_view

    hits = search_patterns(Path.cwd(), text, limit=limit, **chosen)
    print_text(search_view(hits, format_name, sys.stdout), nl=False)


@command.command("note", short_help="Add what people know about a pattern.")
@click.argument("pattern_id", metavar="PATTERN")
@click.option("--problem-type", type=click.Choice(PROBLEM_TYPES), help="The kind of problem.")
@click.option("--code-type", help="The kind of code, in a word.")
@click.option("--problem", default="", help="What goes wrong.")
@click.option("--solution", "solution_steps", default="", help="How it is fixed.")
@click.option(
    "--verification", "verification_steps", default="", help="How to see that it is fixed."
)
@click.option("--learning", "learnings", default="", help="What was learned.")
@click.option("--prevention", default="", help="How new code avoids it.")
@click.option("--tag", "tags", multiple=True, help="A keyword to find it by.")
@click.option("--workflow", "workflows", multiple=True, help="A workflow it belongs to.")
@click.option("--task", "tasks", multiple=True, help="A task or issue it belongs to.")
@click.option("--anti-pattern", "anti_patterns", multiple=True, help="Code not to write.")
@click.option("--by", "created_by", default="", help="Who adds this note.")
@click.option("--reviewed", is_flag=True, help="A person has reviewed it.")
@click.option("--reviewer-note", "reviewer_notes", default="", help="The reviewer's comment.")
@format_option
def note_command(pattern_id: str, format_name: str, **said: Any) -> None:
    """Add what people know about a PATTERN; learning again never overwrites it.

    \b
    Example:
      guard patterns note 5f1c --tag encoding --problem "must be bytes" --reviewed
    """
    from devmatrix_guard.commands.memory.patterns import note_pattern, render_details

    details = note_pattern(Path.cwd(), pattern_id, PatternNotes(**said))
    print_text(render_details(details, format_name, sys.stdout), nl=False)
