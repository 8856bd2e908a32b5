"""The value a check ends with: what is said, what fixing needs, and what a commit waits for."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Any, Mapping
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.model.report import CheckReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.commands.check.warn_once import PendingCommit

_NONE: Mapping[str, Any] = {}


class CheckResult(NamedValue):
    """A report, and what fixing needs: by path, the content findings are about and its place.

    `from_disk` are the paths whose content was read from disk; `has_rule_errors` tells that a rule
    file is not valid; `commit` is the one in the making, where a hook checks one.
    """

    report: CheckReport
    sources: Mapping[str, bytes] = _NONE
    places: Mapping[str, Any] = _NONE
    from_disk: frozenset[str] = frozenset()
    has_rule_errors: bool = False
    commit: PendingCommit | None = None
