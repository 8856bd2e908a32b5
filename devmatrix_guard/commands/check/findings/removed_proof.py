"""The part of the match stage that asks what a change takes from the tests of earlier fixes."""

from __future__ import annotations

from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.commands.check.change.undo_detector import read_reverted
from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.commands.check.findings.undone import apply_comments
from devmatrix_guard.commands.learn.paths import is_excluded
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.git.raw import SUBMODULE_MODE, SYMLINK_MODE
from devmatrix_guard.mining.fixes.removed_proof import RULE_ID
from devmatrix_guard.model.diff import Skip
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport, Note, join_reports


def match_removed_proof(context: CheckContext, seen: frozenset[str]) -> CheckReport:
    """Return what the change takes from regression tests, unless a comment says it is meant.

    Args:
        context: what is checked.
        seen: the files of the change that were looked at.
    """
    unread: dict[str, str] = {}
    try:
        found = _find_removed(context, seen, unread)
    except Exception as error:
        text = describe_defect(error, "the search for removed regression tests")
        return CheckReport(notes=(Note("", 0, text),))
    paths = sorted({finding.path for finding in found})
    skipped = tuple(
        Skip(path, f"whether its tests still prove a fix cannot be told: {why}", RULE_ID)
        for path, why in unread.items()
        if path in seen
    )
    return join_reports(
        [
            CheckReport(skipped=skipped),
            *(apply_comments(context, p, [f for f in found if f.path == p]) for p in paths),
        ]
    )


def _find_removed(
    context: CheckContext, seen: frozenset[str], unread: dict[str, str]
) -> list[Finding]:
    """Return what is taken in files that were seen, or that are gone and were not left out.

    `unread` gets by path why a file with tests of fixes cannot be read.
    """
    place, change, rules = context.place, context.change, context.rules
    if place.repo is None or place.blobs is None or rules.named or change.paths.are_elsewhere:
        return []
    exclude = rules.settings("").exclude
    if change.compared is None:
        unread |= change.proof.find_unread(place.blobs)
        found = change.proof.find(place.repo, place.blobs, read_reverted(place.repo))
    else:
        base, head = change.compared.base, change.compared.head
        found, missed = change.proof.find_in_range(
            place.repo, place.blobs, base, head, tuple(exclude)
        )
        unread |= missed
    # A merge may keep a file of one side as it is, and lose with it what the other side has.
    there = {candidate.path for candidate in change.candidates if _is_changed(candidate)}
    return [f for f in found if _is_wanted(f.path, seen, there, exclude)]


def _is_changed(candidate: Candidate) -> bool:
    """Whether a file holds something else; one that is a link or a submodule by now is gone."""
    is_gone = candidate.mode in (SYMLINK_MODE, SUBMODULE_MODE)
    return not is_gone and candidate.blob != candidate.old_blob


def _is_wanted(path: str, seen: frozenset[str], there: set[str], exclude: tuple[str, ...]) -> bool:
    return path in seen if path in there else not is_excluded(path, exclude)
