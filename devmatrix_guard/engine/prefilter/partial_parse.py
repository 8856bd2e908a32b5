"""Leave out of a file, before it is parsed, what cannot matter near a change.

A match stays within one top-level statement, so a function or class the change does not touch
matters only by the names it gives to others: by an import, which counts everywhere below it. A
table, many lines of literals assigned to a name, matters only where that name is read.
One that gives none is replaced by blank lines; what is left parses in a fraction of the time, and
everything in it stands where it stood. Imports nothing that is slow to load.

A top-level statement is told by its first line: unless in a string, only such a line begins in the
first column. Where that is wrong, a bracket or a block loses its head and the rest does not parse.
"""

from __future__ import annotations

from itertools import pairwise

from devmatrix_guard.engine.keywords import find_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from devmatrix_guard.engine.prefilter.outline import Outline

    Rows = list[bytes]
    Block = tuple[int, int, int]  # first row, the row of its head, the row after it

_HEADS = (b"def ", b"class ", b"async def ")
_NOT_A_START = b" \t\r#)]}"
_OPENING, _CLOSING = (b"[", b"{", b"("), (b"]", b"}", b")")
_MIN_TABLE = 8
_COOKIE, _UTF8 = b"coding", (b"utf-8", b"utf8")


class Excerpt:
    """A file with functions and classes left out.

    `data` has as many lines as the file; `heads` are the names of what was left out at the top
    level, an empty one for code without a name; `assigning` is the code left out that may assign
    to a global: with a class or a `global`.
    """

    __slots__ = ("assigning", "data", "heads")

    def __init__(self, data: bytes, heads: frozenset[bytes], assigning: bytes) -> None:
        self.data = data
        self.heads = heads
        self.assigning = assigning


def extract(outline: Outline, lines: Sequence[tuple[int, int]]) -> Excerpt | None:
    """Return the file without what cannot matter on the lines, None where that is not worth it."""
    data, rows = outline.data, outline.rows
    if b"\f" in data or b"\0" in data or outline.has_lone_returns or not _is_utf8(rows):
        return None
    starts = _find_statement_rows(outline)
    if starts is None:
        return None
    blocks = _select_untouched(_find_blocks(rows, starts), lines)
    tables = _select_untouched(_find_tables(rows, starts), lines)
    if not blocks and not tables:
        return None
    words = find_words(_blank(rows, [*blocks, *tables]))
    blocks = [block for block in blocks if not _gives_names(rows, block, words)]
    return _remove_blocks(rows, blocks, _select_unread(rows, tables, words))


def _select_untouched(blocks: Iterable[Block], lines: Sequence[tuple[int, int]]) -> list[Block]:
    return [
        block
        for block in blocks
        if not any(block[0] < last and first <= block[2] for first, last in lines)
    ]


def is_local(rule: Any) -> bool:
    """Whether what a rule says about a place is told by the top-level statement around it."""
    if rule.options.get("symbolic_propagation"):
        return False
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


def _find_statement_rows(outline: Outline) -> list[int] | None:
    """Return the rows in which a top-level statement, or a branch of one, begins."""
    data, rows, texts = outline.data, outline.rows, outline.strings
    starts = [
        number
        for number, row in enumerate(rows)
        if row and row[0] not in _NOT_A_START
    ]  # fmt: skip
    if b"\\" in data:
        starts = [n for n in starts if not (n and rows[n - 1].rstrip(b"\r").endswith(b"\\"))]
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


def _find_blocks(rows: Rows, starts: Sequence[int]) -> Iterator[Block]:
    """Yield the functions and classes at the top level, with their decorators."""
    begin = -1
    for index, row in enumerate(starts):
        text = rows[row]
        if text.startswith(b"@"):
            begin = row if begin < 0 else begin
            continue
        if text.startswith(_HEADS):
            end = starts[index + 1] if index + 1 < len(starts) else len(rows)
            while not rows[end - 1].strip():
                end -= 1
            yield (row if begin < 0 else begin), row, end
        begin = -1


def _find_tables(rows: Rows, starts: Sequence[int]) -> Iterator[Block]:
    """Yield the assignments of long literals to a name: nothing in them is called or assigned."""
    for start, following in pairwise((*starts, len(rows))):
        if following - start < _MIN_TABLE:
            continue
        end = following
        while not rows[end - 1].strip() or rows[end - 1].startswith(b"#"):
            end -= 1
        if _is_table(rows[start:end]):
            yield start, start, end


def _is_table(rows: Rows) -> bool:
    name, equals, value = b"\n".join(rows).partition(b"=")
    value = value.lstrip()
    return (
        bool(equals)
        and name.isascii()
        and name.strip().decode().isidentifier()
        and value.startswith(_OPENING)
        and rows[-1].strip() in _CLOSING
        and b"=" not in value
        and b"(" not in value[1:]
    )


def _select_unread(rows: Rows, tables: Sequence[Block], words: set[bytes]) -> list[Block]:
    """Return the tables whose names are none of the words, nor stand in a table that is."""
    read = next((t for t in tables if rows[t[0]].partition(b"=")[0].strip() in words), None)
    if read is None:
        return list(tables)
    words = words | find_words(b"\n".join(rows[read[0] : read[2]]))
    return _select_unread(rows, [table for table in tables if table != read], words)


def _gives_names(rows: Rows, block: Block, words: set[bytes]) -> bool:
    """Whether a block may give one of the words a meaning outside of it."""
    first, head, end = block
    if any(b":=" in row for row in rows[first:head]) or not rows[head].isascii():
        return True
    if b"import" not in b"\n".join(rows[head:end]):
        return False
    return any(
        name is None or name in words
        for row in rows[head:end]
        if b"import" in row
        for name in _find_imported(row)
    )


def _find_imported(row: bytes) -> Iterator[bytes | None]:
    """Yield the names a row imports, None where that takes more than a look."""
    before, _, after = row.partition(b"import")
    start = before.split()
    if start[:1] == [b"from"] or not start:
        if b"(" in after or b"\\" in after or b";" in after:
            yield None
        for part in after.partition(b"#")[0].split(b","):
            named = part.split()
            if named and (start or b"as" in named):
                yield named[-1]
    elif b":" in before or b";" in before:
        yield None


def _read_defined_name(head: bytes) -> bytes:
    for mark in (b"(", b"[", b":"):
        head = head.split(mark, 1)[0]
    return head.split()[-1]


def _blank(rows: Rows, blocks: Sequence[Block]) -> bytes:
    kept = list(rows)
    for first, _, end in blocks:
        kept[first:end] = [b""] * (end - first)
    return b"\n".join(kept)


def _remove_blocks(rows: Rows, blocks: Sequence[Block], tables: Sequence[Block]) -> Excerpt | None:
    if not blocks and not tables:
        return None
    heads = {_read_defined_name(rows[head]) for _, head, _ in blocks}
    if tables:
        heads.add(b"")
    codes = (b"\n".join(rows[first:end]) for first, _, end in blocks)
    assigning = [code for code in codes if b"class" in code or b"global" in code]
    left_out = [*blocks, *tables]
    return Excerpt(_blank(rows, left_out), frozenset(heads), b"\n".join(assigning))
