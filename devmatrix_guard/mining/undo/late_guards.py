"""Finds guard clauses of fixes that stand behind the use they were to guard. Python only."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.layout import is_python_text
from devmatrix_guard.mining.undo.tokens import decode
from devmatrix_guard.mining.undo.trees import read_module
from devmatrix_guard.mining.undo.units import read_units

_MOST_KEYS = 4  # what is longer than a guard is no guard
_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_USES = (ast.Call, ast.BinOp, ast.Subscript)
_PURE = frozenset(dir(builtins))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def find_late_guard(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the guard clause of a fix before which a change does what it kept from being done.

    Args:
        change: what is done.
        hunk: what a fix did; only one that added nothing but a guard is looked at.
        file: the number of its file in the change.
    """
    one = change.files[file]
    if hunk.removed or hunk.is_moved or not 0 < len(hunk.added) <= _MOST_KEYS:
        return []
    exact, *_, scope = hunk.added[0]
    if not scope or not is_product_code(hunk.path) or not is_python_text(one.path, one.new):
        return []
    olds, news = (
        [unit for unit in read_units(path, text, scopes={scope}) if unit.exact == exact]
        for path, text in ((one.old_path, one.old), (one.path, one.new))
    )
    if len(olds) != 1 or len(news) != 1 or not news[0].own.startswith(b"if"):
        return []
    before = _list_uses(one.old, olds[0].first + 1)
    after = _list_uses(one.new, news[0].first + 1)
    if before is None or after is None:
        return []
    guarded = before[1] - before[0]
    return [Place(news[0], file, news[0].first + 1)] if guarded & after[0] else []


def _list_uses(text: bytes, line: int) -> tuple[set[str], set[str]] | None:
    """Return what a function does, before and behind a guard, with the names it asks about."""
    module = read_module(decode(text))
    guard = next(
        (
            node
            for node in (module.nodes if module else ())
            if isinstance(node, ast.If) and node.lineno == line
        ),
        None,
    )
    if module is None or guard is None or not isinstance(guard.body[-1], _LEAVING):
        return None
    around = [
        node
        for node in module.nodes
        if isinstance(node, Function) and node.lineno < line <= (node.end_lineno or 0)
    ]
    if guard.orelse or not around:
        return None
    names = {node.id for node in list_nodes(guard.test) if isinstance(node, ast.Name)}
    sides: tuple[set[str], set[str]] = (set(), set())
    for node in _list_used(around[-1], names - _PURE):
        if node.lineno < line or node.lineno > (guard.end_lineno or line):
            sides[node.lineno > line].add(ast.dump(node))
    return sides


def _list_used(function: Function, names: set[str]) -> Iterator[ast.expr]:
    """Yield what is done with some names: calls but for those of the language, sums, items."""
    for node in list_nodes(function):
        if not isinstance(node, _USES):
            continue
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _PURE:
            continue
        if any(isinstance(inner, ast.Name) and inner.id in names for inner in list_nodes(node)):
            yield node
