"""Finds which hunks of fixes stand in the files of today, and builds the index of them."""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from devmatrix_guard.mining.undo.change import drop_idle
from devmatrix_guard.mining.undo.edits import FixHunk, Key, group_by_path
from devmatrix_guard.mining.undo.index import MARSHAL, UndoIndex
from devmatrix_guard.mining.undo.match import REMOVED, Match
from devmatrix_guard.mining.undo.units import Unit, read_units
from devmatrix_guard.model.diff import Commit

# A hunk stands while this share of what it added does.
_STANDING = 0.6
# Heavier statements than this are not in a file by chance.
_TELLING = 4
_MIN_COPIED = 3
_MIN_MOVED = 2
_MAX_NAMESAKES = 3

# Which of its hunks stand in a file of a version.
_Select = Callable[[str, "list[FixHunk]", "Tree"], "list[FixHunk]"]
# By function, its statements with their expressions.
_Inner = Mapping[str, Sequence[tuple[Unit, frozenset[int]]]]


class Renames:
    """Follows files through history read newest first: what is a path of then called today?"""

    def __init__(self) -> None:
        self._today: dict[str, str] = {}

    def resolve(self, path: str) -> str:
        """Return today's name of a file that was called `path` at the commit now being read."""
        return self._today.get(path, path)

    def step_back_over(self, commit: Commit) -> None:
        """Take note of the renames of a commit, once its own files have been looked up."""
        for change in commit.changes:
            if change.status == "R" and change.old_path:
                self._today[change.old_path] = self.resolve(change.path)


class Tree:
    """The statements of the files of one version, read function by function when asked for.

    Args:
        read: gives what a file of it holds.
        read_former: the same of an earlier version; what runs there and no more here is left out.
    """

    def __init__(
        self,
        read: Callable[[str], bytes | None],
        read_former: Callable[[str], bytes | None] | None = None,
    ) -> None:
        self._read, self._read_former = read, read_former
        self._texts: dict[str, bytes | None] = {}
        self._running: dict[str, bytes] = {}
        self._units: dict[tuple[str, frozenset[str] | None], list[Unit]] = {}

    def get_text(self, path: str) -> bytes | None:
        """Return what a file holds, None where there is none."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def get_units(self, path: str, scopes: frozenset[str] | None) -> list[Unit]:
        """Return the units of some functions of a file, None for all of them."""
        key = path, scopes
        if key not in self._units:
            runs = self._get_running(path)
            self._units[key] = read_units(path, runs, scopes=scopes) if runs else []
        return self._units[key]

    def _get_running(self, path: str) -> bytes:
        """Return what a file holds without what no longer runs, empty where there is none."""
        if path not in self._running:
            text = self.get_text(path) or b""
            former = self._read_former(path) if text and self._read_former else None
            self._running[path] = drop_idle(path, former or b"", text)
        return self._running[path]


def select_in_file(path: str, hunks: Sequence[FixHunk], tree: Tree) -> list[FixHunk]:
    """Return the hunks that stand in one file of a version; all of them are of that file.

    A hunk stands while most of what it added is in its function and what it removed is not back.
    """
    scopes = frozenset(key[4] for hunk in hunks for key in (*hunk.removed, *hunk.added))
    units = tree.get_units(path, scopes)
    if not units and tree.get_text(path) is None:
        return []
    return _select_by_units(hunks, units)


def select_standing(
    hunks: Iterable[FixHunk], tree: Tree, select: _Select = select_in_file
) -> list[FixHunk]:
    """Return the hunks that stand in a version, what they added as it is written there.

    Args:
        hunks: of any files.
        tree: the version.
        select: tells which stand in one file.
    """
    found: list[FixHunk] = []
    for path, own in sorted(group_by_path(hunks).items()):
        found += select(path, own, tree)
    return list(dict.fromkeys(found))


def select_moved(
    hunks: Iterable[FixHunk],
    tree: Tree,
    definitions: Mapping[str, Sequence[str]],
    select: _Select = select_in_file,
) -> list[FixHunk]:
    """Return the hunks that stand in other files than they were made in.

    Args:
        hunks: those that do not stand in their own.
        tree: the version.
        definitions: where it defines functions and classes, by name.
        select: tells which stand in one file.
    """
    moved = []
    for hunk in hunks:
        keys = hunk.added or hunk.removed
        names = {name for key in keys if key[4] for name in key[4].split(".")}
        if not names or sum(key[3] for key in keys) < _MIN_MOVED:
            continue
        places = [set(definitions.get(name, ())) for name in names]
        paths = set.intersection(*places) - {hunk.path}
        if len(paths) <= _MAX_NAMESAKES:
            moved += [hunk._replace(path=path) for path in sorted(paths)]
    return select_standing(moved, tree, select)


def is_standing(hunk: FixHunk, tree: Tree) -> bool:
    """Tell whether a hunk stands in a version."""
    return bool(select_standing([hunk], tree))


def find_undone_place(match: Match, tree: Tree) -> int | None:
    """Return the line of a version, from 1, where what a match found is still so; None if not."""
    text = tree.get_text(match.path)
    hunk = match.hunk._replace(path=match.path)
    if text is None:
        return None
    rows = text.count(b"\n") + (not text.endswith(b"\n"))
    if match.kind == REMOVED:
        return None if is_standing(hunk, tree) else max(1, min(match.line, rows))
    if hunk.added and is_standing(hunk, tree) and match.in_place:
        return None
    wanted = {key: row[3] or 0.5 for row in hunk.removed for key in row[:2]}
    units = [u for u in tree.get_units(match.path, None) if {u.exact, u.loose} & wanted.keys()]
    weight = sum(
        row[3] or 0.5
        for row in hunk.removed
        if any(row[0] == unit.exact or row[1] == unit.loose for unit in units)
    )
    if weight < _STANDING * sum(row[3] or 0.5 for row in hunk.removed):
        units = _find_inner_units(match, hunk, tree)
    if not units:
        return None
    shown = match.text.strip().encode("utf-8", "replace")
    own = [u for u in units if shown and shown in u.own] or units
    best = min(own, key=lambda unit: (-unit.weight, abs(unit.first + 1 - match.line)))
    return max(1, min(_find_row(text, best, shown) + 1, rows))


def _find_inner_units(match: Match, hunk: FixHunk, tree: Tree) -> list[Unit]:
    """Return the statements that have the expressions from before a fix, and none of its own."""
    if not match.in_place or not hunk.inner_removed or not hunk.inner_added:
        return []
    units = tree.get_units(match.path, frozenset(key[4] for key in hunk.added))
    own = {id(unit): {key for key, _ in unit.parts} for unit in units}
    there = set().union(*own.values())
    if not there.issuperset(hunk.inner_removed) or there.issuperset(hunk.inner_added):
        return []
    return [unit for unit in units if own[id(unit)] & {*hunk.inner_removed}]


def _find_row(text: bytes, unit: Unit, shown: bytes) -> int:
    """Return the row of a unit in which some code stands, else its first."""
    rows = text.split(b"\n")[unit.first : unit.last]
    return unit.first + next((n for n, row in enumerate(rows) if row.strip() == shown), 0)


def _select_by_units(hunks: Sequence[FixHunk], units: Sequence[Unit]) -> list[FixHunk]:
    by_key: dict[tuple[str, int], list[Unit]] = defaultdict(list)
    for unit in units:
        for key in {unit.exact, unit.loose}:
            by_key[unit.scope, key].append(unit)
    placed = {(unit.scope, unit.placed) for unit in units}
    inner = _read_inner(hunks, by_key)
    standing = (_anchor(hunk, by_key, placed, inner) for hunk in hunks)
    return [hunk for hunk in standing if hunk is not None]


def _read_inner(
    hunks: Sequence[FixHunk], by_key: Mapping[tuple[str, int], Sequence[Unit]]
) -> _Inner:
    """Return the statements of the functions of hunks, each with its expressions, for all hunks."""
    scopes = {key[4] for hunk in hunks if hunk.inner_added for key in hunk.added}
    found: dict[str, dict[int, tuple[Unit, frozenset[int]]]] = {}
    for (scope, _), units in by_key.items():
        for unit in units if scope in scopes else ():
            known = found.setdefault(scope, {})
            if id(unit) not in known:
                known[id(unit)] = unit, frozenset(key for key, _ in unit.parts)
    return {scope: tuple(known.values()) for scope, known in found.items()}


def _anchor(
    hunk: FixHunk,
    by_key: dict[tuple[str, int], list[Unit]],
    placed: set[tuple[str, int]],
    inner: _Inner,
) -> FixHunk | None:
    """Return a hunk by the statements that now stand for it, None where it stands no more."""
    if hunk.is_moved:
        stands = sum((key[4], key[2]) in placed for key in hunk.added)
        is_back = any((key[4], key[2]) in placed for key in hunk.removed)
        return hunk if stands >= _STANDING * len(hunk.added) and not is_back else None
    if not hunk.added:
        scopes = {scope for scope, _ in by_key}
        if any(key[4] not in scopes for key in hunk.removed if key[4]):
            return None  # the function is gone
        is_back = any((key[4], key[0]) in by_key and key[3] >= _TELLING for key in hunk.removed)
        is_back |= all((key[4], key[0]) in by_key for key in hunk.removed)
        return None if is_back else hunk
    used: set[int] = set()
    former = {key[1] for key in hunk.removed}
    kept: list[Key] = []
    weight = 0.0
    for key in hunk.added:
        # A hunk that only changed names stands by names alone.
        unit = _choose(key, by_key, used, is_exact=key[1] in former)
        if unit is not None:
            used.add(id(unit))
            kept.append((unit.exact, unit.loose, unit.placed, unit.weight, unit.scope))
            weight += key[3] or 0.5
    total = sum(key[3] or 0.5 for key in hunk.added)
    if kept and weight >= _STANDING * total:
        return hunk._replace(added=tuple(kept))
    return _anchor_inner(hunk, inner)


def _anchor_inner(hunk: FixHunk, inner: _Inner) -> FixHunk | None:
    """Return a hunk by the statement its smallest expressions stand in, which changed otherwise."""
    if not hunk.inner_added:
        return None
    scopes = {key[4] for key in hunk.added}
    for scope, units in inner.items():
        for unit, parts in units if scope in scopes else ():
            if parts.issuperset(hunk.inner_added) and parts.isdisjoint(hunk.inner_removed):
                key = (unit.exact, unit.loose, unit.placed, unit.weight, unit.scope)
                return hunk._replace(added=(key,))
    return None


def _choose(
    key: Key, by_key: dict[tuple[str, int], list[Unit]], used: set[int], *, is_exact: bool
) -> Unit | None:
    """Return the unit that a key stands for: the one in its place first, then an equal one."""
    exact, loose, placed, _, scope = key
    units = [u for u in by_key.get((scope, exact), ()) if id(u) not in used]
    if units:
        return next((unit for unit in units if unit.placed == placed), units[0])
    if is_exact:
        return None
    units = [u for u in by_key.get((scope, loose), ()) if id(u) not in used and u.loose == loose]
    return units[0] if units else None


def build_index(hunks: Iterable[FixHunk]) -> UndoIndex:
    """Return the index of hunks, which should be those that stand."""
    fixes: dict[tuple[str, str, str, str], int] = {}
    by_path: dict[str, dict[Any, None]] = {}
    copies: dict[int, dict[int, None]] = {}
    ordered = sorted(set(hunks))
    numbers = {path: n for n, path in enumerate(sorted({hunk.path for hunk in ordered}))}
    for hunk in ordered:
        number = fixes.setdefault(hunk[:4], len(fixes))
        by_path.setdefault(hunk.path, {})[(number, *hunk[5:])] = None
        for key in hunk.removed:
            if key[3] >= _MIN_COPIED and not hunk.is_part:
                copies.setdefault(key[1], {})[numbers[hunk.path]] = None
    sections = {path: marshal.dumps(tuple(rows), MARSHAL) for path, rows in by_path.items()}
    table = {key: tuple(paths) for key, paths in sorted(copies.items())}
    words = {
        path: marshal.dumps(tuple(sorted({row[-1] for row in rows})), MARSHAL)
        for path, rows in sorted(by_path.items())
    }
    return UndoIndex(
        tuple(fixes), dict(sorted(sections.items())), marshal.dumps(table, MARSHAL), words
    )
