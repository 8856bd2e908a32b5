"""One check from its request to its exit code: every entry point runs these stages in this order.

request -> prefilter (may end a hook at once) -> context: place, change, settings and rules
-> match -> judge -> fix -> report

The first stage is run by `hook` itself: one that has nothing to say needs no other.
"""

from __future__ import annotations

import sys

from devmatrix_guard.commands.check.findings.judge import choose_exit_code, drop_fixed
from devmatrix_guard.commands.check.results.output import count_checked, report_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.commands.check.arguments.request import CheckOptions, CheckRequest
    from devmatrix_guard.commands.check.scan import Scan


def run_check(request: CheckRequest, options: CheckOptions, *, scan: Scan | None = None) -> int:
    """Check, fix if asked to, show, and return the exit code.

    Args:
        request: what is to be checked, and by which rules.
        options: what is to become of the findings.
        scan: what the prefilter has found already.

    Raises:
        GuardError: the place, a path, the settings or git do not allow for it.
    """
    result = None
    said = ""
    if scan is not None:
        from devmatrix_guard.commands.check.fast_path import check_scan

        result = check_scan(scan)
    if result is None:
        # A hook that gets here reads rules and trees as `guard check` does.
        import gc
        from pathlib import Path

        from devmatrix_guard.commands.check.context import open_context
        from devmatrix_guard.commands.check.examine import examine_change
        from devmatrix_guard.commands.check.results.called_tests import add_tests

        gc.enable()  # a hook starts without; a whole check may leave enough behind
        with open_context(request, Path.cwd()) as context:
            result = examine_change(context, keep_sources=options.fix or options.diff)
            result = add_tests(result, context, options)
            if context.change.undo.is_missing:
                from devmatrix_guard.commands.check.unlearned import begin_or_tell

                said = begin_or_tell(context, is_verbose=options.verbose)
    if options.diff:
        from devmatrix_guard.commands.check.results.fixing import print_patches

        print_patches(result)
        if options.verbose:
            print(count_checked(result.report), file=sys.stderr)
        return choose_exit_code(result, options)
    if options.fix:
        from devmatrix_guard.commands.check.results.fixing import fix_files

        fixed = fix_files(result)
        if fixed and any(file.is_from_disk for file in result.fixable):
            with open_context(request, Path.cwd()) as context:
                result = examine_change(context)
        result = drop_fixed(result, fixed)
    code = report_result(result, options)
    if said:
        print(said, file=sys.stderr)
    return code
