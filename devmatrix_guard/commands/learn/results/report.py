"""What learning read and what came of it, for people and for the memory."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.learn.history import (
    History,
)
from devmatrix_guard.commands.learn.results.generated_edits import GeneratedEdit
from devmatrix_guard.commands.learn.validation.validation import Validation
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.candidates.rule_files import (
    SAME,
)
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.knowledge.run import PipelineRun


class Learned(NamedTuple):
    """One rule of a run: its FixPattern, what became of its file, and the stage this now gives."""

    rule_id: str
    status: str
    pattern: FixPattern
    stage: str


class LearnReport(NamedTuple):
    """What learning read, and what came of it; `fresh` is False where nothing was new.

    `is_dry` says that none of it was written.
    """

    root: Path
    head: str
    fresh: bool
    commits: int = 0
    fixes: int = 0
    bulk_edits: int = 0
    duplicates: int = 0
    unreadable: int = 0
    candidates: int = 0
    dropped: Mapping[str, int] = {}
    rules: tuple[Learned, ...] = ()
    removed: tuple[str, ...] = ()
    standing: int = 0
    remembered_fixes: int = 0
    indexed_fixes: int = 0
    notes: tuple[str, ...] = ()
    generated: tuple[GeneratedEdit, ...] = ()
    is_dry: bool = False


def make_report(
    repo: Repository,
    history: History,
    validation: Validation,
    rules: Sequence[tuple[Learned, str]],
    notes: Sequence[str],
) -> LearnReport:
    return LearnReport(
        root=repo.root,
        head=history.head,
        fresh=True,
        commits=history.commits,
        fixes=len(history.fixes),
        bulk_edits=len(history.bulk_edits),
        duplicates=history.duplicates,
        unreadable=history.unreadable,
        candidates=validation.candidates,
        dropped=validation.dropped,
        rules=tuple(learned for learned, _ in rules),
        standing=len(rules),
        notes=(*notes, *history.notes, *history.defects, *validation.defects),
    )


def make_run(report: LearnReport, began: str) -> PipelineRun:
    counts = {learned.status: 0 for learned in report.rules} | {SAME: 0}
    for learned in report.rules:
        counts[learned.status] += 1
    return PipelineRun(
        id=f"learn-{secrets.token_hex(8)}",
        command="learn",
        started_at=began,
        completed_at=tell_time(),
        status="succeeded",
        details={
            "head": report.head,
            "commits": report.commits,
            "fixes": report.fixes,
            "sweeps": report.bulk_edits,
            "candidates": report.candidates,
            "rules": counts,
            "removed": len(report.removed),
        },
    )


def tell_time() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
