"""The ledger of an application as a file, a part of its README and a headline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from devmatrix_guard.generator.ledger.line import Finder, Line
from devmatrix_guard.generator.ledger.promises import iter_promises
from devmatrix_guard.generator.plan import Plan

PATH = "ledger.json"


def make_ledger(plan: Plan, files: Mapping[str, str]) -> list[Line]:
    """Return a line for every promise of the spec, as the files keep it.

    Args:
        files: the files of the application by path.
    """
    finder = Finder(files)
    return list(dict.fromkeys(map(finder.judge, iter_promises(plan))))


def find_broken(expected: Iterable[Line], found: Iterable[Line]) -> list[Line]:
    """Return the lines of promises that the generated code keeps, and this code does not."""
    kept = {line[:3] for line in found if line.state != "not"}
    return [line for line in expected if line.state == "implemented" and line[:3] not in kept]


def render_ledger(lines: Iterable[Line]) -> str:
    """Return the ledger as JSON: by operation or schema, in the order of the spec."""
    subjects: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        entry = {"kind": line.kind, "name": line.name, "state": line.state}
        if line.reason:
            entry["reason"] = line.reason
        subjects.setdefault(line.subject, []).append(entry)
    return json.dumps({"promises": subjects}, indent=1, ensure_ascii=False) + "\n"


def write_headline(operations: int, work: int) -> str:
    """Return how many operations work: `44 operations: 22 work, 22 need you`."""
    rest = operations - work
    many = "operation" if operations == 1 else "operations"
    return f"{operations} {many}: {work} work, {rest} need{'s' if rest == 1 else ''} you"


def write_summary(lines: list[Line]) -> str:
    """Return the part of the README that says which promises are kept, and which are not."""
    kept = sum(line.state == "implemented" for line in lines)
    operations = [line for line in lines if line.kind == "operation"]
    work = sum(line.state == "implemented" for line in operations)
    texts = [
        f"{write_headline(len(operations), work)}. Of {len(lines)} promises of the spec {kept} are "
        f"kept by code; `{PATH}` holds a line for each. These are not:",
        "",
        "| where | what | why |",
        "| --- | --- | --- |",
    ]
    missing = [line for line in lines if line.state != "implemented"]
    if not missing:
        return texts[0].replace(" These are not:", "")
    for line in missing[:_SHOWN]:
        said = f"{line.kind} {line.name}".strip() if line.kind != "note" else "note"
        texts.append(f"| {_escape(line.subject)} | {_escape(said)} | {_escape(line.reason)} |")
    if len(missing) > _SHOWN:
        texts.append(f"| … | {len(missing) - _SHOWN} more | see `{PATH}` |")
    return "\n".join(texts)


_SHOWN = 60


def _escape(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in printable)
