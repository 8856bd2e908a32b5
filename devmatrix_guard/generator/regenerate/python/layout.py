"""Lay merged phrases out: on one line where they fit, one item a line where they do not."""

from __future__ import annotations

from typing import NamedTuple

WIDTH = 100  # as in the generated pyproject.toml
STEP = "    "


class Raw(NamedTuple):
    """Source text; its further lines are indented relative to the line it begins on."""

    text: str


class Row(NamedTuple):
    """An item of a box, with the comments above it and behind it."""

    lead: tuple[str, ...]
    doc: Doc
    trail: str


class Box(NamedTuple):
    """A pair of brackets that were merged.

    Attributes:
        flat: the brackets where all is on one line; `broken` where each item has its own.
        exploded: one line would not do even where it fits.
        commas: whether a comma may follow the last item.
        alone: the only item is a tuple's, and its comma stays.
        inner: comments below the last item.
    """

    flat: tuple[str, str]
    broken: tuple[str, str]
    rows: tuple[Row, ...]
    exploded: bool
    commas: bool
    alone: bool
    inner: tuple[str, ...]


Doc = tuple["Raw | Box", ...]


def render(doc: Doc, indent: str, *, width: int = WIDTH, step: str = STEP, before: int = 0) -> str:
    """Return the text of a phrase.

    Args:
        doc: the phrase.
        indent: the indentation of the line that the phrase begins on.
        width: how long a line may be.
        step: what one level of indentation is.
        before: how much of the first line is taken, its indentation included.
    """
    boxes = [number for number, part in enumerate(doc) if isinstance(part, Box)]
    broken = {number for number in boxes if _must_break(doc[number])}
    text = _assemble(doc, broken, indent, width, step)
    for number in reversed(boxes):
        if _fits(text, width, before):
            break
        if number not in broken and _may_break(doc[number]):
            broken.add(number)
            text = _assemble(doc, broken, indent, width, step)
    return text


def _assemble(doc: Doc, broken: set[int], indent: str, width: int, step: str) -> str:
    text = ""
    for number, part in enumerate(doc):
        if isinstance(part, Raw):
            text += _indent(part.text, indent)
        elif number in broken:
            text += _write_broken(part, indent, width, step)
        else:
            text += _write_flat(part)
    return text


def _indent(text: str, indent: str) -> str:
    first, *others = text.split("\n")
    return "\n".join([first, *(indent + line if line else "" for line in others)])


def _fits(text: str, width: int, before: int) -> bool:
    first, *others = text.split("\n")
    return before + len(first) <= width and all(len(line) <= width for line in others)


def _write_flat(box: Box) -> str:
    inside = ", ".join(_write_flat_doc(row.doc) for row in box.rows)
    return box.flat[0] + inside + ("," if box.alone else "") + box.flat[1]


def _write_flat_doc(doc: Doc) -> str:
    return "".join(part.text if isinstance(part, Raw) else _write_flat(part) for part in doc)


def _write_broken(box: Box, indent: str, width: int, step: str) -> str:
    inner = indent + step
    lines = [box.broken[0]]
    for number, row in enumerate(box.rows):
        last = number == len(box.rows) - 1
        comma = "," if not last or box.commas or box.alone else ""
        lines += [inner + comment for comment in row.lead]
        item = render(row.doc, inner, width=width - len(comma), step=step, before=len(inner))
        lines.append(inner + item + comma + (f"  {row.trail}" if row.trail else ""))
    lines += [inner + comment for comment in box.inner]
    return "\n".join([*lines, indent + box.broken[1]])


def _may_break(part: Raw | Box) -> bool:
    return isinstance(part, Box) and bool(part.rows) and bool(part.broken[0])


def _must_break(part: Raw | Box) -> bool:
    if isinstance(part, Raw):
        return "\n" in part.text
    if part.exploded or part.inner:
        return bool(part.rows or part.inner)
    return any(row.lead or row.trail for row in part.rows) or any(
        _must_break(inner) for row in part.rows for inner in row.doc
    )
