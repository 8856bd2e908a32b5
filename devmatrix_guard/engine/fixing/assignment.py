"""Whether a name is certain to be bound at a line, whichever way the statements before it went."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from devmatrix_guard.engine.fixing.imports import is_type_checking, list_imported_names

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)


def binds_before(body: Sequence[ast.stmt], name: str, line: int | None) -> bool:
    """Tell whether a body's statements bind a name before a line, or at all where it is None."""
    for statement in body:
        if line is not None and _find_first_line(statement) > line:
            return False
        if line is not None and line <= (statement.end_lineno or 0):
            return _binds_on_the_way(statement, name, line)
        if _always_binds(statement, name):
            return True
    return False


def _binds_on_the_way(statement: ast.stmt, name: str, line: int) -> bool:
    """Tell whether a statement around a line binds a name before it."""
    if isinstance(statement, _DEFINITIONS):
        return False
    for inner in _list_bodies(statement):
        if _find_first_line(inner[0]) <= line <= (inner[-1].end_lineno or 0):
            in_head = inner is getattr(statement, "body", None) and _head_binds(statement, name)
            return in_head or binds_before(inner, name, line)
    return False


def _head_binds(statement: ast.stmt, name: str) -> bool:
    """Tell whether the head of a loop or `with` binds a name for its body."""
    targets: list[ast.expr | None] = []
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        targets = [statement.target]
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        targets = [item.optional_vars for item in statement.items]
    return any(target is not None and _list_stores(target, name) for target in targets)


def _always_binds(statement: ast.stmt, name: str) -> bool:
    """Tell whether a name is bound after a statement, whichever way it took."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return any(found.local == name for found in list_imported_names(statement))
    if isinstance(statement, _DEFINITIONS):
        return statement.name == name
    if isinstance(statement, ast.Assign):
        return any(_list_stores(target, name) for target in statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is not None and _list_stores(statement.target, name)
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return _head_binds(statement, name)  # it may swallow what its body raises before it binds
    if isinstance(statement, ast.If):
        one = not is_type_checking(statement.test) and _binds_or_leaves(statement.body, name)
        return one and _binds_or_leaves(statement.orelse, name)
    if isinstance(statement, ast.Try):
        return _try_binds(statement, name)
    return False


def _try_binds(statement: ast.Try, name: str) -> bool:
    if binds_before(statement.finalbody, name, None):
        return True
    tried = [*statement.body, *statement.orelse]
    handled = all(_binds_or_leaves(handler.body, name) for handler in statement.handlers)
    return binds_before(tried, name, None) and handled


def _binds_or_leaves(body: Sequence[ast.stmt], name: str) -> bool:
    leaves = any(isinstance(statement, _LEAVING) for statement in body)
    return leaves or binds_before(body, name, None)


def _list_stores(target: ast.expr, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(target)
    )


def _list_bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        inner: list[ast.stmt] = getattr(statement, field, [])
        if inner:
            yield inner
    for part in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
        yield part.body


def _find_first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])
