"""Markdown for a step summary or a pull-request comment, cut to the size the place accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import rank_stage
from devmatrix_guard.reports.escape import (
    escape_markdown,
    escape_markdown_code,
    fence_code,
    split_visible_lines,
)
from devmatrix_guard.reports.layout import describe_range, list_untold_sources, write_summary
from devmatrix_guard.reports.links import link_commit, link_issues
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.preview import fix_diff

_MAX_TESTS = 20
_ROOM_FOR_THE_REST = 200  # bytes for the line that counts what was left out


def render(report: CheckReport, options: RenderOptions) -> str:
    """Return a heading, the findings by severity and what was not checked, within the limit."""
    title = write_summary(report, options.fix_command) if report.findings else "No findings."
    title = " ".join([title, *describe_range(report)])
    parts = [f"### devmatrix-guard\n\n{escape_markdown(title)}\n\n"]
    room = options.max_bytes - len(parts[0].encode()) - _ROOM_FOR_THE_REST
    blocks = list(_write_blocks(report, options.web))
    for index, block in enumerate(blocks):
        size = len(block.encode())
        if size > room:
            parts.append(f"\n… and {len(blocks) - index} more entries, left out for their size.\n")
            break
        parts.append(block)
        room -= size
    return "".join(parts)


def _write_blocks(report: CheckReport, web: str) -> Iterator[str]:
    for finding in sorted(report.findings, key=lambda finding: -rank_stage(finding.stage)):
        yield _write_finding(finding, web, is_gone=finding.path in report.gone)
    for one in report.unjudged:
        mark = "**not judged**, fails" if one.fails else "not judged"
        yield f"- {mark}: {escape_markdown_code(one.path)} {escape_markdown(one.reason)}\n"
    for added in report.new_suppressions:
        mark = "**new suppression**, fails" if added.fails else "new suppression"
        place = f"{added.path}:{added.line}" if added.line else added.path
        yield f"- {mark}: {escape_markdown_code(place)} {escape_markdown(added.text)}\n"
    told = {(one.path, one.reason) for one in report.unjudged}
    for note in report.notes:
        yield f"- note: {escape_markdown_code(note.path)} {escape_markdown(note.text)}\n"
    for skip in report.skipped:
        if (skip.path, skip.reason) in told:
            continue
        yield f"- not checked: {escape_markdown_code(skip.path)} {escape_markdown(skip.reason)}\n"
    for item in report.deferred:
        yield f"- not run: {escape_markdown_code(item.rule_id)} {escape_markdown(item.reason)}\n"
    if report.tests:
        yield _write_tests(report.tests)


def _write_tests(tests: Sequence[str]) -> str:
    """Return the regression tests to run, folded where they are many."""
    shown = [f"  - {escape_markdown_code(test)}\n" for test in tests[:_MAX_TESTS]]
    more = len(tests) - _MAX_TESTS
    rest = f"  - and {more} more: `guard tests` prints them all\n" if more > 0 else ""
    return f"- regression tests of fixes this touches:\n{''.join(shown)}{rest}"


def _write_finding(finding: Finding, web: str, *, is_gone: bool) -> str:
    line = "" if is_gone else f":{finding.start_line}"
    place = escape_markdown_code(f"{finding.path}{line}")
    lines = [
        f"- **{finding.stage}** {escape_markdown_code(finding.rule_id)} {place}<br>",
        f"  {_link_message(finding, web)}",
    ]
    for source in list_untold_sources(finding)[:3]:
        commit = _link_code(source.commit, web)
        subject = link_issues(web, escape_markdown(source.subject))
        lines.append(f"  - learned from {commit} {escape_markdown(source.date)} {subject}")
    return "\n".join(lines) + "\n" + _write_details(finding)


def _link_code(commit: str, web: str) -> str:
    code, address = escape_markdown_code(commit[:10]), link_commit(web, commit)
    return f"[{code}]({address})" if address else code


def _link_message(finding: Finding, web: str) -> str:
    """Return a finding's message with the issues and the commits it names as links."""
    message = link_issues(web, escape_markdown(finding.message.strip()))
    for source in finding.sources:
        short, address = source.commit[:10], link_commit(web, source.commit)
        if address:
            message = message.replace(short, f"[{short}]({address})", 1)
    return message


def _write_details(finding: Finding) -> str:
    diff = "\n".join(f"{line.sign} {line.text}".rstrip() for line in fix_diff(finding)[:20])
    if diff:
        label, block = ("Fix" if finding.fix and finding.fix.safe else "Fix to review"), diff
        fenced = fence_code(block, "diff")
    elif finding.code:
        label, fenced = (
            "Code",
            fence_code("\n".join(split_visible_lines(finding.code)[:20]), "python"),
        )
    else:
        return ""
    indented = "".join(f"  {line}" for line in fenced.splitlines(keepends=True))
    return f"\n  <details><summary>{label}</summary>\n\n{indented}\n  </details>\n\n"
