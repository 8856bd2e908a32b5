"""Where code stands, as Semgrep reports it: tokens its tree drops do not count."""

from __future__ import annotations

import _ast
import re
from typing import Any

from devmatrix_guard.engine.source import Source, Span

Node = Any
_COMPOUND_DEFINITIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef)
_TAILS = ("orelse", "finalbody", "handlers")
_LOOPS = (_ast.For, _ast.AsyncFor, _ast.While)


def anything(source: Source, node: Node) -> Span:
    """Return the span of a statement or of anything else that has a position."""
    return statement(source, node) if isinstance(node, _ast.stmt) else expression(source, node)


def expression(source: Source, node: Node) -> Span:
    """Return the span of an expression, parameter or keyword."""
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def statement(source: Source, node: Node) -> Span:
    """Return the span of a statement."""
    kind = node.__class__
    if kind is _ast.Expr:
        return expression(source, node.value)
    start = (node.lineno, node.col_offset)
    end = (node.end_lineno, node.end_col_offset)
    if kind in _COMPOUND_DEFINITIONS:
        if node.decorator_list:
            start = min(start, _decorator_start(source, node.decorator_list[0]))
    elif kind in (_ast.With, _ast.AsyncWith):
        first = node.items[0].context_expr
        start = (first.lineno, first.col_offset)
    elif kind is _ast.Delete:
        start = (node.targets[0].lineno, node.targets[0].col_offset)
        end = (node.targets[-1].end_lineno, node.targets[-1].end_col_offset)
    if kind in _LOOPS:
        if kind is _ast.AsyncFor:
            start = (start[0], _word(source, start[0], "for", start[1]))
        end = statement(source, node.body[-1])[2:]
    elif getattr(node, "body", None) and not any(map(node.__dict__.get, _TAILS)):
        end = statement(source, node.body[-1])[2:]
    return (*start, *end)


def _decorator_start(source: Source, node: Node) -> tuple[int, int]:
    line = source.lines[node.lineno - 1]
    at = line.rfind(b"@", 0, node.col_offset)
    if at < 0 or (node.__class__ is _ast.Name and node.id == "staticmethod"):
        return (node.lineno, node.col_offset)
    return (node.lineno, at)


def _word(source: Source, line: int, word: str, start: int) -> int:
    found = re.compile(rf"\b{re.escape(word)}\b".encode()).search(source.lines[line - 1], start)
    return found.start() if found else start


def identifier(source: Source, node: Node, name: str) -> Span:
    """Return the span of the name a node carries."""
    kind = node.__class__
    if kind is _ast.Name or kind is _ast.arg or kind is _ast.keyword:
        return (node.lineno, node.col_offset, node.lineno, node.col_offset + len(name.encode()))
    if kind is _ast.Attribute:
        end = node.end_col_offset
        return (node.end_lineno, end - len(name.encode()), node.end_lineno, end)
    start = node.col_offset
    if kind in _COMPOUND_DEFINITIONS:
        keyword = "class" if kind is _ast.ClassDef else "def"
        start = _word(source, node.lineno, keyword, start) + len(keyword)
    elif kind is _ast.alias and node.asname == name:
        start = node.end_col_offset - len(name.encode())
        return (node.end_lineno, start, node.end_lineno, node.end_col_offset)
    elif kind is _ast.ExceptHandler:
        start = _word(source, node.lineno, "as", node.type.end_col_offset) + 2
    at = _word(source, node.lineno, name, start)
    return (node.lineno, at, node.lineno, at + len(name.encode()))


def string_content(source: Source, node: Node, content: str) -> Span:
    """Return the span of a string literal's content, without its quotes."""
    span = expression(source, node)
    written = source.text(span)
    at = written.find(content)
    if at < 0 or "\n" in content or span[0] != span[2]:
        return span
    start = span[1] + len(written[:at].encode())
    return (span[0], start, span[0], start + len(content.encode()))
