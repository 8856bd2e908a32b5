"""`guard check`: examines a change, mends what is safe to mend, says what was found."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple, TextIO

from devmatrix_guard.commands.examine import Examination, examine
from devmatrix_guard.commands.ground import CheckRequest
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import stage_index

TEXT = "text"


class CheckOptions(NamedTuple):
    """What becomes of the findings; `outputs` are texts of the form FORMAT:FILE."""

    fix: bool = False
    diff: bool = False
    format_name: str = TEXT
    outputs: tuple[str, ...] = ()
    color: str = "auto"
    exit_zero: bool = False
    statistics: bool = False
    strict: bool = False
    verbose: bool = False


def run_check(request: CheckRequest, options: CheckOptions) -> int:
    """Check, fix if asked to, show, and return the exit code.

    Raises:
        GuardError: the place, a path, the settings or git do not allow for it.
    """
    cwd = Path.cwd()
    result = examine(request, cwd, keep_sources=options.fix or options.diff)
    if options.diff:
        _show_patches(result)
        return _exit_code(result, options)
    if options.fix:
        result = _mended(result, request, cwd)
    _show(result.report, options)
    return _exit_code(result, options)


def _mended(result: Examination, request: CheckRequest, cwd: Path) -> Examination:
    """Write the safe fixes; return what is left to say, looked at again where files changed."""
    from devmatrix_guard.commands.fixing import plans_of, refusals, write_mendings

    plans = plans_of(result)
    fixed = write_mendings(plans)
    for text in refusals(plans):
        print(text, file=sys.stderr)
    if fixed and any(plan.path in result.from_disk for plan in plans):
        result = examine(request, cwd)
    left = tuple(finding for finding in result.report.findings if finding not in fixed)
    return result._replace(report=result.report._replace(findings=left, fixed=fixed))


def _show_patches(result: Examination) -> None:
    from devmatrix_guard.commands.fixing import plans_of
    from devmatrix_guard.commands.patches import unified_patch

    for plan in plans_of(result):
        sys.stdout.buffer.write(unified_patch(plan.path, plan.checked, plan.fixed))
    sys.stdout.flush()


def _show(report: CheckReport, options: CheckOptions) -> None:
    if options.outputs:
        from devmatrix_guard.reports.output import parse_output, write_outputs

        write_outputs([parse_output(text) for text in options.outputs], report)
    if options.verbose:
        _count(report, sys.stderr)
    shown = report if options.format_name != TEXT else _worth_saying(report, options)
    if options.format_name != TEXT or shown != CheckReport(gate=report.gate):
        from devmatrix_guard.reports.render import render
        from devmatrix_guard.reports.terminal import options_for

        style = options_for(sys.stdout, os.environ, options.color)
        _write(render(options.format_name, shown, style), sys.stdout)
    if options.statistics:
        _write(_statistics(report), sys.stdout)


def _worth_saying(report: CheckReport, options: CheckOptions) -> CheckReport:
    """Return what people see: nothing when clean, so no count and no rule that never runs here."""
    said = report._replace(files_checked=0, suppressed=())
    return said if report.findings or options.verbose else said._replace(deferred=())


def _count(report: CheckReport, stream: TextIO) -> None:
    files = report.files_checked
    print(f"{files} file{'s' * (files != 1)} checked", file=stream)


def _statistics(report: CheckReport) -> str:
    counts = Counter(finding.rule_id for finding in report.findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    width = len(str(ordered[0][1])) if ordered else 0
    return "".join(f"{count:>{width}}  {rule_id}\n" for rule_id, count in ordered)


def _write(text: str, stream: TextIO) -> None:
    """Write text whatever the stream's encoding can hold."""
    encoding = stream.encoding or "utf-8"
    stream.flush()
    stream.buffer.write(text.encode(encoding, "backslashreplace"))
    stream.flush()


def _exit_code(result: Examination, options: CheckOptions) -> int:
    report = result.report
    if options.strict and result.rule_errors:
        return EXIT_USAGE
    if options.exit_zero:
        return EXIT_CLEAN
    gate = stage_index(report.gate)
    failing = gate >= 0 and any(stage_index(f.stage) >= gate for f in report.findings)
    # A fix is in the work tree only: the commit in the making has still to take it up.
    unstaged_fix = bool(report.fixed) and bool(result.sources)
    return EXIT_FINDINGS if failing or unstaged_fix else EXIT_CLEAN
