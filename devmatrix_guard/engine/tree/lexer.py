"""A file's tokens with offsets, and its logical lines: what comments and text edits are placed by.

`tokenize` does the reading; an f-string is one token here on every version of Python.
"""

from __future__ import annotations

import io
import re
import tokenize
from typing import NamedTuple

from devmatrix_guard.engine.tree.source_text import SourceText

_CARRIAGE_RETURN = re.compile(r"\r\n?")
_STRING_OPENS = ("FSTRING_START", "TSTRING_START")
_STRING_CLOSES = ("FSTRING_END", "TSTRING_END")
_LAYOUT = frozenset({"NEWLINE", "NL", "INDENT", "DEDENT", "COMMENT", "ENDMARKER"})


class Token(NamedTuple):
    """One token; `kind` is tokenize's name of it, `start` and `end` are offsets."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def is_code(self) -> bool:
        """Tell code from layout and comments."""
        return self.kind not in _LAYOUT


class LogicalLine(NamedTuple):
    """A statement, or the header of a block: inclusive physical lines, and whether it decorates."""

    first: int
    last: int
    is_decorator: bool


def read_tokens(source: SourceText) -> list[Token] | None:
    """Return the tokens of a file, or None when the tokenizer cannot read it to the end."""
    text = _CARRIAGE_RETURN.sub("\n", source.text)
    tokens: list[Token] = []
    depth = 0
    string_start = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            kind = tokenize.tok_name[token.type]
            start = source.offset(token.start[0], token.start[1] + 1)
            end = source.offset(token.end[0], token.end[1] + 1)
            if kind in _STRING_OPENS:
                string_start = start if depth == 0 else string_start
                depth += 1
                continue
            if kind in _STRING_CLOSES:
                depth -= 1
                if depth == 0:
                    tokens.append(Token("STRING", source.text[string_start:end], string_start, end))
                continue
            if depth == 0:
                tokens.append(Token(kind, source.text[start:end], start, end))
    except (tokenize.TokenError, SyntaxError, RecursionError):
        return None
    return tokens


def read_comments(source: SourceText) -> list[Token] | None:
    """Return the comments of a file in order, or None when it cannot be tokenized."""
    tokens = read_tokens(source)
    return None if tokens is None else [t for t in tokens if t.kind == "COMMENT"]


def list_logical_lines(source: SourceText, tokens: list[Token]) -> list[LogicalLine]:
    """Return the logical lines of a file in order."""
    lines: list[LogicalLine] = []
    first: Token | None = None
    for token in tokens:
        if token.kind == "NEWLINE" and first is not None:
            span = (source.position(first.start)[0], source.position(token.start)[0])
            lines.append(LogicalLine(*span, is_decorator=first.text == "@"))
            first = None
        elif token.is_code and first is None:
            first = token
    return lines
