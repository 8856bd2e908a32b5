"""Finds, in history that is already written, which commits took back part of an earlier fix."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.undo import Record, find_undone, hash_line, is_titled_revert
from devmatrix_guard.mining.undo_index import FixHunk
from devmatrix_guard.model.diff import FileChange
from devmatrix_guard.model.finding import Source


class Step(NamedTuple):
    """One commit on the way: its changes with hunks, and what it is to be remembered for."""

    source: Source
    changes: tuple[FileChange, ...]
    fix: tuple[FixHunk, ...] = ()


class Undone(NamedTuple):
    """A fix that a later commit took back; `mended_again` is the commit that had to fix it anew.

    `stands` tells that it is undone at the end of what was looked at, `line` where in the file.
    """

    fix: FixHunk
    by: Source
    path: str
    line: int
    text: str
    both: bool
    mended_again: Source | None = None
    stands: bool = True


class _Standing(NamedTuple):
    """A fix's hunk that still stands, or, once undone, waits for being mended again."""

    hunk: FixHunk
    undone: int | None = None

    def record(self, number: int) -> Record:
        """Return the hunk as it is looked for: after an undoing, the fix itself comes again."""
        if self.undone is None:
            return number, self.hunk.removed, self.hunk.added
        return number, self.hunk.added, self.hunk.removed


def find_undone_fixes(steps: Iterable[Step], past: Iterable[FixHunk] = ()) -> list[Undone]:
    """Return what was undone, oldest first; announced reverts are not counted.

    Args:
        steps: commits, the oldest first. The paths of their fixes are those of the step's time.
        past: hunks of earlier fixes that stand when the first step begins.
    """
    by_path: dict[str, list[_Standing]] = {}
    for hunk in past:
        by_path.setdefault(hunk.path, []).append(_Standing(hunk))
    found: list[Undone] = []
    for step in steps:
        added = _collect_added(step.changes)
        for change in step.changes:
            if change.status == "R" and change.old_path:
                by_path.setdefault(change.path, []).extend(by_path.pop(change.old_path, ()))
                found[:] = [_follow_rename(one, change.old_path, change.path) for one in found]
            elsewhere = frozenset(key for path, key in added if path != change.path)
            _look(step, change, by_path.get(change.path, []), elsewhere, found)
        for hunk in step.fix:
            by_path.setdefault(hunk.path, []).append(_Standing(hunk))
    return found


def find_undone_together(
    past: Sequence[FixHunk],
    changes: Sequence[FileChange],
    found: Sequence[Undone],
    sources: Mapping[str, Source],
    announced: Collection[str],
) -> list[Undone]:
    """Return which earlier fixes all steps together took back that no single one did.

    Args:
        past: hunks of fixes that stood before.
        changes: what the steps change as a whole.
        found: what single steps took back.
        sources: the last commit to each file.
        announced: files in which a commit says that it takes something back.
    """
    known = {one.fix for one in found}
    added = _collect_added(changes)
    more = []
    for change in changes:
        own = [h for h in past if h.path == (change.old_path or change.path) and h not in known]
        if change.path in announced or not own:
            continue
        elsewhere = frozenset(key for path, key in added if path != change.path)
        records = [_Standing(hunk).record(number) for number, hunk in enumerate(own)]
        more += [
            Undone(own[u.fix], sources[change.path], change.path, u.line, u.text, u.both)
            for u in find_undone(records, change.hunks, elsewhere)
        ]
    return more


def _follow_rename(one: Undone, old: str, new: str) -> Undone:
    return one._replace(path=new) if one.path == old else one


def _look(
    step: Step,
    change: FileChange,
    standing: list[_Standing],
    elsewhere: frozenset[int],
    found: list[Undone],
) -> None:
    records = [one.record(number) for number, one in enumerate(standing)]
    for undo in find_undone(records, change.hunks, elsewhere):
        one = standing[undo.fix]
        if one.undone is not None:
            if undo.both or undo.put_back:
                found[one.undone] = found[one.undone]._replace(mended_again=step.source)
                standing[undo.fix] = _Standing(one.hunk)
        elif not is_titled_revert(step.source.subject):
            found.append(
                Undone(one.hunk, step.source, change.path, undo.line, undo.text, undo.both)
            )
            standing[undo.fix] = one._replace(undone=len(found) - 1)


def _collect_added(changes: Iterable[FileChange]) -> set[tuple[str, int]]:
    keys = (
        (change.path, hash_line(line))
        for change in changes
        for hunk in change.hunks
        for line in hunk.added
    )
    return {(path, key) for path, key in keys if key is not None}
