"""Tells which function a line is in, in any language, without parsing the file.

By `def`, `class` and the like and by indentation: quick, and of use for Python 2 and for languages
this Python cannot parse.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from devmatrix_guard.mining.texts import find_block_texts

# One that begins with a line feed is looked for at line feeds only.
_PYTHON = re.compile(rb"\n([ \t]*)(async[ \t]+def|def|class)[ \t]+(\w+)")
_OTHER = re.compile(
    rb"^([ \t]*)(?:(?:export|public|private|protected|internal|static|final|abstract|async|pub"
    rb"|default|override|virtual|inline|open|unsafe)(?:\([^)]*\))?[ \t]+)*"
    rb"(?:(function\*?|func|fun|fn|def|sub|class|interface|struct|impl|module|trait)[ \t]+"
    rb"(?:\([^)\n]*\)[ \t]*)?(?:self\.)?(\w+)"
    rb"|(?:const|let|var)[ \t]+(\w+)[ \t]*=[ \t]*(?:async[ \t]*)?(?:function\b|\([^)\n]*\)[ \t]*=>)"
    rb"|(?!(?:if|for|while|switch|catch|return|else|do|new|throw|elif|with|case)\b)"
    rb"(?:[\w<>\[\],.?*&:]+[ \t]+)*(\w+)[ \t]*\([^;\n]*\)[^;\n=]*\{[ \t]*$)",
    re.MULTILINE,
)
_CLASSES = (b"class", b"interface", b"struct", b"impl", b"module", b"trait")
_PYTHON_SUFFIXES = (".py", ".pyi", ".pyw", ".pyx")
_MAX_BYTES = 2_000_000
_RECENT = 32  # the new side of a change is the old one of a later commit


class Definition(NamedTuple):
    """A function or class with its first and last line, decorators not counted."""

    name: str
    start: int
    end: int
    is_class: bool


class Outline:
    """The functions and classes of a file.

    Args:
        definitions: in the order of the file; those within others come after them.
    """

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.definitions = tuple(definitions)
        self.names = frozenset(definition.name for definition in definitions)

    def find_function(self, line: int) -> str:
        """Return the outermost function that holds a line, else its class, else nothing."""
        found = ""
        for definition in self.definitions:
            if definition.start <= line <= definition.end:
                found = definition.name
                if not definition.is_class:
                    return found
        return found

    def find_functions(self, lines: Iterable[int]) -> list[str]:
        """Return the functions that hold some lines, each once."""
        return list(dict.fromkeys(self.find_function(line) for line in lines))

    def find_lines(self, name: str) -> tuple[int, int] | None:
        """Return the first and last line of a function or class, None if there is none."""
        for definition in self.definitions:
            if definition.name == name:
                return definition.start, definition.end
        return None


@lru_cache(maxsize=_RECENT)
def read_outline(path: str, source: bytes) -> Outline:
    """Return the functions and classes of a file.

    Args:
        path: its name, which tells the language.
        source: its content.
    """
    if len(source) > _MAX_BYTES:
        return Outline(())
    if path.endswith(_PYTHON_SUFFIXES):
        texts = find_block_texts(source)
        return _make_outline(source, _find_python(source, texts), texts)
    return _make_outline(source, _find_other(source), ())


_Found = tuple[int, int, str, bool]  # place, indentation, name, whether it is a class
_Spans = Sequence[tuple[int, int]]
# Measures of lines that end no block: those in a string belong to it, others only may.
_BLANK = 1 << 20
_IN_TEXT = _BLANK - 1


def _find_python(source: bytes, texts: _Spans) -> list[_Found]:
    return [
        (m.start(), len(m[1].expandtabs(8)), m[3].decode("utf-8", "replace"), m[2] == b"class")
        for m in _PYTHON.finditer(b"\n" + source)
        if not _is_within(texts, m.start())
    ]


def _find_other(source: bytes) -> list[_Found]:
    found = []
    for m in _OTHER.finditer(source):
        name = (m[3] or m[4] or m[5] or b"").decode("utf-8", "replace")
        found.append((m.start(), len(m[1].expandtabs(8)), name, m[2] in _CLASSES))
    return found


def _is_within(spans: _Spans, place: int) -> bool:
    index = bisect_right(spans, (place, len(spans) * 1_000_000_000)) - 1
    return index >= 0 and spans[index][0] < place < spans[index][1]


def _make_outline(source: bytes, found: Sequence[_Found], texts: _Spans) -> Outline:
    starts = _list_line_starts(source)
    indents = [_measure(line) for line in source.splitlines()]
    for first, last in texts:
        for row in range(bisect_right(starts, first), bisect_right(starts, last - 1)):
            indents[row] = _IN_TEXT
    made: list[Definition] = []
    owners: list[tuple[int, int, str]] = []
    for place, indent, name, is_class in found:
        start = bisect_right(starts, place)
        end = _find_end(indents, start, indent)
        while owners and (owners[-1][0] >= indent or owners[-1][1] < start):
            owners.pop()
        qualified = f"{owners[-1][2]}.{name}" if owners else name
        owners.append((indent, end, qualified))
        made.append(Definition(qualified, start, end, is_class))
    return Outline(made)


def _list_line_starts(source: bytes) -> list[int]:
    return list(accumulate(map(len, source.splitlines(keepends=True)), initial=0))


def _measure(line: bytes) -> int:
    """Return the indentation of a line that ends a block it is not in; a large one for others."""
    text = line.lstrip()
    if not text or text[0] in b"#)]}":
        return _BLANK
    blank = len(line) - len(text)
    return len(line[:blank].expandtabs(8)) if b"\t" in line[:blank] else blank


def _find_end(indents: Sequence[int], start: int, indent: int) -> int:
    """Return the last line of a block that begins at `start`, from 1."""
    last = start
    for number in range(start, len(indents)):
        if indents[number] <= indent:
            break
        if indents[number] < _BLANK:
            last = number + 1
    return last
