"""GitHub annotations: workflow commands that the runner turns into notes on the pull request.

A step shows ten annotations of a kind, so the most severe come first and the rest are counted.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport, Note
from devmatrix_guard.model.rule import rank_stage
from devmatrix_guard.reports.escape import make_visible
from devmatrix_guard.reports.options import RenderOptions

_SHOWN_OF_RANGE = 3
_COMMANDS = {"block": "error", "warn": "warning"}


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return commands for the most severe findings and for notes, then one for the rest.

    What was not judged and what is newly silenced comes first, in a few annotations of those a
    step shows: they must not be lost behind findings.
    """
    ranked = sorted(report.findings, key=lambda finding: -rank_stage(finding.stage))
    lines = [*_write_range(report)][: options.max_annotations]
    room = options.max_annotations - sum(line.startswith("::error") for line in lines)
    shown, rest = ranked[:room], ranked[room:]
    lines += [
        _write_command(finding, options.fix_command, is_gone=finding.path in report.gone)
        for finding in shown
    ]
    if rest:
        text = f"{len(rest)} more findings are in the step summary and in the report files."
        lines.append(f"::notice title=devmatrix-guard::{_escape_data(text)}")
    room = max(0, options.max_annotations - len(lines))
    lines += map(_notice, report.notes[:room])
    if report.deferred:
        names = ", ".join(sorted({item.rule_id for item in report.deferred}))
        text = f"Rules that were not run here: {names}"
        lines.append(f"::notice title=devmatrix-guard::{_escape_data(text)}")
    return "".join(f"{line}\n" for line in lines)


def _write_range(report: CheckReport) -> Iterator[str]:
    missed = sorted(report.unjudged, key=lambda one: not one.fails)
    for one in missed[:_SHOWN_OF_RANGE]:
        yield _write_general(one.path, 1, f"Not judged: {one.reason}", fails=one.fails)
    if rest := missed[_SHOWN_OF_RANGE:]:
        text = f"{len(rest)} more changes were not judged; they are in the step summary."
        yield _write_general("", 0, text, fails=any(one.fails for one in rest))
    added = report.new_suppressions
    for new in added[:_SHOWN_OF_RANGE]:
        yield _write_general(
            new.path, max(new.line, 1), f"New suppression: {new.text}", fails=new.fails
        )
    if more := added[_SHOWN_OF_RANGE:]:
        text = f"{len(more)} more new suppressions are in the step summary."
        yield _write_general("", 0, text, fails=any(new.fails for new in more))


def _write_general(path: str, line: int, text: str, *, fails: bool) -> str:
    place = f"file={_escape_property(path)},line={line}," if path else ""
    return f"::{'error' if fails else 'warning'} {place}title=devmatrix-guard::{_escape_data(text)}"


def _write_command(finding: Finding, fix_command: str, *, is_gone: bool) -> str:
    """Return the command for one finding; GitHub has no line to show for a file that is gone."""
    properties: dict[str, str | int] = {}
    if not is_gone:
        properties = {"file": finding.path, "line": finding.start_line, "endLine": finding.end_line}
    if not is_gone and finding.start_line == finding.end_line:  # no columns across lines
        properties |= {"col": finding.start_col, "endColumn": finding.end_col}
    properties["title"] = f"{finding.rule_id} ({finding.stage})"
    packed = ",".join(
        f"{name}={_escape_property(str(value))}" for name, value in properties.items()
    )
    text = _write_message(finding, fix_command)
    if is_gone:
        text = f"{finding.path} is gone. {text}"
    return f"::{_COMMANDS.get(finding.stage, 'notice')} {packed}::{_escape_data(text)}"


def _notice(note: Note) -> str:
    place = f"file={_escape_property(note.path)},line={max(note.line, 1)},title=devmatrix-guard"
    return f"::notice {place}::{_escape_data(note.text)}"


def _write_message(finding: Finding, fix_command: str) -> str:
    lines = [finding.message.strip()]
    lines += [f"Learned from {s.commit[:10]} {s.date} {s.subject}" for s in finding.sources[:3]]
    if finding.fix and finding.fix.safe:
        lines.append(
            f"A safe fix is available: {fix_command}" if fix_command else "A safe fix is available."
        )
    return "\n".join(lines)


def _escape_data(text: str) -> str:
    return "%0A".join(make_visible(line).replace("%", "%25") for line in text.split("\n"))


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
