"""Leave out of a file, before it is parsed, what cannot matter near a change.

A match stays within one top-level statement, so a function or class the change does not touch
matters only by the names it gives to others: by an import, a `global`, an assignment in brackets.
One that does none of that is replaced by blank lines; what is left parses in a fraction of the
time, and everything in it stands where it stood. Imports nothing that is slow to load.

A top-level statement is told by its first line: unless in a string, only such a line begins in the
first column. Where that is wrong, a bracket or a block loses its head and the rest does not parse.
"""

from __future__ import annotations

from devmatrix_guard.engine.regions import multi_line_strings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Rows = list[bytes]
    Block = tuple[int, int, int]  # first row, the row of its head, the row after it

_HEADS = (b"def ", b"class ", b"async def ")
_NOT_A_START = b" \t\r#)]}"
_GIVES_NAMES = (b"import", b"global", b":=")
_COOKIE, _UTF8 = b"coding", (b"utf-8", b"utf8")


class Excerpt:
    """A file with functions and classes left out.

    `data` has as many lines as the file; `heads` are the names of what was left out at the top
    level, `classes` what holds a class among it.
    """

    __slots__ = ("classes", "data", "heads")

    def __init__(self, data: bytes, heads: frozenset[bytes], classes: bytes) -> None:
        self.data = data
        self.heads = heads
        self.classes = classes


def excerpt_of(data: bytes, lines: Sequence[tuple[int, int]]) -> Excerpt | None:
    """Return the file without what cannot matter on the lines, None where that is not worth it."""
    if b"\f" in data or b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    rows = data.split(b"\n")
    if not _is_utf8(rows):
        return None
    starts = _statement_rows(data, rows)
    if starts is None:
        return None
    left_out = [
        block
        for block in _blocks(rows, starts)
        if not any(block[0] < last and first <= block[2] for first, last in lines)
        and not _matters_elsewhere(rows, block)
    ]
    return _without(rows, left_out) if left_out else None


def is_local(rule: Any) -> bool:
    """Whether what a rule says about a place is told by the top-level statement around it."""
    return all(leaf[0] != "Ss" for leaf in rule.leaves) and _is_local_formula(rule.formula)


def _is_local_formula(formula: Any) -> bool:
    kind = formula[0]
    if kind == "leaf":
        return True
    if kind == "inside":
        return _is_local_formula(formula[1])
    if kind == "or":
        kinds = {part[0] == "inside" for part in formula[1]}
        return len(kinds) == 1 and all(map(_is_local_formula, formula[1]))
    return all(_is_local_formula(part) for part in (*formula[1], *formula[2]))


def _is_utf8(rows: Rows) -> bool:
    cookie = b"\n".join(rows[:2]).lower()
    return _COOKIE not in cookie or any(name in cookie for name in _UTF8)


def _statement_rows(data: bytes, rows: Rows) -> list[int] | None:
    """Return the rows in which a top-level statement, or a branch of one, begins."""
    starts = [
        number
        for number, row in enumerate(rows)
        if row and row[0] not in _NOT_A_START
    ]  # fmt: skip
    if b"\\" in data:
        starts = [n for n in starts if not (n and rows[n - 1].rstrip(b"\r").endswith(b"\\"))]
    texts = multi_line_strings(data)
    if not texts:
        return None if texts is None else starts
    hidden: set[int] = set()
    row = position = 0
    for first, end in texts:
        row += data.count(b"\n", position, first)
        below = row + data.count(b"\n", first, end)
        hidden.update(range(row + 1, below + 1))
        row, position = below, end
    return [number for number in starts if number not in hidden]


def _blocks(rows: Rows, starts: Sequence[int]) -> Iterator[Block]:
    """Yield the functions and classes at the top level, with their decorators."""
    begin = -1
    for index, row in enumerate(starts):
        text = rows[row]
        if text.startswith(b"@"):
            begin = row if begin < 0 else begin
            continue
        if text.startswith(_HEADS):
            end = starts[index + 1] if index + 1 < len(starts) else len(rows)
            yield (row if begin < 0 else begin), row, end
        begin = -1


def _matters_elsewhere(rows: Rows, block: Block) -> bool:
    code = b"\n".join(rows[block[0] : block[2]])
    # A name that is not ASCII may be spelt in two ways.
    return any(word in code for word in _GIVES_NAMES) or not rows[block[1]].isascii()


def _without(rows: Rows, blocks: Sequence[Block]) -> Excerpt:
    kept = list(rows)
    heads: set[bytes] = set()
    classes: list[bytes] = []
    for first, head, end in blocks:
        kept[first:end] = [b""] * (end - first)
        name = rows[head].split(b"(", 1)[0].split(b":", 1)[0].split()[-1]
        heads.add(name)
        code = b"\n".join(rows[first:end])
        if b"class" in code:
            classes.append(code)
    return Excerpt(b"\n".join(kept), frozenset(heads), b"\n".join(classes))
