"""`guard audit`: what is known of each file, and what is left to do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.given import FileToWrite
from devmatrix_guard.cli.show import format_option
from devmatrix_guard.files import write_output
from devmatrix_guard.model.knowledge.knowledge import AUDIT_STATUSES

_FIELDS = {
    "layer": "layer",
    "status": "status",
    "debt": "technical_debt",
    "notes": "notes",
    "workflows": "workflows",
    "tasks": "tasks",
}


@click.group()
def command() -> None:
    """Keep what is known of each file: layer, workflows, debt, status, tasks.

    \b
    Example:
      guard audit import files.csv
      guard audit list --status "Not Started" --debt
    """


@command.command("import", short_help="Fill the audit from a CSV or JSON file.")
@click.argument("table", metavar="FILE", type=click.Path(path_type=Path))
def import_command(table: Path) -> None:
    """Fill the audit from FILE, a CSV or JSON table with a row for each file.

    A row sets the columns the table has; all of the table is taken, or nothing.

    \b
    Example:
      guard audit import files.csv
    """
    from devmatrix_guard.commands.audit.files import describe_import, import_audit

    print_text(describe_import(import_audit(Path.cwd(), table)))


@command.command("list")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(AUDIT_STATUSES, case_sensitive=False),
    help="Only files with this status; may be given more than once.",
)
@click.option(
    "--layer", "layers", multiple=True, type=click.IntRange(1, 7), help="Only this layer."
)
@click.option("--workflow", default="", help="Only files of this workflow.")
@click.option("--task", default="", help="Only files of this task.")
@click.option("--debt", "has_debt", is_flag=True, help="Only files with technical debt.")
@format_option
def list_command(
    statuses: tuple[str, ...],
    layers: tuple[int, ...],
    workflow: str,
    task: str,
    format_name: str,
    *,
    has_debt: bool,
) -> None:
    """List what is known of the files, by path.

    \b
    Example:
      guard audit list --layer 3 --task SHOP-12
    """
    from devmatrix_guard.commands.audit.files import list_audit, render_audit

    audits = list_audit(
        Path.cwd(), statuses=statuses, layers=layers, workflow=workflow, task=task,
        has_debt=has_debt,
    )  # fmt: skip
    print_text(render_audit(audits, format_name, sys.stdout), nl=False)


@command.command("set", short_help="Change what is known of one file.")
@click.argument("path")
@click.option("--layer", help="The layer, by number or name.")
@click.option("--status", help=f"One of: {', '.join(AUDIT_STATUSES)}.")
@click.option("--debt", "technical_debt", help="The technical debt, in words.")
@click.option("--notes", help="Anything else.")
@click.option("--workflow", "workflows", multiple=True, help="A workflow to add.")
@click.option("--task", "tasks", multiple=True, help="A task to add.")
@click.option(
    "--clear",
    "cleared",
    multiple=True,
    type=click.Choice(list(_FIELDS)),
    help="Empty this field first; may be given more than once.",
)
@format_option
def set_command(
    path: str,
    layer: str | None,
    status: str | None,
    technical_debt: str | None,
    notes: str | None,
    workflows: tuple[str, ...],
    tasks: tuple[str, ...],
    cleared: tuple[str, ...],
    format_name: str,
) -> None:
    """Change what is known of PATH; what is not named stays as it was.

    \b
    Example:
      guard audit set app/routes.py --status "In Progress" --task SHOP-12
    """
    from devmatrix_guard.commands.audit.files import render_audit, set_audit

    audit = set_audit(
        Path.cwd(),
        path,
        layer=layer,
        status=status,
        technical_debt=technical_debt,
        notes=notes,
        workflows=workflows,
        tasks=tasks,
        cleared=[_FIELDS[name] for name in cleared],
    )
    print_text(render_audit((audit,), format_name, sys.stdout), nl=False)


@command.command("export", short_help="Write the audit for a task manager.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["csv", "json"]),
    help="The format; by the suffix of --output, otherwise csv.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=FileToWrite(),
    help="Write a file instead of printing.",
)
def export_command(format_name: str | None, output: Path | None) -> None:
    """Write the audit as CSV or JSON, for a task manager or a spreadsheet.

    \b
    Example:
      guard audit export --output audit.csv
    """
    from devmatrix_guard.commands.audit.files import CSV, JSON, export_audit, list_audit

    suffix = output.suffix.lower() if output else ""
    text = export_audit(list_audit(Path.cwd()), format_name or (JSON if suffix == ".json" else CSV))
    if output is None:
        print_text(text, nl=False)
        return
    write_output(output, text.encode("utf-8", "backslashreplace"))
    print_text(f"{output}: written")
