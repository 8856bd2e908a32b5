"""Gives one form to expressions that say the same in another order: `a < b` and `b > a`."""

from __future__ import annotations

import ast

from devmatrix_guard.mining.undo.patterns import write_plain_pattern

_TURNED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_OPPOSITE = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_KINDS = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)
_EITHER = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
_LAST = ast.dump(ast.UnaryOp(ast.USub(), ast.Constant(1)))


def normalise(node: ast.AST) -> ast.AST:
    """Return an expression in the one form of those that have the same value.

    Only the operands of one comparison, a sum or product with a number, and the order of keyword
    arguments are looked at: what `and`, `or` and `+` of texts do depends on the order.
    """
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _negate(node)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _order_comparison(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
        if _is_number(node.left) and not _is_number(node.right):
            return ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.Call) and all(keyword.arg for keyword in node.keywords):
        node = write_plain_pattern(node)
        ordered = sorted(node.keywords, key=lambda keyword: keyword.arg or "")
        return ast.Call(node.func, node.args, ordered)
    elif isinstance(node, ast.Delete) and len(node.targets) == 1:
        return _write_pop(node)
    elif isinstance(node, ast.Assign) and _drops_last(node):
        return _pop(node.targets[0], [])
    return node


def _drops_last(node: ast.Assign) -> bool:
    """Tell whether a name is given all it was but the last: `rows = rows[:-1]`."""
    value, (target, *others) = node.value, node.targets
    if others or not isinstance(value, ast.Subscript) or not isinstance(value.slice, ast.Slice):
        return False
    bounds = value.slice.lower, value.slice.step
    upper = value.slice.upper
    return (
        bounds == (None, None)
        and upper is not None
        and ast.dump(upper) == _LAST
        and ast.unparse(target) == ast.unparse(value.value)
    )


def _write_pop(node: ast.Delete) -> ast.stmt:
    """Return `del rows[i]` as `rows.pop(i)`, the last as `rows.pop()`."""
    (target,) = node.targets
    if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Slice):
        return node
    is_last = ast.dump(target.slice) == _LAST
    return _pop(target.value, [] if is_last else [target.slice])


def _pop(rows: ast.expr, given: list[ast.expr]) -> ast.stmt:
    return ast.Expr(ast.Call(ast.Attribute(rows, "pop", ast.Load()), given, []))


def _negate(node: ast.UnaryOp) -> ast.AST:
    inner = node.operand
    if isinstance(inner, ast.Compare) and len(inner.ops) == 1:
        opposite = _OPPOSITE.get(type(inner.ops[0]))
        if opposite is not None:
            return _order_comparison(ast.Compare(inner.left, [opposite()], inner.comparators))
    return node


def _order_comparison(node: ast.Compare) -> ast.Compare:
    (operator,), (right,) = node.ops, node.comparators
    turned = _TURNED.get(type(operator))
    if turned is not None:
        return ast.Compare(right, [turned()], [node.left])
    if isinstance(operator, _EITHER) and _rank(node.left) > _rank(right):
        return ast.Compare(right, [operator], [node.left])
    return node


def _rank(node: ast.expr) -> tuple[int, str]:
    """Return where an operand stands: by its kind, which no renamed local changes."""
    kind = type(node)
    name = node.id if isinstance(node, ast.Name) else ""
    return (_KINDS.index(kind) if kind in _KINDS else len(_KINDS)) + (kind is ast.Constant), name


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)
