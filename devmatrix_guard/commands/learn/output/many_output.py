"""Shows what many repositories taught, as text for people or JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from devmatrix_guard.commands.executors import Failed
from devmatrix_guard.commands.learn.many import ManyReport, Taught
from devmatrix_guard.commands.output import View, render
from devmatrix_guard.model.rule import STAGES
from devmatrix_guard.reports.escape import make_visible, write_json
from devmatrix_guard.reports.layout import Line, Piece

_SHOWN = 20


def render_many(report: ManyReport, format_name: str, stream: TextIO) -> str:
    """Return what many repositories taught, as text or JSON."""
    return render(View(format_name, stream), report, _render_lines, _render_json)


def describe_outcome(outcome: Taught | Failed) -> str:
    """Return in a line what one repository taught, or why it taught nothing."""
    if isinstance(outcome, Failed):
        return outcome.reason
    if not outcome.fresh:
        return f"nothing new; {outcome.standing} learned rules stand"
    counts = [f"{outcome.stages[stage]} {stage}" for stage in STAGES if outcome.stages.get(stage)]
    rules = f"{outcome.standing} rules" + (f" ({', '.join(counts)})" if counts else "")
    return f"{outcome.commits:,} commits, {outcome.fixes:,} fixes: {rules}"


def _render_lines(report: ManyReport) -> Iterator[Line]:
    failed = sum(isinstance(outcome, Failed) for _, outcome in report.results)
    for path, outcome in report.results:
        style = "error" if isinstance(outcome, Failed) else "dim"
        yield (
            Piece(f"{make_visible(path)}  "),
            Piece(make_visible(describe_outcome(outcome)), style),
        )
        if isinstance(outcome, Taught):
            for note in outcome.notes:
                yield Piece("  note ", "note"), Piece(make_visible(note))
    learned = len(report.results) - failed
    said = f"Learned from {learned} of {len(report.results)} repositories into "
    yield Piece(said, "title"), Piece(make_visible(report.memory)), Piece(".")
    if not report.shared:
        yield (Piece("Nothing was learned in several repositories."),)
        return
    yield (Piece("What several repositories taught:", "title"),)
    for lesson in report.shared[:_SHOWN]:
        yield (
            Piece(f"  {make_visible(lesson.title)}  "),
            Piece(make_visible(", ".join(lesson.repositories)), "dim"),
        )
    if len(report.shared) > _SHOWN:
        yield (Piece(f"  … and {len(report.shared) - _SHOWN} more", "dim"),)


def _render_json(report: ManyReport) -> str:
    value = {
        "schema_version": 1,
        "memory": report.memory,
        "repositories": [
            {"path": path, "failed": outcome.reason}
            if isinstance(outcome, Failed)
            else {"path": path, **outcome._asdict()}
            for path, outcome in report.results
        ],
        "shared": [lesson._asdict() for lesson in report.shared],
    }
    return write_json(value)
