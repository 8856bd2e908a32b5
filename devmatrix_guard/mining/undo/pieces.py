"""Divides a hunk of a fix into what can be undone by itself: a guard clause, one of several edits.

A hunk is what stands next to each other, and a fix may do several things in one place. Statements
that resemble one another across its sides are one edit; what only one side has is cut into blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from devmatrix_guard.mining.undo.units import Unit

# Longer hunks are rewritten code, of which no statement is a fix of its own.
_MAX_UNITS = 16
_MAX_PIECES = 8
# Statements of which half of the words are the same are versions of one.
_ALIKE = 0.5
_WORD = re.compile(rb"\w+")
# What goes on with a block; an `except` or `case` can be taken away alone.
_CONTINUED = (b"else", b"elif", b"finally", b"ensure")

Piece = tuple[list[Unit], list[Unit]]


def divide_hunk(removed: Sequence[Unit], added: Sequence[Unit]) -> list[Piece]:
    """Return the parts of a hunk, each with both of its sides; none where it is one by itself.

    What the fix only took away beside others is none: it came back unmissed where that was counted.
    """
    if len(removed) + len(added) > _MAX_UNITS:
        return []
    pairs = _pair_alike(removed, added)
    taken = {id(unit) for pair in pairs for unit in pair}
    pieces: list[Piece] = [([old], [new]) for old, new in pairs]
    pieces += [([], block) for block in _cut_blocks(added, taken)]
    count = sum(len(side) for piece in pieces for side in piece)
    is_whole = len(pieces) <= 1 and count == len(removed) + len(added)
    return [] if is_whole or len(pieces) > _MAX_PIECES else pieces


def _pair_alike(removed: Sequence[Unit], added: Sequence[Unit]) -> list[tuple[Unit, Unit]]:
    """Return the statements that are versions of one another, the most alike first."""
    olds, news = ([(unit, _read_words(unit)) for unit in side] for side in (removed, added))
    ranked = sorted(
        (-share, first, second)
        for first, (_, before) in enumerate(olds)
        for second, (_, after) in enumerate(news)
        if (share := _compare_words(before, after)) >= _ALIKE
    )
    left, right = set(range(len(olds))), set(range(len(news)))
    found = []
    for _, first, second in ranked:
        if first in left and second in right:
            left.remove(first)
            right.remove(second)
            found.append((removed[first], added[second]))
    return found


def _read_words(unit: Unit) -> frozenset[bytes]:
    return frozenset(_WORD.findall(unit.own))


def _compare_words(before: frozenset[bytes], after: frozenset[bytes]) -> float:
    """Return which share of the words of the shorter side is in both."""
    return len(before & after) / (min(len(before), len(after)) or 1)


def _cut_blocks(units: Sequence[Unit], taken: set[int]) -> Iterator[list[Unit]]:
    """Yield what can go by itself of one side: a head with its block, statements in a row."""
    block: list[Unit] = []
    for unit in units:
        if id(unit) in taken:
            if block:
                yield block
            block = []
        elif block and _belongs_to(block, unit):
            block.append(unit)
        else:
            if block:
                yield block
            block = [unit]
    if block:
        yield block


def _belongs_to(block: Sequence[Unit], unit: Unit) -> bool:
    first = block[0]
    if unit.depth > first.depth:
        return True
    if unit.depth < first.depth:
        return False
    if unit.own.lstrip(b"\x01").startswith(_CONTINUED):
        return True
    return not (first.is_head or unit.is_head or any(u.depth > first.depth for u in block))
