"""GitHub annotations: workflow commands that the runner turns into notes on the pull request.

A step shows ten annotations of a kind, so the most severe come first and the rest are counted.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport, Note
from devmatrix_guard.model.rule import stage_index
from devmatrix_guard.reports.escape import make_visible
from devmatrix_guard.reports.options import RenderOptions

_COMMANDS = {"block": "error", "warn": "warning"}


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return commands for the most severe findings and for notes, then one for the rest."""
    ranked = sorted(report.findings, key=lambda finding: -stage_index(finding.stage))
    shown, rest = ranked[: options.max_annotations], ranked[options.max_annotations :]
    lines = [_write_command(finding, options.fix_command) for finding in shown]
    if rest:
        text = f"{len(rest)} more findings are in the step summary and in the report files."
        lines.append(f"::notice title=devmatrix-guard::{_escape_data(text)}")
    room = options.max_annotations - len(shown)
    lines += map(_notice, report.notes[:room])
    if report.deferred:
        names = ", ".join(sorted({item.rule_id for item in report.deferred}))
        text = f"Rules that were not run here: {names}"
        lines.append(f"::notice title=devmatrix-guard::{_escape_data(text)}")
    return "".join(f"{line}\n" for line in lines)


def _write_command(finding: Finding, fix_command: str) -> str:
    properties = {"file": finding.path, "line": finding.start_line, "endLine": finding.end_line}
    if finding.start_line == finding.end_line:  # the runner ignores columns across lines
        properties |= {"col": finding.start_col, "endColumn": finding.end_col}
    properties["title"] = f"{finding.rule_id} ({finding.stage})"
    packed = ",".join(
        f"{name}={_escape_property(str(value))}" for name, value in properties.items()
    )
    text = _write_message(finding, fix_command)
    return f"::{_COMMANDS.get(finding.stage, 'notice')} {packed}::{_escape_data(text)}"


def _notice(note: Note) -> str:
    place = f"file={_escape_property(note.path)},line={max(note.line, 1)},title=devmatrix-guard"
    return f"::notice {place}::{_escape_data(note.text)}"


def _write_message(finding: Finding, fix_command: str) -> str:
    lines = [finding.message.strip()]
    lines += [f"Learned from {s.commit[:10]} {s.date} {s.subject}" for s in finding.sources[:3]]
    if finding.fix and finding.fix.safe:
        lines.append(
            f"A safe fix is known: {fix_command}" if fix_command else "A safe fix is known."
        )
    return "\n".join(lines)


def _escape_data(text: str) -> str:
    return "%0A".join(make_visible(line).replace("%", "%25") for line in text.split("\n"))


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
