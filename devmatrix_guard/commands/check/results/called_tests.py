"""Adds to a report for reviewers the regression tests that a range calls for."""

from __future__ import annotations

from devmatrix_guard.commands.check.arguments.request import CheckOptions
from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.commands.check.result import CheckResult

_FORMAT = "markdown"


def add_tests(result: CheckResult, context: CheckContext, options: CheckOptions) -> CheckResult:
    """Return a result with the tests to run, where a range is checked and a report names them.

    Args:
        result: what the check found.
        context: what was checked.
        options: which reports are written.
    """
    place, compared = context.place, context.change.compared
    wanted = [options.format_name, *(output.partition(":")[0] for output in options.outputs)]
    if compared is None or place.repo is None or place.blobs is None or _FORMAT not in wanted:
        return result
    from devmatrix_guard.commands.memory.fix_tests import choose_tests
    from devmatrix_guard.git.changes import read_range_changes

    changes = list(read_range_changes(place.repo, compared.base, compared.head))
    chosen = choose_tests(place.repo, place.blobs, changes, compared.head)
    nodes = tuple(dict.fromkeys(test.node for test in chosen))
    return result._replace(report=result.report._replace(tests=nodes))
