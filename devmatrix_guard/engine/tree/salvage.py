"""Read what can be read of a file that this Python cannot parse as a whole.

file -> statements -> those that parse as they are, or once translated -> the others, part by part
down to the smallest, left out. What stays stands where it stood; what is left out is told.
"""

from __future__ import annotations

import sys
from itertools import pairwise

from devmatrix_guard.engine.tree.source import SourceError, TooDeepError, parse
from devmatrix_guard.engine.tree.translate import hides_code, split_tokens, swap_quotes, translate
from devmatrix_guard.lazy_typing import Sequence
from devmatrix_guard.model.named_value import NamedValue

Rows = list[bytes]
Lines = tuple[int, int]
_NESTS_FSTRINGS = sys.version_info >= (3, 12)
_CLAUSES = (b"else", b"elif", b"except", b"finally")
_HEADS = (
    b"def", b"class", b"async", b"if", b"for", b"while", b"with", b"try", b"return", b"import",
    b"from", *_CLAUSES,
)  # fmt: skip
_MIN_WORK, _MAX_READINGS = 50_000, 5
_UTF8 = (b"utf-8", b"utf8")


class Salvage(NamedValue):
    """What can be read: code with as many lines as the file, and the lines it leaves out."""

    data: bytes
    left_out: tuple[Lines, ...]


def salvage(data: bytes) -> Salvage | None:
    """Return what can be read of a file, None where that is nothing."""
    body = data.removeprefix(b"\xef\xbb\xbf")
    rows = body.split(b"\n")
    if b"\0" in data or b"\f" in data or b"\r" in data.replace(b"\r\n", b"") or not _is_utf8(rows):
        return None
    reader = _Reader(_MIN_WORK + _MAX_READINGS * len(data))
    kept = reader.read(rows, 0, 0)
    found = b"\n".join(kept)
    if not found.strip() or not _can_parse(found, 0):
        return None
    return Salvage(data[: len(data) - len(body)] + found, _join(reader.left_out))


def _is_utf8(rows: Rows) -> bool:
    """Whether the file is UTF-8 by what it says and what it holds: bytes of an encoding that is
    not declared may mean anything, so that nothing is concluded from the rest.
    """
    cookie = b"\n".join(rows[:2]).lower()
    if b"coding" in cookie and not any(name in cookie for name in _UTF8):
        return False
    try:
        b"\n".join(rows).decode()
    except UnicodeDecodeError:
        return False
    return True


class _Reader:
    """Reads statements, at most `work` bytes of them, those read again counted again."""

    def __init__(self, work: int) -> None:
        self.left_out: list[Lines] = []
        self._work = work

    def read(self, rows: Rows, first: int, indent: int) -> Rows:
        """Return rows of one indentation, which begin at a row of the file, as far as they parse.

        Every statement is tried by itself; blank rows take the place of what does not parse.
        """
        starts = _find_statements(rows, indent)
        kept = rows[: starts[0]] if starts else list(rows)
        for start, end in pairwise((*starts, len(rows))):
            kept += self._read_statement(rows[start:end], first + start, indent)
        return kept

    def _read_statement(self, rows: Rows, first: int, indent: int) -> Rows:
        text = b"\n".join(rows)
        self._work -= len(text)
        if self._work < 0:
            self._leave_out(rows, first)
            return _make_placeholder(rows, indent)
        if _can_parse(text, indent):
            return rows
        translated = _translate_statement(text, indent)
        if translated is not None:
            if hides_code(text):
                self._leave_out(rows, first)
            return translated.split(b"\n")
        found = self._read_in_parts(rows, first, indent)
        if found is not None:
            return found
        again = self._find_next_try(rows, indent)
        self._leave_out(rows[:again], first)
        kept = _make_placeholder(rows[:again], indent)
        return kept + (self.read(rows[again:], first + again, indent) if again < len(rows) else [])

    @staticmethod
    def _find_next_try(rows: Rows, indent: int) -> int:
        """Return the row below a broken one in which a statement may begin, else their number.

        A bracket or a string that is not closed makes all below look like a part of it.
        """
        for row in range(1, len(rows)):
            text = rows[row].lstrip()
            if text and text[:1] not in b")]}#" and len(rows[row]) - len(text) <= indent:
                return row
        return len(rows)

    def _read_in_parts(self, rows: Rows, first: int, indent: int) -> Rows | None:
        """Return a compound statement without those of its parts that do not parse."""
        heads = [row for row, column in _starts(rows) if column == indent]
        told = len(self.left_out)
        kept: Rows = []
        for head, end in pairwise((*heads, len(rows))):
            inner = [(row, column) for row, column in _starts(rows[head:end]) if column > indent]
            if not inner:
                kept += rows[head:end]
                continue
            row, column = inner[0]
            kept += rows[head : head + row]
            kept += self.read(rows[head + row : end], first + head + row, column)
        text = b"\n".join(kept)
        found = text if _can_parse(text, indent) else _translate_statement(text, indent)
        if found is None or len(self.left_out) == told:
            del self.left_out[told:]
            return None
        return found.split(b"\n")

    def _leave_out(self, rows: Rows, first: int) -> None:
        count = len(rows)
        while count > 1 and not rows[count - 1].strip():
            count -= 1
        self.left_out.append((first + 1, first + count))


def _find_statements(rows: Rows, indent: int) -> list[int]:
    """Return the rows in which a statement of this indentation, with its decorators, begins."""
    found: list[int] = []
    is_decorated = False
    for row, column in _starts(rows):
        if column > indent and found:
            continue
        text = rows[row].strip()
        is_clause = text.startswith(_CLAUSES) and _read_first_word(text) in _CLAUSES
        if not (found and (is_clause or is_decorated)):
            found.append(row)
        is_decorated = text.startswith(b"@")
    return found


def _starts(rows: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return row and column of each logical line.

    A word that begins statements begins one even where a bracket above it was left open.
    """
    found: list[tuple[int, int]] = []
    row = depth = 0
    is_fresh = True
    column = 0
    base = 0
    for token in split_tokens(b"\n".join(rows)):
        if token.kind == "newline":
            is_fresh, column = True, 0
        elif token.kind == "space" and b"\n" not in token.text and is_fresh:
            column += len(token.text)
        elif token.kind == "comment":
            is_fresh = False
        elif token.kind != "space" and is_fresh:
            is_fresh = False
            depth = token.depth - base
            if depth and token.text in _HEADS:
                base, depth = token.depth, 0
            if depth <= 0 and token.text not in b")]}":
                found.append((row, column))
        row += token.text.count(b"\n")
    return found


def _read_first_word(text: bytes) -> bytes:
    count = 0
    while count < len(text) and text[count : count + 1].isalnum():
        count += 1
    return text[:count]


def _can_parse(text: bytes, indent: int) -> bool:
    """Whether a statement, with the indentation it has, is code this Python can parse.

    Raises:
        TooDeepError: it nests deeper than the stack at hand allows for.
    """
    try:
        parse(b"if 1:\n" + text + b"\n" if indent else text)
    except TooDeepError:
        raise
    except SourceError:
        return False
    return True


def _translate_statement(text: bytes, indent: int) -> bytes | None:
    """Return the statement in the words of this Python, None where that does not help."""
    for candidate in _list_candidates(text):
        if candidate != text and _can_parse(candidate, indent):
            return candidate
    return None


def _list_candidates(text: bytes) -> tuple[bytes, ...]:
    if _NESTS_FSTRINGS:
        return (translate(text),)
    swapped = swap_quotes(text)
    return swapped, translate(swapped), translate(text)


def _make_placeholder(rows: Rows, indent: int) -> Rows:
    """Return rows without code; in a block one statement has to stay."""
    if not indent:
        return [b""] * len(rows)
    room = len(rows[0]) - indent
    return [rows[0][:indent] + (b"pass" if room >= 4 else b"0"), *[b""] * (len(rows) - 1)]


def _join(parts: Sequence[Lines]) -> tuple[Lines, ...]:
    found: list[Lines] = []
    for first, last in sorted(parts):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)
