"""Puts expressions of tests into a normal form: local names stand for what they were given."""

from __future__ import annotations

import ast
import sys
import zlib
from collections.abc import Mapping
from itertools import islice
from typing import Any, cast

from devmatrix_guard.mining.regression.formats import unify_format

# An expression larger than this stands for itself by a hash: names given from names grow fast.
_MAX_NODES = 80
_MAX_TEXT = 400

Names = Mapping[str, ast.expr]


def substitute(node: ast.expr, names: Names) -> ast.expr:
    """Return an expression with each known local name replaced by what it was given."""
    return cast(ast.expr, _rebuild(node, names))


def render(node: ast.AST) -> str:
    """Return an expression as text that is equal whatever its layout; a long one ends in a hash."""
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError, AttributeError):
        text = type(node).__name__
    if len(text) <= _MAX_TEXT:
        return text
    return f"{text[:_MAX_TEXT]}#{zlib.crc32(text.encode('utf-8', 'replace')):08x}"


def make_placeholder(text: str) -> ast.expr:
    """Return an expression that prints as a text which no code can be."""
    return ast.Name(f"‹{text}›", ast.Load())


def is_import_skip(node: ast.AST) -> bool:
    """Tell whether an expression is a call that skips where a module cannot be imported.

    One of the standard library always can.
    """
    if not isinstance(node, ast.Call) or find_last_name(node) != "importorskip" or not node.args:
        return False
    name = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
    return str(name).partition(".")[0] not in sys.stdlib_module_names


def is_exit(node: ast.AST) -> bool:
    """Tell whether an expression is a call that ends the whole run of tests."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    owner = find_last_name(node.func.value)
    return (owner, node.func.attr) in (("pytest", "exit"), ("os", "_exit"))


def shrink(node: ast.expr) -> ast.expr:
    """Return an expression, or where it is large a placeholder with a hash of it."""
    size = len(list(islice(ast.walk(node), _MAX_NODES + 1)))
    if size <= _MAX_NODES:
        return node
    return make_placeholder(f"{zlib.crc32(ast.unparse(node).encode('utf-8', 'replace')):08x}")


def is_literal(node: ast.AST) -> bool:
    """Tell whether an expression is the same wherever it stands: it reads no name."""
    return not any(
        isinstance(part, (ast.Name, ast.Call, ast.Attribute, ast.Await)) for part in ast.walk(node)
    )


def read_number(text: str) -> float | None:
    """Return the number a rendered expression is, None if it is no plain one."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return float(value) if isinstance(value, (int, float)) else None


def find_truth(node: ast.expr) -> bool | None:
    """Return whether a condition is always true or always false, None where it depends."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = find_truth(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.BoolOp):
        return _find_joined_truth(node)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
        return bool(node.keys if isinstance(node, ast.Dict) else node.elts)
    if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING":
        return False
    if isinstance(node, ast.Compare) and is_literal(node):
        return _compare_literals(node)
    return None


def _find_joined_truth(node: ast.BoolOp) -> bool | None:
    parts = [find_truth(value) for value in node.values]
    decisive = isinstance(node.op, ast.Or)
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _compare_literals(node: ast.Compare) -> bool | None:
    """Return the answer of a comparison of two literals, such as `1 == 2`."""
    if len(node.ops) != 1:
        return None
    try:
        left, right = (ast.literal_eval(side) for side in (node.left, node.comparators[0]))
        if isinstance(node.ops[0], (ast.Eq, ast.Is)):
            return bool(left == right)
        if isinstance(node.ops[0], (ast.NotEq, ast.IsNot)):
            return bool(left != right)
        return bool(left < right) if isinstance(node.ops[0], ast.Lt) else None
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None


def find_last_name(node: ast.AST) -> str:
    """Return the name a call or decorator goes by: `raises` of `pytest.raises(…)`."""
    if isinstance(node, ast.Call):
        return find_last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _rebuild(node: ast.AST, names: Names) -> ast.AST:
    if isinstance(node, ast.Name):
        return names.get(node.id, node) if isinstance(node.ctx, ast.Load) else node
    if isinstance(node, ast.Constant):
        return ast.Constant(node.value)
    if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return _rebuild_fields(*_rename_bound(node, names))
    made = _rebuild_fields(node, names)
    if isinstance(made, ast.Call) and getattr(made.func, "id", "") == "open":
        made.keywords = [word for word in made.keywords if word.arg != "encoding"]
    return _pick(made) if isinstance(made, ast.Subscript) else unify_format(made)


def _pick(node: ast.Subscript) -> ast.AST:
    """Return the part of a written-out table that a literal index names."""
    key = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if isinstance(node.value, ast.Dict) and key is not None:
        found = [
            value
            for name, value in zip(node.value.keys, node.value.values, strict=True)
            if isinstance(name, ast.Constant) and name.value == key
        ]
        return found[-1] if found and None not in node.value.keys else node
    if isinstance(node.value, (ast.Tuple, ast.List)) and type(key) is int:
        parts = node.value.elts
        is_open = any(isinstance(part, ast.Starred) for part in parts)
        return parts[key] if key < len(parts) and not is_open else node
    return node


def _rebuild_fields(node: ast.AST, names: Names) -> ast.AST:
    made: dict[str, Any] = {}
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            made[field] = _rebuild(value, names)
        elif isinstance(value, list):
            made[field] = [
                _rebuild(part, names) if isinstance(part, ast.AST) else part for part in value
            ]
        else:
            made[field] = value
    return type(node)(**made)


def _rename_bound(node: ast.AST, names: Names) -> tuple[ast.AST, Names]:
    """Return names for what an expression binds itself, by their order, as people rename them."""
    stores = [
        part.id if isinstance(part, ast.Name) else part.arg
        for part in ast.walk(node)
        if (isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
        or isinstance(part, ast.arg)
    ]
    order = {name: make_placeholder(str(i)) for i, name in enumerate(dict.fromkeys(stores))}
    if not order:
        return node, names
    known = {**names, **order}
    made = _BindRename({name: f"‹{i}›" for i, name in enumerate(order)}).copy(node)
    return made, known


class _BindRename:
    """Copies an expression with the names it binds replaced."""

    def __init__(self, new: Mapping[str, str]) -> None:
        self._new = new

    def copy(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            return ast.Name(self._new.get(node.id, node.id), ast.Store())
        if isinstance(node, ast.arg):
            return ast.arg(self._new.get(node.arg, node.arg))
        made: dict[str, Any] = {}
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                made[field] = self.copy(value)
            elif isinstance(value, list):
                made[field] = [self.copy(v) if isinstance(v, ast.AST) else v for v in value]
            else:
                made[field] = value
        return type(node)(**made)
