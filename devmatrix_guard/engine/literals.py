"""Read literals as they are written: raw string contents, prefixes, f-string parts, numbers.

Semgrep compares strings by their source text, while CPython's tree holds the decoded value.
"""

from __future__ import annotations

from devmatrix_guard.annotations import Any

_PIECE = (
    r"""(?s)([A-Za-z]{0,3})('''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\""""
    r"""|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|\#[^\n]*"""
)
_INT64 = 1 << 62


def segment(source: str, node: Any) -> str:
    """Return the source text of a node; columns of the tree are UTF-8 bytes."""
    lines = source.split("\n")
    first, last = node.lineno - 1, node.end_lineno - 1
    if first == last:
        return str(lines[first].encode()[node.col_offset : node.end_col_offset].decode())
    return "\n".join(
        (
            lines[first].encode()[node.col_offset :].decode(),
            *lines[first + 1 : last],
            lines[last].encode()[: node.end_col_offset].decode(),
        )
    )


class Literal:
    """One literal of a string expression: where it stands in the text, and its raw content."""

    __slots__ = ("content", "end", "prefix", "raw", "start")

    def __init__(self, prefix: str, raw: str, start: int, content: int, end: int) -> None:
        self.prefix = prefix
        self.raw = raw
        self.start = start
        self.content = content
        self.end = end


def located_pieces(text: str) -> list[Literal]:
    """Split a string expression into its literals."""
    if _is_plain(text):
        return [Literal("", text[1:-1], 0, 1, len(text))]
    import re

    found: list[Literal] = []
    for match in re.finditer(_PIECE, text):
        quoted = match.group(2)
        if quoted is not None:
            width = 3 if quoted[:3] in ("'''", '"""') else 1
            content = match.start(2) + width
            prefix, raw = match.group(1).lower(), quoted[width:-width]
            found.append(Literal(prefix, raw, match.start(), content, match.end()))
    return found


def _is_plain(text: str) -> bool:
    """Whether the text is one literal without a prefix, an escape or a line break."""
    quote = text[:1]
    is_one = quote in ("'", '"') and text.count(quote) == 2 and text.endswith(quote)
    return is_one and "\\" not in text and "\n" not in text


def pieces(text: str) -> list[tuple[str, str]]:
    """Split a string expression into its literals as (prefix, raw content)."""
    return [(literal.prefix, literal.raw) for literal in located_pieces(text)]


def number(value: Any, text: str) -> Any:
    """Return the value numbers are compared by: the value itself, or the text if it is huge."""
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return text
    return text if isinstance(value, complex) else value


def field_end(raw: str, index: int) -> int:
    """Return the offset after the brace that closes the field whose expression ends at `index`."""
    return _expression_end(raw, index)[1]


def split_fstring(raw: str) -> list[tuple[str, str, int, int]]:
    """Split an f-string's raw content into ("text" | "expr", text, start, end).

    An expression's text excludes its braces, conversion and format; offsets are into `raw`.
    """
    parts: list[tuple[str, str, int, int]] = []
    start = index = 0
    while index < len(raw):
        char = raw[index]
        if char == "{" and raw[index + 1 : index + 2] == "{":
            index += 2
        elif char == "{":
            if index > start:
                parts.append(("text", raw[start:index], start, index))
            end, stop = _expression_end(raw, index + 1)
            parts.append(("expr", raw[index + 1 : end], index + 1, end))
            index = start = stop
        else:
            index += 1
    if start < len(raw):
        parts.append(("text", raw[start:], start, len(raw)))
    return parts


def _expression_end(raw: str, index: int) -> tuple[int, int]:
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
