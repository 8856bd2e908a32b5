"""What one check says: the value every output format is made from."""

from __future__ import annotations

from devmatrix_guard.errors import has_defect
from devmatrix_guard.lazy_typing import Sequence
from devmatrix_guard.model.diff import Deferral, Skip
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.named_value import NamedValue


class SuppressedFinding(NamedValue):
    """A finding that is silenced; `how` is `inline`, `baseline` or `feedback`."""

    finding: Finding
    how: str
    reason: str = ""
    kind: str = ""


class Note(NamedValue):
    """Something worth saying that is no finding: an unused suppression, a rule file that is off."""

    path: str
    line: int
    text: str


class Unjudged(NamedValue):
    """Something a range changes that was not judged; with `rule_id` only by that rule.

    `fails` tells that a rule which would fail the check could concern it.
    """

    path: str
    reason: str
    rule_id: str = ""
    fails: bool = False


class NewSuppression(NamedValue):
    """Something a range adds that keeps findings away: a comment, or a change of what decides.

    `line` is 0 where no line says it; `fails` tells that the check fails for it.
    """

    path: str
    line: int
    text: str
    fails: bool = False


class CheckReport(NamedValue):
    """The result of a check; findings are sorted by path, line, column and rule id.

    `gate` is the stage at or above which a finding fails the check; `files_checked` counts files
    whose code was looked at; `fixed` are the findings whose fix was written, which `findings` no
    longer holds; `unjudged` and `new_suppressions` are of a range, as are `tests`: the regression
    tests of the fixes that it touches, which reports for reviewers name. Findings in
    files of `gone` are about what the change deletes: there is no line to show them at.
    """

    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skip, ...] = ()
    deferred: tuple[Deferral, ...] = ()
    suppressed: tuple[SuppressedFinding, ...] = ()
    notes: tuple[Note, ...] = ()
    files_checked: int = 0
    fixed: tuple[Finding, ...] = ()
    gate: str = "block"
    unjudged: tuple[Unjudged, ...] = ()
    new_suppressions: tuple[NewSuppression, ...] = ()
    tests: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()

    @property
    def has_defect(self) -> bool:
        """Whether a failure of ours kept something from being checked."""
        texts = (*(skip.reason for skip in self.skipped), *(note.text for note in self.notes))
        return has_defect(texts)


def join_reports(parts: Sequence[CheckReport]) -> CheckReport:
    """Return what several reports say about different files as one; what is said twice is once."""
    return CheckReport(
        findings=tuple(f for part in parts for f in part.findings),
        skipped=tuple(s for part in parts for s in part.skipped),
        deferred=tuple(sorted({d for part in parts for d in part.deferred})),
        suppressed=tuple(s for part in parts for s in part.suppressed),
        notes=tuple(dict.fromkeys(n for part in parts for n in part.notes)),
        new_suppressions=tuple(s for part in parts for s in part.new_suppressions),
        files_checked=sum(part.files_checked for part in parts),
    )
