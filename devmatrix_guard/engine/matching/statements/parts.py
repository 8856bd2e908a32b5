"""The expressions of a statement that a pattern for a statement is tried at, noted once a file."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.tree.expressions import Assignment, list_subexpressions
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.engine.tree.statements import list_implicit_parts
from devmatrix_guard.lazy_typing import Any, Callable

Node = Any


def parts_of_expression(source: Source, node: Node) -> list[Node]:
    """Return an expression and those in it that a statement's pattern also stands for."""
    known = source.parts.get(id(node))
    if known is None:
        # The node is kept, so that no other one can get its place in memory.
        known = source.parts[id(node)] = (node, _collect(node, list_implicit_parts))
    return known[1]


def parts_of_statement(source: Source, node: Node) -> list[Node]:
    """Return every expression that a pattern which is an expression may match in a statement."""
    kind = node.__class__
    if kind is _ast.Expr:
        return parts_of_expression(source, node.value)
    if kind is _ast.AugAssign or (kind is _ast.Assign and not getattr(node, "in_class", False)):
        return parts_of_expression(source, node)
    if kind is _ast.Assign or (kind is _ast.AnnAssign and node.value is not None):
        target = node.targets[0] if kind is _ast.Assign else node.target
        return _collect(Assignment(target, node.value), list_subexpressions)
    if kind is _ast.Return and node.value is not None:
        return _collect(node.value, list_subexpressions)
    return []


def _collect(node: Node, below: Callable[[Node], list[Node]]) -> list[Node]:
    """Return a node and all below it, each before what is below it."""
    found: list[Node] = []
    stack = [node]
    while stack:
        part = stack.pop()
        found.append(part)
        stack += reversed(below(part))
    return found
