"""Read literals as Semgrep does: prefixes and contents of strings, numbers.

It decodes fewer escapes than CPython, whose tree holds the decoded value.
"""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Any

_PIECE = (
    r"""(?s)([A-Za-z]{0,3})('''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\""""
    r"""|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|\#[^\n]*"""
)
_INT64 = 1 << 62
_ESCAPE = r"(?s)\\\r*(.)"
_ESCAPED = {
    "\n": "", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n",
    "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip


def read_segment(source: str, node: Any) -> str:
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
    """One literal of a string expression: where it stands in the text, and its raw content.

    `prefix` is as written: Semgrep tells `R""` from `r""`. `lone_quote` is the quote that may stand
    in it alone, as it does between three.
    """

    __slots__ = ("content", "end", "lone_quote", "prefix", "raw", "start")

    def __init__(
        self, prefix: str, raw: str, start: int, content: int, end: int, lone_quote: str = ""
    ) -> None:
        self.prefix = prefix
        self.raw = raw
        self.start = start
        self.content = content
        self.end = end
        self.lone_quote = lone_quote

    @property
    def is_fstring(self) -> bool:
        """Whether it has fields."""
        return "f" in self.prefix.lower()

    @property
    def value(self) -> str:
        """The content Semgrep compares: the usual escapes decoded, all others left."""
        return unescape(self.raw)


def unescape(raw: str) -> str:
    """Decode the escapes Semgrep decodes, even in raw strings."""
    if "\\" not in raw:
        return raw
    import re

    return re.sub(_ESCAPE, lambda m: _ESCAPED.get(m.group(1), m.group().replace("\r", "")), raw)


def locate_pieces(text: str) -> list[Literal]:
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
            prefix, raw = match.group(1), quoted[width:-width]
            lone_quote = quoted[0] if width > 1 else ""
            found.append(Literal(prefix, raw, match.start(), content, match.end(), lone_quote))
    return found


def _is_plain(text: str) -> bool:
    """Whether the text is one literal without a prefix, an escape or a line break."""
    quote = text[:1]
    is_one = quote in ("'", '"') and text.count(quote) == 2 and text.endswith(quote)
    return is_one and "\\" not in text and "\n" not in text


def split_pieces(text: str) -> list[tuple[str, str]]:
    """Split a string expression into its literals as (prefix, content)."""
    return [(literal.prefix, literal.value) for literal in locate_pieces(text)]


def number(value: Any, text: str) -> Any:
    """Return the value numbers are compared by: the value itself, or the text if it is huge."""
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return text
    return text if isinstance(value, complex) else value
