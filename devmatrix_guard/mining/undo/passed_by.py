"""Finds what goes past a fix that stands: what it checked is read anew, what it set, set again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.layout import is_python_text
from devmatrix_guard.mining.undo.marks import Marks, list_names, put_in, read_binding, read_marks
from devmatrix_guard.mining.undo.units import Unit

_MOST = 12  # statements of a function that a change may touch, to be looked at
_CONDITION = re.compile(r"if|elif|unless|guard|assert|while")


def find_passed_by(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the statement that goes past what a fix does, none where it does not.

    Args:
        change: what is done.
        hunk: what a fix did; its statements stand.
        file: the number of its file in the change.
    """
    if hunk.is_moved or hunk.is_part or not hunk.added or not is_product_code(hunk.path):
        return []
    for scope in dict.fromkeys(key[4] for key in hunk.added):
        came = change.added_by_place.get((file, scope), ())
        if not scope or not came or len(came) > _MOST:
            continue
        gone = [p for p in change.nearby[0] if (p.file, p.unit.scope) == (file, scope)]
        units = change.get_new_units(file, scope)
        exact = {key[0] for key in hunk.added}
        fixed = [unit for unit in units if unit.exact in exact]
        if not fixed:
            continue
        one = change.files[file]
        is_python = is_python_text(one.path, one.new)
        if place := _find_read_anew(gone, came, units, fixed, is_python=is_python):
            return [place]
        if place := _find_set_again(came, units, fixed, is_python=is_python):
            return [place]
    return []


def _find_read_anew(
    gone: Sequence[Place],
    came: Sequence[Place],
    units: Sequence[Unit],
    fixed: Sequence[Unit],
    *,
    is_python: bool,
) -> Place | None:
    """Return the statement that uses what a name was made of in place of the name a fix checks."""
    checked = {
        name
        for marks in _read_all(fixed, is_python=is_python)
        if marks and _CONDITION.fullmatch(marks[0])
        for name in list_names(marks)
    }
    if not gone or not checked:
        return None
    values = dict(_list_bound(units, before=fixed[0].first, is_python=is_python))
    values = {name: value for name, value in values.items() if name in checked}
    for was in gone if values else ():
        marks = read_marks(was.unit.own, is_python=is_python)
        for name in values.keys() & set(marks):
            read = put_in(marks, {name: values[name]})
            for place in came:
                is_behind = place.unit.first > fixed[-1].first
                own = read_marks(place.unit.own, is_python=is_python)
                if is_behind and read != marks and own == read:
                    return place
    return None


def _find_set_again(
    came: Sequence[Place], units: Sequence[Unit], fixed: Sequence[Unit], *, is_python: bool
) -> Place | None:
    """Return the statement that sets anew, and whatever it was, what a fix set just before."""
    for unit in fixed:
        bound = read_binding(read_marks(unit.own, is_python=is_python))
        if bound is None:
            continue
        name, value = bound
        for place in came:
            again = read_binding(read_marks(place.unit.own, is_python=is_python))
            if again is None or again[0] != name or name in again[1]:
                continue
            between = [u for u in units if unit.first < u.first < place.unit.first]
            is_used = any(name in list_names(m) for m in _read_all(between, is_python=is_python))
            depth = next((u.depth for u in units if u.first == place.unit.first), 0)
            is_behind = place.unit.first > unit.first and depth <= unit.depth
            is_behind = is_behind and all(one.depth >= depth for one in between)
            if is_behind and not is_used and again[1] != value:
                return place
    return None


def _read_all(units: Sequence[Unit], *, is_python: bool) -> Iterator[Marks]:
    return (read_marks(unit.own, is_python=is_python) for unit in units)


def _list_bound(
    units: Sequence[Unit], *, before: int, is_python: bool
) -> Iterator[tuple[str, Marks]]:
    for unit in units:
        bound = read_binding(read_marks(unit.own, is_python=is_python))
        if bound and unit.first < before:
            yield bound
