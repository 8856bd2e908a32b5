"""What tells a fix that is lost from one that is written otherwise: the change around a match.

`docs/evidence.md` has what was measured of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from devmatrix_guard.mining.undo_change import Change
from devmatrix_guard.mining.undo_edits import FixHunk, is_indexed
from devmatrix_guard.mining.undo_words import read_words


class Context(NamedTuple):
    """What a change does beside undoing a hunk of a fix.

    `is_exact`: every statement is as it was, names of locals included. `share_of_fix`: how much of
    all that the fix did to this file, and that still stood, the change undoes. `is_said_again`: a
    word that the fix brought in is in code that the change adds and that is not just the old code,
    so the fix may be there in other words.
    """

    is_exact: bool = False
    share_of_fix: float = 0.0
    is_said_again: bool = False


class ContextReader:
    """Tells the contexts of the matches of one change.

    Args:
        change: what is done.
        hunks: what fixes did and what stands before it.
        undone: those of them that it undoes.
    """

    def __init__(self, change: Change, hunks: Iterable[FixHunk], undone: Iterable[FixHunk]) -> None:
        self._gone, self._back = ({p.unit.exact for p in side} for side in change.nearby)
        lost = tuple(undone)
        put_back = {key[0] for hunk in lost for key in hunk.removed}
        self._said = read_words(
            place.unit.own
            for place in change.nearby[1]
            if place.unit.exact not in put_back and is_indexed(change.files[place.file].path)
        )
        self._of_fixes = _weigh_fixes(hunks)
        self._undone = _weigh_fixes(lost)

    def read(self, hunk: FixHunk) -> Context:
        """Return the context in which a hunk is undone."""
        fix = hunk.commit, hunk.path
        old, new = hunk.words
        # Where a fix only changed an operator both sides have all words: none was brought in.
        brought = () if set(old) & set(new) else new
        return Context(
            hunk.is_moved or self._is_exact(hunk),
            self._undone[fix] / max(self._of_fixes[fix], 1),
            not self._said.isdisjoint(brought),
        )

    def _is_exact(self, hunk: FixHunk) -> bool:
        return all(key[0] in self._gone for key in hunk.added) and all(
            key[0] in self._back for key in hunk.removed
        )


def weigh_hunk(hunk: FixHunk) -> int:
    """Return the weight of the statements that a fix changed, of both sides."""
    return sum(key[3] for key in (*hunk.removed, *hunk.added))


def _weigh_fixes(hunks: Iterable[FixHunk]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for hunk in hunks:
        fix = hunk.commit, hunk.path
        found[fix] = found.get(fix, 0) + weigh_hunk(hunk)
    return found
