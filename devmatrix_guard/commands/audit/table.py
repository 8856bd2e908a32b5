"""The audit of files as a table: reads CSV and JSON that people or trackers wrote, and writes them.

A cell with several values divides them by a comma or a semicolon. Nothing is taken from a table of
which one row makes no sense.
"""

from __future__ import annotations

import csv
import io
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.knowledge.knowledge import AUDIT_STATUSES, FileAudit
from devmatrix_guard.model.rule import LAYERS
from devmatrix_guard.reports.escape import write_json

_FIELDS = {  # as it is called in a table: as it is called here
    "file_path": "path",
    "path": "path",
    "file": "path",
    "layer_number": "layer",
    "layer": "layer",
    "technical_debt": "technical_debt",
    "debt": "technical_debt",
    "status": "status",
    "notes": "notes",
    "workflows": "workflows",
    "workflow": "workflows",
    "task_ids": "tasks",
    "tasks": "tasks",
    "task": "tasks",
    "dart_task_ids": "tasks",
}
_COLUMNS = (
    "file_path",
    "layer_number",
    "workflows",
    "technical_debt",
    "status",
    "notes",
    "task_ids",
)
_IGNORED = ("id", "file_type", "created_at", "updated_at")
_MOST_ROWS = 200_000
_DELIMITERS = ",;\t"
_DIVIDER = re.compile(r"[,;\n]")
# A spreadsheet runs what begins like this. The apostrophe keeps it a text, and is not read back.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class AuditTable(NamedTuple):
    """The rows of a table, each with the fields it sets, and the columns that mean nothing here."""

    rows: tuple[Mapping[str, Any], ...]
    unknown: tuple[str, ...] = ()


def read_table(name: str, content: bytes) -> AuditTable:
    """Return the rows of a CSV or JSON file.

    Args:
        name: the file's name, for errors; JSON ends in `.json`.
        content: what it holds.

    Raises:
        UsageError: it is neither, or a row makes no sense; the sentence names the row.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8; save it as UTF-8.") from error
    records = _read_json(name, text) if name.lower().endswith(".json") else _read_csv(name, text)
    unknown: dict[str, None] = {}
    rows: dict[str, Mapping[str, Any]] = {}
    for number, record in records:
        row = _read_row(f"{name}, row {number}", record, unknown)
        path = row["path"]
        if path in rows and rows[path] != row:
            raise UsageError(f"{name}, row {number}: `{path}` stands there twice; keep one row.")
        rows[path] = row
        if len(rows) > _MOST_ROWS:
            raise UsageError(f"{name} has more than {_MOST_ROWS:,} rows; divide it.")
    return AuditTable(tuple(rows.values()), tuple(unknown))


def merge_row(audit: FileAudit, row: Mapping[str, Any]) -> FileAudit:
    """Return an audit with what a row says; what the row leaves open stays as it was."""
    return audit._replace(**row)


def write_csv(audits: Iterable[FileAudit]) -> str:
    """Return audits as CSV, with the columns that `read_table` knows."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for audit in audits:
        values = _list_values(audit)
        writer.writerow([_protect(_join(value)) for value in values])
    return stream.getvalue()


def write_audits(audits: Iterable[FileAudit]) -> str:
    """Return audits as a JSON document."""
    files = [dict(zip(_COLUMNS, _list_values(audit), strict=True)) for audit in audits]
    document = {"schema_version": 1, "files": files}
    return write_json(document)


def _list_values(audit: FileAudit) -> list[Any]:
    return [
        audit.path,
        audit.layer,
        list(audit.workflows),
        audit.technical_debt,
        audit.status,
        audit.notes,
        list(audit.tasks),
    ]


def _join(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def _protect(text: str) -> str:
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def _unprotect(text: str) -> str:
    is_protected = text.startswith("'") and text.lstrip("'").startswith(_FORMULA)
    return text[1:] if is_protected else text


def _read_csv(name: str, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        if not reader.fieldnames:
            raise UsageError(f"{name} is empty; its first row names the columns.")
        for number, record in enumerate(reader, 2):
            if None in record:
                raise UsageError(f"{name}, row {number} has more cells than the first row names.")
            cells = {key: _unprotect(value) for key, value in record.items() if value is not None}
            if any(value.strip() for value in cells.values()):
                yield number, cells
    except csv.Error as error:
        raise UsageError(f"{name} is no CSV that can be read: {error}.") from error


def _read_json(name: str, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not JSON: {error}.") from error
    files = document.get("files") if isinstance(document, dict) else document
    if not isinstance(files, list):
        raise UsageError(f"{name} is neither a list of files nor has one under `files`.")
    for number, record in enumerate(files, 1):
        if not isinstance(record, dict):
            raise UsageError(f"{name}, row {number} is no object; give it a `file_path`.")
        yield number, record


def _read_row(where: str, record: Mapping[str, Any], unknown: dict[str, None]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, value in record.items():
        key = column.strip().lower().replace(" ", "_").replace("-", "_")
        field = _FIELDS.get(key)
        if field is None:
            unknown |= {} if key in _IGNORED or not key else {column.strip(): None}
            continue
        row[field] = _READERS[field](where, value)
    if not row.get("path"):
        raise UsageError(f"{where} names no file; the column is called `file_path`.")
    return row


def read_path(where: str, value: Any) -> str:
    """Return a path from the repository's root.

    Raises:
        UsageError: it is absolute, leads out of the repository, or is none.
    """
    text = read_text(where, value).strip()
    path = posixpath.normpath(text) if text else ""
    if not path or path == "." or "\0" in path:
        raise UsageError(f"{where} names no file; write its path from the repository's root.")
    if path.startswith(("/", "../")) or path == ".." or re.match(r"[A-Za-z]:[\\/]", path):
        raise UsageError(f"{where}: `{text}` is outside of the repository; write it from its root.")
    return path


def read_layer(where: str, value: Any) -> int | None:
    """Return the number of a layer given by number or name, None for none.

    Raises:
        UsageError: there is no such layer.
    """
    names = {name.lower(): number for number, name in LAYERS.items()}
    text = str("" if value is None else value).strip().lower()
    if not text:
        return None
    if text in names:
        return names[text]
    if text.isdecimal() and int(text) in LAYERS:
        return int(text)
    raise UsageError(f"{where}: there is no layer `{text}`; write 1 to 7, or {', '.join(names)}.")


def read_status(where: str, value: Any) -> str:
    """Return a status; case and the kind of gap do not matter, and none is `Not Started`.

    Raises:
        UsageError: there is no such status.
    """
    text = re.sub(r"[\s_-]+", " ", str(value or "")).strip().lower()
    found = {status.lower(): status for status in AUDIT_STATUSES}
    if not text:
        return AUDIT_STATUSES[0]
    if text not in found:
        known = ", ".join(AUDIT_STATUSES)
        raise UsageError(f"{where}: there is no status `{value}`; write one of {known}.")
    return found[text]


def read_text(where: str, value: Any) -> str:
    """Return a text that a database can hold.

    Raises:
        UsageError: it is something else.
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{where}: a text is wanted, not {json.dumps(value)[:40]}.")
    return str(value).replace("\0", "").strip()


def read_labels(where: str, value: Any) -> tuple[str, ...]:
    """Return several values from a list, or from one text with commas between them."""
    parts: Sequence[Any] = value if isinstance(value, list) else [value]
    texts = [read_text(where, part) for part in parts]
    names = [name.strip() for text in texts for name in _DIVIDER.split(text)]
    return tuple(sorted({name for name in names if name}))


_READERS = {
    "path": read_path,
    "layer": read_layer,
    "technical_debt": read_text,
    "status": read_status,
    "notes": read_text,
    "workflows": read_labels,
    "tasks": read_labels,
}
