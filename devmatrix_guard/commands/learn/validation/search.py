"""Looks for candidates in today's tree; what is known of files that did not change is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from devmatrix_guard.commands.learn.validation.queries import hash_query
from devmatrix_guard.mining.candidates.survey import Place, Scan
from devmatrix_guard.model.diff import Target


class Searched(NamedTuple):
    """What a search found: the sums of the files it was made in, and by query its places."""

    files: Mapping[str, bytes] = MappingProxyType({})
    places: Mapping[str, Sequence[tuple[str, int]]] = MappingProxyType({})


NOTHING_SEARCHED = Searched()


def search_tree(
    queries: Mapping[str, Mapping[str, Any]],
    tree: Sequence[Target],
    *,
    known: Searched = NOTHING_SEARCHED,
    track: Any,
    defects: list[str],
) -> tuple[dict[str, list[Place]], Searched]:
    """Return where queries match in a tree, by path and line, and what is to be known next time.

    Args:
        queries: what to look for, by any name.
        tree: the files, whole.
        known: what an earlier search found: such queries are looked for in changed files only.
        track: shows progress over an iterable.
        defects: is told where a fault of ours kept something from being looked for.
    """
    files = {target.path: _sum_up(target) for target in tree}
    same = {path for path, own in files.items() if known.files.get(path) == own}
    names = {name: hash_query(query) for name, query in queries.items()}
    asked = {names[name]: query for name, query in queries.items()}
    changed = [target for target in tree if target.path not in same]
    old = {key: query for key, query in asked.items() if key in known.places}
    new = {key: query for key, query in asked.items() if key not in old}
    found = {key: [Place(*place) for place in known.places[key] if place[0] in same] for key in old}
    failed: list[str] = []
    for some, targets in ((old, changed), (new, tree)):
        if some and targets:
            scan = Scan(some)
            places = scan.find_locations(track(targets, "Searching the tree", len(targets)))
            failed += scan.defects
            for key in some:
                found[key] = sorted([*found.get(key, ()), *places.get(key, ())])
    defects += failed
    result = {name: found.get(key, []) for name, key in names.items()}
    if failed:
        return result, NOTHING_SEARCHED
    plain = {
        key: [(place.path, place.line) for place in places] for key, places in sorted(found.items())
    }
    return result, Searched(files, plain)


def _sum_up(target: Target) -> bytes:
    return hashlib.blake2b(target.source, digest_size=16).digest()
