"""`guard memory`: what is known, where it is kept, and who follows it."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def command() -> None:
    """Look after the memory: what it holds, copies of it, and servers that follow it.

    \b
    Example:
      guard memory status
    """


@command.command(short_help="Say what the memory holds, and who follows it.")
def status() -> None:
    """Say what the memory holds, how vectors are searched, and how far followers are.

    \b
    Example:
      guard memory status
    """
    from devmatrix_guard.commands.memory.operations import describe_status

    for line in describe_status(Path.cwd()):
        print_text(line)


@command.command(short_help="Find damage, and followers that differ.")
def check() -> int:
    """Find damage, rows that nothing points to, and followers that differ; exits with 1 then.

    \b
    Example:
      guard memory check
    """
    from devmatrix_guard.commands.memory.operations import check_memory

    problems = check_memory(Path.cwd())
    for problem in problems:
        print_text(problem)
    if not problems:
        print_text("the memory is whole")
    return EXIT_FINDINGS if problems else EXIT_CLEAN


@command.command(short_help="Bring Qdrant and Neo4j up to date.")
@click.option("--follow", is_flag=True, help="Go on, passing changes on as they come.")
@click.option("--again", is_flag=True, help="Take up what followers refused before.")
@click.option("--forget", metavar="FOLLOWER", help="Note nothing any more for one that is gone.")
def sync(*, follow: bool, again: bool, forget: str | None) -> int:
    """Bring Qdrant and Neo4j up to date, and tell NATS; exits with 1 if one refused something.

    \b
    Example:
      guard memory sync --follow
    """
    from devmatrix_guard.commands.memory.followers import forget_follower, sync_on, sync_once

    if forget:
        forget_follower(Path.cwd(), forget)
        return EXIT_CLEAN
    if follow:
        sync_on(Path.cwd(), tell=print_text, should_stop=lambda: False)
        return EXIT_CLEAN
    return EXIT_FINDINGS if sync_once(Path.cwd(), again=again, tell=print_text) else EXIT_CLEAN


@command.command(short_help="Make followers again from the memory.")
@click.argument("names", nargs=-1, metavar="[FOLLOWER]...")
def rebuild(names: tuple[str, ...]) -> None:
    """Make followers again from the memory: all, or those whose names begin so.

    \b
    Example:
      guard memory rebuild qdrant
    """
    from devmatrix_guard.commands.memory.followers import rebuild_followers

    rebuild_followers(Path.cwd(), names, tell=print_text)


@command.command(short_help="Make the vectors of patterns, runs and errors.")
@click.option("--model", default="", help="The model, instead of the setting `embeddings`.")
def embed(model: str) -> None:
    """Make the vectors of patterns, runs and errors, and search with this model from then on.

    \b
    Example:
      guard memory embed --model minilm
    """
    from devmatrix_guard.commands.memory.embedding import embed_memory

    embed_memory(Path.cwd(), model=model, tell=print_text)


@command.command(short_help="Copy everything into an empty memory.")
@click.option("--to", "target", required=True, metavar="PLACE", help="A path, or a server's URL.")
def copy(target: str) -> None:
    """Copy everything into an empty memory, such as that of a team.

    \b
    Example:
      guard memory copy --to postgresql://ada@db.example.org/team
    """
    from devmatrix_guard.commands.memory.operations import copy_memory

    print_text(f"{sum(copy_memory(Path.cwd(), target).values())} rows copied")


@command.command(short_help="Write everything into a file.")
@click.argument("path", metavar="FILE", type=_FILE)
def export(path: Path) -> None:
    """Write everything into FILE as lines of JSON, packed if it ends in .gz.

    \b
    Example:
      guard memory export memory.jsonl.gz
    """
    from devmatrix_guard.commands.memory.operations import export_memory

    print_text(f"{export_memory(Path.cwd(), path)} rows written to {path}")


@command.command("import", short_help="Read a file that export wrote.")
@click.argument("path", metavar="FILE", type=_FILE)
def import_command(path: Path) -> None:
    """Read FILE, which `export` wrote, into this memory, which must be empty.

    \b
    Example:
      guard memory import memory.jsonl.gz
    """
    from devmatrix_guard.commands.memory.operations import import_memory

    print_text(f"{sum(import_memory(Path.cwd(), path).values())} rows read")


@command.command(short_help="Forget old runs and what they made.")
@click.option("--keep", required=True, metavar="TIME", help="How much to keep: 90d, 12w, 1y.")
@click.option("--archive", type=_FILE, help="Write what is forgotten into this file first.")
@click.option("--dry-run", is_flag=True, help="Only count.")
def prune(keep: str, archive: Path | None, *, dry_run: bool) -> None:
    """Forget old runs, what happened in them and what they made.

    Patterns, evidence, rules, notes and kept IRs stay.

    \b
    Example:
      guard memory prune --keep 90d --archive 2026.jsonl.gz
    """
    from devmatrix_guard.commands.memory.operations import prune_memory, render_counts

    counts = prune_memory(Path.cwd(), keep, archive=archive, dry_run=dry_run)
    print_text(render_counts(counts), nl=False)


@command.command(short_help="Show runs by day, and errors that grow.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back."
)
@click.option("--similar-to", "run", default="", metavar="RUN", help="Runs like this instead.")
def trends(days: int, run: str) -> None:
    """Show runs day by day, specs that keep failing, and errors that grow.

    \b
    Example:
      guard memory trends --days 7
    """
    from devmatrix_guard.commands.memory.operations import describe_trends

    for line in describe_trends(Path.cwd(), days=days, run=run):
        print_text(line)
