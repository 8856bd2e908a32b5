"""Take an f-string apart as Semgrep does: texts, fields, and the tokens of their formats."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Any

_FORMAT_TOKEN = r"[^\W\d]\w*|\d*\.\d+(?:[eE][+-]?\d+)?|\d+\.?|[^\s]"


class Piece:
    """A piece of an f-string's raw content.

    `kind` is `text`, `expression` or `field`; offsets are into the content, a field's with its
    braces. `inside` is what a field holds: its expression, then the tokens of its format.
    """

    __slots__ = ("end", "inside", "kind", "start", "text")

    def __init__(self, kind: str, text: str, start: int, inside: tuple[Piece, ...] = ()) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = start + len(text)
        self.inside = inside


def split_fstring(raw: str, lone_quote: str = "") -> list[Piece]:
    """Return the pieces of an f-string's raw content in order.

    Args:
        raw: what stands between the quotes.
        lone_quote: the quote that is a piece of its own, in an f-string with three quotes.
    """
    pieces: list[Piece] = []
    start = index = 0

    def end_text() -> None:
        if index > start:
            pieces.append(Piece("text", raw[start:index], start))

    while index < len(raw):
        char = raw[index]
        if char not in "\\{" and char != lone_quote:
            index += 1
            continue
        if char == "\\" and raw[index + 1 : index + 2] not in ("", "{"):
            index += 2
            continue
        if char == "\\":
            index += 1
            continue
        end_text()
        if char == "{" and raw[index + 1 : index + 2] != "{":
            pieces.append(_read_field(raw, index))
        else:
            pieces.append(Piece("text", char if char == lone_quote else "{{", index))
        index = start = pieces[-1].end
    end_text()
    return pieces


def _read_field(raw: str, start: int) -> Piece:
    end, stop = _find_expression_end(raw, start + 1)
    expression = Piece("expression", raw[start + 1 : end], start + 1)
    inside = (expression, *_format(raw, end, stop - 1))
    return Piece("field", raw[start:stop], start, inside)


def _format(raw: str, start: int, stop: int) -> list[Piece]:
    """Return the tokens of a conversion and a format; what a format nests is an expression."""
    import re

    found: list[Piece] = []
    token = re.compile(_FORMAT_TOKEN)
    while start < stop:
        if raw[start] == "{":
            end, after = _find_expression_end(raw, start + 1)
            found.append(Piece("expression", raw[start + 1 : end], start + 1))
            start = after
            continue
        match = token.match(raw, start, stop)
        if match is not None:
            found.append(Piece("text", match.group(), start))
        start = start + 1 if match is None else match.end()
    return found


def _find_expression_end(raw: str, index: int) -> tuple[int, int]:
    """Return where an f-string's expression ends and where its field does."""
    depth = 0
    end = -1
    quote = ""
    while index < len(raw):
        char = raw[index]
        if quote:
            if char == quote:
                quote = ""
        elif char in "'\"" and end < 0:
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]" or (char == "}" and depth):
            depth -= 1
        elif char == "}":
            return (index if end < 0 else end), index + 1
        elif not depth and end < 0 and _ends_expression(raw, index):
            end = index
        index += 1
    return (index if end < 0 else end), index


def _ends_expression(raw: str, index: int) -> bool:
    char, after = raw[index], raw[index + 1 : index + 2]
    if char == "!":
        return after != "="
    if char == "=":
        return after in ("}", "!", ":") and raw[index - 1] not in "=!<>"
    return char == ":"


def list_nested_values(value: Any) -> list[Any]:
    """Return the expressions of a `FormattedValue`: its own, then those its format nests."""
    found = [value.value]
    if value.format_spec is not None:
        for part in value.format_spec.values:
            if hasattr(part, "conversion"):
                found += list_nested_values(part)
    return found
