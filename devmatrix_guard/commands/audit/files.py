"""`guard audit`: what is known of each file, filled from tables and given back to trackers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from devmatrix_guard.commands.audit.table import (
    merge_row,
    read_layer,
    read_path,
    read_status,
    read_table,
    write_audits,
    write_csv,
)
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import is_inside, read_chosen
from devmatrix_guard.globs import find_layer
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.knowledge import FileAudit
from devmatrix_guard.reports.views.audit import write_audit_lines

CSV, JSON = "csv", "json"
_MOST_BYTES = 64 * 1024 * 1024


class AuditImport(NamedTuple):
    """What an import did: files that were new or changed, and that were as the table says.

    `absent` are paths that no file has today; they are kept, for a table may be older or newer than
    the work tree.
    """

    changed: int
    same: int
    absent: tuple[str, ...]
    unknown: tuple[str, ...]


def import_audit(start: Path, table: Path) -> AuditImport:
    """Bring the audit up to date with a CSV or JSON file, all of it or nothing.

    Raises:
        UsageError: a row makes no sense.
        GuardError: the file cannot be read, or the memory not written.
    """
    rows, unknown = read_table(table.name, read_chosen(table, _MOST_BYTES))
    root = find_project_root(start)
    changed = 0
    with _open_memory(start) as memory, memory.transaction():
        for row in rows:
            path = row["path"]
            before = memory.files.get(path)
            after = merge_row(before or _make_audit(start, path), row)
            if after != before:
                memory.files.save([after])
                changed += 1
    paths = [row["path"] for row in rows]
    absent = tuple(p for p in paths if not (is_inside(root, p) and (root / p).is_file()))
    return AuditImport(changed, len(rows) - changed, absent, unknown)


def describe_import(done: AuditImport) -> str:
    """Return what an import did, in a sentence or three."""
    text = f"{_count(done.changed)} changed, {done.same} as they were."
    if done.absent:
        some = ", ".join(done.absent[:3]) + (", …" if len(done.absent) > 3 else "")
        text += f"\n{_count(len(done.absent))} not in the work tree: {some}"
    if done.unknown:
        text += f"\nColumns without a meaning here: {', '.join(done.unknown)}"
    return text


def list_audit(
    start: Path,
    *,
    statuses: Sequence[str] = (),
    layers: Sequence[int] = (),
    workflow: str = "",
    task: str = "",
    has_debt: bool = False,
) -> tuple[FileAudit, ...]:
    """Return the audit of every file, or of those that fit, by path."""
    with _open_memory(start, reading=True) as memory:
        audits = memory.files.list_all()
    return tuple(
        audit
        for audit in audits
        if (not statuses or audit.status in statuses)
        and (not layers or audit.layer in layers)
        and (not workflow or workflow in audit.workflows)
        and (not task or task in audit.tasks)
        and (not has_debt or audit.technical_debt)
    )


def set_audit(
    start: Path,
    path: str,
    *,
    layer: str | None = None,
    status: str | None = None,
    technical_debt: str | None = None,
    notes: str | None = None,
    workflows: tuple[str, ...] = (),
    tasks: tuple[str, ...] = (),
    cleared: Sequence[str] = (),
) -> FileAudit:
    """Change what is known of one file and return it; None and nothing leave a field as it was.

    Args:
        start: the folder the command was called in; the path is taken from there.
        path: the file.
        layer, status, technical_debt, notes: replace what there was.
        workflows, tasks: are added.
        cleared: the names of fields that are emptied first.

    Raises:
        UsageError: the file is outside of the repository, or a value makes no sense.
    """
    name = find_path(start, path)
    said: dict[str, Any] = {}
    if layer is not None:
        said["layer"] = read_layer("--layer", layer)
    if status is not None:
        said["status"] = read_status("--status", status)
    said |= {
        key: text
        for key, text in (("technical_debt", technical_debt), ("notes", notes))
        if text is not None
    }
    with _open_memory(start) as memory, memory.transaction():
        audit = memory.files.get(name) or _make_audit(start, name)
        audit = audit._replace(**{field: FileAudit._field_defaults[field] for field in cleared})
        audit = audit._replace(
            **said,
            workflows=_add(audit.workflows, workflows),
            tasks=_add(audit.tasks, tasks),
        )
        memory.files.save([audit])
    return audit


def export_audit(audits: Iterable[FileAudit], format_name: str) -> str:
    """Return audits as CSV or JSON, which `import_audit` reads again."""
    return write_audits(audits) if format_name == JSON else write_csv(audits)


def render_audit(audits: tuple[FileAudit, ...], format_name: str, stream: TextIO) -> str:
    """Return audits as text or JSON."""
    return render(View(format_name, stream), audits, write_audit_lines, write_audits)


def find_path(start: Path, path: str) -> str:
    """Return the path from the repository's root of a file that is named from `start`.

    Raises:
        UsageError: it is outside of the repository.
    """
    root = find_project_root(start)
    place = Path(path)
    base = start.resolve() if not place.is_absolute() else Path("/")
    try:
        inner = (base / place).relative_to(root).as_posix()
    except ValueError:
        raise UsageError(f"{path} is outside of the repository; name a file in it.") from None
    return read_path(path, inner)


def find_audit(memory: Memory, path: str, layers: Mapping[str, tuple[str, ...]]) -> FileAudit:
    """Return what is known of a file; its layer from the settings where nobody said it."""
    audit = memory.files.get(path) or FileAudit(path)
    return audit if audit.layer else audit._replace(layer=find_layer(path, layers))


def _make_audit(start: Path, path: str) -> FileAudit:
    return FileAudit(path, find_layer(path, load_settings(start).layers))


def _add(old: tuple[str, ...], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*old, *(value.strip() for value in new if value.strip())}))


def _open_memory(start: Path, *, reading: bool = False) -> Memory:
    root = find_project_root(start)
    return open_project_memory(load_settings(start), root, create=not reading, reading=reading)


def _count(number: int) -> str:
    return f"{number:,} {'file' if number == 1 else 'files'}"
