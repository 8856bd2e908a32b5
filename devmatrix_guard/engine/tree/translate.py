"""Write what another Python spells otherwise as this one reads it, every column kept.

Newer: type parameters, `type` statements, `except A, B:`, template strings, quotes inside an
f-string. Older: `print x`, `exec x`, `raise E, x`, `<>`, backticks, `10L`, `ur""`. Each is replaced
by something of equal length, so that whatever is found stands where it stood.
"""

from __future__ import annotations

import re

from devmatrix_guard.lazy_typing import Iterator

_TOKEN = re.compile(
    rb"""
    (?P<comment>\#[^\n]*)
  | (?P<string>[A-Za-z]{0,3}(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}
              |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<number>\d[\w.]*)
  | (?P<word>[A-Za-z_\x80-\xff][\w\x80-\xff]*)
  | (?P<space>[ \t\f\r]+|\\\r?\n)
  | (?P<newline>\n)
  | (?P<other>.)
    """,
    re.X | re.S,
)
_OPENING, _CLOSING = b"([{", b")]}"
_OPERATORS = (b"in", b"is", b"and", b"or", b"if", b"not", b"else", b"for", b"as")
_EXPRESSION_WORDS = (*_OPERATORS, b"lambda", b"await", b"yield")
_OF_TYPES = b":,*|=()"
_TEMPLATES = {b"t": b"u", b"rt": b" r", b"tr": b" r", b"ur": b" r"}
_FSTRING = re.compile(rb"(?<![\w\x80-\xff])(?:[fF][rR]?|[rR][fF])(?P<quote>[\"'])(?!(?P=quote){2})")


class Token:
    """A piece of text; `depth` counts the brackets around it."""

    __slots__ = ("depth", "kind", "text")

    def __init__(self, kind: str, text: bytes, depth: int) -> None:
        self.kind = kind
        self.text = text
        self.depth = depth


def split_tokens(text: bytes) -> list[Token]:
    """Return the pieces of a text, which need not be code that can be parsed."""
    found: list[Token] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece in _CLOSING:
            depth = max(0, depth - 1)
        found.append(Token(str(match.lastgroup), piece, depth))
        if piece in _OPENING:
            depth += 1
    return found


def translate(text: bytes) -> bytes:
    """Return code of a newer or older Python as this one reads it, of equal length."""
    tokens = split_tokens(text)
    for index in _find_statement_starts(tokens):
        _translate_statement(tokens, index)
    for index, token in enumerate(tokens):
        _translate_token(tokens, index, token)
    for number, tick in enumerate([token for token in tokens if token.text == b"`"]):
        tick.text = b")" if number % 2 else b"("
    return b"".join(token.text for token in tokens)


def hides_code(text: bytes) -> bool:
    """Whether what `translate` makes of a text leaves code out: what template strings hold, and
    bounds and defaults of type parameters that are more than names.
    """
    tokens = split_tokens(text)
    if any(
        token.kind == "string" and b"{" in token.text and b"t" in _read_prefix(token.text).lower()
        for token in tokens
    ):
        return True
    for index in _find_statement_starts(tokens):
        span = None
        if tokens[index].text in (b"def", b"class"):
            span = _find_parameters(tokens, _find_next(tokens, index))
        if span is not None and _holds_code(tokens[span[0] + 1 : span[1]]):
            return True
    return False


def _holds_code(tokens: list[Token]) -> bool:
    """Whether type parameters hold more than names: a call, an attribute, an operation."""
    before = b""
    for token in tokens:
        if token.kind in ("space", "newline", "comment"):
            continue
        text = token.text
        if token.kind == "string" and b"f" in _read_prefix(text).lower():
            return True
        if token.kind == "word" and text in _EXPRESSION_WORDS:
            return True
        if token.kind == "other" and text not in _OF_TYPES:
            return True
        if text == b"(" and (before[-1:].isalnum() or before[-1:] in (b"_", b")")):
            return True
        before = text
    return False


def swap_quotes(text: bytes) -> bytes:
    """Return code whose f-strings hold their own quotes with the other kind of quotes inside."""
    found = bytearray(text)
    position = 0
    while match := _FSTRING.search(found, position):
        quote = match["quote"]
        end = _end_of_fstring(found, match.end(), quote)
        position = match.end()
        if end is None:
            continue
        inside = bytes(found[match.end() : end])
        other = b"'" if quote == b'"' else b'"'
        if quote in inside and other not in inside:
            found[match.end() : end] = inside.replace(quote, other)
        position = end + 1
    return bytes(found)


def _end_of_fstring(text: bytes | bytearray, position: int, quote: bytes) -> int | None:
    """Return where the quote that ends an f-string stands: one outside its fields."""
    depth = 0
    while position < len(text):
        char = bytes(text[position : position + 1])
        if char == b"\n":
            return None
        if char == b"\\":
            position += 1
        elif char == b"{":
            depth += 1
        elif char == b"}":
            depth = max(0, depth - 1)
        elif char == quote and not depth:
            return position
        position += 1
    return None


def _find_statement_starts(tokens: list[Token]) -> Iterator[int]:
    fresh = True
    for index, token in enumerate(tokens):
        if token.kind in ("newline", "comment") or token.text in (b";", b":"):
            fresh = fresh or not token.depth
        elif token.kind != "space":
            if fresh and token.kind == "word":
                yield index
            # `async def` is one head, of which the second word counts.
            fresh = fresh and token.text == b"async"


def _translate_statement(tokens: list[Token], index: int) -> None:
    word = tokens[index].text
    following = _find_next(tokens, index)
    if following is None:
        return
    if word == b"type" and tokens[following].kind == "word":
        if tokens[following].text not in _OPERATORS and following == index + 2:
            tokens[index + 1].text = b"_" * len(tokens[index + 1].text)
    elif word in (b"def", b"class"):
        _blank_parameters(tokens, following)
    elif word in (b"except", b"raise"):
        _join_parts(tokens, following, until=b":" if word == b"except" else b"\n")
    elif word in (b"print", b"exec") and following == index + 2:
        _call_statement(tokens, index + 1, tokens[following])


def _find_next(tokens: list[Token], index: int) -> int | None:
    """Return the next token that is no space."""
    following = index + 1
    while following < len(tokens) and tokens[following].kind == "space":
        following += 1
    return following if following < len(tokens) else None


def _blank_parameters(tokens: list[Token], name: int) -> None:
    """`def f[T](x)`, `class A[T]`: the brackets behind the name become blanks."""
    span = _find_parameters(tokens, name)
    if span is None:
        return
    start, end = span
    for token in tokens[start : end + 1]:
        if token.kind != "newline":
            token.text = b" " * len(token.text)
    for number in range(start, min(end, len(tokens) - 1)):
        if tokens[number + 1].kind == "newline":
            tokens[number].text = tokens[number].text[:-1] + b"\\"


def _find_parameters(tokens: list[Token], name: int | None) -> tuple[int, int] | None:
    """Return the brackets behind the name of a function or class."""
    start = None if name is None else _find_next(tokens, name)
    if start is None or tokens[start].text != b"[":
        return None
    depth = tokens[start].depth
    end = start + 1
    while end < len(tokens) and (tokens[end].text != b"]" or tokens[end].depth != depth):
        end += 1
    return start, end


def _join_parts(tokens: list[Token], index: int, *, until: bytes) -> None:
    """`except A, B:` and `raise E, x`: a comma becomes an operator, which needs no brackets."""
    end = index
    while end < len(tokens) and (tokens[end].text not in (until, b"\n") or tokens[end].depth):
        if tokens[end].text == b"," and not tokens[end].depth:
            tokens[end].text = b"|"
        end += 1


def _call_statement(tokens: list[Token], space: int, following: Token) -> None:
    """`print x` becomes the pair `print,x`."""
    is_operand = following.kind in ("string", "number", "word") or following.text in b"`%"
    if is_operand and following.text not in _OPERATORS:
        tokens[space].text = b"," + tokens[space].text[1:]


def _translate_token(tokens: list[Token], index: int, token: Token) -> None:
    text = token.text
    if token.kind == "string":
        prefix = _read_prefix(text)
        other = _TEMPLATES.get(prefix.lower())
        if other is not None:
            token.text = other + text[len(prefix) :]
    elif token.kind == "number" and text[-1:] in b"lL":
        token.text = text[:-1] + b" "
    elif text == b"<" and index + 1 < len(tokens) and tokens[index + 1].text == b">":
        token.text, tokens[index + 1].text = b"!", b"="


def _read_prefix(text: bytes) -> bytes:
    return text[: len(text) - len(text.lstrip(b"bBfFrRtTuU"))]
