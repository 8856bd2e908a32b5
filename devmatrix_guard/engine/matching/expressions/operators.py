"""Match operations: `and`, `or`, `|`, `&` and `^` as flat lists, some in any order."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.matching.expressions.collections import ANY, GroupMatcher
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.tree.expressions import (
    OPERATOR_OF,
    copy_place,
    flatten_operands,
    join_operands,
    read_operation,
)
from devmatrix_guard.lazy_typing import Any, Sequence

Node = Any
Pattern = tuple[Any, ...]
_ASSOCIATIVE = frozenset(("or", "and", "|", "&", "^"))
_COMMUTATIVE = frozenset(("|", "&", "^"))
_SYMMETRIC = frozenset(("==", "!="))
_MAX_AC_LEFT = 3


class OperatorMatcher(GroupMatcher):
    """Matches operations with their operands."""

    def _match_op(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        operator, operands = pattern[1], pattern[2]
        if operator == "-" and len(operands) == 1:
            value = self.literal(node)
            if value is not None and value[0] == "int" and isinstance(value[1], int):
                return self._match_negated(operands[0], node, env)
            if node.__class__ is _ast.Name and operands[0][:2] == ("lit", "int"):
                known = self.constant(node)
                is_same = known is not None and known[0] == "int" and -known[1] == operands[0][2]
                return [env] if is_same and self.options.get("constant_propagation", True) else []
        found = read_operation(node)
        if found is None or found[0] != operator:
            return []
        nodes = found[1]
        if len(operands) == 2 and operands[1] == ANY and operator not in _ASSOCIATIVE:
            if len(nodes) != 2:
                return []
            return self.expr(operands[0], nodes[0], env) or self._match_op(pattern, nodes[0], env)
        if operator in _ASSOCIATIVE and self.options.get("ac_matching", True):
            return self._match_associative(operator, operands, node, env)
        envs = self._match_operands(operands, nodes, env)
        if operator in _SYMMETRIC and self.options.get("symmetric_eq", False) and len(nodes) == 2:
            envs = envs + self._match_operands(operands, nodes[::-1], env)
        return envs

    def _match_chained(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Match a chain of comparisons as Semgrep does, which leaves out what is on the left."""
        if node.__class__ is not _ast.Compare or len(node.ops) != len(pattern[1]):
            return []
        signs = tuple(OPERATOR_OF[sign.__class__] for sign in node.ops)
        return self.all(pattern[2], node.comparators, env) if signs == pattern[1] else []

    def _match_negated(self, operand: Pattern, node: Node, env: Env) -> Envs:
        negated = _ast.Constant(value=-node.value, kind=None)
        copy_place(node, negated)
        return self.expr(operand, negated, env)

    def _match_operands(self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env) -> Envs:
        wrapped = [("dots",) if pattern == ANY else ("pos", pattern) for pattern in patterns]
        return self.arguments(wrapped, nodes, env)

    def _match_associative(
        self, operator: str, operands: Sequence[Pattern], node: Node, env: Env
    ) -> Envs:
        patterns = flatten_patterns(operator, operands)
        nodes = flatten_operands(operator, node)
        commutative = operator in _COMMUTATIVE or (
            operator in ("and", "or") and self.options.get("commutative_boolop", False)
        )
        if commutative:
            return self._match_any_order(operator, patterns, nodes, env)
        return self._match_in_order(operator, patterns, nodes, env)

    def _match_in_order(
        self, operator: str, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env
    ) -> Envs:
        if not patterns:
            return [] if nodes else [env]
        head, rest = patterns[0], patterns[1:]
        found: Envs = []
        if head == ANY:
            self.effort.spend(len(nodes))
            for start in range(len(nodes) if not rest else 0, len(nodes) + 1):
                found += self._match_in_order(operator, rest, nodes[start:], env)
        elif head[0] == "mv":
            self.effort.spend(len(nodes))
            for stop in range(1 if rest else max(1, len(nodes)), len(nodes) + 1):
                for bound in self.expr(head, join_operands(operator, nodes[:stop]), env):
                    found += self._match_in_order(operator, rest, nodes[stop:], bound)
        elif nodes:
            for bound in self.expr(head, nodes[0], env):
                found += self._match_in_order(operator, rest, nodes[1:], bound)
        return found

    def _match_any_order(
        self, operator: str, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env
    ) -> Envs:
        variables = [p for p in patterns if p == ANY or p[0] == "mv"]
        fixed = [p for p in patterns if p not in variables]
        while variables and variables[-1] == ANY:
            variables.pop()
        found: Envs = []
        for left, bound in self._match_one_to_one(fixed, list(nodes), env):
            found += self._spread(operator, variables, left, bound)
        return found

    def _match_one_to_one(
        self, patterns: list[Pattern], nodes: list[Node], env: Env
    ) -> list[tuple[list[Node], Env]]:
        if not patterns:
            return [(nodes, env)]
        found = []
        self.effort.spend(len(nodes))
        for index, node in enumerate(nodes):
            left = nodes[:index] + nodes[index + 1 :]
            for bound in self.expr(patterns[0], node, env):
                found += self._match_one_to_one(patterns[1:], left, bound)
        return found

    def _spread(self, operator: str, variables: list[Pattern], nodes: list[Node], env: Env) -> Envs:
        """Give each variable a part of what is left; some may stay over."""
        if not variables:
            return [env]
        if len(nodes) > _MAX_AC_LEFT:
            wrapped = [("dots",) if v == ANY else ("pos", v) for v in variables]
            return self.arguments([*wrapped, ("dots",)], nodes, env)
        found: Envs = []
        for mask in range(1 << len(nodes)):
            chosen = [n for i, n in enumerate(nodes) if mask >> i & 1]
            left = [n for i, n in enumerate(nodes) if not mask >> i & 1]
            if not chosen:
                bounds = [env] if variables[0] == ANY else []
            else:
                bounds = self.expr(variables[0], join_operands(operator, chosen), env)
            for bound in bounds:
                found += self._spread(operator, variables[1:], left, bound)
        return found


def flatten_patterns(operator: str, operands: Sequence[Pattern]) -> list[Pattern]:
    """Flatten nested operands of the same associative operator."""
    flat: list[Pattern] = []
    for operand in operands:
        if operand[0] == "op" and operand[1] == operator:
            flat += flatten_patterns(operator, operand[2])
        else:
            flat.append(operand)
    return flat
