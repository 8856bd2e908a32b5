"""What `guard fix` did, as lines for people and JSON for machines."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from devmatrix_guard.model.answers.fix_run import (
    FAILED,
    FIXED,
    NOTHING,
    WOULD_FIX,
    FileFix,
    FixStep,
)
from devmatrix_guard.model.rule import LAYERS
from devmatrix_guard.reports.escape import (
    make_visible,
    shorten,
    split_visible_lines,
    write_json,
)
from devmatrix_guard.reports.layout import Line, Piece, wrap_text
from devmatrix_guard.reports.redact import redact

_SHORT_ID = 12
_WIDTH = 80
_STYLES = {"-": "removed", "+": "added", "@": "dim"}


def write_fix_lines(files: Sequence[FileFix]) -> Iterator[Line]:
    """Yield what became of each file, and why."""
    silent = [f for f in files if f.outcome == NOTHING and not f.near and not f.refusal]
    for file in files:
        if file not in silent or len(files) == 1:
            yield from _write_file(file)
    if silent and len(files) > 1:
        yield (Piece(f"Nothing is found in {len(silent)} of {len(files)} files.", "dim"),)


def write_fix_json(files: Sequence[FileFix]) -> str:
    """Return what became of each file as a JSON document."""
    document = {"schema_version": 1, "files": [_make_record(file) for file in files]}
    return write_json(document)


def _write_file(file: FileFix) -> Iterator[Line]:
    layer = LAYERS.get(file.audit.layer or 0, "")
    yield (
        Piece(make_visible(file.path), "place"),
        Piece(f"  {layer}" if layer else "", "dim"),
        Piece(f"  {file.audit.status}", "dim"),
    )
    if not file.steps and not file.refusal:
        yield (Piece("  Nothing is found by the rules of its layer.", "dim"),)
    for step in file.steps:
        yield from _write_step(step, file)
    for near in file.near:
        yield (
            Piece("  near   ", "dim"),
            Piece(near.pattern_id[:_SHORT_ID], "title"),
            Piece(f"  {near.confidence:.0%}  ", "dim"),
            Piece(shorten(near.title)),
        )
    if file.outcome == WOULD_FIX:
        for text in split_visible_lines(redact(os.fsdecode(file.patch))):
            yield (Piece(f"    {text}", _STYLES.get(text[:1], "plain")),)
    if file.refusal:
        for number, text in enumerate(split_visible_lines(redact(file.refusal))):
            word = "  failed " if file.outcome == FAILED else "  note   "
            yield Piece("         " if number else word, "removed"), Piece(text)
    elif file.verified:
        yield Piece("  verified ", "added"), Piece(make_visible("; ".join(file.verified)))


def _write_step(step: FixStep, file: FileFix) -> Iterator[Line]:
    word, style = "left   ", "dim"
    if step.is_applied:
        word, style = {
            FIXED: ("fixed  ", "added"),
            WOULD_FIX: ("would  ", "added"),
            FAILED: ("tried  ", "removed"),
        }.get(file.outcome, ("would  ", "added"))
    yield (
        Piece(f"  {word}", style),
        Piece(f"line {step.finding.start_line}  "),
        Piece(make_visible(step.finding.rule_id), "title"),
        Piece(f"  {shorten(redact(step.reason))}", "dim"),
    )
    for text in wrap_text(make_visible(redact(step.finding.message)), _WIDTH - 9):
        yield (Piece(f"         {text}"),)


def _make_record(file: FileFix) -> dict[str, Any]:
    return {
        "path": file.path,
        "outcome": file.outcome,
        "status": file.audit.status,
        "layer": file.audit.layer,
        "tasks": list(file.audit.tasks),
        "steps": [
            {
                "rule_id": step.finding.rule_id,
                "line": step.finding.start_line,
                "stage": step.finding.stage,
                "message": redact(step.finding.message),
                "pattern": step.pattern_id or None,
                "confidence": None if step.confidence is None else round(step.confidence, 4),
                "applied": step.is_applied and file.outcome == FIXED,
                "reason": redact(step.reason),
            }
            for step in file.steps
        ],
        "near": [near._asdict() for near in file.near],
        "verified": list(file.verified),
        "tests": list(file.tests),
        "refusal": redact(file.refusal),
        "patch": redact(os.fsdecode(file.patch)),
    }
