"""Writes safe fixes to the work tree: never to the index, never over an edit of the user's.

A finding is placed in the content that was checked, often a staged blob; the file on disk may
differ. The edits are carried over to it, or refused where they would touch what differs. What a fix
makes possible is fixed, too, until nothing is left: a second run changes nothing.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard import files
from devmatrix_guard.commands.check.result import CheckResult, FixableFile
from devmatrix_guard.commands.check.results.patches import make_patch
from devmatrix_guard.engine.check import Lines, touches
from devmatrix_guard.engine.fixing.fixes import apply_edits, collect_edits, has_safe_fix
from devmatrix_guard.engine.fixing.rounds import Round, Settled, settle_fixes
from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.errors import UsageError
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.model.diff import Hunk, Target
from devmatrix_guard.model.finding import Edit, Finding
from devmatrix_guard.reports.escape import make_visible, split_visible_lines

Recheck = Callable[[Target], Sequence[Finding]]
_OVERLAP = "an edit in the work tree that is not staged overlaps it"


class FixPlan(NamedTuple):
    """What would become of one file.

    `checked` is the content the findings are about and `fixed` the same after all `rounds`;
    `fixes` are the findings that are resolved; `written` is what the file at `place`, which holds
    `on_disk`, becomes; it is None where `refusal` says why it must not. `note` says what was left
    to fix, and why.
    """

    path: str
    place: Path
    checked: bytes
    fixed: bytes
    fixes: tuple[Finding, ...]
    rounds: tuple[Round, ...] = ()
    on_disk: bytes | None = None
    written: bytes | None = None
    refusal: str = ""
    note: str = ""


def fix_files(result: CheckResult) -> tuple[Finding, ...]:
    """Write the safe fixes, say which could not be written and why, and return what is fixed.

    Raises:
        UsageError: a file cannot be written; it and all after it are left as they were.
    """
    plans = plan_fixes(result)
    fixed = _write_fixes(plans)
    for text in _describe_refusals(plans):
        print(text, file=sys.stderr)
    return fixed


def print_patches(result: CheckResult) -> None:
    """Print the safe fixes as a patch of what was checked, and what is left on the error stream."""
    for plan in plan_fixes(result):
        sys.stdout.buffer.write(make_patch(plan.path, plan.checked, plan.fixed))
        if plan.note:
            print(plan.note, file=sys.stderr)
    sys.stdout.flush()


def plan_fixes(result: CheckResult) -> list[FixPlan]:
    """Return what fixing would do to each file that has a safe fix."""
    by_path: dict[str, list[Finding]] = {}
    for finding in result.report.findings:
        by_path.setdefault(finding.path, []).append(finding)
    return [_plan_fixes(file, by_path[file.target.path], result.recheck) for file in result.fixable]


def _plan_fixes(file: FixableFile, findings: Sequence[Finding], recheck: Recheck | None) -> FixPlan:
    path, checked, lines, _ = file.target

    def check_again(content: bytes) -> Sequence[Finding]:
        """Return what is found in the file's fixed content, on the lines that were checked."""
        later = Target(path, content, _carry_lines(lines, checked, content))
        return recheck(later) if recheck is not None else ()

    settled = settle_fixes(checked, findings, check_again)
    fixes = _collect_fixed(findings, checked, settled)
    rest = _describe_rest(settled)
    note = make_visible(f"{path}: {rest}.") if rest else ""
    plan = FixPlan(path, file.place, checked, settled.fixed, fixes, settled.rounds, note=note)
    return _plan_file(plan) if settled.rounds else plan


def _carry_lines(lines: Lines, before: bytes, after: bytes) -> Lines:
    """Return where lines stand in a later content, with all that changed since."""
    if lines is None:
        return None
    hunks = diff_lines(before, after)
    changed = [(h.new_start, h.new_start + h.new_count - 1) for h in hunks if h.new_count]
    moved = [piece for first, last in lines for piece in _carry_range(first, last, hunks)]
    return tuple(sorted((*changed, *moved)))


def _carry_range(first: int, last: int, hunks: Sequence[Hunk]) -> Iterator[tuple[int, int]]:
    """Yield where the lines of a range stand that no hunk touches."""
    shift = 0
    for hunk in hunks:
        start = hunk.old_start + (hunk.old_count == 0)
        if first < start:
            yield first + shift, min(last, start - 1) + shift
        first = max(first, start + hunk.old_count)
        shift += hunk.new_count - hunk.old_count
        if first > last:
            return
    yield first + shift, last + shift


def _collect_fixed(
    findings: Sequence[Finding], checked: bytes, settled: Settled
) -> tuple[Finding, ...]:
    """Return what is fixed: findings of the check where a later round had their turn."""
    fixed: list[Finding] = []
    for one in settled.rounds:
        waiting = [f for f in findings if has_safe_fix(f) and f not in fixed]
        for finding in one.fixes:
            same = (f for f in waiting if _is_same(f, finding, checked, one.before))
            fixed.append(next(same, finding) if finding not in waiting else finding)
            waiting = [f for f in waiting if f is not fixed[-1]]
    return tuple(dict.fromkeys(fixed))


def _is_same(old: Finding, new: Finding, before: bytes, after: bytes) -> bool:
    """Tell whether a finding of a later content stands where one of the same rule stood."""
    if old.rule_id != new.rule_id:
        return False
    first, last = old.start_line, old.end_line
    hunks = diff_lines(before, after)
    changed = [
        (h.new_start, h.new_start + h.new_count - 1)
        for h in hunks
        if h.new_count and h.old_start <= last and h.old_start + h.old_count > first
    ]
    return touches(new, (*changed, *_carry_range(first, last, hunks)))


def _describe_rest(settled: Settled) -> str:
    if settled.circling:
        rules = " and ".join(filter(None, (", ".join(settled.circling[:-1]), settled.circling[-1])))
        verb = "undo each other's fixes" if settled.circling[1:] else "finds its own fixed code"
        return f"{rules} {verb}, which were left; change the rules"
    if not settled.is_at_rest:
        return "there is more to fix after the last round; run it again"
    return ""


def _describe_refusals(plans: Sequence[FixPlan]) -> list[str]:
    """Return what to say about each file that is not fixed whole: why, the patch, what to do."""
    texts = []
    for plan in plans:
        if plan.refusal:
            patch = make_patch(plan.path, plan.checked, plan.fixed)
            path = shlex.quote(plan.path)
            texts.append(
                f"{make_visible(plan.path)} was not fixed: {plan.refusal}.\n{_show_patch(patch)}"
                f"To add it to the commit: guard check --diff {path} | git apply --cached"
            )
        if plan.note:
            texts.append(plan.note)
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
    written = on_disk
    for one in plan.rounds:
        differing = diff_lines(_normalise_newlines(one.before), _normalise_newlines(written))
        moved = [_move_edit(edit, differing) for edit in collect_edits(one.fixes)]
        if None in moved:
            return plan._replace(refusal=_OVERLAP)
        after = _apply_to_disk(written, [edit for edit in moved if edit is not None])
        if after is None:
            return plan._replace(refusal="the file in the work tree would not parse")
        written = after
    return plan._replace(written=written)


def _split_place(plan: FixPlan) -> tuple[str, str]:
    """Return the folder a file is checked in, which no link may lead out of, and its path there."""
    place = plan.place.absolute()
    root = str(place).removesuffix(f"/{plan.path}")
    return (root, plan.path) if root not in ("", str(place)) else (str(place.parent), place.name)


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
    return None if parse_source(written) is None else written


def _write_fixes(plans: Sequence[FixPlan]) -> tuple[Finding, ...]:
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
