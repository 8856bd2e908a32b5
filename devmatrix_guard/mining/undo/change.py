"""A change as the statements it removes and adds, without what only moved or was only renamed.

Equal statements of both sides cancel out: in the same function, then anywhere, then by their loose
keys. Each degree is kept, as what is sought decides which of them may hide it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from devmatrix_guard.mining.undo.edits import ChangedFile, Place, read_places
from devmatrix_guard.mining.undo.inlining import inline_new_names, inline_new_properties
from devmatrix_guard.mining.undo.layout import is_python_text
from devmatrix_guard.mining.undo.marks import (
    HEAD,
    Marks,
    is_closure,
    list_names,
    read_binding,
    read_marks,
)
from devmatrix_guard.mining.undo.renamed import read_defined, use_former_names
from devmatrix_guard.mining.undo.shadow import drop_shadowed
from devmatrix_guard.mining.undo.tokens import decode
from devmatrix_guard.mining.undo.units import Unit, read_units
from devmatrix_guard.mining.undo.unreached import drop_unreached

# Lighter statements are alike by chance.
_WEIGHTY = 4
_STYLES = (".css", ".scss", ".less")
_DEFINING = re.compile(
    rb"\b(?:def|class|function|fn|func|const|let|var|val|static|import|from|use|final)\b([^\n=(]*)"
)
_GIVEN = re.compile(rb"(?m)^[ \t]*(?:[\w.]+[ \t]+)?(\w+)[ \t]*(?::[^\n=]*)?=[^=]")
_WORD = re.compile(rb"\w+")

Index = dict[object, list[Place]]


class Came(NamedTuple):
    """What a change adds to a file, as marks.

    Attributes:
        marks: of each statement, by the `id` of its place.
        named: what a name newly stands for.
        heads: of functions, classes and imports.
    """

    marks: Mapping[int, Marks]
    named: Mapping[str, Marks]
    heads: tuple[Marks, ...]


class Change:
    """A change as the statements it removes and adds, at three degrees of what cancels out."""

    def __init__(self, files: Sequence[ChangedFile]) -> None:
        self.files = tuple(map(_read_as_it_runs, files))
        self._units: dict[tuple[int, str], list[Unit]] = {}
        self._came: dict[int, Came] = {}
        self._defined: dict[int, frozenset[bytes]] = {}
        self._shown = tuple(file.new for file in files)
        self.old_paths = {file.old_path: n for n, file in enumerate(files) if file.old}
        removed, added = read_places(self.files)
        added = use_former_names(removed, added)
        # Exactly, and in the same function; exactly, and anywhere; by loose keys, too.
        self.nearby = _cancel(removed, added, lambda p: (p.file, p.unit.scope, p.unit.exact))
        exact = _cancel(*self.nearby, lambda p: p.unit.exact)
        near = _cancel(*exact, lambda p: (p.file, get_tail(p.unit.scope), p.unit.loose))
        far = _cancel(*near, _key_weighty)
        self.net = far
        self.removed_nearby = _index(self.nearby[0], _key_in_place)
        self.added_nearby = _index(self.nearby[1], _key_in_place)
        self.removed_placed = _index(removed, _key_placed)
        self.added_placed = _index(added, _key_placed)
        self.removed_loose = _index(self.net[0], lambda p: p.unit.loose)
        self.added_loose = _index(self.net[1], lambda p: p.unit.loose)
        self.removed_exact = _index(exact[0], _key_namesake)
        self.added_exact = _index(exact[1], _key_namesake)
        self.added_by_place = _index(self.nearby[1], lambda p: (p.file, p.unit.scope))
        self.added_by_scope = _index(self.net[1], lambda p: (p.file, p.unit.scope))
        self.functions = tuple(map(_list_functions, self.nearby))
        self.removed_inner, self.added_inner = _find_inner(*self.nearby)
        self.touched = {(p.file, p.unit.scope) for side in (removed, added) for p in side}
        self.keys = frozenset(
            key
            for places in (removed, added)
            for place in places
            for key in (place.unit.exact, place.unit.loose)
        ).union(*self.removed_inner.values(), *self.added_inner.values())

    def get_new_units(self, file: int, scope: str) -> list[Unit]:
        """Return the statements that a function of a file has after the change."""
        key = file, scope
        if key not in self._units:
            one = self.files[file]
            self._units[key] = read_units(one.path, one.new, scopes={scope}) if one.new else []
        return self._units[key]

    def get_came(self, file: int) -> Came:
        """Return what the change adds to a file, read once for all fixes of it."""
        if file not in self._came:
            one = self.files[file]
            is_python = is_python_text(one.path, one.new)
            places = [place for place in self.nearby[1] if place.file == file]
            marks = {id(p): read_marks(p.unit.own, is_python=is_python) for p in places}
            bound = filter(None, map(read_binding, marks.values()))
            named = {name: value for name, value in bound if not is_closure(value)}
            heads = tuple(m for m in marks.values() if m and HEAD.fullmatch(m[0]))
            self._came[file] = Came(marks, named, heads)
        return self._came[file]

    def get_defined(self, file: int) -> frozenset[bytes]:
        """Return the words that a file defines, imports or gives a value, as its lines say."""
        if file not in self._defined:
            new = self.files[file].new
            words = {word for row in _DEFINING.findall(new) for word in _WORD.findall(row)}
            self._defined[file] = frozenset(words.union(_GIVEN.findall(new)))
        return self._defined[file]

    @cached_property
    def places_of_words(self) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
        """The numbers of the nearby places of either side that hold a word."""
        found: tuple[dict[str, set[int]], dict[str, set[int]]] = {}, {}
        for index, places in zip(found, self.nearby, strict=True):
            for number, place in enumerate(places):
                for word in list_names((decode(place.unit.own),)):
                    index.setdefault(word, set()).add(number)
        return found

    def get_text(self, place: Place) -> str:
        """Return the row of the new file a place names."""
        rows = self._shown[place.file].split(b"\n")
        row = rows[place.line - 1] if 0 < place.line <= len(rows) else b""
        return row.decode("utf-8", "replace").rstrip("\r")


def _read_as_it_runs(file: ChangedFile) -> ChangedFile:
    """Return a file without code that no longer runs, and with what new names stand for."""
    new = drop_idle(file.path, file.old, file.new)
    if file.old and new and is_python_text(file.path, new):
        new = inline_new_names(file.old, new)
    elif file.path.endswith(_STYLES):
        new = inline_new_properties(file.old, new)
    return file._replace(new=new)


def drop_idle(path: str, old: bytes, new: bytes) -> bytes:
    """Return Python with blanks for what a change hides or keeps from running, others as it is."""
    if not (old and new) or not is_python_text(path, new):
        return new
    return drop_unreached(old, drop_shadowed(old, new))


Inner = dict[tuple[int, str], frozenset[int]]


def _find_inner(removed: Sequence[Place], added: Sequence[Place]) -> tuple[Inner, Inner]:
    """Return by file and function the expressions that only one side of the change has."""
    old, new = (_count_parts(places) for places in (removed, added))
    # What only stands in another function now is neither gone nor new.
    all_old, all_new = map(_add_up, (old, new))
    gone, back = (all_old - all_new).keys(), (all_new - all_old).keys()
    both = old.keys() & new.keys()
    return (
        {key: frozenset(old[key] - new[key]) & gone for key in both},
        {key: frozenset(new[key] - old[key]) & back for key in both},
    )


def _count_parts(places: Iterable[Place]) -> dict[tuple[int, str], Counter[int]]:
    found: dict[tuple[int, str], Counter[int]] = defaultdict(Counter)
    for place in places:
        found[place.file, place.unit.scope].update(key for key, _ in place.unit.parts)
    return found


def _add_up(counts: Mapping[tuple[int, str], Counter[int]]) -> Counter[int]:
    """Return all counts as one; `sum` would copy what it has for each function."""
    total: Counter[int] = Counter()
    for count in counts.values():
        total.update(count)
    return total


def get_tail(scope: str) -> str:
    """Return the name of a function without those of what it is in."""
    return scope.rpartition(".")[2]


def _key_in_place(place: Place) -> object:
    return place.file, place.unit.scope, place.unit.exact


def _key_namesake(place: Place) -> object:
    return get_tail(place.unit.scope), place.unit.exact


def _key_placed(place: Place) -> object:
    return get_tail(place.unit.scope), place.unit.placed


def _key_weighty(place: Place) -> object:
    return place.unit.loose if place.unit.weight >= _WEIGHTY else None


def _cancel(
    removed: Sequence[Place], added: Sequence[Place], key: Callable[[Place], object]
) -> tuple[list[Place], list[Place]]:
    """Return both sides without what is on both by a key; None is never equal."""
    both = Counter(key(p) for p in removed) & Counter(key(p) for p in added)
    del both[None]
    return _subtract(removed, both, key), _subtract(added, both, key)


def _subtract(
    places: Sequence[Place], both: Counter[object], key: Callable[[Place], object]
) -> list[Place]:
    left = Counter(both)
    kept = []
    for place in places:
        name = key(place)
        if left[name] > 0:
            left[name] -= 1
        else:
            kept.append(place)
    return kept


def _index(places: Iterable[Place], key: Callable[[Place], object]) -> Index:
    found: Index = defaultdict(list)
    for place in places:
        found[key(place)].append(place)
    return found


def _list_functions(places: Iterable[Place]) -> dict[int, set[str]]:
    """Return by file the names of the functions and classes whose heads are among some places."""
    found: dict[int, set[str]] = defaultdict(set)
    for place in places:
        found[place.file].add(read_defined(place.unit.own))
    return dict(found)
