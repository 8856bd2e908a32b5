"""Finds the functions and classes that a change gives another name, and their former names."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from devmatrix_guard.mining.undo.edits import Place

_MAX_NESTED = 3
# Of what changed in two functions this much has to be alike for one to be the other; less where
# only one of a kind is gone and one is new.
_ALIKE = 0.5
_ALIKE_ALONE = 0.33
_MAX_COMPARED = 400

_DEFINED = re.compile(rb"(?:async\s+)?(?:def|class)\s+(\w+)")


def use_former_names(removed: Sequence[Place], added: Sequence[Place]) -> list[Place]:
    """Return what is added, in a function or class that only changes its name under the old one.

    One is taken for renamed where its head is gone and another stands in the same scope that is
    equal but for the name, or has much of the same body where its parameters changed as well.
    """
    named = list(added)
    for _ in range(_MAX_NESTED):  # a class first, then its methods, then what these define
        names = _pair_names(_list_heads(removed), _list_heads(named))
        names |= _pair_bodies(removed, named, names)
        if not names:
            break
        named = [_rename_scope(place, names) for place in named]
    return named


Heads = dict[tuple[int, str, bytes], list[str]]


def _pair_names(gone: Heads, new: Heads) -> dict[tuple[int, str], str]:
    """Return the old name of each function or class that has another now, by file and full name."""
    names = {}
    for (file, scope, rest), olds in gone.items():
        news = new.get((file, scope, rest), [])
        lost = [name for name in olds if name not in news]
        found = [name for name in news if name not in olds]
        if len(lost) == len(found):
            for old, name in zip(lost, found, strict=True):
                names[file, _join(scope, name)] = _join(scope, old)
    return names


def _list_heads(places: Iterable[Place]) -> Heads:
    """Return the names of functions and classes by file, scope and what their heads say else."""
    found: Heads = defaultdict(list)
    for place in places:
        match = _DEFINED.match(place.unit.own)
        if match:
            rest = place.unit.own[: match.start(1)] + place.unit.own[match.end(1) :]
            name = match[1].decode("utf-8", "replace")
            found[place.file, place.unit.scope, rest].append(name)
    return found


def _pair_bodies(
    removed: Sequence[Place], added: Sequence[Place], known: Mapping[tuple[int, str], str]
) -> dict[tuple[int, str], str]:
    """Return the old names of those whose heads differ otherwise, too, by what they hold."""
    olds, news = _list_names(removed), _list_names(added)
    former = {(file, name) for (file, _), name in known.items()}
    gone = [key for key in olds if key not in news and key not in former]
    new = [key for key in news if key not in olds and key not in known]
    if not gone or not new or len(gone) * len(new) > _MAX_COMPARED:
        return {}
    least = _ALIKE_ALONE if len(gone) == len(new) == 1 else _ALIKE
    bodies = _read_bodies(removed, gone), _read_bodies(added, new)
    ranked = sorted(
        (-share, first, second)
        for first in gone
        for second in new
        if first[0] == second[0]
        and first[1].rpartition(".")[0] == second[1].rpartition(".")[0]
        and (share := _compare_bodies(bodies[0][first], bodies[1][second])) >= least
    )
    names: dict[tuple[int, str], str] = {}
    for _, first, second in ranked:
        if second not in names and first not in former:
            names[second] = first[1]
            former.add(first)
    return names


def _list_names(places: Iterable[Place]) -> dict[tuple[int, str], None]:
    """Return the functions and classes whose heads are among some places, by file and full name."""
    defined = ((place, read_defined(place.unit.own)) for place in places)
    return {(p.file, _join(p.unit.scope, name)): None for p, name in defined if name}


def _read_bodies(
    places: Iterable[Place], wanted: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], Counter[int]]:
    """Return the weights of what changed in some functions and classes, by loose keys."""
    bodies: dict[tuple[int, str], Counter[int]] = {key: Counter() for key in wanted}
    for place in places:
        parts = place.unit.scope.split(".")
        for count in range(len(parts)):
            body = bodies.get((place.file, ".".join(parts[: count + 1])))
            if body is not None:
                body[place.unit.loose] += place.unit.weight
    return bodies


def _compare_bodies(before: Counter[int], after: Counter[int]) -> float:
    """Return which share of the weight of the lighter side is in both."""
    return (before & after).total() / (min(before.total(), after.total()) or 1)


def _rename_scope(place: Place, names: Mapping[tuple[int, str], str]) -> Place:
    parts = place.unit.scope.split(".")
    for count in range(len(parts), 0, -1):
        former = names.get((place.file, ".".join(parts[:count])))
        if former is not None:
            scope = ".".join((former, *parts[count:]))
            return place._replace(unit=place.unit._replace(scope=scope))
    return place


def _join(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def read_defined(text: bytes) -> str:
    """Return the name of the function or class whose head a text is, empty for anything else."""
    match = _DEFINED.match(text)
    return match[1].decode("utf-8", "replace") if match else ""
