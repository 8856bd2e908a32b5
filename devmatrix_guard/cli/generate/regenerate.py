"""`guard regenerate` on the command line."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from devmatrix_guard.cli.echo import print_prose, print_text
from devmatrix_guard.cli.generate.application_options import overlay_option, python_option
from devmatrix_guard.cli.progress import show_status
from devmatrix_guard.commands.application.regeneration.changed_lines import list_changed_lines
from devmatrix_guard.commands.application.regeneration.interrupted import (
    find_interrupted,
    find_undoable,
    run_recover,
    run_undo,
)
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.rebuild import (
    rebuild_manifest as run_rebuild,
)
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.regenerate_range import run_regenerate_range
from devmatrix_guard.commands.application.regeneration.result import Conflict, Regeneration
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import write_output

_SHOWN = 12  # lines of each side of a conflict
_COLORS = {"-": "red", "+": "green"}
_MARKS = {
    "added": ("+", "green"),
    "replaced": ("~", "cyan"),
    "merged": ("±", "cyan"),
    "removed": ("-", "red"),
    "kept": ("=", None),
    "conflict": ("!", "red"),
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--spec",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The new spec; the copy in DIR/.guard, which may be edited there, by default.",
)
@overlay_option()
@click.option(
    "--conflict",
    type=click.Choice(["stop", "inline"]),
    default="stop",
    show_default=True,
    help="On a conflict: write nothing, or both versions between markers.",
)
@click.option("--allow-data-loss", is_flag=True, help="Allow a migration that drops data.")
@click.option(
    "--backfill",
    metavar="TABLE.COLUMN=VALUE",
    multiple=True,
    help="The value of a new column in existing rows.",
)
@python_option()
@click.option(
    "--no-verify", is_flag=True, help="Do not verify the result before it is put in place."
)
@click.option(
    "--range",
    "range_text",
    metavar="A...B",
    help="Regenerate what lies below DIR and follows a spec that these commits changed.",
)
@click.option(
    "--areas",
    metavar="LIST",
    help="Only files of these areas, by commas: domain,api,behavior,validation,infrastructure.",
)
@click.option("--no-memory", is_flag=True, help="Neither ask the memory nor record the run in it.")
@click.option(
    "--take",
    metavar="PATTERN",
    multiple=True,
    help="Take the newest version of an InfraPattern instead of the pinned one.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done; write nothing.")
@click.option("--diff", is_flag=True, help="Show the changes as a diff; write nothing.")
@click.option(
    "--patch",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write all changes to FILE for `git apply`, and nothing else.",
)
@click.option(
    "--ignore",
    metavar="GLOB",
    multiple=True,
    help="Files your team takes over for good; kept in the manifest.",
)
@click.option(
    "--rebuild-manifest", is_flag=True, help="Make a lost manifest again from files and spec."
)
@click.option("--recover", is_flag=True, help="Finish a regeneration that was interrupted.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before --recover or --undo writes.")
@click.option("--undo", is_flag=True, help="Go back to before the last regeneration.")
def command(
    directory: Path,
    *,
    range_text: str | None,
    diff: bool,
    patch: Path | None,
    rebuild_manifest: bool,
    recover: bool,
    yes: bool,
    undo: bool,
    **given: Any,
) -> int:
    """Update a generated application to a changed spec, and keep what people wrote in it.

    Files nobody edited are replaced, edited ones are merged by symbol; tables get a new migration.
    The result is verified in a copy, then put in place as a whole. Exits with 1 if
    something prevents that; then nothing is written.

    \b
    guard regenerate shop --spec shop.yaml
    guard regenerate --range main...HEAD
    guard regenerate shop --undo
    """
    if recover:
        return _recover(directory, yes=yes)
    if rebuild_manifest:
        return _rebuild(directory, given["spec"], given["overlay"])
    if undo:
        return _undo(directory, yes=yes)
    options = _make_options(given, dry_run=given["dry_run"] or diff or patch is not None)
    with show_status("regenerating") as tell:
        if range_text:
            results = run_regenerate_range(directory, range_text, options, progress=tell)
        else:
            results = [("", run_regenerate(directory, options, progress=tell))]
    if range_text and not results:
        print_text(f"No application follows a spec that {range_text} changed.", err=diff)
    return _report(results, options, diff=diff, patch=patch)


def _make_options(given: Mapping[str, Any], *, dry_run: bool) -> RegenerateOptions:
    return RegenerateOptions(
        spec=given["spec"],
        overlay=given["overlay"],
        inline=given["conflict"] == "inline",
        destructive=given["allow_data_loss"],
        backfill=_parse_backfill(given["backfill"]),
        verify=not given["no_verify"],
        python=given["python"],
        dry_run=dry_run,
        ignored=given["ignore"],
        taken=given["take"],
        areas=tuple(filter(None, (given["areas"] or "").split(","))),
        memory=not given["no_memory"],
    )


def _rebuild(directory: Path, spec: Path | None, overlay: Path | None) -> int:
    count = run_rebuild(directory, spec=spec, overlay=overlay)
    print_text(f"The manifest names {count} files; what differs from them counts as yours.")
    return 0


def _undo(directory: Path, *, yes: bool) -> int:
    _ask_to_write("Going back changes:", find_undoable(directory), yes=yes)
    paths = run_undo(directory)
    print_text(f"{len(paths)} files are as they were; another --undo takes this back.")
    return 0


def _report(
    results: Sequence[tuple[str, Regeneration]],
    options: RegenerateOptions,
    *,
    diff: bool,
    patch: Path | None,
) -> int:
    """Show what became of each application, by its folder, and return the exit code."""
    for folder, result in results:
        if folder and not diff:
            print_text(f"{folder}:")
        for line in result.memory:
            print_prose(f"memory: {line}", err=True)
        if diff:
            print_text(result.diff, nl=False)
        else:
            _show(result, options)
    if patch is not None:
        text = "".join(result.patch for _, result in results)
        write_output(patch, text.encode("utf-8", "surrogateescape"))
    return max((_choose_exit_code(result) for _, result in results), default=0)


def _choose_exit_code(result: Regeneration) -> int:
    return 1 if result.blockers or (result.conflicts and result.written) else 0


def _describe(conflict: Conflict) -> str:
    if not conflict.theirs:
        return "was changed by you, and is not generated any more"
    if not conflict.ours:
        return "was deleted by you, and changed by the generator"
    return "was changed on both sides" if conflict.base else "was added on both sides"


def _show_sides(conflict: Conflict) -> None:
    """Show what each side made of what was generated before: its changed lines, the first ones."""
    before = conflict.base.splitlines()
    for name, text in (("yours", conflict.ours), ("generated", conflict.theirs)):
        lines = list_changed_lines(before, text.splitlines()) if text else []
        for line in lines[:_SHOWN]:
            print_text(f"      {name:<10}{click.style(line, fg=_COLORS.get(line[0]))}")
        if len(lines) > _SHOWN:
            print_text(f"      {name:<10}… {len(lines) - _SHOWN} lines more")


def _recover(directory: Path, *, yes: bool) -> int:
    paths = find_interrupted(directory)
    if not paths:
        print_text("No interrupted regeneration was found.")
        return 0
    _ask_to_write("Finishing changes:", paths, yes=yes)
    run_recover(directory)
    print_text(f"Done: {len(paths)} files were written.")
    return 0


def _ask_to_write(heading: str, paths: list[str], *, yes: bool) -> None:
    """Show which files are about to be written, and ask.

    Raises:
        UsageError: there is nobody to ask, or the answer is no.
    """
    kept = [path for path in paths if f"/{path}".rpartition("/")[0].endswith("/.guard/base")]
    print_text(heading)
    for path in paths:
        if path not in kept:
            print_text(f"  {path}")
    if kept:
        print_text(f"  .guard/base: {len(kept)} generated texts, kept by their hash")
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nothing was written: there is no terminal to ask on; add --yes.")
    if not click.confirm("Write these?"):
        raise UsageError("nothing was written.")


def _parse_backfill(given: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for text in given:
        column, equals, value = text.partition("=")
        if not equals or "." not in column:
            raise click.BadParameter(f"{text!r} is not TABLE.COLUMN=VALUE", param_hint="--backfill")
        values[column] = value
    return values


def _show(result: Regeneration, options: RegenerateOptions) -> None:
    if not result.decisions and not result.changes and not result.blockers:
        if options.taken and result.written:
            print_text(f"No file changes; the manifest pins the newest {', '.join(options.taken)}.")
            return
        print_text("Nothing to regenerate: the application matches its spec.")
        return
    areas = sorted({change.node.partition("/")[0] for change in result.changes})
    if areas:
        print_text(f"{len(result.changes)} changes of the IR, in {', '.join(areas)}")
    for decision in result.decisions:
        mark, color = _MARKS[decision.outcome]
        print_text(f"{click.style(mark, fg=color)} {decision.outcome:<9}{decision.path}")
        for conflict in decision.conflicts:
            print_text(f"    {conflict.symbol or 'the file'} {_describe(conflict)}")
            _show_sides(conflict)
        for note in decision.notes:
            print_prose(f"    note: {note}")
    if result.verification is not None and result.verification.checks:
        passed = sum(check.status == "pass" for check in result.verification.checks)
        print_text(f"verified in a copy: {passed} of {len(result.verification.checks)} checks pass")
    for blocker in result.blockers:
        print_prose(f"not written: {blocker}", err=True)
    if result.blockers:
        return
    if result.held_back:
        print_prose(
            f"{len(result.held_back)} files of other areas wait; until they follow, `guard drift` "
            "says that the spec changed."
        )
    if options.dry_run:
        print_text("Nothing was written (--dry-run).")
    elif result.conflicts:
        print_text(
            "Resolve the conflicts between the markers; --undo restores the files.", err=True
        )
    else:
        print_text("Done; --undo restores the files.")
