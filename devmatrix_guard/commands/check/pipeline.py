"""One check from its options to its exit code: every entry point runs these stages in this order.

options -> prefilter (may end a hook at once) -> context: place, change, settings and rules
-> match -> judge -> fix -> report

The first stage is run by `hook` itself: one that has nothing to say needs no other.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from devmatrix_guard.commands.check.request import CheckOptions, CheckRequest
    from devmatrix_guard.commands.check.result import CheckResult
    from devmatrix_guard.commands.check.scan import Scan


def run_check(
    given: Mapping[str, Any],
    paths: Sequence[str],
    *,
    is_hook: bool = False,
    scan: Scan | None = None,
) -> int:
    """Check, fix if asked to, show, and return the exit code.

    Args:
        given: the options that are given, by parameter.
        paths: what is named to be checked, by a user or a hook runner.
        is_hook: whether a hook runner called.
        scan: what the prefilter has found already.

    Raises:
        GuardError: the options, the place, a path, the settings or git do not allow for it.
    """
    from devmatrix_guard.commands.check.request import make_options, make_request

    request = make_request(given, tuple(paths), is_hook=is_hook)
    return _run_stages(request, make_options(given), scan)


def _run_stages(request: CheckRequest, options: CheckOptions, scan: Scan | None) -> int:
    from devmatrix_guard.commands.check.output import report_result
    from devmatrix_guard.commands.check.request import write_fix_command

    result = _examine(request, options, scan)
    if options.diff:
        return _show_patches(result, options)
    if options.fix:
        # What was asked for and refused is not to be advised.
        return report_result(_write_fixes(result, request), options, fix_command="")
    return report_result(result, options, write_fix_command(request))


def _examine(request: CheckRequest, options: CheckOptions, scan: Scan | None) -> CheckResult:
    """Return what the scan is enough for, else what a whole check finds."""
    if scan is not None:
        from devmatrix_guard.commands.check.fast_path import check_scan

        result = check_scan(scan)
        if result is not None:
            return result
    import gc
    from pathlib import Path

    from devmatrix_guard.commands.check.examine import examine_change

    gc.enable()  # a hook starts without; a whole check may leave enough behind
    return examine_change(request, Path.cwd(), keep_sources=options.fix or options.diff)


def _write_fixes(result: CheckResult, request: CheckRequest) -> CheckResult:
    """Write the safe fixes; return what is left to say, checked again where files changed."""
    import sys
    from pathlib import Path

    from devmatrix_guard.commands.check.examine import examine_change
    from devmatrix_guard.commands.check.fixing import describe_refusals, plan_fixes, write_fixes

    plans = plan_fixes(result)
    fixed = write_fixes(plans)
    for text in describe_refusals(plans):
        print(text, file=sys.stderr)
    if fixed and any(plan.path in result.from_disk for plan in plans):
        result = examine_change(request, Path.cwd())
    left = tuple(finding for finding in result.report.findings if finding not in fixed)
    return result._replace(report=result.report._replace(findings=left, fixed=fixed))


def _show_patches(result: CheckResult, options: CheckOptions) -> int:
    """Print the safe fixes as a patch; return the exit code."""
    import sys

    from devmatrix_guard.commands.check.fixing import plan_fixes
    from devmatrix_guard.commands.check.judge import choose_exit_code
    from devmatrix_guard.commands.check.patches import make_patch

    for plan in plan_fixes(result):
        sys.stdout.buffer.write(make_patch(plan.path, plan.checked, plan.fixed))
        if plan.note:
            print(plan.note, file=sys.stderr)
    sys.stdout.flush()
    return choose_exit_code(result, options)
