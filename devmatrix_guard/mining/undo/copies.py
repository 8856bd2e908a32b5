"""Reads copies, defaults, the end of a program and their like in whatever way they are written."""

from __future__ import annotations

import ast

from devmatrix_guard.mining.undo.defaults import read_last_name

ANY = ""  # what is copied by a method of its own, of whatever kind it is
# A list and a tuple hold the same in the same order; which of them it is matters to few.
_EMPTY = {"list": ast.List | ast.Tuple, "dict": ast.Dict}
_KINDS = {"list": "list", "tuple": "list", "dict": "dict", "set": "set"}
# Methods of texts of which the order does not matter, as what does the same.
_TEXT_METHODS = {"strip": "strip", "lower": "lower", "casefold": "lower", "upper": "upper"}
_EXITS = ("sys.exit", "exit", "SystemExit")
_JOINS = (ast.BitOr, ast.Add)


def read_empty(node: ast.expr) -> str:
    """Return the kind of an empty container, empty for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        kind = _KINDS.get(node.func.id, "")
        return kind if kind in _EMPTY and not (node.args or node.keywords) else ""
    content = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", None)
    found = (name for name, kind in _EMPTY.items() if isinstance(node, kind))
    return next(found, "") if content == [] else ""


def read_copy(node: ast.expr) -> tuple[str, ast.expr] | None:
    """Return the kind of copy that an expression makes, and of what; None if it makes none."""
    if isinstance(node, ast.Call) and not node.keywords:
        name = read_last_name(node.func)
        if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
            if isinstance(node.func, ast.Name) and name in _KINDS:
                return _KINDS[name], node.args[0]
            is_copied = ast.unparse(node.func) in ("copy.copy", "copy.deepcopy", "deepcopy")
            return (ANY, node.args[0]) if is_copied else None
        if not node.args and name == "copy" and isinstance(node.func, ast.Attribute):
            return ANY, node.func.value
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        bounds = node.slice.lower, node.slice.upper, node.slice.step
        return ("list", node.value) if bounds == (None, None, None) else None
    elif isinstance(node, ast.List | ast.Tuple | ast.Set) and len(node.elts) == 1:
        (only,) = node.elts
        if isinstance(only, ast.Starred):
            return "set" if isinstance(node, ast.Set) else "list", only.value
    elif isinstance(node, ast.Dict) and node.keys == [None]:
        return "dict", node.values[0]
    return None


def is_new_of(node: ast.expr, copied: ast.expr) -> bool:
    """Tell whether an expression makes a new container of what is in another, and of more."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, _JOINS):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        parts = [value for key, value in pairs if key is None]
    elif isinstance(node, ast.List | ast.Tuple):
        parts = [one.value for one in node.elts if isinstance(one, ast.Starred)]
    else:
        return False
    return any(ast.unparse(part) == ast.unparse(copied) for part in parts)


def read_default(node: ast.expr) -> tuple[str, str] | None:
    """Return what an empty container stands in for, and its kind; None for anything else.

    That is `x or []`, `[] if x is None else x`, and their like that copy `x`.
    """
    if copy := read_copy(node):
        node = copy[1]
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and len(node.values) == 2:
        value, empty = node.values
    elif isinstance(node, ast.IfExp) and (asked := _read_asked(node.test)):
        is_absent, name = asked
        value, empty = (node.orelse, node.body) if is_absent else (node.body, node.orelse)
        bare = copied[1] if (copied := read_copy(value)) else value
        if ast.unparse(bare) != name:
            return None
        value = bare
    else:
        return None
    kind = read_empty(empty)
    return (ast.unparse(value), kind) if kind else None


def _read_asked(test: ast.expr) -> tuple[bool, str] | None:
    """Return whether a condition asks for what is absent, and its name."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return True, ast.unparse(test.operand)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False, ast.unparse(test)
    (operator,), (right,) = test.ops, test.comparators
    if not isinstance(right, ast.Constant) or right.value is not None:
        return None
    return isinstance(operator, ast.Is | ast.Eq), ast.unparse(test.left)


def read_text_methods(node: ast.expr) -> tuple[str, list[str]] | None:
    """Return a text and the methods called on it one after the other, sorted; None if none is."""
    methods = []
    while (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and not (node.args or node.keywords)
        and (method := _TEXT_METHODS.get(node.func.attr))
    ):
        methods.append(method)
        node = node.func.value
    return (ast.unparse(node), sorted(methods)) if methods else None


def read_built(node: ast.expr) -> tuple[str, str] | None:
    """Return the kind and the making of a list or set that is built in a loop, None if it is not.

    That is `{x for x in rows}` and `set(x for x in rows)`.
    """
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        kind, made = ast.unparse(node.func), node.args[0]
        is_built = kind in ("list", "set") and isinstance(made, ast.GeneratorExp)
        return (kind, ast.unparse(made)[1:-1]) if is_built else None
    if isinstance(node, ast.ListComp | ast.SetComp):
        return "list" if isinstance(node, ast.ListComp) else "set", ast.unparse(node)[1:-1]
    return None


def read_exit(node: ast.AST) -> str:
    """Return the code with which a statement ends the program, empty if it does not end it."""
    call = node.value if isinstance(node, ast.Expr) else getattr(node, "exc", None)
    if not isinstance(call, ast.Call) or ast.unparse(call.func) not in _EXITS:
        return ""
    is_raised = isinstance(node, ast.Raise)
    if is_raised != (ast.unparse(call.func) == "SystemExit"):
        return ""
    return ", ".join(map(ast.unparse, call.args)) or "0"
