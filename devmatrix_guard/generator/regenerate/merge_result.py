"""What a three-way merge gives: the text, what both sides changed, and what should be said."""

from __future__ import annotations

from collections.abc import Iterable

from devmatrix_guard.model.named_value import NamedValue


class Conflict(NamedValue):
    """A place that both sides changed differently.

    Attributes:
        symbol: the class, function or field, such as `ProductService.list_products`; in a file
            that has none, the line.
        base: the text as it was generated last; `ours` as people changed it; `theirs` as it is
            generated now.
    """

    symbol: str
    base: str
    ours: str
    theirs: str


class Remark(NamedValue):
    """A sentence for the report, at the place that it is about."""

    text: str


Piece = (
    str | Conflict | Remark
)  # a line of the merged text without its end, or what to say about it


class MergeResult(NamedValue):
    """A merged file.

    Attributes:
        text: the merged text; where there is a conflict, as people wrote it.
        conflicts: what has to be decided; empty where the merge is complete.
        notes: what was decided and should be known.
        pieces: the lines of the merged text and the conflicts, in their order.
        newline: the line end of the text.
        mark: the byte order mark, or "".
        ends: whether the last line ends with a line end.
    """

    text: str
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()
    newline: str = "\n"
    mark: str = ""
    ends: bool = True


def list_lines(pieces: Iterable[Piece]) -> list[str]:
    """Return the lines of a merge, with those of people where there is a conflict."""
    lines: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            lines.append(piece)
        elif isinstance(piece, Conflict):
            lines += _split_lines(piece.ours)
    return lines


def mark_sides(merged: MergeResult) -> str:
    """Return the merged text with both versions of a conflict, marked as git marks them."""
    lines: list[str] = []
    for piece in merged.pieces:
        if isinstance(piece, str):
            lines.append(piece)
        elif isinstance(piece, Conflict):
            lines += ["<<<<<<< ours", *_split_lines(piece.ours), "======="]
            lines += [*_split_lines(piece.theirs), ">>>>>>> theirs"]
    text = merged.newline.join(lines)
    return merged.mark + text + (merged.newline if merged.ends and lines else "")


def mark_conflicts(pieces: Iterable[Piece]) -> list[str]:
    """Return the lines of a merge, with all three versions where there is a conflict."""
    lines: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            lines.append(piece)
        elif isinstance(piece, Conflict):
            lines += ["<<<<<<< yours", *_split_lines(piece.ours)]
            lines += ["||||||| generated before", *_split_lines(piece.base)]
            lines += ["=======", *_split_lines(piece.theirs), ">>>>>>> generated now"]
    return lines


def make_conflict(
    symbol: str, base: Iterable[str], ours: Iterable[str], theirs: Iterable[str]
) -> Conflict:
    """Make a conflict from lines."""
    return Conflict(
        symbol, *("".join(f"{line}\n" for line in side) for side in (base, ours, theirs))
    )


def _split_lines(text: str) -> list[str]:
    return text.split("\n")[:-1]
