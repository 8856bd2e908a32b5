"""Runs, what stands out among them, and one run with its events."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.commands.service.page_queries import mask
from devmatrix_guard.commands.service.queries import RunView, Trends
from devmatrix_guard.model.knowledge.run import PipelineRun
from devmatrix_guard.server.page.charts import draw_columns
from devmatrix_guard.server.page.layout import (
    write_card,
    write_heading,
    write_moment,
    write_nothing,
    write_share,
    write_table,
)
from devmatrix_guard.server.page.markup import Child, Markup, join, make_path, tag
from devmatrix_guard.server.page.overview import fill_days
from devmatrix_guard.server.page.patterns import write_facts

_EVENTS = 200


def render_runs(runs: Sequence[PipelineRun], trends: Trends) -> Markup:
    """Return the view of the runs."""
    heading = write_heading("Runs", "What was generated, verified, repaired and learned here.")
    if not runs:
        return join([heading, write_nothing("Nothing has run yet that the memory keeps.")])
    header = ("run", "command", "how", "compliance", "seconds", "files", "errors")
    table = write_table(
        "The newest runs", header, map(_write_row, runs), numbers="compliance,seconds,files,errors"
    )
    return join(
        [
            heading,
            tag("div", _write_days(trends), *_list_anomalies(trends), class_="cards"),
            write_card("The newest", table, wide=True),
        ]
    )


def _write_row(run: PipelineRun) -> Sequence[Child]:
    seconds = "–" if run.duration_ms is None else f"{run.duration_ms / 1000:.1f}"
    return (
        tag("a", write_moment(run.started_at), href=make_path("runs", run.id)),
        f"guard {run.command}",
        _write_status(run.status),
        write_share(run.compliance_score),
        seconds,
        "–" if run.files_generated is None else run.files_generated,
        "–" if run.errors_count is None else run.errors_count,
    )


def _write_status(status: str) -> Markup:
    kind = {"succeeded": "advise", "failed": "block", "interrupted": "warn"}.get(status, "other")
    return tag("span", status, class_=f"badge part-{kind}")


def _write_days(trends: Trends) -> Markup | None:
    if not trends.days:
        return None
    good, every = sum(day.succeeded for day in trends.days), sum(day.runs for day in trends.days)
    text = f"{good} of {every} runs in 30 days went well"
    columns = draw_columns(fill_days(trends.days), text)
    return write_card("By day", columns, tag("p", f"{text}.", class_="soft"))


def _list_anomalies(trends: Trends) -> list[Markup]:
    """Return what stands out: errors that grow, specs that fail, errors by number."""
    cards: list[Markup] = []
    rows: list[Sequence[Child]]
    if trends.growing_errors:
        rows = [
            (e.error_type, tag("code", mask(e.signature)), e.before, e.now)
            for e in trends.growing_errors
        ]
        header = ("kind", "error", "before", "now")
        table = write_table("Errors met more often than before", header, rows, numbers="before,now")
        cards.append(write_card("Growing errors", table))
    if trends.failing_specs:
        rows = [
            (tag("code", s.spec_hash[:12]), s.runs, s.succeeded, write_share(s.compliance))
            for s in trends.failing_specs
        ]
        header = ("spec", "runs", "went well", "compliance")
        table = write_table("Specs that fail again and again", header, rows, numbers="runs")
        cards.append(write_card("Failing specs", table))
    if trends.errors:
        rows = [
            (e.error_type, tag("code", mask(e.signature)), e.occurrences, e.fixed_by or "–")
            for e in trends.errors[:20]
        ]
        header = ("kind", "error", "times", "fixed by")
        table = write_table("Errors by number", header, rows, numbers="times")
        cards.append(write_card("Errors", table))
    return cards


def render_run(view: RunView) -> Markup:
    """Return the view of one run."""
    run = view.run
    facts: dict[str, Child] = {
        "status": _write_status(run.status),
        "began": write_moment(run.started_at),
        "ended": write_moment(run.completed_at),
        "compliance": write_share(run.compliance_score),
        "spec": run.spec_hash[:12] if run.spec_hash else "–",
    }
    for name, value in list(run.details.items())[:20]:
        facts[str(name).replace("_", " ")] = mask(str(value))[:200]
    events = view.events[:_EVENTS]
    rows = [
        (
            f"{event.sequence}",
            event.kind,
            event.path or event.phase or "–",
            {True: "well", False: "not", None: "–"}[event.success],
            mask(str(event.details.get("message", "")))[:200],
        )
        for event in events
    ]
    header = ("step", "what", "where", "went", "said")
    table: Child = write_nothing("Nothing was recorded within it.")
    if rows:
        table = write_table("What happened, in order", header, rows)
    left = len(view.events) - len(events)
    more = tag("p", f"… and {left:,} more.", class_="soft") if left > 0 else None
    return join(
        [
            write_heading(f"guard {run.command}", run.id),
            tag(
                "div",
                write_card("Facts", write_facts(facts)),
                write_card("Events", table, more, wide=True),
                class_="cards",
            ),
            tag(
                "p",
                tag("a", "← All runs", href=make_path("runs")),
                " · ",
                tag("a", "Lineage", href=make_path("lineage", name=run.id)),
            ),
        ]
    )
