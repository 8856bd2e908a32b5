"""Writes regular expressions that are laid out with blanks and comments as they are without."""

from __future__ import annotations

import ast
import re

_VERBOSE = ("VERBOSE", "X")
# What is kept as it is, in order: an escape, a set of characters, a text that is not laid out.
_PIECE = re.compile(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|#[^\n]*|\s+|(.)", re.DOTALL)


def write_plain_pattern(call: ast.Call) -> ast.Call:
    """Return a call with `re.VERBOSE` without it, and its pattern in one line.

    Args:
        call: any call; one that has no such flag is returned as it is.
    """
    pattern = call.args[0] if call.args else None
    if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str):
        return call
    places = [*call.args[1:], *(word.value for word in call.keywords if word.arg == "flags")]
    flags = next((flag for flag in places if any(map(_is_verbose, _list_flags(flag)))), None)
    if flags is None:
        return call
    plain = "".join(one[1] or one[2] or "" for one in _PIECE.finditer(pattern.value))
    rest = [flag for flag in _list_flags(flags) if not _is_verbose(flag)]
    left = rest[0] if rest else None
    for flag in rest[1:]:
        left = ast.BinOp(left, ast.BitOr(), flag) if left is not None else flag
    args = [left if arg is flags else arg for arg in call.args[1:]]
    words = [
        ast.keyword(word.arg, left) if word.value is flags and left is not None else word
        for word in call.keywords
        if word.value is not flags or left is not None
    ]
    kept = [arg for arg in args if arg is not None]
    return ast.Call(call.func, [ast.Constant(plain), *kept], words)


def _list_flags(node: ast.expr) -> list[ast.expr]:
    """Return the flags that are joined by `|`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_list_flags(node.left), *_list_flags(node.right)]
    return [node]


def _is_verbose(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _VERBOSE and isinstance(node.value, ast.Name) and node.value.id == "re"
    return isinstance(node, ast.Name) and node.id in _VERBOSE
