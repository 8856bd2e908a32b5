"""Parses code that may be anything."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator


def parse_source(source: str | bytes) -> ast.Module | None:
    """Return the syntax tree of a file, None for what this Python cannot read."""
    tree = parse_code(source, "exec")
    return tree if isinstance(tree, ast.Module) else None


def parse_code(code: str | bytes, mode: str) -> ast.AST | None:
    """Return the syntax tree of code, in a mode of `compile`; None for what cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd escapes of the code are not ours to tell
        try:
            return ast.parse(code, mode=mode)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def list_nodes(tree: ast.AST) -> list[ast.AST]:
    """Return a node and all below it in the order of `ast.walk`, without contexts, much sooner."""
    nodes = [tree]
    for node in nodes:  # grows while it is read
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                nodes += [one for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST) and name != "ctx":
                nodes.append(value)
    return nodes


def list_levels(tree: ast.AST) -> Iterator[list[ast.AST]]:
    """Yield what `list_nodes` returns by how deep it stands: a node, all in it, all in those."""
    level = [tree]
    while level:
        yield level
        below: list[ast.AST] = []
        for node in level:
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, list):
                    below += [one for one in value if isinstance(one, ast.AST)]
                elif isinstance(value, ast.AST) and name != "ctx":
                    below.append(value)
        level = below
