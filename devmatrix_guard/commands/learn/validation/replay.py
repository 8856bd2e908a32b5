"""Looks for candidates in what later commits added, and keeps what was found for the next time.

A query finds the same in the same commit whenever it is asked: learning again looks only for new
queries, and in new commits.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from devmatrix_guard.commands.learn.cache import describe_maker
from devmatrix_guard.commands.learn.history import History, skip_progress
from devmatrix_guard.commands.learn.validation.queries import hash_query
from devmatrix_guard.commands.learn.validation.search import NOTHING_SEARCHED, Searched
from devmatrix_guard.commands.learn.validation.targets import read_added_lines
from devmatrix_guard.files import FileError, read_chosen, replace_file
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.mining.candidates.survey import Scan
from devmatrix_guard.mining.sealed import seal, unseal
from devmatrix_guard.model.diff import Commit

REPLAY_NAME = "replay.bin"
_COMMITS = 400
_MAX_BYTES = 64 * 1024 * 1024

Place = tuple[str, int]  # path, line
Matches = Mapping[str, Sequence[Place]]  # by commit; one without a match has an empty list


class Replayed(NamedTuple):
    """What a replay found: how many lines of Python each commit added, and by query its matches.

    `left` is, by commit, bound and query, how many places the tree of a commit still had; counting
    ends at one more than the bound. `tree` is what was found in the tree.
    """

    sizes: Mapping[str, int] = MappingProxyType({})
    matches: Mapping[str, Matches] = MappingProxyType({})
    left: Mapping[str, int] = MappingProxyType({})
    tree: Searched = NOTHING_SEARCHED


NOTHING_REPLAYED = Replayed()


def replay(
    queries: Sequence[Mapping[str, Any]],
    history: History,
    blobs: BlobReader,
    *,
    known: Replayed = NOTHING_REPLAYED,
    track: Any = skip_progress,
    defects: list[str],
) -> Replayed:
    """Look for queries in the lines that the newest commits added, and return what is found.

    Args:
        queries: what to look for.
        history: what was read; its `others` are the commits.
        blobs: the open reader of that repository.
        known: what an earlier replay found.
        track: shows progress over an iterable.
        defects: is told where a fault of ours kept something from being looked for.
    """
    by_key = {hash_query(query): query for query in queries}
    sizes: dict[str, int] = {}
    matches: dict[str, dict[str, Sequence[Place]]] = {key: {} for key in by_key}
    scans = _Scans(by_key)
    count = 0
    for commit in track(history.others, "Replaying later commits", None):
        size = known.sizes.get(commit.id)
        lacking = [key for key in by_key if commit.id not in known.matches.get(key, {})]
        found: Mapping[str, Sequence[Place]] = {}
        if size is None or (size and lacking):
            size, found = scans.look(commit, blobs, lacking)
        sizes[commit.id] = size
        if not size:
            continue
        for key in by_key:
            former = known.matches.get(key, {}).get(commit.id)
            matches[key][commit.id] = found.get(key, ()) if former is None else former
        count += 1
        if count == _COMMITS:
            break
    defects += scans.list_defects()
    return Replayed(sizes, matches, known.left, known.tree)


class _Scans:
    """Looks for some of the queries at a time; each choice of them is compiled once."""

    def __init__(self, queries: Mapping[str, Mapping[str, Any]]) -> None:
        self._queries = queries
        self._made: dict[tuple[str, ...], Scan] = {}

    def look(
        self, commit: Commit, blobs: BlobReader, keys: Sequence[str]
    ) -> tuple[int, Mapping[str, Sequence[Place]]]:
        """Return how many lines a commit added, and where the queries match on them."""
        targets = [t for change in commit.changes for t in read_added_lines(change, blobs)]
        size = sum(last - first + 1 for t in targets for first, last in t.lines or ())
        if not targets or not keys:
            return size, {}
        scan = self._made.get(tuple(keys))
        if scan is None:
            scan = self._made[tuple(keys)] = Scan({key: self._queries[key] for key in keys})
        places = scan.find_locations(targets)
        return size, {key: [(p.path, p.line) for p in found] for key, found in places.items()}

    def list_defects(self) -> list[str]:
        return [text for scan in self._made.values() for text in scan.defects]


def read_replayed(own: Path, exclude: Sequence[str]) -> Replayed:
    """Return what is kept of an earlier replay; nothing if it was made otherwise, or is damaged."""
    try:
        data = unseal(read_chosen(own / REPLAY_NAME, _MAX_BYTES))
        stored = marshal.loads(data)  # noqa: S302  # git's own folder
        made_by, sizes, matches, left, tree = stored
        if made_by == describe_maker(exclude):
            return Replayed(sizes, matches, left, Searched(*tree))
    except (FileError, ValueError, EOFError, TypeError):
        pass
    return NOTHING_REPLAYED


def write_replayed(own: Path, replayed: Replayed, exclude: Sequence[str]) -> None:
    """Keep what a replay found."""
    sizes, matches, left = map(dict, replayed[:3])
    tree = tuple(map(dict, replayed.tree))
    kept = (describe_maker(exclude), sizes, matches, left, tree)
    replace_file(own / REPLAY_NAME, seal(marshal.dumps(kept, 2)))
