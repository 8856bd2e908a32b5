"""Takes back what `guard init` put into a repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.setup.setup_edits import (
    read_record,
    render_reverting_diffs,
    revert_edits,
)
from devmatrix_guard.git.repository import find_repository
from devmatrix_guard.reports.escape import split_visible_lines

_OLD_RECORD = ".guard/setup.json"


class UninstallPlan(NamedTuple):
    """What uninstalling would change, as diffs; no `diffs` and no `edits`: there is nothing."""

    root: Path
    edits: int
    diffs: tuple[str, ...]
    notes: tuple[str, ...]


def plan_uninstall(start: Path) -> UninstallPlan:
    """Return what taking back the edits of init would change; nothing is written.

    Raises:
        GitError: there is no repository.
        UsageError: the record of the edits is damaged.
    """
    root = find_repository(start).root
    edits = read_record(root)
    notes = []
    if not edits:
        notes.append("Nothing to remove: `guard init` has not been run in this clone.")
    if (root / _OLD_RECORD).exists():
        notes.append(f"{_OLD_RECORD} comes with the repository and is not used; delete it.")
    return UninstallPlan(
        root, len(edits), tuple(map(_make_visible, render_reverting_diffs(root))), tuple(notes)
    )


def _make_visible(diff: str) -> str:
    return "\n".join(split_visible_lines(diff))


def uninstall(plan: UninstallPlan) -> Iterator[str]:
    """Take back every edit of init; yield a line on each.

    Raises:
        UsageError: a file cannot be written.
    """
    yield from revert_edits(plan.root)
