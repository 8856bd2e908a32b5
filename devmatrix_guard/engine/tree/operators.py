"""Find the signs of operations: Semgrep's tree holds them as expressions of their own."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.engine.tree.strings import Part
from devmatrix_guard.lazy_typing import Any

Node = Any
_SIGN = (
    rb"\*\*|//|<<|>>|==|!=|<=|>=|<>"
    rb"|(?:is|in|not|and|or)\b|[-+*/%@&|^~<>]"
)


def locate_operators(source: Source, node: Node) -> list[Part]:
    """Return the signs of an operation as nodes."""
    kind = node.__class__
    if kind is _ast.UnaryOp:
        return _sign_at(source, node.lineno, node.col_offset)
    if kind is _ast.Starred or kind is _ast.keyword:
        width = 1 if kind is _ast.Starred else 2
        place = (node.lineno, node.col_offset, node.lineno, node.col_offset + width)
        return [Part("operator", place)]
    if kind is _ast.BinOp:
        operands = [node.left]
    elif kind is _ast.BoolOp:
        operands = node.values[:1]  # Semgrep keeps the first sign of several
    else:
        operands = [node.left, *node.comparators[:-1]]
    return [
        sign
        for operand in operands
        for sign in _sign_at(source, *places.sign_after(source, operand))
    ]


def sign_beside(source: Source, node: Node, text: str) -> Part:
    """Return the lone `*` before a parameter, or the lone `/` after one."""
    sign = text.encode()
    if text == "*":
        line, column = node.lineno, node.col_offset
        while (at := source.lines[line - 1].rfind(sign, 0, column)) < 0 and line > 1:
            line -= 1
            column = len(source.lines[line - 1])
    else:
        line, column = node.end_lineno, node.end_col_offset
        while (at := source.lines[line - 1].find(sign, column)) < 0 and line < len(source.lines):
            line, column = line + 1, 0
    return Part("operator", (line, at, line, at + 1), text)


def _sign_at(source: Source, line: int, column: int) -> list[Part]:
    import re

    found = re.compile(_SIGN).match(source.lines[line - 1], column)
    if found is None:
        return []
    return [Part("operator", (line, column, line, found.end()))]
