"""Finds, in history that is already written, which commits undid part of an earlier fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.reverts import Reverted, read_revert
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import ChangedFile, FixHunk
from devmatrix_guard.mining.undo.indexing import Tree, is_standing
from devmatrix_guard.mining.undo.match import BOTH, COPIED, PUT_BACK, Match, find_matches
from devmatrix_guard.model.finding import Source


class Step(NamedTuple):
    """One commit on the way: its files with both sides, and what it is to be remembered for.

    Of a merge `files` are those that are as in none of its parents, compared with the first,
    `others` the trees of the other parents, and `lost` what one side had fixed and the merge lost.
    `reverted` is what its message announces to take back.
    """

    source: Source
    files: tuple[ChangedFile, ...]
    fix: tuple[FixHunk, ...] = ()
    others: tuple[Tree, ...] = ()
    lost: tuple[Match, ...] = ()
    reverted: Reverted | None = None


class Undone(NamedTuple):
    """A fix that a later commit undid; `mended_again` is the commit that had to fix it again.

    `stands` tells that it is undone at the end of what was looked at, `is_merge` that a merge lost
    it, `match` what of it and where, `is_mentioned` that the commit's message speaks of the fix.
    """

    match: Match
    by: Source
    mended_again: Source | None = None
    stands: bool = True
    is_merge: bool = False
    is_mentioned: bool = False

    @property
    def fix(self) -> FixHunk:
        """The hunk of the fix."""
        return self.match.hunk

    @property
    def path(self) -> str:
        """The file in which it is undone."""
        return self.match.path

    @property
    def line(self) -> int:
        """The line, from 1, at which it is undone."""
        return self.match.line

    @property
    def text(self) -> str:
        """The code there, or what was removed."""
        return self.match.text

    @property
    def both(self) -> bool:
        """Whether the old code is back where the new code was."""
        return self.match.kind == BOTH


class _Standing:
    """A fix's hunk that still stands, or, once undone, waits for being fixed again."""

    __slots__ = ("hunk", "undone")

    def __init__(self, hunk: FixHunk) -> None:
        self.hunk = hunk
        self.undone: int | None = None


class History:
    """Walks commits, the oldest first, and remembers which fixes stand and which were undone.

    Args:
        past: hunks of earlier fixes that stand when the first step begins.
    """

    def __init__(self, past: Iterable[FixHunk] = ()) -> None:
        self.found: list[Undone] = []
        self._by_path: dict[str, list[_Standing]] = {}
        for hunk in past:
            self._add(hunk)

    def _add(self, hunk: FixHunk) -> None:
        self._by_path.setdefault(hunk.path, []).append(_Standing(hunk))

    def take(self, step: Step) -> None:
        """Look at the next commit."""
        known = [file for file in step.files if file.old_path in self._by_path]
        if known:
            change = Change(step.files)
            if not step.others:
                self._look_for_repairs(step, change)
            self._look_for_undoing(step, change)
            self._follow_renames(step)
        for match in step.lost:
            self._note_lost(step, match)
        for hunk in step.fix:
            self._add(hunk)

    def _list(self, change: Change, *, undone: bool) -> list[tuple[FixHunk, _Standing]]:
        return [
            (one.hunk._replace(path=path), one)
            for path in change.old_paths
            for one in self._by_path.get(path, ())
            if (one.undone is not None) is undone
        ]

    def _look_for_repairs(self, step: Step, change: Change) -> None:
        for hunk, one in self._list(change, undone=True):
            turned = hunk._replace(removed=hunk.added, added=hunk.removed)
            matches = find_matches(change, [turned])
            is_mended = bool(matches) and matches[0].kind in (BOTH, PUT_BACK)
            if one.undone is not None and (is_mended or _stands_again(hunk, step.files)):
                known = self.found[one.undone]
                self.found[one.undone] = known._replace(mended_again=step.source)
                one.undone = None

    def _look_for_undoing(self, step: Step, change: Change) -> None:
        standing = dict(self._list(change, undone=False))
        reverted = step.reverted or read_revert(step.source.subject)
        for match in drop_announced(find_matches(change, standing), reverted):
            is_merge = bool(step.others)
            if all(is_standing(match.hunk, tree) for tree in step.others):
                self._note(step, match, standing[match.hunk], is_merge=is_merge)

    def _note_lost(self, step: Step, match: Match) -> None:
        for one in self._by_path.get(match.hunk.path, ()):
            if one.hunk == match.hunk and one.undone is None:
                self._note(step, match, one, is_merge=True)

    def _note(self, step: Step, match: Match, standing: _Standing, *, is_merge: bool) -> None:
        self.found.append(Undone(match, step.source, is_merge=is_merge))
        if match.kind != COPIED:
            standing.undone = len(self.found) - 1

    def _follow_renames(self, step: Step) -> None:
        """Know a file by its new name as well: commits on other branches have the old one."""
        for file in step.files:
            if file.old_path == file.path or not file.new:
                continue
            there = self._by_path.setdefault(file.path, [])
            there += [one for one in self._by_path.get(file.old_path, ()) if one not in there]
            self.found[:] = [_follow_rename(one, file.old_path, file.path) for one in self.found]


def _stands_again(hunk: FixHunk, files: Iterable[ChangedFile]) -> bool:
    """Tell whether a hunk stands after a step and did not before: the last of several mended it."""
    for file in files:
        if file.old_path == hunk.path and file.old and file.new:
            before, after = _compare_standing(hunk, file)
            return after and not before
    return False


def _compare_standing(hunk: FixHunk, file: ChangedFile) -> tuple[bool, bool]:
    """Return whether a hunk stands before and after a change to its file, whatever its name."""
    before, after = ({hunk.path: side}.get for side in (file.old, file.new))
    return is_standing(hunk, Tree(before)), is_standing(hunk, Tree(after))


def find_undoing_step(hunk: FixHunk, steps: Iterable[tuple[Source, ChangedFile]]) -> Source | None:
    """Return the step after which a hunk stood no more; None where none of them is.

    Args:
        hunk: of a fix that was undone in several steps.
        steps: those to its file, the newest first, with the file before and after each.
    """
    for source, file in steps:
        before, after = _compare_standing(hunk, file)
        if before and not after:
            return source
    return None


def _follow_rename(one: Undone, old: str, new: str) -> Undone:
    if one.path != old:
        return one
    hunk = one.match.hunk._replace(path=new)
    return one._replace(match=one.match._replace(path=new, hunk=hunk))


def drop_announced(matches: list[Match], reverted: Reverted | None) -> list[Match]:
    """Return what a commit undoes beside what its message announces to take back."""
    if reverted is None or not matches:
        return matches
    hidden = reverted.select_hidden((m.hunk.commit, m.hunk.subject) for m in matches)
    return [match for match in matches if match.hunk.commit not in hidden]


def find_undone_fixes(steps: Iterable[Step], past: Iterable[FixHunk] = ()) -> list[Undone]:
    """Return what was undone, oldest first; announced reverts are not counted.

    Args:
        steps: commits, the oldest first. The paths of their fixes are those of the step's time.
        past: hunks of earlier fixes that stand when the first step begins.
    """
    history = History(past)
    for step in steps:
        history.take(step)
    return history.found


def find_undone_together(
    past: Sequence[FixHunk],
    files: Sequence[ChangedFile],
    found: Sequence[Undone],
    sources: Mapping[str, Source],
    announced: Mapping[str, Sequence[Reverted]],
) -> list[Undone]:
    """Return which earlier fixes all steps together undid that no single one did.

    Args:
        past: hunks of fixes that stood before.
        files: what the steps change as a whole.
        found: what single steps undid.
        sources: the last commit to each file.
        announced: by file, what commits to it say that they take back.
    """
    # What was mended again may have been undone once more, in several steps.
    undone = [one for one in found if one.mended_again is None]
    known = {(one.fix.commit, one.fix.removed, one.fix.added) for one in undone}
    left = [h for h in past if (h.commit, h.removed, h.added) not in known]
    if not left or not files:
        return []
    matches = find_matches(Change(files), left)
    for path, reverts in announced.items():
        for reverted in reverts:
            own = [match for match in matches if match.path == path]
            kept = drop_announced(own, reverted)
            matches = [m for m in matches if m.path != path or m in kept]
    return [Undone(match, sources[match.path]) for match in matches]
