"""What lies directly below a node of CPython's tree, without what holds no code of its own."""

from __future__ import annotations

import _ast

from devmatrix_guard.lazy_typing import Any, Sequence

Node = Any
# Operators, contexts, and what is text or a number and no node.
_PLAIN = frozenset((
    "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level",
    "module", "name", "names", "op", "ops", "rest", "simple", "str", "type_comment",
    "type_ignores",
))  # fmt: skip
_fields: dict[type, tuple[str, ...]] = {_ast.Constant: (), _ast.MatchSingleton: ()}
_BODIES = ("body", "orelse", "handlers", "finalbody", "cases")


def list_fields(kind: type) -> tuple[str, ...]:
    """Return the fields of a class of nodes that can hold other nodes."""
    found = _fields.get(kind)
    if found is None:
        names: Sequence[str] = kind._fields  # type: ignore[attr-defined]
        found = _fields[kind] = tuple(name for name in names if name not in _PLAIN)
    return found


def list_children(node: Node) -> list[Node]:
    """Return the nodes directly below one, in the order of its fields."""
    found: list[Node] = []
    for field in list_fields(node.__class__):
        value = getattr(node, field, None)
        if value.__class__ is list:
            found += value if None not in value else [item for item in value if item is not None]
        elif value is not None:
            found.append(value)
    return found


def list_all_nodes(tree: Node) -> list[Node]:
    """Return a node and all below it, level by level."""
    found = [tree]
    for node in found:
        found += list_children(node)
    return found


def list_statement_nodes(tree: Node) -> list[Node]:
    """Return a node and the statements, handlers and cases below it, level by level."""
    found = [tree]
    for node in found:
        for field in _BODIES:
            value = getattr(node, field, None)
            if value.__class__ is list:
                found += value
    return found
