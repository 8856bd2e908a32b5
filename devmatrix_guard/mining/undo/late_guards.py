"""Finds guard clauses of fixes that stand behind the use they were to guard. Python only."""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Iterator

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.conditions import read_tests
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.guards import LEAVING, Function, may_be_guard
from devmatrix_guard.mining.undo.layout import is_python_text, list_statements
from devmatrix_guard.mining.undo.tokens import decode
from devmatrix_guard.mining.undo.trees import read_module

_USES = (ast.Call, ast.BinOp, ast.Subscript)
_PURE = frozenset(dir(builtins))


def find_late_guard(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the guard clause of a fix before which a change does what it kept from being done.

    Args:
        change: what is done.
        hunk: what a fix did; only one that added nothing but a guard is looked at.
        file: the number of its file in the change.
    """
    one = change.files[file]
    if not may_be_guard(hunk):
        return []
    exact, *_, scope = hunk.added[0]
    if not scope or not is_python_text(one.path, one.new):
        return []
    guards = [unit for unit in change.get_new_units(file, scope) if unit.exact == exact]
    if len(guards) != 1 or not guards[0].own.startswith(b"if"):
        return []
    before = _list_uses(one.old, scope, guards[0].own)
    after = _list_uses(one.new, scope, guards[0].own) if before else None
    if before is None or after is None:
        return []
    guarded = before[1] - before[0]
    return [Place(guards[0], file, guards[0].first + 1)] if guarded & after[0] else []


def _list_uses(text: bytes, scope: str, head: bytes) -> tuple[set[str], set[str]] | None:
    """Return what a function does, before and behind a guard, with the names it asks about."""
    function = _parse_function(text, scope)
    tests = [ast.dump(test) for test in read_tests(head)]
    found = [
        node
        for node in (list_nodes(function) if function else ())
        if isinstance(node, ast.If) and [ast.dump(node.test)] == tests
    ]
    if function is None or len(found) != 1:
        return None
    (guard,) = found
    if guard.orelse or not isinstance(guard.body[-1], LEAVING):
        return None
    names = {node.id for node in list_nodes(guard.test) if isinstance(node, ast.Name)}
    sides: tuple[set[str], set[str]] = (set(), set())
    for node in _list_used(function, names - _PURE):
        if node.lineno < guard.lineno or node.lineno > (guard.end_lineno or guard.lineno):
            sides[node.lineno > guard.lineno].add(ast.dump(node))
    return sides


def _parse_function(text: bytes, scope: str) -> Function | None:
    """Return a function of a file, read by itself: a whole file may take a second."""
    rows = text.split(b"\n")
    statements = list_statements("a.py", text, None)
    inside = [one for one in statements if one.scope == scope]
    heads = {one.parent for one in inside} - {-1}
    if not inside or not heads:
        return None
    first = statements[min(heads)].first
    source = textwrap.dedent(decode(b"\n".join(rows[first : inside[-1].last])))
    module = read_module(source)
    node = module.tree.body[0] if module and module.tree.body else None
    return node if isinstance(node, Function) else None


def _list_used(function: Function, names: set[str]) -> Iterator[ast.expr]:
    """Yield what is done with some names: calls but for those of the language, sums, items."""
    for node in list_nodes(function):
        if not isinstance(node, _USES):
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _PURE:
            continue
        if any(isinstance(inner, ast.Name) and inner.id in names for inner in list_nodes(node)):
            yield node
