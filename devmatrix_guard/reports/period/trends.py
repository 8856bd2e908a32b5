"""Trends of generated applications as sections, for a page of their own and for a report."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from devmatrix_guard.model.knowledge.trend import Trends
from devmatrix_guard.reports.period.period import Cell, Section
from devmatrix_guard.reports.redact import redact

_NARROWEST = 8  # a column is not made narrower
_MEASURES = {"duration_ms": "ms", "errors_count": "errors", "compliance_score": "compliance"}


def list_trend_sections(trends: Trends | None) -> Iterator[Section]:
    """Yield the sections, none where there are no trends; one that is empty says so."""
    if trends is None:
        return
    yield _write_days(trends)
    yield _write_errors(trends)
    yield _write_specs(trends)
    yield _write_anomalies(trends)
    yield Section(
        "To look at",
        "What failed, what nobody has confirmed, and what is less sure than it says."
        if trends.tasks
        else "Nothing waits for a person.",
        ("what", "name", "why"),
        tuple(
            (Cell(task.kind), Cell(redact(task.name), is_code=True), Cell(redact(task.reason)))
            for task in trends.tasks
        ),
    )


def write_trend_lines(trends: Trends, width: int = 80) -> Iterator[str]:
    """Yield the trends as lines for a terminal of a width; `--format json` has what is cut."""
    yield f"{trends.since[:10]} to {trends.until[:10]}"
    for section in list_trend_sections(trends):
        yield ""
        yield from wrap(f"{section.title}: {section.text}", width)
        if section.rows:
            rows = [list(section.header), *([cell.text for cell in row] for row in section.rows)]
            yield from _write_rows(rows, width - 2)


def _write_rows(rows: list[list[str]], width: int) -> Iterator[str]:
    """Yield rows in columns; the widest give way until all fit."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    for row in rows:
        cells = (_shorten(text, room) for text, room in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def _shorten(text: str, room: int) -> str:
    return text.ljust(room) if len(text) <= room else f"{text[: room - 1]}…"


def _write_days(trends: Trends) -> Section:
    first, passed = trends.first
    if not trends.days:
        return Section("Generated applications", "No application was verified in this time.")
    share = (
        f"Of the first verifications after a generation {passed} of {first} passed at once."
        if first
        else "No verification was the first after a generation."
    )
    return Section(
        "Generated applications",
        share,
        ("day", "verified", "passed", "compliance", "first pass"),
        tuple(
            (
                Cell(day.day),
                Cell(str(day.judged)),
                Cell(str(day.passed), share=day.passed / day.judged),
                Cell("" if day.compliance is None else f"{day.compliance:.2f}"),
                Cell(f"{day.first_passed} of {day.first}" if day.first else ""),
            )
            for day in trends.days
        ),
    )


def _write_errors(trends: Trends) -> Section:
    reuse = f"{trends.reused} of {trends.files} files" if trends.files else "no file"
    again = (
        f"Of {trends.repaired} errors that were repaired, {trends.repeated} were met again"
        if trends.repaired
        else "No error was repaired"
    )
    text = f"{again}; {reuse} came from InfraPatterns that had passed."
    return Section(
        "Errors that grow",
        text,
        ("check", "error", "before", "now"),
        tuple(
            (
                Cell(error.error_type),
                Cell(redact(error.signature)[:80], is_code=True),
                Cell(str(error.before)),
                Cell(str(error.now)),
            )
            for error in trends.growing
        ),
    )


def _write_specs(trends: Trends) -> Section:
    name, passed = trends.alike
    names = ", ".join(f"{one.name} ({one.similarity:.0%})" for one in passed)
    text = f"Like {name}, which failed last, and passed: {names}." if passed else ""
    if not trends.failing:
        return Section("Specs that keep failing", text or "None.")
    return Section(
        "Specs that keep failing",
        text or "No spec like them passed.",
        ("spec", "runs", "succeeded", "compliance"),
        tuple(
            (
                Cell(spec.spec_hash[:12], is_code=True),
                Cell(str(spec.runs)),
                Cell(str(spec.succeeded)),
                Cell("" if spec.compliance is None else f"{spec.compliance:.2f}"),
            )
            for spec in trends.failing
        ),
    )


def _write_anomalies(trends: Trends) -> Section:
    window = ", ".join(f"{count} of {name}" for name, count in sorted(trends.window.items()))
    if not window:
        return Section("Anomalies", "Too few runs to say what is usual.")
    return Section(
        "Anomalies",
        f"Robust z-scores beyond 3.5, against the runs of this time: {window}.",
        ("run", "command", "value", "median", "z"),
        tuple(
            (
                Cell(one.run_id, is_code=True),
                Cell(one.command),
                Cell(f"{one.value:.4g} {_MEASURES[one.measure]}"),
                Cell(f"{one.median:.4g}"),
                Cell(f"{one.z:+.1f}"),
            )
            for one in trends.anomalies
        ),
    )
