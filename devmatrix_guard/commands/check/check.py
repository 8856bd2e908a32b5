"""`guard check`: examines a change, mends what is safe to mend, says what was found."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from devmatrix_guard.commands.check.asking import Answer, answer_warnings, without_advice
from devmatrix_guard.commands.check.context import ALL, RANGE, CheckRequest
from devmatrix_guard.commands.check.output import (
    FIX_COMMAND,
    FOR_PEOPLE,
    CheckOptions,
    is_failing,
    show,
)
from devmatrix_guard.commands.check.pipeline import Examination, examine
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INTERNAL, EXIT_USAGE

_FULL_ID = r"\b([0-9a-f]{10})[0-9a-f]{30}\b"
_NAMED_PATHS = 3


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
    # What was asked for and refused is not to be advised.
    command = "" if options.fix else _fix_command(request)
    code = _exit_code(result, options)
    if result.commit is None or not _is_hook(request):
        show(result.report, options, command)
        return code
    is_for_people = options.format_name in FOR_PEOPLE
    told = without_advice(result.commit, result.report) if is_for_people else result.report
    show(told if not options.verbose else result.report, options, command)
    if code == EXIT_USAGE or options.exit_zero:
        return code
    answer = answer_warnings(result.commit, result.report, is_failing=code != EXIT_CLEAN)
    _say(answer, options)
    return EXIT_FINDINGS if answer.stops else code


def _is_hook(request: CheckRequest) -> bool:
    """Whether a commit waits for the answer: a runner tells `guard check` so by a variable."""
    return request.is_hook or bool(os.environ.get("PRE_COMMIT"))


def _say(answer: Answer, options: CheckOptions) -> None:
    if answer.text:
        is_for_people = options.format_name in FOR_PEOPLE
        print(answer.text, file=sys.stdout if is_for_people else sys.stderr)


def _fix_command(request: CheckRequest) -> str:
    """Return the command that writes the safe fixes of what was just checked."""
    import re
    import shlex

    words = [f"--rules {shlex.quote(name)}" for name in request.rules]
    if request.unsafe_fixes:
        words.append("--unsafe-fixes")
    if request.scope == RANGE and request.range_text:
        words += ["--range", shlex.quote(re.sub(_FULL_ID, r"\1", request.range_text))]
    elif request.scope == ALL:
        words.append("--all")
    if len(request.paths) <= _NAMED_PATHS:
        words += map(shlex.quote, request.paths)
    else:
        words.append("FILE…")
    return " ".join([FIX_COMMAND, *words])


def _mended(result: Examination, request: CheckRequest, cwd: Path) -> Examination:
    """Write the safe fixes; return what is left to say, looked at again where files changed."""
    from devmatrix_guard.commands.check.fixing import plans_of, refusals, write_mendings

    plans = plans_of(result)
    fixed = write_mendings(plans)
    for text in refusals(plans):
        print(text, file=sys.stderr)
    if fixed and any(plan.path in result.from_disk for plan in plans):
        result = examine(request, cwd)
    left = tuple(finding for finding in result.report.findings if finding not in fixed)
    return result._replace(report=result.report._replace(findings=left, fixed=fixed))


def _show_patches(result: Examination) -> None:
    from devmatrix_guard.commands.check.fixing import plans_of
    from devmatrix_guard.commands.check.patches import unified_patch

    for plan in plans_of(result):
        sys.stdout.buffer.write(unified_patch(plan.path, plan.checked, plan.fixed))
    sys.stdout.flush()


def _exit_code(result: Examination, options: CheckOptions) -> int:
    report = result.report
    if options.strict and result.rule_errors:
        return EXIT_USAGE
    unseen = EXIT_INTERNAL if report.has_defect else EXIT_CLEAN
    if options.exit_zero:
        return unseen
    # A fix is in the work tree only: the commit in the making has still to take it up.
    unstaged_fix = bool(report.fixed) and bool(result.sources)
    return EXIT_FINDINGS if is_failing(report) or unstaged_fix else unseen
