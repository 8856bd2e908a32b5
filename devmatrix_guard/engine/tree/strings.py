"""String expressions as Semgrep sees them: their literals, and the parts of f-strings.

`"a" f"b{c}"` is two literals; an f-string is its texts and its fields.
"""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.tree import fstrings, literals
from devmatrix_guard.lazy_typing import Any, Callable, Iterator

Node = Any


class Part:
    """Something inside a string expression, shaped like a node.

    `kind` is `piece` (one of several adjacent literals), `text` (literal text in an f-string),
    `field` (one `{…}`, whose parts are its expression and the tokens of its format) or `operator`
    (the sign of an operation, which Semgrep visits too), or `cast` (a target with its type).
    """

    __slots__ = (
        "col_offset", "end_col_offset", "end_lineno", "kind", "lineno", "parts", "prefix", "raw",
    )  # fmt: skip

    def __init__(
        self, kind: str, place: tuple[int, int, int, int], raw: str = "", prefix: str = ""
    ) -> None:
        self.kind = kind
        self.lineno, self.col_offset, self.end_lineno, self.end_col_offset = place
        self.raw = raw
        self.prefix = prefix
        self.parts: list[Node] = []

    @property
    def is_fstring(self) -> bool:
        """Whether Semgrep takes it for an f-string: it does so with each field, too."""
        return self.kind == "field" or (self.kind == "piece" and "f" in self.prefix.lower())

    def content(self) -> list[Part]:
        """Return the plain string inside a literal with a prefix."""
        if not self.prefix:
            return []
        place = (self.lineno, self.col_offset, self.end_lineno, self.end_col_offset)
        return [Part("text", place, self.raw)]


def split(node: Node, text: str) -> list[Part]:
    """Return the literals of a string expression, f-strings with their parts."""
    fields = iter(_list_fields(node))
    found = []
    for literal in literals.locate_pieces(text):
        place = _place(node, text, literal.start, literal.end)
        piece = Part("piece", place, literal.value, literal.prefix)
        if literal.is_fstring:
            pieces = fstrings.split_fstring(literal.raw, literal.lone_quote)
            piece.parts = [_build_part(node, text, literal.content, p, fields) for p in pieces]
        found.append(piece)
    return found


def find_first_literal(string_parts: Callable[[Node], list[Part]], node: Node) -> Node:
    """Return the literal a folded text begins with, None where a name stands for it."""
    while node is not None:
        kind = node.__class__
        if kind is _ast.BinOp:
            node = node.left
        elif kind is _ast.JoinedStr or (kind is _ast.Constant and isinstance(node.value, str)):
            pieces = string_parts(node)
            if len(pieces) == 1 and not pieces[0].parts:
                return pieces[0]
            node = pieces[0]
        elif kind is Part and node.parts:
            node = node.parts[0]
        else:
            return None if kind is _ast.Name else node
    return None


def _list_fields(node: Node) -> list[Node]:
    if node.__class__ is not _ast.JoinedStr:
        return []
    values = [v for v in node.values if v.__class__ is _ast.FormattedValue]
    return [inner for value in values for inner in fstrings.list_nested_values(value)]


def _build_part(
    node: Node, text: str, base: int, piece: fstrings.Piece, fields: Iterator[Node]
) -> Node:
    """Return a piece as a part: an expression in a field as its node."""
    if piece.kind == "expression":
        return next(fields, None)
    place = _place(node, text, base + piece.start, base + piece.end)
    if piece.text.endswith("\n"):  # the end of such a token is on its own line
        start = _point(node, text, base + piece.end - 1)
        place = (*place[:2], start[0], start[1] + 1)
    part = Part(piece.kind, place, piece.text)
    part.parts = [_build_part(node, text, base, inner, fields) for inner in piece.inside]
    return part


def _place(node: Node, text: str, start: int, end: int) -> tuple[int, int, int, int]:
    return (*_point(node, text, start), *_point(node, text, end))


def _point(node: Node, text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    line = before.count("\n")
    if not line:
        return node.lineno, node.col_offset + len(before.encode())
    return node.lineno + line, len(before[before.rfind("\n") + 1 :].encode())
