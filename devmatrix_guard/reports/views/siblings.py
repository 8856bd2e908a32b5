"""Unfixed siblings of a fix as lines for people and JSON for machines."""

from __future__ import annotations

import os
from collections.abc import Iterator

from devmatrix_guard.model.answers.sibling import Siblings
from devmatrix_guard.reports.escape import (
    make_visible,
    shorten,
    split_visible_lines,
    write_json,
)
from devmatrix_guard.reports.layout import Line, Piece
from devmatrix_guard.reports.redact import redact

_STYLES = {"-": "removed", "+": "added"}


def write_sibling_lines(found: Siblings) -> Iterator[Line]:
    """Yield each sibling with what the fix makes of it."""
    yield (Piece(make_visible(shorten(redact(found.title))), "title"),)
    for sibling in found.found:
        yield (
            Piece(f"  {make_visible(sibling.path)}:{sibling.line}", "place"),
            Piece(f"  {shorten(redact(sibling.why))}", "dim"),
        )
        if sibling.patch:
            for text in split_visible_lines(redact(os.fsdecode(sibling.patch))):
                if text[:1] in _STYLES and text[:3] not in ("---", "+++"):
                    yield (Piece(f"    {text}", _STYLES[text[0]]),)
        else:
            yield (Piece(f"    {shorten(redact(sibling.code))}"),)
        if sibling.doubt:
            yield (Piece(f"    not proven: {shorten(sibling.doubt)}", "dim"),)
    for text in found.left_out:
        yield Piece("  left out: ", "note"), Piece(make_visible(shorten(text)))
    if not found.found:
        yield (Piece("  No place of today's code looks like what it fixed.", "dim"),)


def write_siblings_json(found: Siblings) -> str:
    """Return siblings as a JSON document."""
    document = {
        "schema_version": 1,
        "subject": found.subject,
        "title": redact(found.title),
        "siblings": [
            {
                "path": sibling.path,
                "line": sibling.line,
                "code": redact(sibling.code),
                "why": redact(sibling.why),
                "proven": not sibling.doubt,
                "doubt": sibling.doubt,
                "patch": redact(os.fsdecode(sibling.patch)),
            }
            for sibling in found.found
        ],
        "left_out": list(found.left_out),
    }
    return write_json(document)
