"""Merge Python sources three ways: the imports, then what the module declares."""

from __future__ import annotations

import re
from collections.abc import Iterable

from devmatrix_guard.generator.regenerate.merge_result import Piece, Remark, list_lines
from devmatrix_guard.generator.regenerate.python.lexer import Unreadable
from devmatrix_guard.generator.regenerate.python.merge_blocks import merge_declarations, merge_texts
from devmatrix_guard.generator.regenerate.python.merge_imports import Uses, merge_imports
from devmatrix_guard.generator.regenerate.python.outline import (
    Block,
    Unit,
    find_identity,
    is_import,
    read_outline,
)
from devmatrix_guard.generator.regenerate.syntax import is_valid_syntax


def merge_modules(base: str, ours: str, theirs: str) -> list[Piece]:
    """Merge three texts whose lines end with `\\n`, the last one too.

    Raises:
        Unreadable: one of them is no Python, or the merged text would be none.
    """
    three = [_read_outline(text) for text in (base, ours, theirs)]
    heads, imports, bodies = zip(*(_split_parts(block) for block in three), strict=True)
    pieces = merge_declarations(*heads, path=())
    body = _merge_bodies(*bodies)
    body += merge_texts(*(block.tail for block in three), path=())
    uses = Uses(_collect_words(bodies[1]), _collect_words(bodies[2]), _iter_words(list_lines(body)))
    run = merge_imports(*imports, uses=uses)
    if run:
        pieces += ["" for _ in range(_measure_gap(imports[1] or imports[2], pieces))]
    pieces += run + body
    if not is_valid_syntax("merged.py", "\n".join(list_lines(pieces))):
        raise Unreadable("the merged text does not parse")
    return pieces


def _merge_bodies(base: list[Unit], ours: list[Unit], theirs: list[Unit]) -> list[Piece]:
    """Merge what the modules declare; what is no longer generated stays while people use it."""
    said: list[Piece] = []
    while True:
        body = merge_declarations(base, ours, theirs, path=())
        needed = _find_needed(base, ours, theirs, _iter_words(list_lines(body)))
        if not needed:
            return said + body
        theirs = _add_needed(needed, base, theirs)
        names = (find_identity(unit) for unit in needed)
        said += [
            Remark(f"{name} is no longer generated; it is kept for your code") for name in names
        ]


def _find_needed(
    base: list[Unit], ours: list[Unit], theirs: list[Unit], merged: set[str]
) -> list[Unit]:
    """Return what only the generator dropped, and only the merged code speaks of."""
    mine = {find_identity(unit): unit.words for unit in ours}
    there = {find_identity(unit) for unit in theirs}
    missing = merged - _collect_words(theirs)
    return [
        unit
        for unit in base
        if (name := find_identity(unit)) in missing
        if name not in there and mine.get(name) == unit.words
    ]


def _add_needed(needed: list[Unit], base: list[Unit], theirs: list[Unit]) -> list[Unit]:
    """Put units back where they followed what is still there."""
    units = list(theirs)
    for unit in needed:
        before = [find_identity(other) for other in base[: base.index(unit)]]
        place = max(
            (i + 1 for i, other in enumerate(units) if find_identity(other) in before), default=0
        )
        units.insert(place, unit)
    return units


def _read_outline(text: str) -> Block:
    if not is_valid_syntax("read.py", text):
        raise Unreadable("no Python")
    return read_outline(text)


def _split_parts(block: Block) -> tuple[list[Unit], list[Unit], list[Unit]]:
    """Cut a module into its docstring, the first run of imports, and the rest."""
    units = list(block.units)
    start = 1 if units and find_identity(units[0]) == "docstring" else 0
    stop = start
    while stop < len(units) and is_import(units[stop]):
        stop += 1
    return units[:start], units[start:stop], units[stop:]


def _measure_gap(imports: list[Unit], above: list[Piece]) -> int:
    """How many blank lines stand above the imports."""
    if not above:
        return 0
    lead = imports[0].lead if imports else ()
    return max(1, next((i for i, line in enumerate(lead) if line.strip()), len(lead)))


def _collect_words(units: list[Unit]) -> set[str]:
    return _iter_words(line for unit in units for line in unit.all_lines)


def _iter_words(lines: Iterable[str]) -> set[str]:
    code = (line for line in lines if not line.lstrip().startswith("#"))
    return set(re.findall(r"[^\W\d]\w*", "\n".join(code)))
