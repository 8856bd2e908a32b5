"""What a check says and how it ends, from its report; loads nothing that a hook can do without."""

from __future__ import annotations

import os
import sys

from devmatrix_guard.commands.check.arguments.request import MARKDOWN, TEXT, CheckOptions
from devmatrix_guard.commands.check.findings.judge import choose_exit_code, drop_advice
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE, has_defect
from devmatrix_guard.lazy_typing import TextIO
from devmatrix_guard.model.report import CheckReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.commands.check.result import CheckResult
    from devmatrix_guard.model.diff import Skip

_SHOWN_SKIPS = 3
_HOW_SUPPRESSED = {
    "baseline": "in the baseline",
    "inline": "silenced by a comment",
    "feedback": "called a false positive",
}


def report_result(result: CheckResult, options: CheckOptions) -> int:
    """Show what a check found and return its exit code; a warning may stop a commit once.

    Args:
        result: what the check ended with.
        options: what becomes of the findings.
    """
    code = choose_exit_code(result, options)
    commit, report = result.commit, result.report
    if commit is None:
        _show(report, options)
        return code
    shown = report
    if options.is_for_people and not options.verbose:
        shown = drop_advice(report, commit.paths)
    _show(shown, options)
    if code == EXIT_USAGE or options.exit_zero:
        return code
    from devmatrix_guard.commands.check.warn_once import answer_warnings

    answer = answer_warnings(commit, report, is_failing=code != EXIT_CLEAN)
    if answer.text:
        print(answer.text, file=sys.stdout if options.is_for_people else sys.stderr)
    return EXIT_FINDINGS if answer.stops else code


def _show(report: CheckReport, options: CheckOptions) -> None:
    """Write the report to where the options ask for it."""
    if options.outputs:
        _write_outputs(report, options.outputs, options.fix_command)
    if options.verbose:
        print(count_checked(report), file=sys.stderr)
    _write(_render(report, options), sys.stdout)
    if options.is_for_people and not options.verbose:
        _write(_count_skipped(report) + _count_deferred(report), sys.stdout)
    if options.statistics:  # beside a report for programs, which they would make unreadable
        _write(_statistics(report), sys.stdout if options.is_for_people else sys.stderr)


def _write_outputs(report: CheckReport, outputs: tuple[str, ...], fix_command: str) -> None:
    from devmatrix_guard.reports.options import RenderOptions
    from devmatrix_guard.reports.output import parse_output, write_outputs

    parsed = [parse_output(text) for text in outputs]
    is_linked = any(text.startswith(MARKDOWN) for text in outputs)
    web = _find_web_address(report) if is_linked else ""
    write_outputs(parsed, report, RenderOptions(fix_command=fix_command, web=web))


def _render(report: CheckReport, options: CheckOptions) -> str:
    """Return the report in the format asked for; as text a clean one is empty."""
    if options.format_name == TEXT:
        report = _reduce_for_people(report, is_verbose=options.verbose)
        if report == CheckReport(gate=report.gate):
            return ""
    from devmatrix_guard.reports.render import render
    from devmatrix_guard.reports.terminal import choose_options

    style = choose_options(sys.stdout, os.environ, options.color)
    style = style._replace(fix_command=options.fix_command)
    if style.links or options.format_name == MARKDOWN:
        style = style._replace(web=_find_web_address(report))
    return render(options.format_name, report, style)


def _find_web_address(report: CheckReport) -> str:
    """Return the page of the repository whose commits the findings name, empty for none."""
    if not any(finding.sources for finding in report.findings):
        return ""
    from pathlib import Path  # only findings with a history need it, and it is slow to load

    from devmatrix_guard.commands.project import read_web_address

    return read_web_address(Path())


def _reduce_for_people(report: CheckReport, *, is_verbose: bool) -> CheckReport:
    """Return what people see: nothing when clean, so no count and no rule that never runs here."""
    short = report._replace(files_checked=0, suppressed=())
    if is_verbose:
        return short
    return short._replace(deferred=(), skipped=_list_silent_skips(report)[:_SHOWN_SKIPS])


def _list_silent_skips(report: CheckReport) -> tuple[Skip, ...]:
    """Return the skipped files that the report does not name as unjudged all the same."""
    told = {(one.path, one.reason) for one in report.unjudged}
    skips = [skip for skip in report.skipped if (skip.path, skip.reason) not in told]
    return tuple(sorted(skips, key=lambda skip: not has_defect((skip.reason,))))  # ours first


def _count_skipped(report: CheckReport) -> str:
    """Return one line on the skipped files beyond the first few, which --verbose names."""
    count = len(_list_silent_skips(report)) - _SHOWN_SKIPS
    if count <= 0:
        return ""
    return f"{count} more file{'s' * (count != 1)} skipped (--verbose names them)\n"


def _count_deferred(report: CheckReport) -> str:
    """Return one line on the rules that did not run, each of which --verbose names."""
    count = len(report.deferred)
    if not count:
        return ""
    needed = all(item.reason.startswith("needs semgrep") for item in report.deferred)
    why = f": need{'s' * (count == 1)} semgrep" if needed else ""
    return f"{count} rule{'s' * (count != 1)} did not run{why} (--verbose names them)\n"


def count_checked(report: CheckReport) -> str:
    """Return one line that says how many files were checked, and what was not shown of them."""
    files = report.files_checked
    parts = [f"{files} file{'s' * (files != 1)} checked"]
    for how, words in _HOW_SUPPRESSED.items():
        if count := sum(one.how == how for one in report.suppressed):
            parts.append(f"{count} finding{'s' * (count != 1)} {words}")
    return ", ".join(parts)


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
