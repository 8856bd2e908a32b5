"""Blank lines before a statement that has a new neighbour after a merge."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.generator.regenerate.merge_result import Piece
from devmatrix_guard.generator.regenerate.python.outline import Unit, find_identity, is_import


def space_pieces(
    pieces: list[Piece], unit: Unit, source: Sequence[Unit], previous: Unit | None, *, top: bool
) -> list[Piece]:
    """Return the lines of a statement with the blank lines that its new neighbour asks for.

    Args:
        pieces: the lines of the statement, its lead included.
        unit: the statement, and `source` the block that it was written in.
        previous: the statement that now stands before it.
        top: whether the block is a module's.
    """
    place = next(i for i, other in enumerate(source) if other is unit)
    before = source[place - 1] if place else None
    blank = _count_blank(pieces)
    if before is previous:
        wanted = _count_blank(unit.lead)
    elif previous is None or _find_kind(before) == _find_kind(previous):
        return pieces
    else:
        wanted = _choose_blank(previous, unit, blank, top=top)
    return ["" for _ in range(wanted)] + pieces[blank:]


def _count_blank(pieces: Sequence[Piece]) -> int:
    """How many blank lines there are at the start."""
    return next(
        (i for i, p in enumerate(pieces) if not isinstance(p, str) or p.strip()), len(pieces)
    )


def _choose_blank(previous: Unit, unit: Unit, blank: int, *, top: bool) -> int:
    kinds = {_find_kind(previous), _find_kind(unit)}
    if "definition" in kinds:
        return 2 if top else 1
    if "docstring" in kinds or "import" in kinds:
        return max(blank, 1) if len(kinds) == 2 else blank
    return 0


def _find_kind(unit: Unit | None) -> str:
    if unit is None:
        return "none"
    if unit.sections[0].block is not None:
        return "definition" if unit.decorators or unit.header.first != "if" else "branch"
    if is_import(unit):
        return "import"
    return "docstring" if find_identity(unit) == "docstring" else "simple"
