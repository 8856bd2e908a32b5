"""Source text as logical lines of tokens, with the comments and blank lines between them."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

_BREAKS = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
_FSTRING_START = getattr(tokenize, "FSTRING_START", -1)  # one token per part since Python 3.12
_FSTRING_END = getattr(tokenize, "FSTRING_END", -1)


class Unreadable(Exception):
    """The text is no Python that can be cut into statements."""


class Token(NamedTuple):
    """A token.

    Attributes:
        kind, text: as `tokenize` gives them; an f-string is one token.
        gap: the text between it and the token before it on the logical line.
        indent: the indentation of the physical line that it begins on.
    """

    kind: int
    text: str
    gap: str
    indent: str


class Logical(NamedTuple):
    """A logical line.

    Attributes:
        first, last: its physical lines, counted from 0, both inclusive.
        column: how far it is indented.
        tokens: what it consists of, comments included.
    """

    first: int
    last: int
    column: int
    tokens: tuple[Token, ...]


class _Piece(NamedTuple):
    kind: int
    text: str
    start: tuple[int, int]
    end: tuple[int, int]


def split_logical_lines(text: str) -> list[Logical]:
    """Return the logical lines of a text whose line ends are `\\n`.

    Raises:
        Unreadable: the text cannot be cut into tokens.
    """
    if "\r" in text or "\f" in text or "\0" in text:
        raise Unreadable("control characters")
    lines = text.split("\n")
    found: list[Logical] = []
    pieces: list[_Piece] = []
    try:
        for piece in _iter_pieces(text, lines):
            if piece.kind == tokenize.NEWLINE:
                found.append(_make_logical(pieces, lines))
                pieces = []
            elif piece.kind not in _BREAKS:
                alone = piece.kind == tokenize.COMMENT and not pieces
                if not alone:
                    pieces.append(piece)
    except (tokenize.TokenError, SyntaxError) as error:
        raise Unreadable(str(error)) from error
    return found


def _iter_pieces(text: str, lines: list[str]) -> Iterator[_Piece]:
    depth = 0
    opened = (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.ERRORTOKEN and token.string.strip():
            raise Unreadable(token.string)
        if token.type == _FSTRING_START:
            opened = opened if depth else token.start
            depth += 1
        elif token.type == _FSTRING_END:
            depth -= 1
            if depth == 0:
                whole = _read_between(lines, opened, token.end)
                yield _Piece(tokenize.STRING, whole, opened, token.end)
        elif depth == 0 and token.type != tokenize.ERRORTOKEN:
            yield _Piece(token.type, token.string, token.start, token.end)


def _make_logical(pieces: list[_Piece], lines: list[str]) -> Logical:
    first = pieces[0]
    indent = lines[first.start[0] - 1][: first.start[1]]
    tokens = [Token(first.kind, first.text, "", indent)]
    for before, piece in pairwise(pieces):
        gap = _read_between(lines, before.end, piece.start)
        indent = gap.rpartition("\n")[2] if "\n" in gap else indent
        tokens.append(Token(piece.kind, piece.text, gap, indent))
    return Logical(first.start[0] - 1, pieces[-1].end[0] - 1, first.start[1], tuple(tokens))


def _read_between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    middle = lines[start[0] : end[0] - 1]
    return "\n".join([lines[start[0] - 1][start[1] :], *middle, lines[end[0] - 1][: end[1]]])
