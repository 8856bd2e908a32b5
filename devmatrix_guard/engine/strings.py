"""String expressions as Semgrep sees them: their literals, and the parts of f-strings.

`"a" f"b{c}"` is two literals; an f-string is its texts and its fields.
"""

from __future__ import annotations

import _ast

from devmatrix_guard.annotations import Any
from devmatrix_guard.engine import literals

Node = Any


class Part:
    """Something inside a string expression, shaped like a node.

    `kind` is `piece` (one of several adjacent literals), `text` (literal text in an f-string),
    `field` (one `{…}`) or `operator` (the sign of an operation, which Semgrep visits too).
    """

    __slots__ = (
        "col_offset", "end_col_offset", "end_lineno", "kind", "lineno", "parts", "prefix", "raw",
        "value",
    )  # fmt: skip

    def __init__(
        self, kind: str, place: tuple[int, int, int, int], raw: str = "", prefix: str = ""
    ) -> None:
        self.kind = kind
        self.lineno, self.col_offset, self.end_lineno, self.end_col_offset = place
        self.raw = raw
        self.prefix = prefix
        self.value: Node = None
        self.parts: list[Part] = []

    def content(self) -> list[Part]:
        """Return the plain string inside a literal with a prefix."""
        if not self.prefix:
            return []
        place = (self.lineno, self.col_offset, self.end_lineno, self.end_col_offset)
        return [Part("text", place, self.raw)]


def split(node: Node, text: str) -> list[Part]:
    """Return the literals of a string expression, f-strings with their parts."""
    fields = iter(_fields(node))
    found = []
    for literal in literals.located_pieces(text):
        place = _place(node, text, literal.start, literal.end)
        piece = Part("piece", place, literal.raw, literal.prefix)
        if "f" in literal.prefix:
            piece.parts = _parts(node, text, literal, fields)
        found.append(piece)
    return found


def _fields(node: Node) -> list[Node]:
    if node.__class__ is not _ast.JoinedStr:
        return []
    return [v.value for v in node.values if v.__class__ is _ast.FormattedValue]


def _parts(node: Node, text: str, literal: Any, fields: Any) -> list[Part]:
    parts = []
    for kind, raw, start, end in literals.split_fstring(literal.raw):
        if kind == "text":
            place = _place(node, text, literal.content + start, literal.content + end)
            parts.append(Part("text", place, raw))
            continue
        stop = literals.field_end(literal.raw, end)
        place = _place(node, text, literal.content + start - 1, literal.content + stop)
        part = Part("field", place, raw)
        part.value = next(fields, None)
        parts.append(part)
    return parts


def _place(node: Node, text: str, start: int, end: int) -> tuple[int, int, int, int]:
    return (*_point(node, text, start), *_point(node, text, end))


def _point(node: Node, text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    line = before.count("\n")
    if not line:
        return node.lineno, node.col_offset + len(before.encode())
    return node.lineno + line, len(before[before.rfind("\n") + 1 :].encode())
