"""Builds the index of what fixes removed and added, from history read newest first."""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.undo import MARSHAL, Record, UndoIndex, hash_line, is_weighty
from devmatrix_guard.model.diff import Commit, Hunk
from devmatrix_guard.model.language import detect_language

# A line that this many hunks removed or added says nothing about any one of them.
_COMMON = 6
_MAX_HUNK_LINES = 60


class FixHunk(NamedTuple):
    """One hunk of a fix as it is remembered: who made it, where, and the keys of its lines."""

    commit: str
    date: str
    subject: str
    issue: str
    path: str
    removed: tuple[int, ...]
    added: tuple[int, ...]


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


def is_indexed(path: str) -> bool:
    """Tell whether a file is code, so that taking its lines back can mean something."""
    return bool(detect_language(path))


def fix_hunks(source: tuple[str, str, str, str], path: str, hunks: Iterable[Hunk]) -> list[FixHunk]:
    """Return the hunks of one file of a fix that are worth remembering.

    Args:
        source: commit, date, subject and issue of the fix.
        path: the file, under its name of today.
        hunks: what the fix did to it.
    """
    found = []
    for hunk in hunks:
        if len(hunk.removed) > _MAX_HUNK_LINES or len(hunk.added) > _MAX_HUNK_LINES:
            continue
        removed, added = _hash_lines(hunk.removed), _hash_lines(hunk.added)
        both = set(removed) & set(added)
        removed = tuple(key for key in removed if key not in both)
        added = tuple(key for key in added if key not in both)
        if is_weighty(removed) or is_weighty(added):
            found.append(FixHunk(*source, path, removed, added))
    return found


def build_index(hunks: Sequence[FixHunk], texts: Mapping[str, bytes] | None = None) -> UndoIndex:
    """Return the index of fixes that still stand.

    Args:
        hunks: what fixes did, in any order.
        texts: contents of today's files; a fix whose additions are gone from its file, or whose
            removals are back, stands no more. None keeps every fix.
    """
    counts = Counter(key for hunk in hunks for key in {*hunk.removed, *hunk.added})
    present = {path: _hash_present(text) for path, text in (texts or {}).items()}
    fixes: dict[tuple[str, str, str, str], int] = {}
    by_path: dict[str, set[Record]] = {}
    for hunk in sorted(hunks):
        record = _drop_common(hunk, counts)
        if not is_weighty(record[1]) and not is_weighty(record[2]):
            continue
        if texts is not None and not _stands(record, present.get(hunk.path)):
            continue
        number = fixes.setdefault(hunk[:4], len(fixes))
        by_path.setdefault(hunk.path, set()).add((number, record[1], record[2]))
    sections = {
        path: marshal.dumps(tuple(sorted(found)), MARSHAL) for path, found in by_path.items()
    }
    return UndoIndex(tuple(fixes), sections)


def select_standing_hunks(hunks: Sequence[FixHunk], texts: Mapping[str, bytes]) -> list[FixHunk]:
    """Return the hunks that still stand in their files, without lines that say nothing.

    Args:
        hunks: what fixes did, in any order.
        texts: contents of the files.
    """
    counts = Counter(key for hunk in hunks for key in {*hunk.removed, *hunk.added})
    present = {path: _hash_present(text) for path, text in texts.items()}
    found: dict[FixHunk, None] = {}
    for hunk in sorted(hunks):
        _, removed, added = record = _drop_common(hunk, counts)
        is_telling = is_weighty(removed) or is_weighty(added)
        if is_telling and _stands(record, present.get(hunk.path)):
            found[hunk._replace(removed=removed, added=added)] = None
    return list(found)


def _drop_common(hunk: FixHunk, counts: Counter[int]) -> Record:
    sides = [
        tuple(key for key in side if counts[key] < _COMMON) for side in (hunk.removed, hunk.added)
    ]
    return 0, sides[0], sides[1]


def _stands(record: Record, present: frozenset[int] | None) -> bool:
    if present is None:
        return False
    _, removed, added = record
    return all(key in present for key in added) and not any(key in present for key in removed)


def _hash_present(text: bytes) -> frozenset[int]:
    keys = (hash_line(line) for line in text.splitlines())
    return frozenset(key for key in keys if key is not None)


def _hash_lines(lines: Iterable[bytes]) -> tuple[int, ...]:
    keys = dict.fromkeys(hash_line(line) for line in lines)
    return tuple(key for key in keys if key is not None)
