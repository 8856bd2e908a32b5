"""What a check says and how it ends, from its report; loads nothing that a hook can do without."""

from __future__ import annotations

import os
import sys

from devmatrix_guard.commands.check.judge import choose_exit_code, drop_advice
from devmatrix_guard.commands.check.request import FIX_COMMAND, TEXT, CheckOptions
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE
from devmatrix_guard.lazy_typing import TextIO
from devmatrix_guard.model.report import CheckReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.commands.check.result import CheckResult

_MARKDOWN = "markdown"
FOR_PEOPLE = (TEXT, "concise")
_HOW_SUPPRESSED = {"baseline": "in the baseline", "inline": "silenced by a comment"}


def report_result(result: CheckResult, options: CheckOptions, fix_command: str) -> int:
    """Show what a check found and return its exit code; a warning may stop a commit once.

    Args:
        result: what the check ended with.
        options: what becomes of the findings.
        fix_command: what would write the fixes, empty where that was asked for already.
    """
    code = choose_exit_code(result, options)
    commit, report = result.commit, result.report
    if commit is None:
        show(report, options, fix_command)
        return code
    is_for_people = options.format_name in FOR_PEOPLE
    hushed = drop_advice(report, commit.paths) if is_for_people else report
    show(report if options.verbose else hushed, options, fix_command)
    if code == EXIT_USAGE or options.exit_zero:
        return code
    from devmatrix_guard.commands.check.warn_once import answer_warnings

    answer = answer_warnings(commit, report, is_failing=code != EXIT_CLEAN)
    if answer.text:
        print(answer.text, file=sys.stdout if is_for_people else sys.stderr)
    return EXIT_FINDINGS if answer.stops else code


def show(report: CheckReport, options: CheckOptions, fix_command: str = FIX_COMMAND) -> None:
    """Write the report to where the options ask for it; `fix_command` would write its fixes."""
    if options.outputs:
        from devmatrix_guard.reports.options import RenderOptions
        from devmatrix_guard.reports.output import parse_output, write_outputs

        outputs = [parse_output(text) for text in options.outputs]
        web = (
            _find_web_address(report)
            if any(one.startswith(_MARKDOWN) for one in options.outputs)
            else ""
        )
        write_outputs(outputs, report, RenderOptions(fix_command=fix_command, web=web))
    if options.verbose:
        _count_checked(report, sys.stderr)
    shown = report if options.format_name != TEXT else _reduce_for_people(report, options)
    if options.format_name != TEXT or shown != CheckReport(gate=report.gate):
        from devmatrix_guard.reports.render import render
        from devmatrix_guard.reports.terminal import choose_options

        style = choose_options(sys.stdout, os.environ, options.color)
        style = style._replace(fix_command=fix_command)
        if style.links or options.format_name == _MARKDOWN:
            style = style._replace(web=_find_web_address(report))
        _write(render(options.format_name, shown, style), sys.stdout)
    if options.format_name in FOR_PEOPLE and not options.verbose:
        _write(_count_deferred(report), sys.stdout)
    if options.statistics:  # beside a report for programs, which they would make unreadable
        for_people = options.format_name in FOR_PEOPLE
        _write(_statistics(report), sys.stdout if for_people else sys.stderr)


def _find_web_address(report: CheckReport) -> str:
    """Return the page of the repository whose commits the findings name, empty for none."""
    if not any(finding.sources for finding in report.findings):
        return ""
    from devmatrix_guard.git.process import run_git
    from devmatrix_guard.reports.links import find_web_address

    code, answer, _ = run_git(os.curdir, "config", "--get", "remote.origin.url")
    return "" if code else find_web_address(os.fsdecode(answer).strip())


def _reduce_for_people(report: CheckReport, options: CheckOptions) -> CheckReport:
    """Return what people see: nothing when clean, so no count and no rule that never runs here."""
    short = report._replace(files_checked=0, suppressed=())
    return short if options.verbose else short._replace(deferred=())


def _count_deferred(report: CheckReport) -> str:
    """Return one line on the rules that did not run, each of which --verbose names."""
    count = len(report.deferred)
    if not count:
        return ""
    needed = all(item.reason.startswith("needs semgrep") for item in report.deferred)
    why = f": need{'s' * (count == 1)} semgrep" if needed else ""
    return f"{count} rule{'s' * (count != 1)} did not run{why} (--verbose names them)\n"


def _count_checked(report: CheckReport, stream: TextIO) -> None:
    files = report.files_checked
    parts = [f"{files} file{'s' * (files != 1)} checked"]
    for how, words in _HOW_SUPPRESSED.items():
        if count := sum(one.how == how for one in report.suppressed):
            parts.append(f"{count} finding{'s' * (count != 1)} {words}")
    print(", ".join(parts), file=stream)


def _statistics(report: CheckReport) -> str:
    from collections import Counter

    counts = Counter(finding.rule_id for finding in report.findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    width = len(str(ordered[0][1])) if ordered else 0
    return "".join(f"{count:>{width}}  {rule_id}\n" for rule_id, count in ordered)


def _write(text: str, stream: TextIO) -> None:
    """Write text whatever the stream's encoding can hold; a reader that left changes no verdict."""
    encoding = stream.encoding or "utf-8"
    try:
        stream.flush()
        stream.buffer.write(text.encode(encoding, "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        pass
