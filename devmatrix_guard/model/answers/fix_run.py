"""What `guard fix` did to one file: each finding with its choice, and how that was verified."""

from __future__ import annotations

from typing import NamedTuple

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.knowledge.knowledge import FileAudit

FIXED, WOULD_FIX, LEFT, FAILED, NOTHING = "fixed", "would fix", "left", "failed", "nothing"


class FixStep(NamedTuple):
    """One finding: the pattern its rule was made from, and whether its fix is written.

    `confidence` is None where a person stands for the rule; `pattern_id` is then empty.
    """

    finding: Finding
    is_applied: bool
    reason: str
    pattern_id: str = ""
    confidence: float | None = None


class NearPattern(NamedTuple):
    """A pattern that resembles what is wrong with a file but is not found in it."""

    pattern_id: str
    title: str
    confidence: float


class FileFix(NamedTuple):
    """What became of one file.

    Attributes:
        path: the file.
        outcome: one of the words above.
        audit: what is known of it, afterwards.
        steps: the findings in the order of their lines.
        near: other patterns that may help.
        patch: the change, as `git apply` takes it.
        verified: what was verified, in words.
        refusal: why nothing was written, empty where it was or there was nothing to write.
        tests: regression tests that were run.
    """

    path: str
    outcome: str
    audit: FileAudit
    steps: tuple[FixStep, ...] = ()
    near: tuple[NearPattern, ...] = ()
    patch: bytes = b""
    verified: tuple[str, ...] = ()
    refusal: str = ""
    tests: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """How many findings are left."""
        return sum(not step.is_applied for step in self.steps)
