"""Cuts a large literal into its entries, so that changing one of them is a change of that one.

A list of settings or a table of cases is one statement of Python, which several fixes change.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

# A smaller literal is read at once, as part of its statement.
_LEAST = 4
_VALUED = (ast.Assign, ast.AnnAssign, ast.Return)
_DISPLAYS = (ast.Dict, ast.List, ast.Tuple, ast.Set)


class Entry(NamedTuple):
    """One entry of a literal: where it is in it, and its nodes.

    `keys` are those of the dictionaries around it, `owner` tells its own dictionary from others of
    a list by the entry that comes first there. `nodes` are its value, below its key if it has one.
    """

    keys: tuple[str, ...]
    owner: str
    nodes: tuple[ast.expr, ...]


def cut_entries(node: ast.AST) -> tuple[ast.AST, list[Entry]]:
    """Return a statement without the entries of the large literal that is its value, and those."""
    value = getattr(node, "value", None)
    if not isinstance(node, _VALUED) or not isinstance(value, _DISPLAYS):
        return node, []
    entries = [*_walk(value, (), "")]
    if len(entries) < _LEAST:
        return node, []
    head = copy.copy(node)
    head.value = ast.Dict([], []) if isinstance(value, ast.Dict) else type(value)([])
    return head, entries


def _walk(display: ast.expr, keys: tuple[str, ...], owner: str) -> Iterator[Entry]:
    if isinstance(display, ast.Dict):
        for key, value in zip(display.keys, display.values, strict=True):
            name = ast.dump(key) if key else "**"
            if _is_open(value):
                yield from _walk(value, (*keys, name), owner)
            else:
                yield Entry(keys, owner, (key, value) if key else (value,))
        return
    for item in getattr(display, "elts", ()):
        if isinstance(item, ast.Dict) and item.keys:
            yield from _walk(item, keys, f"{owner}/{_name(item)}")
        else:
            yield Entry(keys, owner, (item,))


def _is_open(value: ast.expr) -> bool:
    """Tell whether a value is looked into: a dictionary, or a list that holds some."""
    if isinstance(value, ast.Dict):
        return bool(value.keys)
    return isinstance(value, ast.List | ast.Tuple) and any(
        isinstance(item, ast.Dict) for item in value.elts
    )


def _name(item: ast.Dict) -> str:
    key, value = item.keys[0], item.values[0]
    return f"{ast.dump(key) if key else '**'}:{ast.dump(value)}"
