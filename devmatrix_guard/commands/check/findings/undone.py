"""The part of the match stage that asks what a change takes back of earlier fixes."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.commands.check.change.reading import Bounds, Reader, may_undo
from devmatrix_guard.commands.check.change.selection import Candidate, Cover
from devmatrix_guard.commands.check.change.undo_detector import FoundUndone
from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.engine.findings.suppressions import apply_suppressions, find_comments
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.mining.undo.finding import RULE_ID
from devmatrix_guard.model.diff import Skip
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport, Note, join_reports

OUTDATED = (
    "What was learned here is damaged or of another version of guard and cannot be read: undone "
    "fixes and lost tests go unnoticed until `guard learn` is run again."
)


SHALLOW = (
    "This is a shallow clone: fixes older than its first commit are not known, and undoing them "
    "goes unnoticed; run `git fetch --unshallow` first."
)


def match_undone(context: CheckContext, seen: frozenset[str]) -> CheckReport:
    """Return what the change takes back of earlier fixes, unless a comment says it is meant.

    Args:
        context: what is checked.
        seen: the files of the change that were looked at.
    """
    try:
        found = _find_undone(context)
    except Exception as error:
        return CheckReport(
            notes=(Note("", 0, describe_defect(error, "the search for undone fixes")),)
        )
    undone = _select_wanted(context, found.findings, seen)
    paths = sorted({finding.path for finding in undone})
    unread = tuple(
        Skip(path, f"whether it undoes a fix cannot be told: {why}", RULE_ID)
        for path, why in found.unread.items()
        if path in seen
    )
    notes = (*_list_notes(context), *(Note("", 0, text) for text in found.defects))
    return join_reports(
        [
            CheckReport(skipped=unread, notes=notes),
            *(apply_comments(context, p, [f for f in undone if f.path == p]) for p in paths),
        ]
    )


def _list_notes(context: CheckContext) -> tuple[Note, ...]:
    """Return what has to be said where earlier fixes cannot be read."""
    change, repo = context.change, context.place.repo
    if change.undo.is_outdated or change.proof.is_outdated:
        return (Note("", 0, OUTDATED),)
    is_cut = change.compared is not None and repo is not None and repo.is_shallow
    return (Note("", 0, SHALLOW),) if is_cut and not context.rules.named else ()


def _find_undone(context: CheckContext) -> FoundUndone:
    """Return what is undone in any file."""
    place, change, rules = context.place, context.change, context.rules
    if change.compared is None:
        return change.undo.find(place.repo, place.blobs)
    if place.repo is None or place.blobs is None or rules.named or change.paths.are_elsewhere:
        return FoundUndone()
    base, head = change.compared.base, change.compared.head
    exclude = tuple(rules.settings("").exclude)
    return change.undo.find_in_range(place.repo, place.blobs, base, head, exclude)


def _select_wanted(
    context: CheckContext, found: Sequence[Finding], seen: frozenset[str]
) -> list[Finding]:
    """Return what is undone in files that were seen, or that the change left as they were."""
    place, change, rules = context.place, context.change, context.rules
    cover = Cover(change.paths.inside)
    # A file that was only renamed holds what it held: what was undone in it before its new name.
    # A merge may keep a file of one side as it is, and lose with it what the other side has.
    changed = {c.path for c in change.candidates if c.blob != c.old_blob}

    def is_wanted(path: str) -> bool:
        if path in changed or path not in cover:
            return path in seen
        candidate = Candidate(path, place.root / path)
        return may_undo(candidate, Bounds(exclude=rules.settings_for(candidate).exclude))

    return [finding for finding in found if is_wanted(finding.path)]


def apply_comments(context: CheckContext, path: str, found: list[Finding]) -> CheckReport:
    """Return the findings of one file without those that a comment in it silences."""
    source = _read_source(context, path)
    comments = find_comments(path, source)
    rules = {finding.rule_id for finding in found}
    applied = apply_suppressions(path, found, comments, ran=rules, known=rules)
    return CheckReport(applied.kept, suppressed=applied.suppressed)


def _read_source(context: CheckContext, path: str) -> bytes:
    """Return the content under check of a file, empty where there is none."""
    change = context.change
    head = change.compared.head if change.compared else ""
    unchanged = Candidate(path, context.place.root / path, f"{head}:{path}" if head else None)
    candidate = next((c for c in change.candidates if c.path == path), unchanged)
    content = Reader(context.place, change.compared).content(candidate, max_file_kb=1 << 20)
    return content if isinstance(content, bytes) else b""
