"""Writes safe fixes to the work tree: never to the index, never over an edit of the user's.

A finding is placed in the content that was checked, often a staged blob; the file on disk may
differ. The edits are carried over to it, or refused where they would touch what differs.
"""

from __future__ import annotations

import ast
import os
import shlex
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard import files
from devmatrix_guard.commands.check.patches import make_patch
from devmatrix_guard.commands.check.result import CheckResult
from devmatrix_guard.engine.fixing.fixes import apply_edits, select_fixes
from devmatrix_guard.errors import UsageError
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.model.diff import Hunk
from devmatrix_guard.model.finding import Edit, Finding
from devmatrix_guard.reports.escape import make_visible, split_visible_lines

_OVERLAP = "an edit in the work tree that is not staged overlaps it"


class FixPlan(NamedTuple):
    """What would become of one file.

    `checked` is the content the findings are about and `fixed` the same with `fixes` applied;
    `written` is what the file at `place`, which holds `on_disk`, becomes; it is None where
    `refusal` says why it must not.
    """

    path: str
    place: Path
    checked: bytes
    fixed: bytes
    fixes: tuple[Finding, ...]
    on_disk: bytes | None = None
    written: bytes | None = None
    refusal: str = ""


def plan_fixes(result: CheckResult) -> list[FixPlan]:
    """Return what fixing would do to each file that has a safe fix."""
    by_path: dict[str, list[Finding]] = {}
    for finding in result.report.findings:
        by_path.setdefault(finding.path, []).append(finding)
    plans = []
    for path, checked in result.sources.items():
        fixes = select_fixes(by_path[path])
        if fixes:
            fixed = apply_edits(checked, _collect_edits(fixes))
            plans.append(_plan_file(FixPlan(path, result.places[path], checked, fixed, fixes)))
    return plans


def describe_refusals(plans: Sequence[FixPlan]) -> list[str]:
    """Return what to say about each file that is not written: why, the patch, what to do."""
    texts = []
    for plan in plans:
        if plan.refusal:
            patch = make_patch(plan.path, plan.checked, plan.fixed)
            path = shlex.quote(plan.path)
            texts.append(
                f"{make_visible(plan.path)} was not fixed: {plan.refusal}.\n{_show_patch(patch)}"
                f"To add it to the commit: guard check --diff {path} | git apply --cached"
            )
    return texts


def _show_patch(patch: bytes) -> str:
    return "".join(f"{line}\n" for line in split_visible_lines(os.fsdecode(patch)))


def _plan_file(plan: FixPlan) -> FixPlan:
    """Return the plan with what the file on disk becomes, or with the reason it stays."""
    try:
        on_disk = files.read_file(*_split_place(plan))
    except files.FileError:
        return plan._replace(refusal="the file is not in the work tree")
    plan = plan._replace(on_disk=on_disk)
    if on_disk == plan.checked:
        return plan._replace(written=plan.fixed)
    before = _normalise_newlines(plan.checked)
    unstaged = diff_lines(before, _normalise_newlines(on_disk))
    if set(diff_lines(before, _normalise_newlines(plan.fixed))) <= set(unstaged):
        return plan._replace(refusal="the work tree already has the fix; it is only not staged")
    moved = [_move_edit(edit, unstaged) for edit in _collect_edits(plan.fixes)]
    if None in moved:
        return plan._replace(refusal=_OVERLAP)
    written = _apply_to_disk(on_disk, [edit for edit in moved if edit is not None])
    if written is None:
        return plan._replace(refusal="the file in the work tree would not parse")
    return plan._replace(written=written)


def _split_place(plan: FixPlan) -> tuple[str, str]:
    """Return the folder a file is checked in, which no link may lead out of, and its path there."""
    place = plan.place.absolute()
    root = str(place).removesuffix(f"/{plan.path}")
    return (root, plan.path) if root not in ("", str(place)) else (str(place.parent), place.name)


def _collect_edits(fixes: Sequence[Finding]) -> list[Edit]:
    unique = {edit: None for finding in fixes if finding.fix for edit in finding.fix.edits}
    return sorted(unique)


def _normalise_newlines(content: bytes) -> bytes:
    """Return a content as git stores it where line endings are converted on checkout."""
    return content.replace(b"\r\n", b"\n")


def _move_edit(edit: Edit, unstaged: Sequence[Hunk]) -> Edit | None:
    """Return the edit as it stands after the hunks, or None if one of them touches its lines."""
    first = edit.start_line
    is_whole = edit.end_col == 1 and edit.end_line > first
    last = edit.end_line - 1 if is_whole else edit.end_line
    shift = 0
    for hunk in unstaged:
        if hunk.old_count == 0:
            if hunk.old_start >= last:
                continue
            if hunk.old_start >= first:
                return None
        elif hunk.old_start > last:
            continue
        elif hunk.old_start + hunk.old_count > first:
            return None
        shift += hunk.new_count - hunk.old_count
    return edit._replace(start_line=first + shift, end_line=edit.end_line + shift)


def _apply_to_disk(on_disk: bytes, edits: Sequence[Edit]) -> bytes | None:
    newline = "\r\n" if b"\r\n" in on_disk else "\n"
    styled = [
        edit._replace(text=edit.text.replace("\r\n", "\n").replace("\n", newline)) for edit in edits
    ]
    try:
        written = apply_edits(on_disk, styled)
    except UsageError:
        return None
    return written if _parses(written) else None


def _parses(source: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def write_fixes(plans: Sequence[FixPlan]) -> tuple[Finding, ...]:
    """Write every file that has something to write; return the findings they resolve.

    Raises:
        UsageError: a file cannot be written; it and all after it are left as they were.
    """
    fixed: list[Finding] = []
    for plan in plans:
        if plan.written is not None:
            files.write_file(*_split_place(plan), plan.written, expected=plan.on_disk, sync=True)
            fixed += plan.fixes
    return tuple(fixed)
