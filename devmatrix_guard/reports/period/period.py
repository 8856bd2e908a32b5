"""A report about a period as sections, which Markdown and HTML both are made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from devmatrix_guard.model.answers.period import Lesson, Period, RuleChange
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.rule import RETIRED, STAGES, rank_stage
from devmatrix_guard.reports.redact import redact

SHOWN = 25  # rows of a table; more are counted
_LINES_FOR_A_RATE = 1000  # of fewer lines a rate in a thousand says nothing


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        text: what it says.
        is_code: it is shown as code.
        share: from 0 to 1, shown as a bar.
        commits: ids of the commits whose first ten characters the text has.
        names_issues: what looks like an issue in the text, such as #12, is one.
    """

    text: str
    is_code: bool = False
    share: float | None = None
    commits: tuple[str, ...] = ()
    names_issues: bool = False


_QUIET = (
    "No commit, no verdict on a finding and no run of a generated application is of this time; "
    "`guard report --since DATE` tells of a longer one."
)


class Section(NamedTuple):
    """A heading, a sentence of our own words, and a table; `left_out` rows are not shown."""

    title: str
    text: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    left_out: int = 0


class Figure(NamedTuple):
    """One of the numbers a report begins with."""

    number: int
    label: str


def write_title(period: Period, repository: str) -> str:
    """Return the heading of a report; the repository's name is given as it is to be written."""
    return f"{repository}: {period.since[:10]} to {period.until[:10]}"


def list_figures(period: Period) -> list[Figure]:
    """Return the numbers a report begins with; none where nothing happened."""
    if _is_quiet(period):
        return []
    new = sum(change.kind == "new" for change in period.changes)
    lost = sum(finding.kind == "proof" for finding in period.findings)
    return [
        _label(period.commits, "commit", "commits"),
        _label(len(period.fixes), "of them a fix", "of them fixes"),
        _label(period.added_lines, "line of Python added", "lines of Python added"),
        _label(len(period.findings), "finding on them", "findings on them"),
        *([_label(lost, "regression test lost", "regression tests lost")] if lost else []),
        _label(new, "new rule", "new rules"),
        _label(len(period.suppressions), "new suppression", "new suppressions"),
    ]


def _is_quiet(period: Period) -> bool:
    told = (period.changes, period.suppressions, period.verdicts, period.runs, period.errors)
    return not period.commits and not any(told)


def _label(number: int, one: str, many: str) -> Figure:
    return Figure(number, one if number == 1 else many)


def list_sections(period: Period) -> Iterator[Section]:
    """Yield what there is to say; a part with nothing in it says so in its sentence."""
    if _is_quiet(period):
        yield Section("Nothing happened", _QUIET)
    else:
        yield _list_findings(period)
        yield _list_rules(period)
        yield _list_lessons(period)
    if period.migrations:
        yield _list_migrations(period)
    if not _is_quiet(period):
        yield _list_fixes(period)
    if period.suppressions or period.verdicts:
        yield _list_verdicts(period)
    if period.runs:
        yield _list_runs(period)
    if period.errors:
        yield _list_errors(period)


def _list_findings(period: Period) -> Section:
    if not period.findings:
        return Section("Findings", "No rule finds anything on the lines that were added.")
    most = period.by_rule[0][1]
    places = {rule: [f for f in period.findings if f.rule_id == rule] for rule, _ in period.by_rule}
    rows = [
        (
            Cell(rule, True),
            Cell(places[rule][0].stage),
            Cell(str(count), share=count / most),
            Cell(f"{places[rule][0].path}:{places[rule][0].start_line}", True),
        )
        for rule, count in period.by_rule
    ]
    text = "What rules find today on the lines that were added, candidates included"
    if period.added_lines >= _LINES_FOR_A_RATE:
        per_thousand = 1000 * len(period.findings) / period.added_lines
        text += f": {per_thousand:.1f} in a thousand lines"
    text += "."
    return _make_table("Findings", text, ("rule", "stage", "findings", "for example"), rows)


def _list_rules(period: Period) -> Section:
    at = [f"{period.stages[s]} {s}" for s in (*STAGES, RETIRED) if period.stages.get(s)]
    now = (
        f"The repository has rules of its own: {', '.join(at)}."
        if at
        else "The repository has no rules of its own."
    )
    if period.uncommitted:
        is_one = period.uncommitted == 1
        now += (
            f" {period.uncommitted} of the work tree {'is' if is_one else 'are'} not committed yet."
        )
    if not period.changes:
        return Section("Rules", f"{now} None came, went or changed its stage.")
    order = ("new", "raised", "lowered", "gone")
    changes = sorted(period.changes, key=lambda change: (order.index(change.kind), change.id))
    rows = [
        (
            Cell(c.kind),
            Cell(c.id, True),
            Cell(_describe_stages(c)),
            Cell(_join_lines(c.message), names_issues=True),
        )
        for c in changes
    ]
    return _make_table("Rules", now, ("", "rule", "stage", "what it says"), rows)


def _describe_stages(change: RuleChange) -> str:
    return " → ".join(stage for stage in (change.before, change.after) if stage)


def _list_lessons(period: Period) -> Section:
    if not period.lessons:
        text = "No pattern was learned from the fixes of the period."
        return Section("Patterns", f"{text} `guard learn` reads them.")
    ordered = sorted(period.lessons, key=lambda lesson: (-len(lesson.commits), lesson.id))
    rows = [
        (
            Cell(lesson.title, True),
            Cell(_list_commits(lesson), commits=tuple(s.commit for s in lesson.commits[:3])),
        )
        for lesson in ordered
    ]
    return _make_table(
        "Patterns", "What the fixes of the period taught.", ("pattern", "from"), rows
    )


def _list_migrations(period: Period) -> Section:
    rows = [
        (
            Cell(one.title, True),
            Cell(f"{one.done} of {one.total}", share=one.done / (one.total or 1)),
            Cell(str(one.left)),
            Cell("confirmed" if rank_stage(one.stage) >= rank_stage("warn") else "not confirmed"),
            Cell(", ".join(c[:10] for c in one.again[:3]), commits=one.again[:3]),
        )
        for one in period.migrations
    ]
    header = ("migration", "done", "left", "", "written the old way since")
    text = "Bulk edits, as of the last `guard learn`; they advise until somebody confirms them."
    return _make_table("Migrations", text, header, rows)


def _list_commits(lesson: Lesson) -> str:
    named = ", ".join(source.commit[:10] for source in lesson.commits[:3])
    more = len(lesson.commits) - 3
    return f"{named} and {more} more" if more > 0 else named


def _list_fixes(period: Period) -> Section:
    if not period.fixes:
        return Section("Fixes", "No commit says that it fixes something.")
    share = len(period.fixes) / period.commits
    rows = [_make_commit_cells(source) for source in period.fixes]
    text = f"{share:.0%} of the commits fix something."
    return _make_table("Fixes", text, ("commit", "date", "subject"), rows)


def _make_commit_cells(source: Source) -> tuple[Cell, ...]:
    return (
        Cell(source.commit[:10], True, commits=(source.commit,)),
        Cell(source.date),
        Cell(source.subject, names_issues=True),
    )


def _list_verdicts(period: Period) -> Section:
    said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(period.verdicts.items()))
    text = f"Verdicts on findings: {said}." if said else "No feedback was given."
    rows = [
        (Cell(f"{one.path}:{one.line}", True), Cell(", ".join(one.rules)), Cell(one.reason))
        for one in period.suppressions
    ]
    return _make_table("Suppressions and feedback", text, ("new at", "rules", "reason"), rows)


def _list_runs(period: Period) -> Section:
    rows = [
        (
            Cell(f"guard {count.command}", True),
            Cell(str(count.runs)),
            Cell(str(count.failed)),
            Cell("" if count.compliance is None else f"{count.compliance:.3f}"),
        )
        for count in period.runs
    ]
    header = ("command", "runs", "failed", "mean compliance")
    return _make_table("Runs", "What was generated, verified and learned here.", header, rows)


def _list_errors(period: Period) -> Section:
    rows = [
        (
            Cell(trend.error_type),
            Cell(trend.signature, True),
            Cell(str(trend.occurrences)),
            Cell(trend.last_seen[:10]),
            Cell(trend.fixed_by or ""),
        )
        for trend in period.errors
    ]
    header = ("kind", "error", "times", "last", "fixed by")
    return _make_table("Errors", "Seen in runs of the period; the counts are totals.", header, rows)


def _make_table(
    title: str, text: str, header: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]
) -> Section:
    clean = [tuple(cell._replace(text=redact(cell.text)) for cell in row) for row in rows]
    if not clean:
        return Section(title, text)
    return Section(title, text, header, tuple(clean[:SHOWN]), max(len(clean) - SHOWN, 0))


def _join_lines(message: str) -> str:
    """Return what a rule says, in a line: without the commits that it was learned from."""
    first = message.strip().partition("\n")[0].partition(" Learned from ")[0]
    return first if len(first) <= 100 else f"{first[:99]}…"
