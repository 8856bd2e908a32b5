"""The part of the match stage that asks whether generated applications still follow their specs.

Nothing is read or loaded where no file of the change lies in an application, or was a spec of one.
"""

from __future__ import annotations

import os

from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.commands.check.findings.judge import APPLICATION
from devmatrix_guard.commands.check.findings.undone import apply_comments
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.generated_code import SOURCE_ENDS, may_be_source
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import CheckReport, Note, join_reports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.commands.application.changes.faults import Fault
    from devmatrix_guard.commands.application.changes.versions import VersionPair

RULE_ID = "application-drift"
_MAX_BYTES = 8 << 20
_MANIFEST = ".guard/generation_manifest.json"


def match_applications(context: CheckContext) -> CheckReport:
    """Return what the change leaves wrong in generated applications, unless a comment allows it."""
    try:
        found = _find_drift(context)
    except Exception as error:
        text = describe_defect(error, "the check of generated applications")
        return CheckReport(notes=(Note("", 0, text),))
    paths = sorted({finding.path for finding in found})
    return join_reports(
        [apply_comments(context, p, [f for f in found if f.path == p]) for p in paths]
    )


def _find_drift(context: CheckContext) -> list[Finding]:
    if context.rules.named or context.change.paths.are_elsewhere or not _may_touch(context):
        return []
    pair = _open_pair(context)
    if pair is None:
        return []
    from devmatrix_guard.commands.application.changes.faults import find_faults
    from devmatrix_guard.commands.application.changes.touched import find_touched

    return [
        _make_finding(fault)
        for touched in find_touched(pair)
        for fault in find_faults(touched, pair)
    ]


def _may_touch(context: CheckContext) -> bool:
    """Tell whether an application may be touched, before anything of it is loaded."""
    blobs, change = context.place.blobs, context.change
    if type(blobs) is not BlobReader:
        return False  # texts that nobody has saved: an editor asks again with each letter
    head = f"{change.compared.head}:" if change.compared else ""
    seen: set[str] = set()
    for candidate in change.candidates:
        folder = candidate.path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in seen:
                break
            seen.add(folder)
            path = f"{folder}/{_MANIFEST}" if folder else _MANIFEST
            is_there = blobs.get_size(head + path) is not None if head else None
            if is_there or (not head and os.path.isfile(context.place.root / path)):  # noqa: PTH113 - a name may be too long
                return True
        if candidate.old_blob and candidate.path.endswith(SOURCE_ENDS):
            old = blobs.read(candidate.old_blob, _MAX_BYTES)
            if may_be_source(candidate.path, old):
                return True
    return False


def _open_pair(context: CheckContext) -> VersionPair | None:
    """Return both versions of what is checked; None for texts that nobody has saved."""
    repo, blobs, change = context.place.repo, context.place.blobs, context.change
    if repo is None or blobs is None:
        return None
    from devmatrix_guard.commands.application.changes.versions import (
        CommitVersion,
        DiskVersion,
        FilePair,
        IndexVersion,
        Version,
        VersionPair,
    )

    inside = [c for c in change.candidates if c.place.is_relative_to(context.place.root)]
    files = tuple(FilePair(c.path, c.old_blob, c.blob) for c in inside)
    head: Version
    if change.compared is not None:
        before = CommitVersion(repo, blobs, change.compared.base)
        head = CommitVersion(repo, blobs, change.compared.head)
        return VersionPair(before, head, files, blobs)
    if any(c.blob or c.old_blob for c in inside):
        staged = tuple(f for f in files if f.new_blob or f.old_blob)
        head = IndexVersion(repo, blobs)
        at_head = CommitVersion(repo, blobs, "HEAD")
        return VersionPair(at_head, head, staged, blobs, DiskVersion(repo))
    return VersionPair(CommitVersion(repo, blobs, ""), DiskVersion(repo), files, blobs)


def _make_finding(fault: Fault) -> Finding:
    from devmatrix_guard.engine.findings.fingerprint import compute_fingerprint

    return Finding(
        rule_id=RULE_ID,
        path=fault.path,
        start_line=fault.line,
        start_col=1,
        end_line=fault.line,
        end_col=1,
        stage="block",
        severity="ERROR",
        layer=None,
        message=fault.message,
        fingerprint=compute_fingerprint(RULE_ID, fault.path, code=fault.message),
        kind=APPLICATION,
    )
