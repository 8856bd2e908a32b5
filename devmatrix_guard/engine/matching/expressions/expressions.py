"""Match compiled expression patterns against CPython's tree, by Semgrep's rules.

The equivalences are Semgrep's: keyword arguments in any order, aliases seen through, constants
propagated, `and`, `or`, `|`, `&` and `^` as flat lists, unpacked tuples assigned item by item.
"""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.matching.expressions.operators import OperatorMatcher
from devmatrix_guard.engine.matching.expressions.sequences import match_in_order
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.tree.expressions import (
    OPERATOR_OF,
    Assignment,
    list_parameters,
    list_subexpressions,
    read_assignment,
)
from devmatrix_guard.engine.tree.names import Dotted
from devmatrix_guard.engine.tree.operators import sign_beside
from devmatrix_guard.lazy_typing import Any, Callable, Sequence

Node = Any
Pattern = tuple[Any, ...]


class ExprMatcher(OperatorMatcher):
    """Matches any expression of one file under one rule's options."""

    def expr(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Return every environment under which the pattern is the code."""
        if node.__class__ is _ast.Name and pattern[0] not in ("mv", "any"):
            return self._match_expr_vs_name(pattern, node, env)
        return _EXPR[pattern[0]](self, pattern, node, env)

    def match_root(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Match a pattern as a whole, not as a part of another."""
        return self.expr(pattern, node, env)

    def _match_expr_vs_name(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        found = _EXPR[pattern[0]](self, pattern, node, env)
        if pattern[0] not in ("name", "attr", "deep", "typed"):
            return found
        dotted = self.canonical(node)
        if dotted is not None:
            if pattern[0] in ("name", "attr"):
                found = found + _EXPR[pattern[0]](self, pattern, Dotted(dotted, node), env)
        elif pattern[0] == "attr" and not found:
            found = self._match_through_wildcards(pattern, node, env)
        return found

    def _match_deep(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Match at a node or anywhere below it; each answer is worked out once.

        Where one such pattern stands in another, the same question comes up from every node above.
        """
        key = (id(pattern[1]), id(node), _make_key(env))
        known = self._deep_answers.get(key)
        if known is None:
            self.effort.try_once()
            found = self.match_root(pattern[1], node, env)
            for child in list_subexpressions(node):
                found = found + self._match_deep(pattern, child, env)
            if len(found) > 1:
                found = list({_make_key(one): one for one in reversed(found)}.values())[::-1]
            # What the key names by its place in memory has to stay there.
            known = self._deep_answers[key] = (found, pattern, node, env)
        answers: Envs = known[0]
        for _ in answers:
            self.effort.try_once()
        return answers

    def _match_cond(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.IfExp:
            return []
        return self.all(pattern[1:], (node.test, node.body, node.orelse), env)

    def _assign(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        parts = read_assignment(node)
        if parts is None:
            return []
        target, value = parts
        found = self.all(pattern[1:], parts, env)
        if target.__class__ is value.__class__ is _ast.Tuple and len(target.elts) == len(
            value.elts
        ):
            for one, other in zip(target.elts, value.elts, strict=True):
                found = found + self._assign(pattern, Assignment(one, other), env)
        return found

    def _match_aug(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.AugAssign or OPERATOR_OF[node.op.__class__] != pattern[1]:
            return []
        return self.all(pattern[2:], (node.target, node.value), env)

    def _match_lambda(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Lambda:
            return []
        found: Envs = []
        for bound in self.parameters(pattern[1], node.args, env):
            found += self.expr(pattern[2], node.body, bound)
        return found

    def _yield(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Yield:
            return []
        return self.optional(pattern[1], node.value, env)

    def _match_yieldfrom(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.YieldFrom:
            return []
        return self.expr(pattern[1], node.value, env)

    def _await(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return self.expr(pattern[1], node.value, env) if node.__class__ is _ast.Await else []

    # ---- parameters ----

    def parameters(self, patterns: Sequence[Pattern], node: Node, env: Env) -> Envs:
        """Match parameters in order; a pattern says no more than it needs to."""
        return match_in_order(
            patterns,
            list_parameters(node),
            env,
            self._match_parameter,
            self.effort,
            bind_many=self._bind_parameters,
        )

    def _bind_parameters(self, variable: str, nodes: Sequence[Node], env: Env) -> Envs:
        return self.bind(variable, ("params", tuple(n.arg for n in nodes if n.arg)), env)

    def _match_parameter(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        kind = pattern[0]
        if kind in ("slash", "lonestar"):
            return [env] if node.kind == kind else []
        if kind == "param" and node.kind in ("slash", "lonestar"):
            plain = pattern[1][0] == "$" and pattern[2] is None and pattern[3] is None
            if not plain:
                return []
            sign = sign_beside(self.source, node.beside, "/" if node.kind == "slash" else "*")
            return self.bind(pattern[1], ("sign", sign.raw, sign), env)
        if kind != node.kind:
            return []
        name = pattern[1]
        if name[0] == "$":
            envs = self.bind(name, ("id", node.arg.arg, node.arg, True), env)
        else:
            envs = [env] if name == node.arg.arg else []
        for wanted, found in ((pattern[2], node.default), (pattern[3], node.arg.annotation)):
            if wanted is not None:
                envs = [] if found is None else [
                    after for e in envs for after in self.expr(wanted, found, e)
                ]  # fmt: skip
        return envs


def _make_key(env: Env) -> tuple[Any, ...]:
    """Return what tells apart environments that bind different code, or code elsewhere."""
    if not env:
        return ()
    return tuple(
        (name, *(part if part.__class__ in (str, bool) else id(part) for part in value))
        for name, value in env.items()
    )


_EXPR: dict[str, Callable[[ExprMatcher, Pattern, Node, Env], Envs]] = {
    "mv": ExprMatcher._match_mv,
    "any": ExprMatcher._match_any,
    "deep": ExprMatcher._match_deep,
    "name": ExprMatcher._name,
    "self": ExprMatcher._match_self,
    "lit": ExprMatcher._match_lit,
    "enc": ExprMatcher._match_enc,
    "typed": ExprMatcher._match_typed,
    "attr": ExprMatcher._match_attr,
    "chain": ExprMatcher._match_chain,
    "call": ExprMatcher._call,
    "star": ExprMatcher._match_star,
    "dstar": ExprMatcher._match_dstar,
    "index": ExprMatcher._match_index,
    "slice": ExprMatcher._slice,
    "slices": ExprMatcher._match_slices,
    "compares": ExprMatcher._match_chained,
    "adjacent": ExprMatcher._match_adjacent,
    "list": ExprMatcher._list,
    "tuple": ExprMatcher._match_tuple,
    "set": ExprMatcher._set,
    "dict": ExprMatcher._match_dict,
    "comp": ExprMatcher._match_comp,
    "op": ExprMatcher._match_op,
    "cond": ExprMatcher._match_cond,
    "assign": ExprMatcher._assign,
    "aug": ExprMatcher._match_aug,
    "lambda": ExprMatcher._match_lambda,
    "yield": ExprMatcher._yield,
    "yieldfrom": ExprMatcher._match_yieldfrom,
    "await": ExprMatcher._await,
    "fstr": ExprMatcher._match_fstr,
}
