"""Suppressing comments as text for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devmatrix_guard.model.answers.suppression import ListedSuppression
from devmatrix_guard.reports.escape import make_visible, write_json
from devmatrix_guard.reports.layout import Line, Piece
from devmatrix_guard.reports.redact import redact


def write_suppression_lines(listed: Sequence[ListedSuppression]) -> Iterator[Line]:
    """Yield one line for each comment, and how many there are."""
    for one in listed:
        rules = ", ".join(one.rules) or "every rule"
        yield (
            Piece(f"{make_visible(one.path)}:{one.line}  "),
            Piece(make_visible(rules), "title"),
            Piece(f"  {one.kind}" if one.kind else ""),
            Piece(f"  {_describe_suppression(one)}", "dim"),
        )
    yield (Piece(f"{len(listed)} suppression{'' if len(listed) == 1 else 's'}.", "dim"),)


def write_suppressions_json(listed: Sequence[ListedSuppression]) -> str:
    """Return the comments as a JSON document."""
    records = [one._asdict() | {"reason": redact(one.reason)} for one in listed]
    document = {"schema_version": 1, "suppressions": records}
    return write_json(document)


def _describe_suppression(one: ListedSuppression) -> str:
    """Return what is wrong with a comment, or else its reason."""
    if one.error:
        return f"has no effect: it {make_visible(one.error)}"
    reason = make_visible(redact(one.reason)) or "no reason given"
    return f"unused: {', '.join(one.unused)} ({reason})" if one.unused else reason
