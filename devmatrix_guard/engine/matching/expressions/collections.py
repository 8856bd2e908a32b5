"""Match what holds other expressions: access, calls, collections and comprehensions."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.matching.expressions.arguments import match_arguments
from devmatrix_guard.engine.matching.expressions.atoms import ValueMatcher
from devmatrix_guard.engine.matching.expressions.sequences import match_in_any_order, match_in_order
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.expressions import (
    COMPREHENSIONS,
    DictItem,
    list_arguments,
    list_dict_items,
    split_subscript,
)
from devmatrix_guard.engine.tree.names import Dotted
from devmatrix_guard.lazy_typing import Any, Sequence

Node = Any
Pattern = tuple[Any, ...]
ANY: Pattern = ("any",)


class GroupMatcher(ValueMatcher):
    """Matches calls and collections: keywords in any order, items with ellipses."""

    # ---- access and calls ----

    def _match_attr(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        field, base = pattern[2], pattern[1]
        if node.__class__ is Dotted:
            return self._match_attr_vs_dotted(pattern, node, env)
        if node.__class__ is not _ast.Attribute:
            return []
        if field[0] != "$" and field != node.attr:
            return []
        found = self.expr(base, node.value, env)
        if base[0] == "chain":
            found = found + self.expr(base[1], node.value, env)
        if field[0] != "$":
            return found
        value = ("id", node.attr, node, True)
        return [bound for e in found for bound in self.bind(field, value, e)]

    def _match_attr_vs_dotted(self, pattern: Pattern, node: Dotted, env: Env) -> Envs:
        if len(node.names) < 2:
            return []
        rest = Dotted(node.names[:-1], node.node)
        found = self.expr(pattern[1], rest, env)
        if pattern[2][0] == "$":
            value = ("id", node.names[-1], node.node, False)
            return [bound for e in found for bound in self.bind(pattern[2], value, e)]
        return found if pattern[2] == node.names[-1] else []

    def _match_chain(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """`$X. ...`: any number of attributes and method calls on what comes before."""
        if node.__class__ is not _ast.Attribute and not (
            node.__class__ is _ast.Call and node.func.__class__ is _ast.Attribute
        ):
            return []
        found: Envs = []
        current: Node = node
        while True:
            found = found + self.expr(pattern[1], current, env)
            if current.__class__ is _ast.Call and current.func.__class__ is _ast.Attribute:
                current = current.func.value
            elif current.__class__ is _ast.Attribute:
                current = current.value
            else:
                return found

    def _call(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Call:
            return []
        found: Envs = []
        for bound in self.expr(pattern[1], node.func, env):
            found += self.arguments(pattern[2], list_arguments(node), bound)
        return found

    def arguments(self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env) -> Envs:
        """Match arguments: positional ones in order, keywords wherever they stand."""
        return match_arguments(self, patterns, nodes, env)

    def _match_star(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.Starred:
            return self.expr(pattern[1], node.value, env)
        return []

    def _match_dstar(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.keyword and node.arg is None:
            return self.expr(pattern[1], node.value, env)
        return []

    def _match_index(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Subscript or node.slice.__class__ is _ast.Slice:
            return []
        if places.holds_slices(node):
            return []
        found: Envs = []
        for bound in self.expr(pattern[1], node.value, env):
            found += self.expr(pattern[2], node.slice, bound)
        return found

    def _slice(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Subscript or node.slice.__class__ is not _ast.Slice:
            return []
        envs = self.expr(pattern[1], node.value, env)
        bounds = (node.slice.lower, node.slice.upper, node.slice.step)
        for wanted, bound in zip(pattern[2], bounds, strict=True):
            envs = [after for e in envs for after in self.optional(wanted, bound, e)]
        return envs

    def _match_slices(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Subscript or not places.holds_slices(node):
            return []
        parts = split_subscript(node)
        return self.all(pattern[1], parts, env) if len(parts) == len(pattern[1]) else []

    # ---- collections ----

    def _list(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if pattern[1] == (ANY,) and self._match_comprehension_kind(node) == "list":
            return [env]
        if node.__class__ is not _ast.List:
            return []
        return match_in_order(pattern[1], node.elts, env, self.expr, self.effort, dots=ANY)

    def _match_tuple(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.GeneratorExp and pattern[1] == (ANY,):
            return [env] if self._match_comprehension_kind(node) == "tuple" else []
        if node.__class__ not in (_ast.Tuple, DictItem):
            return []
        return match_in_order(pattern[1], node.elts, env, self.expr, self.effort, dots=ANY)

    def _set(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is _ast.Dict and None in node.keys:
            return self._match_unordered(pattern[1], list_dict_items(node), env)
        if node.__class__ is not _ast.Set:
            return []
        return self._match_unordered(pattern[1], node.elts, env)

    def _match_dict(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if pattern[1] == (ANY,):
            kinds = (_ast.Dict, _ast.Set, _ast.DictComp, _ast.SetComp)
            return [env] if node.__class__ in kinds else []
        if node.__class__ is not _ast.Dict or None in node.keys:
            return []  # Semgrep takes a dictionary that unpacks another one for a set
        return self._match_unordered(pattern[1], list_dict_items(node), env)

    def _match_unordered(
        self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env
    ) -> Envs:
        wanted = [pattern for pattern in patterns if pattern != ANY]
        less_is_ok = len(wanted) < len(patterns)
        return match_in_any_order(wanted, nodes, env, self.expr, self.effort, less_is_ok=less_is_ok)

    def _match_comp(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if self._match_comprehension_kind(node) != pattern[1]:
            return []
        clauses = [
            part
            for g in node.generators
            for part in (("for", g.target, g.iter), *(("if", test) for test in g.ifs))
        ]
        if len(clauses) != len(pattern[3]):
            return []
        element = DictItem(node.key, node.value) if node.__class__ is _ast.DictComp else node.elt
        envs = self.expr(pattern[2], element, env)
        for wanted, clause in zip(pattern[3], clauses, strict=True):
            if wanted[0] != clause[0]:
                return []
            if wanted[0] == "for":
                envs = [after for e in envs for after in self.target(wanted[1], clause[1], e)]
            envs = [after for e in envs for after in self.expr(wanted[-1], clause[-1], e)]
        return envs

    def _match_comprehension_kind(self, node: Node) -> str | None:
        if node.__class__ is _ast.GeneratorExp:
            return "list" if getattr(node, "bare", False) else "tuple"
        return COMPREHENSIONS.get(node.__class__)

    def target(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """A loop or `as` target."""
        if pattern[0] in ("pattuple", "patlist"):
            kind = _ast.Tuple if pattern[0] == "pattuple" else _ast.List
            if node.__class__ is not kind:
                return []
            return match_in_order(pattern[1], node.elts, env, self.target, self.effort, dots=None)
        if pattern[0] == "mv":
            return self._match_mv(pattern, node, env)
        if pattern == ANY:
            return [env]
        if pattern[0] == "name":
            return [env] if node.__class__ is _ast.Name and node.id == pattern[1] else []
        if node.__class__ in (_ast.Name, _ast.Tuple, _ast.List):
            return []
        return self.expr(pattern, node, env)
