"""Looks for candidates in code: in today's tree, and in what later commits added.

Every match goes through the engine that checks commits, so that what is counted here is what a
user will see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.prefilter.lookalikes import reread_words
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.errors import DEFECT
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.rule import Rule


class Place(NamedTuple):
    """Where something matches; lines are 1-based."""

    path: str
    line: int


class Scan:
    """Queries compiled once, to look for in many files; what needs semgrep finds nothing.

    `defects` says where a fault of ours kept one from being looked for.
    """

    def __init__(self, queries: Mapping[str, Mapping[str, Any]]) -> None:
        self._compiled = compile_rules(
            Rule(name, "", "INFO", "candidate", None, ("python",), query)
            for name, query in queries.items()
        )
        self.defects = [text for _, _, text in self._compiled.errors if DEFECT in text]
        self._anchors = [self._compiled.rule(n).anchors for n in range(len(self._compiled))]

    def find_locations(self, targets: Iterable[Target]) -> dict[str, list[Place]]:
        """Return where each query matches on the targets' lines, by path and line."""
        found: dict[str, list[Place]] = {name: [] for name in self._compiled.in_process}
        chosen = (target for target in targets if self._may_match(target.source))
        report = check_targets(
            self._compiled, chosen, suppressions=False, fixes=False, fingerprints=False
        )
        self.defects += [f"{s.path}: {s.reason}" for s in report.skipped if DEFECT in s.reason]
        for finding in report.findings:
            found[finding.rule_id].append(Place(finding.path, finding.start_line))
        return found

    def _may_match(self, source: bytes) -> bool:
        """Tell whether a file holds the words of any query; looking for words takes far longer."""
        return bool(reread_words(source)) or any(
            anchors is None or any(all(word in source for word in words) for words in anchors)
            for anchors in self._anchors
        )
