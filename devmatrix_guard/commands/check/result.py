"""The value a check ends with: what is said, what fixing needs, and what a commit waits for."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Any, Mapping
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.model.report import CheckReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devmatrix_guard.commands.check.warn_once import PendingCommit
    from devmatrix_guard.model.diff import Target
    from devmatrix_guard.model.finding import Finding

_NONE: Mapping[str, Any] = {}


class CheckResult(NamedValue):
    """A report, and what fixing needs: by path, the content findings are about and its place.

    `lines` are those that were checked; `recheck` finds what is in other content of such a file;
    `from_disk` are the paths whose content was read from disk; `has_rule_errors` tells that a rule
    file is not valid; `commit` is the one in the making, where a hook checks one.
    """

    report: CheckReport
    sources: Mapping[str, bytes] = _NONE
    places: Mapping[str, Any] = _NONE
    lines: Mapping[str, Any] = _NONE
    recheck: Callable[[Target], Sequence[Finding]] | None = None
    from_disk: frozenset[str] = frozenset()
    has_rule_errors: bool = False
    commit: PendingCommit | None = None
