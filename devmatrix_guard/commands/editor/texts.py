"""An open text: kept line by line, changed piece by piece, with columns in UTF-16 as editors count.

The engine counts lines and columns from 1, in code points; editors from 0, in UTF-16 units.
"""

from __future__ import annotations

import re
import sys
from typing import Any, NamedTuple

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class Shift(NamedTuple):
    """What a change did to lines, from 1: those from `first` to `last` are now `delta` more."""

    first: int
    last: int
    delta: int


class Text:
    """A text that an editor has open.

    Args:
        text: what it holds.
        version: the editor's number of it.

    Attributes:
        size: how many bytes of memory it takes.
    """

    def __init__(self, text: str, version: int = 0) -> None:
        self.version = version
        self._lines = _split(text)
        self.size = _measure(self._lines)

    @property
    def content(self) -> bytes:
        """The text as a file would hold it."""
        return "".join(self._lines).encode("utf-8", "surrogatepass")

    def change(self, changes: list[dict[str, Any]], version: int | None = None) -> list[Shift]:
        """Take changes in their order; return how each moved lines.

        Args:
            changes: as the protocol has them.
            version: the editor's number of the text after them, where it gives one.

        Raises:
            KeyError, TypeError, ValueError: a change is not of the protocol's form.
        """
        if version is not None:
            self.version = int(version)
        return [self._change(change) for change in changes]

    def _change(self, change: dict[str, Any]) -> Shift:
        text = str(change["text"])
        if change.get("range") is None:
            count = len(self._lines)
            self._lines = _split(text)
            self.size = _measure(self._lines)
            return Shift(1, count, len(self._lines) - count)
        start, end = change["range"]["start"], change["range"]["end"]
        first, head = self._locate(start)
        last, tail = self._locate(end)
        if (last, tail) < (first, head):
            raise ValueError("a range ends before it starts")
        before = self._get(first)[:head]
        after = self._get(last)[tail:]
        # A line end that comes to stand beside another may become one with it.
        begin = first - 1 if first and self._lines[first - 1].endswith("\r") else first
        stop = min(last + 2, len(self._lines))
        around = "".join(self._lines[begin:first]), "".join(self._lines[last + 1 : stop])
        new = _split(around[0] + before + text + after + around[1])
        old = stop - begin
        self.size += _measure(new) - _measure(self._lines[begin:stop])
        self._lines[begin:stop] = new
        return Shift(first + 1, last + 1, len(new) - old)

    def _locate(self, position: dict[str, Any]) -> tuple[int, int]:
        """Return the line, and the index in it; what lies behind the end is the end."""
        line, column = int(position["line"]), int(position["character"])
        if line < 0 or column < 0:
            raise ValueError("a position is negative")
        if line >= len(self._lines):
            return len(self._lines), 0
        return line, _to_index(self._lines[line].rstrip("\r\n"), column)

    def _get(self, line: int) -> str:
        return self._lines[line] if line < len(self._lines) else ""

    def place(self, line: int, column: int) -> dict[str, int]:
        """Return a line and column of the engine as a position of the protocol."""
        text = self._get(line - 1)[: max(column - 1, 0)]
        return {"line": line - 1, "character": len(text.encode("utf-16-le", "surrogatepass")) // 2}

    def get_indent(self, line: int) -> str:
        """Return the white space a line, from 1, begins with."""
        text = self._get(line - 1)
        return text[: len(text) - len(text.lstrip(" \t"))]


def _measure(lines: list[str]) -> int:
    return sum(map(sys.getsizeof, lines))


def _split(text: str) -> list[str]:
    return _LINES.findall(text)


def _to_index(line: str, units: int) -> int:
    """Return the index of a character by its place in UTF-16."""
    if line.isascii():
        return min(units, len(line))
    for index, character in enumerate(line):
        if units <= 0:
            return index
        units -= 2 if ord(character) > 0xFFFF else 1
    return len(line)
