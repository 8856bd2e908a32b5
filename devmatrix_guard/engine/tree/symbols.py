"""Find which expression a name stands for where it is read, for `symbolic_propagation`.

The analysis is that of the constants, with one more kind of value: a name that was assigned an
expression whose value is not known stands for that expression. Which expressions count, and that a
branch keeps one only where both ways have the very same, is as in Semgrep's
`Dataflow_svalue.is_symbolic_expr` and `Eval_il_partial.union`.
"""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.tree.children import list_all_nodes
from devmatrix_guard.engine.tree.constant_folding import Constant, fold_binary
from devmatrix_guard.engine.tree.constants import (
    SYMBOL,
    Constants,
    Env,
    Flow,
    Node,
    find_target,
)

_WITH = (_ast.With, _ast.AsyncWith)


class Symbols(Constants):
    """The expressions that names of one file stand for; `find(node)` answers for a name."""

    def find(self, node: Node) -> Node | None:
        """Return the expression a name stands for where it is read."""
        value = self._known.get(id(node))
        return value[1] if value is not None and value[0] == SYMBOL else None

    def of(self, node: Node) -> Constant | None:
        """Return the constant a name holds where it is read."""
        return _keep_constant(self._known.get(id(node)))

    def may_set(self, node: Node) -> bool:
        """Whether a statement may set a name to what is followed here."""
        return node.__class__ in _WITH or find_target(node).__class__ is _ast.Name

    def get_global(self, node: Node, key: object) -> Constant | None:
        """Return what a global that is assigned once is from here on."""
        value = self.evaluator.value(node) or self._known.get(id(node))
        if value is None and is_symbolic(node):
            # A name that stands for an expression with itself in it would have no end.
            names = (part for part in list_all_nodes(node) if part.__class__ is _ast.Name)
            if all(self.names.of(name) != key for name in names):
                return (SYMBOL, node)
        return value

    def keep(self, name: int, value: Constant) -> None:
        """Note what a name holds: a constant rather than an expression, else what came first."""
        known = self._known.get(name)
        if known is None or (known[0] == SYMBOL and value[0] != SYMBOL):
            self._known[name] = value

    def make_flow(self) -> Flow:
        """Return what follows values through one body."""
        return _SymbolFlow(self)


class _SymbolFlow(Flow):
    def _follow_lookup(self, node: Node) -> Constant | None:
        return _keep_constant(self._env.get(self._follow_key(node))) or self._global(node)

    def _follow_value(self, node: Node, env: Env) -> Constant | None:
        value = super()._follow_value(node, env)
        return (SYMBOL, node) if value is None and is_symbolic(node) else value

    def _fold_augmented(self, node: Node, env: Env) -> Constant | None:
        before = _keep_constant(env.get(self._follow_key(node.target)))
        values = [before, _keep_constant(self._follow_value(node.value, env))]
        return fold_binary(node.op.__class__, values, is_flow=True)


def _keep_constant(value: Constant | None) -> Constant | None:
    return None if value is None or value[0] == SYMBOL else value


def is_symbolic(node: Node) -> bool:
    """Whether a name can stand for an expression: made of names, literals, calls and operators."""
    stack = [node]
    while stack:
        part = stack.pop()
        kind = part.__class__
        if kind is _ast.Call:
            stack += [part.func, *part.args, *(keyword.value for keyword in part.keywords)]
        elif kind is _ast.Attribute or kind is _ast.Starred:
            stack.append(part.value)
        elif kind is _ast.Subscript:
            stack += [part.value, part.slice]
        elif kind is _ast.FormattedValue:
            stack.append(part.value)
        elif kind is _ast.JoinedStr:
            stack += part.values
        elif kind is _ast.BinOp:
            stack += [part.left, part.right]
        elif kind is _ast.BoolOp:
            stack += part.values
        elif kind is _ast.UnaryOp:
            stack.append(part.operand)
        elif kind is _ast.Compare:
            stack += [part.left, *part.comparators]
        elif kind not in (_ast.Name, _ast.Constant):
            return False
    return True
