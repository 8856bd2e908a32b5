"""What tells a fix that is lost from one that is written otherwise: the change around a match.

`docs/evidence.md` has what was measured of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import FixHunk, Place, is_indexed
from devmatrix_guard.mining.undo.words import read_words

_NEXT_TO_NOTHING = 0.05


class Context(NamedTuple):
    """What a change does beside undoing a hunk of a fix.

    `is_exact`: every statement is as it was, names of locals included. `share_of_fix`: how much of
    all that the fix did to this file, and that still stood, the change undoes. `is_said_again`: a
    word that the fix brought in is in code that the change adds and that is not just the old code,
    so the fix may be there in other words. `is_alone`: the change does next to nothing
    else to code.
    """

    is_exact: bool = False
    share_of_fix: float = 0.0
    is_said_again: bool = False
    is_alone: bool = False


class ContextReader:
    """Tells the contexts of the matches of one change.

    Args:
        change: what is done.
        hunks: what fixes did and what stands before it.
        undone: those of them that it undoes.
    """

    def __init__(self, change: Change, hunks: Iterable[FixHunk], undone: Iterable[FixHunk]) -> None:
        gone, back = (
            [p for p in side if is_indexed(change.files[p.file].path)] for side in change.nearby
        )
        self._gone, self._back = ({p.unit.exact for p in side} for side in (gone, back))
        lost = tuple(undone)
        taken = {key[0] for hunk in lost for key in hunk.added}
        put_back = {key[0] for hunk in lost for key in hunk.removed}
        others = [p for p in back if p.unit.exact not in put_back]
        self._said = read_words(place.unit.own for place in others)
        rest = _weigh(others) + _weigh(p for p in gone if p.unit.exact not in taken)
        self._is_alone = rest <= _NEXT_TO_NOTHING * (_weigh(gone) + _weigh(back))
        # What a part weighs is in its hunk, and of a hunk that is undone whole no part is named.
        self._of_fixes = _weigh_fixes(hunk for hunk in hunks if not hunk.is_part)
        self._undone = _weigh_fixes(lost)

    def read(self, hunk: FixHunk) -> Context:
        """Return the context in which a hunk is undone."""
        fix = hunk.commit, hunk.path
        old, new = hunk.words
        # Where a fix only changed an operator both sides have all words: none was brought in.
        brought = () if set(old) & set(new) else new
        return Context(
            hunk.is_moved or self._is_exact(hunk),
            self._undone[fix] / max(self._of_fixes.get(fix, 0), 1),
            not self._said.isdisjoint(brought),
            self._is_alone,
        )

    def _is_exact(self, hunk: FixHunk) -> bool:
        return all(key[0] in self._gone for key in hunk.added) and all(
            key[0] in self._back for key in hunk.removed
        )


def _weigh(places: Iterable[Place]) -> int:
    return sum(place.unit.weight for place in places)


def weigh_hunk(hunk: FixHunk) -> int:
    """Return the weight of the statements that a fix changed, of both sides."""
    return sum(key[3] for key in (*hunk.removed, *hunk.added))


def _weigh_fixes(hunks: Iterable[FixHunk]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for hunk in hunks:
        fix = hunk.commit, hunk.path
        found[fix] = found.get(fix, 0) + weigh_hunk(hunk)
    return found
