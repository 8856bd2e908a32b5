"""Cuts a text into statements, whatever its layout: where each begins, ends and belongs.

Python is cut at its logical lines, settings and prose at their lines, any other language at
semicolons, braces, commas of a block and line ends that end a statement. Only the surroundings of
what changed are read: from the definition around it on. Nothing here parses, so that Python 2 and
half-written files are cut as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from devmatrix_guard.mining.texts import find_block_texts
from devmatrix_guard.mining.undo.lines import is_cut_at_lines, list_line_statements
from devmatrix_guard.mining.undo.tokens import list_token_statements
from devmatrix_guard.model.language import PYTHON, detect_language

Span = tuple[int, int]

# Beyond this a text is data or generated; its statements are not looked at.
MAX_ROWS = 60_000
# How far the end of a statement is looked for where one above never ends: to look further for
# each row of broken code would take the square of its rows.
_ROWS_IN_BROKEN_CODE = 400
_ROWS_BEFORE = 3

_STRINGS = (
    rb"'''(?:\\.|[^\\])*?(?:'''|\Z)|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)"
    rb"|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?|#[^\n]*"
)
_MARK = re.compile(_STRINGS + rb"|[()\[\]{}]|\\\r?\n|\n", re.DOTALL)
_MAY_HIDE = re.compile(rb"['\"\\#]")
_MAY_GO_ON = re.compile(rb"[(\[{'\"\\]")
_DEFINITION = re.compile(rb"[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
_OPENER = re.compile(
    rb"(?:if|elif|else|for|while|with|try|except|finally|async|match|case|def|class)\b"
)
_NO_START = (b")", b"]", b"}", b"#")


class Statement(NamedTuple):
    """One statement as it stands: rows from `first` to before `last`, counted from 0.

    `scope` is the qualified name of the function or class around it, `parent` and `previous` are
    the numbers, in the same list, of the statement whose block it is in and of the one before it
    in that block; -1 where there is none.
    """

    first: int
    last: int
    text: bytes
    scope: str
    parent: int
    previous: int


def is_python_text(path: str, text: bytes) -> bool:
    """Tell whether a file is Python by its name or its first line."""
    if detect_language(path) == PYTHON:
        return True
    name = path.rpartition("/")[2]
    return "." not in name and text.startswith(b"#!") and b"python" in text.partition(b"\n")[0]


def list_statements(path: str, text: bytes, spans: Sequence[Span] | None) -> list[Statement]:
    """Return the statements of a text, in order.

    Args:
        path: its name, which tells the language.
        text: all of it.
        spans: rows, from 0, each with the row after it; statements far from them may be left out,
            None asks for all.
    """
    if is_cut_at_lines(path):
        return [Statement._make(one) for one in list_line_statements(path, text)]
    if not is_python_text(path, text):
        return [Statement._make(one) for one in list_token_statements(path, text)]
    rows = text.split(b"\n")
    if len(rows) > MAX_ROWS:
        return []
    if spans is None:
        return list(_cut_whole(text))
    found: list[Statement] = []
    for start, end, scope in _select_regions(rows, _find_hidden_rows(text), spans):
        shift = len(found)
        found += [
            one._replace(
                parent=one.parent + shift if one.parent >= 0 else -1,
                previous=one.previous + shift if one.previous >= 0 else -1,
            )
            for one in _cut_python(rows, start, end, scope)
        ]
    return found


def _find_hidden_rows(text: bytes) -> frozenset[int]:
    """Return the rows that begin within a string: what stands there is no code."""
    hidden: set[int] = set()
    row = position = 0
    for start, end in find_block_texts(text):
        row += text.count(b"\n", position, start)
        lines = text.count(b"\n", start, end)
        hidden.update(range(row + 1, row + lines + 1))
        row += lines
        position = end
    return frozenset(hidden)


def _select_regions(
    rows: Sequence[bytes], hidden: frozenset[int], spans: Sequence[Span]
) -> list[tuple[int, int, str]]:
    """Return (first row, row after the last, scope) of what is to be cut around spans."""
    regions: list[tuple[int, int, str]] = []
    for start, end in spans:
        begin, scope = _find_beginning(rows, hidden, min(start, len(rows) - 1))
        while regions and begin < regions[-1][1]:
            before = regions.pop()
            if before[0] <= begin:
                begin, scope = before[0], before[2]
        regions.append((begin, min(max(end, start + 1), len(rows)), scope))
    return regions


def _find_beginning(rows: Sequence[bytes], hidden: frozenset[int], row: int) -> tuple[int, str]:
    """Return the row of the nearest definition a row may be in, with the scope that stands in.

    Without one it is a top-level statement a little above.
    """
    start = row
    while start in hidden:
        start -= 1
    current = start
    while current < len(rows) - 1 and not rows[current].strip():
        current += 1
    indent = _measure_indent(rows[current])
    if rows[current].lstrip().startswith(_NO_START):
        indent += 1
    for number in range(start, -1, -1):
        line = rows[number]
        if b"def" not in line and b"class" not in line:  # most lines; far quicker than what follows
            continue
        if number in hidden or not _DEFINITION.match(line):
            continue
        if _measure_indent(line) <= indent:
            return number, _name_scope(rows, hidden, number)
    begin = start
    while begin > 0 and (start - begin < _ROWS_BEFORE or not _is_top_level(rows, hidden, begin)):
        begin -= 1
    return begin, ""


def _name_scope(rows: Sequence[bytes], hidden: frozenset[int], row: int) -> str:
    """Return the qualified name of what a definition stands in."""
    names: list[str] = []
    indent = _measure_indent(rows[row])
    for number in range(row - 1, -1, -1):
        if indent <= 0:
            break
        line = rows[number]
        if line[:indent].isspace():  # as deep at least
            continue
        if number in hidden or not line.strip() or line.lstrip().startswith(_NO_START):
            continue
        here = _measure_indent(line)
        if here < indent and _OPENER.match(line.lstrip()):
            indent = here
            if match := _DEFINITION.match(line):
                names.append(match[1].decode("utf-8", "replace"))
    return ".".join(reversed(names))


def _is_top_level(rows: Sequence[bytes], hidden: frozenset[int], row: int) -> bool:
    text = rows[row]
    return bool(text) and text[0] not in b" \t\r#)]}" and row not in hidden


def _measure_indent(row: bytes) -> int:
    bare = row.lstrip(b" ")
    if bare[:1] != b"\t":
        return len(row) - len(bare)
    blank = row[: len(row) - len(row.lstrip(b" \t"))]
    return len(blank.expandtabs(8))


@lru_cache(maxsize=32)  # each fix in a file asks for its own functions of it
def _cut_whole(text: bytes) -> tuple[Statement, ...]:
    rows = text.split(b"\n")
    return tuple(_cut_python(rows, 0, len(rows), ""))


def _cut_python(rows: Sequence[bytes], start: int, end: int, scope: str) -> Iterator[Statement]:
    """Yield the logical lines that begin in some rows, the first of which begins a statement."""
    # Of each block: indentation of its head, the head's number, the last statement's, the scope.
    indents, heads, lasts, scopes = [-1], [-1], [-1], [scope]
    number = -1
    for first, last, text in _cut_logical_lines(rows, start, end):
        indent = _measure_indent(rows[first])
        while indent <= indents[-1]:
            for column in (indents, heads, lasts, scopes):
                column.pop()
        number += 1
        yield Statement(first, last, text, scopes[-1], heads[-1], lasts[-1])
        lasts[-1] = number
        if _OPENER.match(text):
            inner = scopes[-1]
            if match := _DEFINITION.match(text):
                name = match[1].decode("utf-8", "replace")
                inner = f"{inner}.{name}" if inner else name
            indents.append(indent)
            heads.append(number)
            lasts.append(-1)
            scopes.append(inner)


def _cut_logical_lines(
    rows: Sequence[bytes], start: int, end: int
) -> Iterator[tuple[int, int, bytes]]:
    """Yield (first row, row after the last, text without indentation) of each logical line."""
    number, most = start, MAX_ROWS
    while number < end:
        row = rows[number]
        bare = row.strip()
        if not bare or bare[0] == 35:  # a comment
            number += 1
        elif not _MAY_GO_ON.search(row):
            yield number, number + 1, bare
            number += 1
        else:
            found = _find_logical_end(rows, number, most)
            most = _ROWS_IN_BROKEN_CODE if found is None else most
            last = found or number + 1  # it never closes: taken by its first row
            yield number, last, b"\n".join(rows[number:last]).strip()
            number = last


def _find_logical_end(rows: Sequence[bytes], start: int, most: int) -> int | None:
    """Return the row after a logical line of at most so many, by brackets, strings, backslashes."""
    row_text = rows[start]
    if not _MAY_HIDE.search(row_text):  # most lines, and counting is far quicker
        opened = row_text.count(b"(") + row_text.count(b"[") + row_text.count(b"{")
        if opened <= row_text.count(b")") + row_text.count(b"]") + row_text.count(b"}"):
            return start + 1
    most = min(len(rows), start + most)
    for reach in (1, 8, 64, 400, 4000, MAX_ROWS):
        stop = min(start + reach, most)
        depth = row = 0
        for mark in _MARK.finditer(b"\n".join(rows[start:stop]) + b"\n"):
            text = mark[0]
            if text == b"\n":
                row += 1
                if depth <= 0:
                    return start + row
            elif text in (b"(", b"[", b"{"):
                depth += 1
            elif text in (b")", b"]", b"}"):
                depth -= 1
            else:
                row += text.count(b"\n")
        if stop == most:
            break
    return None
