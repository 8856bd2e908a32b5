"""Which conditions are always true or false: constants, and flags that stay as they are set."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.undo.trees import ParsedModule

_CONTAINERS = (ast.Tuple, ast.List, ast.Set)


def decide(test: ast.expr, flags: Mapping[str, bool]) -> bool | None:
    """Return whether a condition holds, None where that depends on the run.

    Args:
        test: the condition.
        flags: names that are known to be true or false.
    """
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Name):
        return flags.get(test.id)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        truth = decide(test.operand, flags)
        return None if truth is None else not truth
    if isinstance(test, ast.BoolOp):
        stop = isinstance(test.op, ast.Or)
        known = [decide(value, flags) for value in test.values]
        if stop in known:
            return stop
        return None if None in known else not stop
    if isinstance(test, _CONTAINERS) and not test.elts:
        return False
    return None


def list_flags(module: ParsedModule) -> dict[str, bool]:
    """Return the flags of a module: names set once, to a constant, and never otherwise."""
    stored = Counter(
        node.id
        for node in module.nodes
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    )
    shared = {name for node in module.nodes if isinstance(node, ast.Global) for name in node.names}
    named = {node.arg for node in module.nodes if isinstance(node, ast.arg)}
    found = {}
    for node in module.tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        target = targets[0]
        if (
            isinstance(value, ast.Constant)
            and isinstance(value.value, bool)
            and isinstance(target, ast.Name)
            and stored[target.id] == len(targets) == 1
            and target.id not in shared | named
        ):
            found[target.id] = value.value
    return found


def list_off_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, bool]:
    """Return the parameters of a function that are off unless a caller sets them."""
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True)]
    pairs += [
        (name, value)
        for name, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if value is not None
    ]
    stored = {
        n.id for n in list_nodes(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    return {
        name.arg: False
        for name, value in pairs
        if isinstance(value, ast.Constant) and value.value is False and name.arg not in stored
    }
