"""The value a check ends with: what is said, what fixing needs, and what a commit waits for."""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.model.report import CheckReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from devmatrix_guard.commands.check.warn_once import PendingCommit
    from devmatrix_guard.model.diff import Target
    from devmatrix_guard.model.finding import Finding


class FixableFile(NamedValue):
    """A file with a safe fix: what was checked of it, and the place on disk that a fix goes to.

    `is_from_disk` tells that the content was read there, and not from the index.
    """

    target: Target
    place: Path
    is_from_disk: bool


class CheckResult(NamedValue):
    """A report, and what fixing needs.

    `fixable` are the files with a safe fix where fixing is asked for; `recheck` finds what is in
    other content of such a file. `has_rule_errors` tells that a rule file is not valid; `commit` is
    the one in the making, where a hook checks one.
    """

    report: CheckReport
    fixable: tuple[FixableFile, ...] = ()
    recheck: Callable[[Target], Sequence[Finding]] | None = None
    has_rule_errors: bool = False
    commit: PendingCommit | None = None
