"""The audit of files as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from devmatrix_guard.model.knowledge.knowledge import FileAudit
from devmatrix_guard.model.rule import LAYERS
from devmatrix_guard.reports.escape import make_visible, shorten
from devmatrix_guard.reports.layout import Line, Piece

_STYLES = {"Complete": "added", "Failed": "removed", "In Progress": "warn"}


def write_audit_lines(audits: Iterable[FileAudit]) -> Iterator[Line]:
    """Yield a line for each file, and one for each thing more that is known of it."""
    none = True
    for audit in audits:
        none = False
        yield (
            Piece(audit.status.ljust(11), _STYLES.get(audit.status, "dim")),
            Piece("  "),
            Piece(make_visible(audit.path), "place"),
            Piece(f"  {LAYERS[audit.layer]}" if audit.layer else "", "dim"),
        )
        facts = {
            "debt": audit.technical_debt,
            "workflows": ", ".join(audit.workflows),
            "tasks": ", ".join(audit.tasks),
            "notes": audit.notes,
        }
        for name, text in facts.items():
            if text:
                yield Piece(f"    {name}: ", "dim"), Piece(shorten(text))
    if none:
        yield (
            Piece("No file fits; `guard audit import` and `guard learn` fill the audit.", "dim"),
        )
