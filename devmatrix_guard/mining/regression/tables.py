"""Lists the cases that a loop or a mark goes through, as far as they are written out somewhere."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from devmatrix_guard.mining.regression.checks import find_helper_name
from devmatrix_guard.mining.regression.terms import find_last_name

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Look = Callable[[ast.expr], ast.expr]

MAX_TURNS = 60
_SAME_TURNS = ("list", "tuple", "sorted", "set", "frozenset", "iter", "reversed")
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)


def is_fixture(function: FunctionNode) -> bool:
    """Tell whether pytest gives tests what a function returns."""
    names = (find_last_name(mark).lower() for mark in function.decorator_list)
    return any("fixture" in name and name != "usefixtures" for name in names)


def look_up(
    over: ast.expr, names: Mapping[str, ast.expr], functions: Mapping[str, FunctionNode]
) -> ast.expr:
    """Return the table that an expression stands for, the expression itself where none is known.

    Args:
        over: what a loop or a mark goes through.
        names: what names stand for; one of a class under `self.`.
        functions: those of the file and class, fixtures included.
    """
    if isinstance(over, ast.Attribute) and find_last_name(over.value) in ("self", "cls"):
        return names.get(f"self.{over.attr}", over)
    if isinstance(over, ast.Name):
        function = functions.get(over.id)
        is_given = function is not None and is_fixture(function)
        return names.get(over.id) or (_read_returned(function) if is_given else None) or over
    if isinstance(over, ast.Call) and not over.args and not over.keywords:
        return _read_returned(functions.get(find_helper_name(over))) or over
    return over


def _read_returned(function: FunctionNode | None) -> ast.expr | None:
    """Return the table that is all a function returns or yields, None if it does anything else."""
    value = read_only_value(function) if function is not None else None
    is_table = isinstance(value, _DISPLAYS) or (
        isinstance(value, ast.Call) and find_last_name(value) in (*_SAME_TURNS, "zip", "items")
    )
    return value if is_table else None


def read_only_value(function: FunctionNode) -> ast.expr | None:
    """Return what a function that does nothing else returns or yields, None for any other."""
    body = [
        node
        for node in function.body
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    only = body[0] if len(body) == 1 else None
    if isinstance(only, ast.Return):
        return only.value
    if isinstance(only, ast.Expr) and isinstance(only.value, ast.Yield):
        return only.value.value
    return None


def list_turns(over: ast.expr, look: Look = lambda node: node) -> list[ast.expr] | None:
    """Return what a loop goes through, None where that is not written out.

    Args:
        over: what it goes through.
        look: gives what an expression stands for.
    """
    over = look(over)
    if isinstance(over, (ast.List, ast.Tuple, ast.Set)):
        return None if any(isinstance(e, ast.Starred) for e in over.elts) else list(over.elts)
    if isinstance(over, ast.Dict):
        return [key for key in over.keys if key is not None]
    if isinstance(over, ast.Subscript):
        return _list_slice(over, look)
    if not isinstance(over, ast.Call):
        return None
    name = find_last_name(over)
    if name == "range" and all(isinstance(arg, ast.Constant) for arg in over.args):
        return _list_range(over)
    if name == "items" and isinstance(over.func, ast.Attribute):
        return _list_items(look(over.func.value))
    if name in _SAME_TURNS and len(over.args) == 1:
        return list_turns(over.args[0], look)
    if name == "zip" and over.args:
        columns = [list_turns(arg, look) for arg in over.args]
        full = [column for column in columns if column is not None]
        rows = zip(*full, strict=False) if len(full) == len(columns) else None
        return None if rows is None else [ast.Tuple([*row], ast.Load()) for row in rows]
    if name == "enumerate" and over.args:
        inner = list_turns(over.args[0], look)
        if inner is None:
            return None
        return [ast.Tuple([ast.Constant(i), turn], ast.Load()) for i, turn in enumerate(inner)]
    return None


def _list_slice(over: ast.Subscript, look: Look) -> list[ast.expr] | None:
    inner = list_turns(over.value, look)
    if inner is None or not isinstance(over.slice, ast.Slice):
        return None
    try:
        bounds = [
            None if part is None else int(ast.literal_eval(part))
            for part in (over.slice.lower, over.slice.upper, over.slice.step)
        ]
        return inner[slice(*bounds)]
    except (ValueError, TypeError):
        return None


def _list_range(call: ast.Call) -> list[ast.expr] | None:
    values = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    if not all(isinstance(value, int) for value in values) or not 1 <= len(values) <= 3:
        return None
    try:
        numbers = range(*(int(str(value)) for value in values))
    except ValueError:
        return None
    return [ast.Constant(n) for n in numbers] if len(numbers) <= MAX_TURNS else None


def _list_items(over: ast.expr) -> list[ast.expr] | None:
    if not isinstance(over, ast.Dict) or None in over.keys:
        return None
    pairs = zip(over.keys, over.values, strict=True)
    return [ast.Tuple([key, value], ast.Load()) for key, value in pairs if key is not None]
