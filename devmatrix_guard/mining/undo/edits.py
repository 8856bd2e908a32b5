"""What a change does to the statements of its files, and what of it is remembered of a fix."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.lines import is_prose, is_settings, is_text
from devmatrix_guard.mining.undo.pieces import divide_hunk
from devmatrix_guard.mining.undo.units import Unit, read_units
from devmatrix_guard.mining.undo.words import Words, choose_words
from devmatrix_guard.model.diff import Hunk
from devmatrix_guard.model.language import detect_language

# Of a long hunk its heaviest statements are remembered, and all of them have to come back.
MAX_UNITS = 24
_MAX_INNER = 3

# exact, loose and placed key, weight, scope: what of a unit is kept
Key = tuple[int, int, int, int, str]


class ChangedFile(NamedTuple):
    """One file of a change with both of its sides; a side that is not there is empty."""

    path: str
    old_path: str
    old: bytes
    new: bytes


class FixHunk(NamedTuple):
    """One hunk of a fix as it is remembered: who made it, where, and what it did to statements.

    `inner_removed` and `inner_added` are keys of the smallest expressions that only one side had;
    `is_moved` tells that the statements only stand elsewhere, in another order or block; `is_part`
    that it is one of several things that a hunk did; `words` are those by which its undoing shows.
    """

    commit: str
    date: str
    subject: str
    issue: str
    path: str
    removed: tuple[Key, ...]
    added: tuple[Key, ...]
    inner_removed: tuple[int, ...] = ()
    inner_added: tuple[int, ...] = ()
    is_moved: bool = False
    is_part: bool = False
    words: Words = ((), ())


class Place(NamedTuple):
    """A unit of one side of a change: in which of its files, and where in the new file."""

    unit: Unit
    file: int
    line: int


Sides = tuple[list[Place], list[Place]]


def is_indexed(path: str) -> bool:
    """Tell whether a file is code, so that undoing what a fix did to it can mean something."""
    return bool(detect_language(path)) or "." not in path.rpartition("/")[2]


def is_followed(path: str) -> bool:
    """Tell whether taking back what a fix did to a file is noticed: code, settings, or prose."""
    return is_indexed(path) or is_text(path)


def read_places(files: Sequence[ChangedFile]) -> Sides:
    """Return the statements that a change touches: those that were there, and those that are."""
    removed: list[Place] = []
    added: list[Place] = []
    for number, file in enumerate(files):
        for _, old, new in read_hunks(file):
            removed += [Place(unit, number, line) for unit, line in old]
            added += [Place(unit, number, line) for unit, line in new]
    return removed, added


Located = list[tuple[Unit, int]]


def read_hunks(file: ChangedFile) -> list[tuple[Hunk, Located, Located]]:
    """Return the hunks of a file, each with the units it touches on both sides and their lines."""
    if file.old == file.new:
        return []
    hunks = diff_lines(file.old, file.new)
    old_spans = [_span(hunk.old_start, hunk.old_count) for hunk in hunks]
    new_spans = [_span(hunk.new_start, hunk.new_count) for hunk in hunks]
    old = read_units(file.old_path, file.old, old_spans) if file.old else []
    new = read_units(file.path, file.new, new_spans) if file.new else []
    found: list[tuple[Hunk, Located, Located]] = [(hunk, [], []) for hunk in hunks]
    for unit, number in _assign(old, old_spans):
        found[number][1].append((unit, max(1, hunks[number].new_start)))
    for unit, number in _assign(new, new_spans):
        start, end = new_spans[number]
        line = unit.first if unit.first >= start or start >= end else min(start, unit.last - 1)
        found[number][2].append((unit, line + 1))
    return found


def _span(start: int, count: int) -> tuple[int, int]:
    """Return rows from 0; git and we name the line before an empty stretch."""
    return (start - 1, start - 1 + count) if count else (start, start)


def _assign(units: Iterable[Unit], spans: Sequence[tuple[int, int]]) -> Iterable[tuple[Unit, int]]:
    number = 0
    for unit in units:
        while number < len(spans) - 1 and spans[number][1] <= unit.first:
            number += 1
        yield unit, number


def find_fix_hunks(
    source: tuple[str, str, str, str], file: ChangedFile, path: str
) -> list[FixHunk]:
    """Return what is worth remembering of one file of a fix, hunk by hunk.

    Args:
        source: commit, date, subject and issue of the fix.
        file: both sides of the file.
        path: its name of today.
    """
    found = []
    for removed, added, is_moved in _find_net_units(file):
        # Whole lines of prose come and go; one that was corrected did so on both sides.
        if not (removed and added) and (is_prose(file.path) or not (removed or added)):
            continue
        found.append(_make_hunk(source, path, removed, added, is_moved=is_moved))
        if not is_moved and (is_product_code(file.path) or is_settings(file.path)):
            found += [
                _make_hunk(source, path, *piece, is_part=True)
                for piece in divide_hunk(removed, added)
            ]
    return found


def _make_hunk(
    source: tuple[str, str, str, str],
    path: str,
    removed: Sequence[Unit],
    added: Sequence[Unit],
    *,
    is_moved: bool = False,
    is_part: bool = False,
) -> FixHunk:
    inner = ((), ()) if is_moved else _find_inner(removed, added)
    words = choose_words((u.own for u in removed), (u.own for u in added))
    return FixHunk(*source, path, _keep(removed), _keep(added), *inner, is_moved, is_part, words)


def _find_net_units(file: ChangedFile) -> list[tuple[list[Unit], list[Unit], bool]]:
    """Return per hunk the units that went and those that came; what only moved by its place."""
    hunks = [
        ([unit for unit, _ in old], [unit for unit, _ in new]) for _, old, new in read_hunks(file)
    ]
    olds = Counter((unit.scope, unit.exact) for old, _ in hunks for unit in old)
    news = Counter((unit.scope, unit.exact) for _, new in hunks for unit in new)
    went, came = olds - news, news - olds
    found: list[tuple[list[Unit], list[Unit], bool]] = []
    scopes: set[str] = set()
    for old, new in hunks:
        removed, added = _take(old, went), _take(new, came)
        if removed or added:
            found.append((removed, added, False))
        else:
            scopes.update(unit.scope for unit in (*old, *new))
    removed, added = _find_moved(file, scopes)
    return [*found, (removed, added, True)] if removed and added else found


def _take(units: Iterable[Unit], left: Counter[tuple[str, int]]) -> list[Unit]:
    found = []
    for unit in units:
        key = unit.scope, unit.exact
        if left[key] > 0:
            left[key] -= 1
            found.append(unit)
    return found


def _find_moved(file: ChangedFile, scopes: set[str]) -> tuple[list[Unit], list[Unit]]:
    """Return the units of some functions that stand elsewhere: in another order or block."""
    if not scopes:
        return [], []
    old = read_units(file.old_path, file.old, scopes=scopes)
    new = read_units(file.path, file.new, scopes=scopes)
    both = {unit.exact for unit in old} & {unit.exact for unit in new}
    was, now = ({(u.scope, u.placed) for u in side} for side in (old, new))
    return (
        [u for u in old if u.exact in both and (u.scope, u.placed) not in now],
        [u for u in new if u.exact in both and (u.scope, u.placed) not in was],
    )


def _keep(units: Sequence[Unit]) -> tuple[Key, ...]:
    kept = sorted(units, key=lambda unit: -unit.weight)[:MAX_UNITS]
    return tuple(
        (unit.exact, unit.loose, unit.placed, unit.weight, unit.scope)
        for unit in units
        if unit in kept
    )[:MAX_UNITS]


def _find_inner(
    removed: Sequence[Unit], added: Sequence[Unit]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the smallest expressions that only one side of a replacement has."""
    if not removed or not added:
        return (), ()
    old = Counter(key for unit in removed for key, _ in unit.parts)
    new = Counter(key for unit in added for key, _ in unit.parts)
    return _select_smallest(removed, old - new), _select_smallest(added, new - old)


def _select_smallest(units: Sequence[Unit], only: Counter[int]) -> tuple[int, ...]:
    """Return the expressions of one side that hold no other such expression."""
    found: dict[int, None] = {}
    for unit in units:
        keys = [key for key, _ in unit.parts]
        for at, (key, inside) in enumerate(unit.parts):
            if key in only and not any(other in only for other in keys[at - inside : at]):
                found[key] = None
    return tuple(found)[:_MAX_INNER]


def group_by_path(hunks: Iterable[FixHunk]) -> dict[str, list[FixHunk]]:
    """Return the hunks of each file."""
    found: dict[str, list[FixHunk]] = defaultdict(list)
    for hunk in hunks:
        found[hunk.path].append(hunk)
    return dict(found)
