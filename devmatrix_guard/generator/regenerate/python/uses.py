"""Where a module speaks of a definition of its own: its name, not another thing called the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

_RECEIVERS = ("self", "cls")
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | _Comprehension


class Use(NamedTuple):
    """A name in a module: its line from 1, and its column in characters."""

    row: int
    column: int


class _Place(NamedTuple):
    """Where a node stands: in which class of the module, what functions hide of the module."""

    kind: str = "module"  # "class": directly in the body of one, "inner": in a function
    owner: str = ""
    hidden: frozenset[str] = frozenset()
    of_class: frozenset[str] = frozenset()  # what its body binds, which its functions do not see


def find_uses(text: str, scope: str, name: str) -> list[Use]:
    """Return where a module defines a function or a class, or speaks of it; [] for no Python.

    Args:
        text: the module.
        scope: the class that it is in: then only what is called on `self`, `cls` or the class.
            "" for the module: then what no parameter or local name hides.
        name: of the definition.
    """
    if "\r" in text:
        return []  # a line end to Python, and none to us
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = text.split("\n")
    found = set()
    for node, place in _iter_places(tree, frozenset((name, scope))):
        for row, column in _locate(node, place, scope, name, lines):
            if lines[row - 1][column:].startswith(name):
                found.add(Use(row, column))
    return sorted(found)


def _locate(
    node: ast.AST, place: _Place, scope: str, name: str, lines: list[str]
) -> Iterator[tuple[int, int]]:
    if isinstance(node, _Function | ast.ClassDef) and node.name == name:
        if place == _Place() if not scope else place[:2] == ("class", scope):
            line = lines[node.lineno - 1]
            start = re.search(rf"\b(?:def|class)\s+(?={re.escape(name)}\b)", line)
            if start:
                yield node.lineno, start.end()
    elif isinstance(node, ast.Name) and node.id == name and name not in place.hidden:
        if place[:2] == ("class", scope) if scope else name not in place.of_class:
            yield node.lineno, _count_characters(lines[node.lineno - 1], node.col_offset)
    elif isinstance(node, ast.Attribute) and node.attr == name and _is_owned(node, place, scope):
        row, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        yield row, _count_characters(lines[row - 1], end) - len(name)


def _is_owned(node: ast.Attribute, place: _Place, scope: str) -> bool:
    """Tell whether an attribute is one of the class that a name means: `self`, or the class."""
    if not scope or not isinstance(node.value, ast.Name):
        return False
    if node.value.id in _RECEIVERS:
        return place.owner == scope
    return node.value.id == scope and scope not in place.hidden


def _count_characters(line: str, offset: int) -> int:
    return len(line.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))


def _iter_places(tree: ast.Module, names: frozenset[str]) -> Iterator[tuple[ast.AST, _Place]]:
    """Yield every node with its place; of what functions hide, some names alone."""
    waiting: list[tuple[ast.AST, _Place]] = [(node, _Place()) for node in tree.body]
    while waiting:
        node, place = waiting.pop()
        yield node, place
        inner = _enter(node, place, names)
        for field, value in ast.iter_fields(node):
            within = place if field in ("decorator_list", "args", "returns", "bases") else inner
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.AST):
                    waiting.append((part, within if isinstance(node, _Scope) else place))


def _enter(node: ast.AST, place: _Place, names: frozenset[str]) -> _Place:
    if isinstance(node, ast.ClassDef):
        is_top = place == _Place()
        of_class = frozenset(_list_bound(node)) & names
        return _Place("class", node.name if is_top else "", place.hidden, of_class)
    if isinstance(node, _Scope):
        return _Place("inner", place.owner, place.hidden | (frozenset(_list_bound(node)) & names))
    return place


def _list_bound(scope: _Scope) -> Iterator[str]:
    """Yield the names that a function, a class, a lambda or a comprehension binds for itself."""
    bound, of_module = set(), set()
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Global):
            of_module.update(node.names)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, _Function | ast.ClassDef | ast.ExceptHandler | ast.MatchAs):
            bound.add(node.name or "")
        if not isinstance(node, _Scope):
            waiting += ast.iter_child_nodes(node)
    yield from bound - of_module
