"""One check from its options to its exit code: every entry point runs these stages in this order.

options -> prefilter (may end a hook at once) -> context: place, change, settings and rules
-> match -> judge -> fix -> report

The first stage is run by `hook` itself: one that has nothing to say needs no other.
"""

from __future__ import annotations

import sys

from devmatrix_guard.commands.check.judge import choose_exit_code, drop_fixed
from devmatrix_guard.commands.check.output import report_result
from devmatrix_guard.commands.check.request import make_options, make_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

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
    if given.get("stdin_filename") or given.get("new_lines"):
        from devmatrix_guard.commands.check.stdin import make_stdin_request

        request = make_stdin_request(given, tuple(paths), sys.stdin.buffer)
    else:
        request = make_request(given, tuple(paths), is_hook=is_hook)
    options = make_options(given, request)
    result = None
    if scan is not None:
        from devmatrix_guard.commands.check.fast_path import check_scan

        result = check_scan(scan)
    if result is None:
        # A hook that gets here reads rules and trees as `guard check` does.
        import gc
        from pathlib import Path

        from devmatrix_guard.commands.check.called_tests import add_tests
        from devmatrix_guard.commands.check.context import open_context
        from devmatrix_guard.commands.check.examine import examine_change

        gc.enable()  # a hook starts without; a whole check may leave enough behind
        with open_context(request, Path.cwd()) as context:
            result = examine_change(context, keep_sources=options.fix or options.diff)
            result = add_tests(result, context, options)
    if options.diff:
        from devmatrix_guard.commands.check.fixing import print_patches

        print_patches(result)
        return choose_exit_code(result, options)
    if options.fix:
        from devmatrix_guard.commands.check.fixing import fix_files

        fixed = fix_files(result)
        if fixed and any(file.is_from_disk for file in result.fixable):
            with open_context(request, Path.cwd()) as context:
                result = examine_change(context)
        result = drop_fixed(result, fixed)
    return report_result(result, options)
