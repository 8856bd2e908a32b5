"""The outline of a source: blocks of statements, each with its own lines of text.

Nothing of the text is lost: the blocks' lines in their order are the file. Comments and blank lines
belong to the statement below them; a comment that is indented like a block belongs to its end.
"""

from __future__ import annotations

import tokenize
from typing import NamedTuple

from devmatrix_guard.generator.regenerate.python.lexer import Logical, Token, split_logical_lines

_FOLLOWERS = {"elif", "else", "except", "finally"}
_DEFINITIONS = {"class", "def"}


class Line(NamedTuple):
    """A logical line with its physical lines, and the comments and blank lines before it."""

    lead: tuple[str, ...]
    lines: tuple[str, ...]
    tokens: tuple[Token, ...]

    @property
    def first(self) -> str:
        """The first word."""
        return self.tokens[0].text


class Block(NamedTuple):
    """Statements of one indentation, and the comments after the last of them."""

    units: tuple[Unit, ...]
    tail: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All physical lines."""
        return tuple(line for unit in self.units for line in unit.all_lines) + self.tail


class Section(NamedTuple):
    """A header (`def`, `if`, `else`, `except` ...) and its block, or a simple statement."""

    header: Line
    block: Block | None


class Unit(NamedTuple):
    """A statement: its decorators, and one section for each of its headers."""

    decorators: tuple[Line, ...]
    sections: tuple[Section, ...]

    @property
    def lead(self) -> tuple[str, ...]:
        """The comments and blank lines before the statement."""
        return (self.decorators[0] if self.decorators else self.sections[0].header).lead

    @property
    def header(self) -> Line:
        """The first header."""
        return self.sections[0].header

    @property
    def all_lines(self) -> tuple[str, ...]:
        """All physical lines, those of the lead included."""
        found: list[str] = []
        for decorator in self.decorators:
            found += [*decorator.lead, *decorator.lines]
        for header, block in self.sections:
            found += [*header.lead, *header.lines]
            found += block.lines if block else ()
        return tuple(found)

    @property
    def code(self) -> tuple[str, ...]:
        """All physical lines below the lead."""
        return self.all_lines[len(self.lead) :]

    @property
    def words(self) -> tuple[str, ...]:
        """The tokens of the whole statement, without comments and layout."""
        found: list[str] = []
        for line in self.decorators:
            found += split_words(line)
        for header, block in self.sections:
            found += split_words(header)
            if block:
                found += [w for unit in block.units for w in (*unit.words, ";")]
        return tuple(found)


def split_words(line: Line) -> list[str]:
    """Return the tokens of a line without comments, layout and commas that end a group."""
    found: list[str] = []
    for token in line.tokens:
        if token.kind == tokenize.COMMENT:
            continue
        if token.text in (")", "]", "}") and found[-1:] == [","] and found[-3:-2] != ["("]:
            found.pop()
        found.append(token.text)
    return found


def read_outline(text: str) -> Block:
    """Return the outline of a text whose line ends are `\\n`; the last line ends with one.

    Raises:
        Unreadable: the text cannot be cut into tokens.
    """
    lines = text.split("\n")[:-1]
    return _Reader(lines, split_logical_lines(text)).read_module()


class _Reader:
    def __init__(self, lines: list[str], logical: list[Logical]) -> None:
        self._lines = lines
        self._logical = logical
        self._next = 0  # the logical line to read
        self._row = 0  # the first physical line that belongs to nobody yet

    def read_module(self) -> Block:
        units = self._read_units(0)
        tail = tuple(self._lines[self._row :])
        return Block(tuple(units), tail)

    def _read_units(self, column: int) -> list[Unit]:
        units: list[Unit] = []
        while self._peek() is not None and self._find_column() >= column:
            units.append(self._read_unit(column))
        return units

    def _read_unit(self, column: int) -> Unit:
        decorators = []
        while self._starts("@"):
            decorators.append(self._read_line())
        sections = [self._read_section(column)]
        while sections[0].block is not None and self._follows(column):
            sections.append(self._read_section(column))
        return Unit(tuple(decorators), tuple(sections))

    def _read_section(self, column: int) -> Section:
        header = self._read_line()
        if self._peek() is None or self._find_column() <= column:
            return Section(header, None)
        inner = self._find_column()
        units = self._read_units(inner)
        return Section(header, Block(tuple(units), self._read_tail(inner)))

    def _read_line(self) -> Line:
        logical = self._logical[self._next]
        lead = self._lines[self._row : logical.first]
        lines = self._lines[logical.first : logical.last + 1]
        self._next += 1
        self._row = logical.last + 1
        return Line(tuple(lead), tuple(lines), logical.tokens)

    def _read_tail(self, column: int) -> tuple[str, ...]:
        """Take the comments below a block that are indented like it."""
        following = self._peek()
        stop = following.first if following else len(self._lines)
        end = self._row
        for row in range(self._row, stop):
            line = self._lines[row]
            if line.strip() and len(line) - len(line.lstrip()) < column:
                break
            if line.strip():
                end = row + 1
        tail = tuple(self._lines[self._row : end])
        self._row = end
        return tail

    def _peek(self) -> Logical | None:
        return self._logical[self._next] if self._next < len(self._logical) else None

    def _find_column(self) -> int:
        return self._logical[self._next].column

    def _starts(self, word: str) -> bool:
        following = self._peek()
        return following is not None and following.tokens[0].text == word

    def _follows(self, column: int) -> bool:
        following = self._peek()
        return (
            following is not None
            and following.column == column
            and following.tokens[0].text in _FOLLOWERS
        )


# --- what a statement declares -----------------------------------------------------------------


def find_identity(unit: Unit) -> str | None:
    """Return what a statement declares, whatever it says about it, or None.

    Definitions of one name are told apart by what decorates them (`@x.setter`).
    """
    texts = [token.text for token in unit.header.tokens if token.kind != tokenize.COMMENT]
    if texts[0] == "async":
        texts = texts[1:]
    if texts[0] in _DEFINITIONS:
        roles = [split_words(line)[-1] for line in unit.decorators]
        role = next((r for r in roles if r in ("setter", "getter", "deleter", "overload")), "")
        return f"{texts[1]}.{role}" if role else texts[1]
    if texts[0] in ("import", "from"):
        return " ".join(texts[: texts.index("import")]) or " ".join(texts)
    if texts[0] == "if" and "__name__" in texts:
        return "if __name__"
    if texts[0] == "if" and "TYPE_CHECKING" in texts:
        return "if TYPE_CHECKING"
    return _find_assigned(texts)


def _find_assigned(texts: list[str]) -> str | None:
    if len(texts) > 1 and texts[0].isidentifier() and texts[1] in (":", "="):
        return texts[0]
    if len(texts) == 1 and texts[0][-1:] in ("'", '"'):
        return "docstring"
    return None


def is_import(unit: Unit) -> bool:
    """Say whether a statement imports."""
    return unit.header.first in ("import", "from") and len(unit.sections) == 1


def is_class(unit: Unit) -> bool:
    """Say whether a statement defines a class."""
    return unit.header.first == "class"
