"""Finds unfixed siblings of a fix: lines written like those it changed, with other names.

A line's shape is its text with every word left open. Where the lines of a hunk, and if they say
little some around them, have the same shapes elsewhere, their words are compared: they must be the
same but for a few that are renamed one to one, as in code that was copied or generated. What the
fix wrote is then written with those names. Works on text, so in any language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.model.diff import Hunk

# Fewer words than this may stand anywhere: `return None` has no siblings.
_LEAST_WORDS = 8
_MOST_CONTEXT = 3
_MOST_RENAMED = 4
_LEAST_SHARED = 0.5  # of the words of a place, by how often they stand there
_MOST_PLACES = 50
_MOST_ADDED = 12
_STRETCH = 5
_WORD = re.compile(r"[^\W\d]\w*")
_PART = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


class Variant(NamedTuple):
    """A place that may need the same fix.

    `start` and `length` are the lines, from 1, that `after` stands for; `renamed` says which words
    of the fix stand for which there.
    """

    path: str
    start: int
    length: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()


class _Key(NamedTuple):
    """What is looked for: lines of the old file around a hunk, and which of them it replaced."""

    lines: tuple[str, ...]
    first: int
    removed: int
    added: tuple[str, ...]


def find_variants(
    old: str, hunks: Sequence[Hunk], files: Iterable[tuple[str, str]]
) -> Iterator[Variant]:
    """Yield the places in files that may need what a fix did to one file.

    Args:
        old: that file before the fix.
        hunks: what the fix changed in it.
        files: path and text of each file of today.
    """
    lines = old.split("\n")
    # What only took lines out, or wrote much that is new, says nothing of what belongs elsewhere.
    chosen = [hunk for hunk in hunks if 0 < len(hunk.added) <= _MOST_ADDED]
    keys = [key for hunk in chosen if (key := _make_key(lines, hunk)) is not None]
    found = 0
    for path, text in files:
        target = text.split("\n")
        places: dict[str, list[int]] = {}
        for number, line in enumerate(target):
            places.setdefault(_find_shape(line), []).append(number)
        for key in keys:
            for variant in _find_places(key, path, target, places):
                yield variant
                found += 1
                if found >= _MOST_PLACES:
                    return


def _make_key(lines: Sequence[str], hunk: Hunk) -> _Key | None:
    """Return what to look for, with as little around the hunk as says enough; None for too little.

    What was only added has a place between lines, so some on both sides are looked for.
    """
    start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
    end = start + hunk.old_count
    added = tuple(line.decode("utf-8", "replace").rstrip("\r\n") for line in hunk.added)
    for context in range(1 if not hunk.old_count else 0, _MOST_CONTEXT + 1):
        first, last = max(start - context, 0), min(end + context, len(lines))
        chosen = tuple(lines[first:last])
        if sum(len(_WORD.findall(line)) for line in chosen) >= _LEAST_WORDS:
            return _Key(chosen, start - first, hunk.old_count, added)
    return None


def _find_shape(line: str) -> str:
    return _WORD.sub("w", line.strip())


def _find_places(
    key: _Key, path: str, target: Sequence[str], places: Mapping[str, Sequence[int]]
) -> Iterator[Variant]:
    shapes = [_find_shape(line) for line in key.lines]
    rarest = min(range(len(shapes)), key=lambda n: len(places.get(shapes[n], ())))
    for number in places.get(shapes[rarest], ()):
        first = number - rarest
        there = target[first : first + len(shapes)] if first >= 0 else []
        if len(there) < len(shapes) or [_find_shape(line) for line in there] != shapes:
            continue
        renamed = _match_words(key.lines, there)
        if renamed is None:
            continue
        start = first + key.first
        before = tuple(target[start : start + key.removed])
        after = _write_after(key, there, renamed)
        following = tuple(target[start + key.removed : start + key.removed + len(after)])
        if after == before or (not key.removed and after == following):
            continue
        yield Variant(path, start + 1, key.removed, before, after, tuple(sorted(renamed.items())))


def _match_words(ours: Sequence[str], theirs: Sequence[str]) -> dict[str, str] | None:
    """Return which words stand for which, one to one; None where the code is another."""
    pairs = [
        pair
        for one, other in zip(ours, theirs, strict=True)
        for pair in zip(_WORD.findall(one), _WORD.findall(other), strict=True)
    ]
    mapping = dict(pairs)
    if any(mapping[one] != other for one, other in pairs):
        return None
    if len(set(mapping.values())) != len(mapping):
        return None
    renamed = {one: other for one, other in mapping.items() if one != other}
    shared = sum(one == other for one, other in pairs)
    if len(renamed) > _MOST_RENAMED or shared < _LEAST_SHARED * len(pairs):
        return None
    return renamed


def _write_after(key: _Key, there: Sequence[str], renamed: Mapping[str, str]) -> tuple[str, ...]:
    stems = _find_stems(renamed)
    indent = _find_indent(key.lines), _find_indent(there)

    def rename(match: re.Match[str]) -> str:
        word = match[0]
        if word in renamed:
            return renamed[word]
        return _PART.sub(lambda part: stems.get(part[0], part[0]), word) if stems else word

    return tuple(_WORD.sub(rename, _indent(line, *indent)) for line in key.added)


def _find_stems(renamed: Mapping[str, str]) -> dict[str, str]:
    """Return the one part in which each pair of words differs: order_repo, item_repo: order, item.

    Words that only the fix wrote are renamed by these.
    """
    stems: dict[str, str] = {}
    for one, other in renamed.items():
        ours, theirs = _PART.findall(one), _PART.findall(other)
        if len(ours) != len(theirs):
            continue
        differing = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
        if len(differing) == 1:
            stems.setdefault(*differing[0])
    return stems


def _find_indent(lines: Sequence[str]) -> str:
    full = next((line for line in lines if line.strip()), "")
    return full[: len(full) - len(full.lstrip())]


def _indent(line: str, ours: str, theirs: str) -> str:
    return theirs + line[len(ours) :] if line.startswith(ours) and line.strip() else line


def measure_likeness(texts: Iterable[str]) -> float:
    """Return which part of the code stands, but for its names, in another file too; 0 to 1.

    Stretches of five lines are compared by shape, those of few words left out.
    """
    holders: dict[int, set[int]] = {}
    counts: list[Counter[int]] = []
    for number, text in enumerate(texts):
        own: Counter[int] = Counter()
        lines = [line for line in text.split("\n") if line.strip()]
        shapes = [_find_shape(line) for line in lines]
        for first in range(len(lines) - _STRETCH + 1):
            shape = tuple(shapes[first : first + _STRETCH])
            if sum(text.count("w") for text in shape) >= 2 * _LEAST_WORDS:
                own[hash(shape)] += 1
        counts.append(own)
        for key in own:
            holders.setdefault(key, set()).add(number)
    total = sum(own.total() for own in counts)
    shared = sum(n for own in counts for key, n in own.items() if len(holders[key]) > 1)
    return shared / total if total else 0.0


def apply_variants(text: str, variants: Iterable[Variant]) -> tuple[str, tuple[Variant, ...]]:
    """Return a file's text with variants applied, and those that were: of two that overlap, one."""
    lines = text.split("\n")
    newline = "\r" if lines[0].endswith("\r") else ""
    applied: list[Variant] = []
    free = len(lines) + 1
    for variant in sorted(variants, key=lambda v: (-v.start, -v.length)):
        end = variant.start - 1 + variant.length
        if end > free - 1 or (end == free - 1 and not variant.length and applied):
            continue
        lines[variant.start - 1 : end] = [f"{line}{newline}" for line in variant.after]
        free = variant.start
        applied.append(variant)
    return "\n".join(lines), tuple(reversed(applied))
