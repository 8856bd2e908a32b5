"""Markdown for a step summary or a pull-request comment, cut to the size the place accepts."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import stage_index
from devmatrix_guard.reports.escape import fence, markdown, markdown_code, visible_lines
from devmatrix_guard.reports.layout import summary
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.preview import fix_diff

_ROOM_FOR_THE_REST = 200


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return a heading, the findings by severity and what was not checked, within the limit."""
    title = summary(report, options.fix_command) if report.findings else "No findings."
    parts = [f"### devmatrix-guard\n\n{markdown(title)}\n\n"]
    room = options.max_bytes - len(parts[0].encode()) - _ROOM_FOR_THE_REST
    blocks = list(_blocks(report))
    for index, block in enumerate(blocks):
        size = len(block.encode())
        if size > room:
            parts.append(f"\n… and {len(blocks) - index} more entries, left out for their size.\n")
            break
        parts.append(block)
        room -= size
    return "".join(parts)


def _blocks(report: CheckReport) -> Iterator[str]:
    for finding in sorted(report.findings, key=lambda finding: -stage_index(finding.stage)):
        yield _finding(finding)
    for note in report.notes:
        yield f"- note: {markdown_code(note.path)} {markdown(note.text)}\n"
    for skip in report.skipped:
        yield f"- not checked: {markdown_code(skip.path)} {markdown(skip.reason)}\n"
    for item in report.deferred:
        yield f"- not run: {markdown_code(item.rule_id)} {markdown(item.reason)}\n"


def _finding(finding: Finding) -> str:
    place = markdown_code(f"{finding.path}:{finding.start_line}")
    lines = [
        f"- **{finding.stage}** {markdown_code(finding.rule_id)} {place}<br>",
        f"  {markdown(finding.message.strip())}",
    ]
    for source in finding.sources[:3]:
        commit = markdown_code(source.commit[:10])
        lines.append(
            f"  - learned from {commit} {markdown(source.date)} {markdown(source.subject)}"
        )
    return "\n".join(lines) + "\n" + _details(finding)


def _details(finding: Finding) -> str:
    diff = "\n".join(f"{line.sign} {line.text}".rstrip() for line in fix_diff(finding)[:20])
    if diff:
        label, block = ("Fix" if finding.fix and finding.fix.safe else "Fix to review"), diff
        fenced = fence(block, "diff")
    elif finding.code:
        label, fenced = "Code", fence("\n".join(visible_lines(finding.code)[:20]), "python")
    else:
        return ""
    indented = "".join(f"  {line}" for line in fenced.splitlines(keepends=True))
    return f"\n  <details><summary>{label}</summary>\n\n{indented}\n  </details>\n\n"
