"""Match functions, classes and imports.

What a pattern leaves out it does not ask about: decorators, return types, defaults and annotations
of the code may be more than the pattern says.
"""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.matching.expressions.sequences import match_in_any_order, match_in_order
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.matching.statements.blocks import BlockMatcher
from devmatrix_guard.engine.matching.statements.statement_search import DOTS
from devmatrix_guard.engine.tree.expressions import is_keyword, list_arguments, mark_unpacked
from devmatrix_guard.engine.tree.names import split_module_name
from devmatrix_guard.engine.tree.statements import (
    FUNCTIONS,
    find_defined_name,
    is_dotted,
    is_named_field,
    is_static,
    list_class_members,
)
from devmatrix_guard.lazy_typing import Any, Sequence

Node = Any
Pattern = tuple[Any, ...]


class DefinitionMatcher(BlockMatcher):
    """Matches definitions and imports of one file under one rule's options."""

    def _match_identifier(
        self, wanted: str, name: str, node: Node, env: Env, resolvable: bool = True
    ) -> Envs:
        if wanted[0] == "$":
            return self.bind(wanted, ("id", name, node, resolvable), env)
        return [env] if wanted == name else []

    # ---- definitions ----

    def _match_def(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ not in FUNCTIONS:
            return []
        _, attributes, name, parameters, returns, body = pattern
        envs = self._match_identifier(name, node.name, node, env)
        envs = [after for e in envs for after in self._match_attributes(attributes, node, e)]
        envs = [after for e in envs for after in self.parameters(parameters, node.args, e)]
        if returns is not None:
            if node.returns is None:
                return []
            envs = [after for e in envs for after in self.expr(returns, node.returns, e)]
        return self.then_block(envs, body, node.body)

    def _match_attributes(self, patterns: Sequence[Pattern], node: Node, env: Env) -> Envs:
        if not patterns:
            return [env]
        present: list[Any] = list(node.decorator_list)
        if node.__class__ is _ast.AsyncFunctionDef and not node.decorator_list:
            present.append("async")  # Semgrep's parser loses it behind a decorator
        return match_in_any_order(
            patterns, present, env, self._match_attribute, self.effort, less_is_ok=True
        )

    def _match_attribute(self, pattern: Pattern, node: Any, env: Env) -> Envs:
        if pattern[0] == "asyncattr":
            return [env] if node == "async" else []
        if node == "async":
            return []
        static = is_static(node)
        if pattern[0] == "static":
            return [env] if static else []
        call = node if node.__class__ is _ast.Call else None
        function = call.func if call is not None else node
        if static or not is_dotted(function):
            return []
        arguments = list_arguments(call) if call is not None else []
        envs = self.expr(pattern[1], function, env)
        return [after for e in envs for after in self.arguments(pattern[2], arguments, e)]

    def _match_class(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.ClassDef:
            return []
        _, attributes, name, bases, body = pattern
        envs = self._match_identifier(name, node.name, node, env)
        envs = [after for e in envs for after in self._match_attributes(attributes, node, e)]
        mark_unpacked(node.bases)
        parents = [*node.bases, *node.keywords]
        envs = [
            after
            for e in envs
            for after in match_in_order(
                bases, parents, e, self._match_parent, self.effort, less_is_ok=True
            )
        ]
        fields = [tree for tree in body if tree != DOTS]
        members = list_class_members(node)
        return [after for e in envs for after in self._match_fields(fields, members, e)]

    def _match_parent(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if pattern[0] == "kw":
            if not is_keyword(node) or (pattern[1][0] != "$" and pattern[1] != node.arg):
                return []
            return self.expr(pattern[2], node.value, env)
        if pattern[0] != "pos" or is_keyword(node):
            return []
        return self.expr(pattern[1], node, env)

    def _match_fields(self, patterns: Sequence[Pattern], nodes: list[Node], env: Env) -> Envs:
        """Members of a class match in any order; a named one only its first namesake."""
        if not patterns:
            return [env]
        head, rest = patterns[0], patterns[1:]
        wanted = _defined_name_of_pattern(head)
        found: Envs = []
        for index, node in enumerate(nodes):
            if wanted is not None and find_defined_name(node) != wanted:
                continue
            left = nodes[:index] + nodes[index + 1 :]
            self.effort.spend(2 + len(nodes) // 64)
            for bound in self.stmt(head, node, env):
                found += self._match_fields(rest, left, bound)
            if wanted is not None:
                break
        return found

    def _match_vardef(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        annotation = None
        if node.__class__ is _ast.AnnAssign and node.target.__class__ is _ast.Name:
            target: Node = node.target
            annotation, value = node.annotation, node.value
        elif node.__class__ is _ast.Assign and getattr(node, "in_class", False):
            target, value = node.targets[0], node.value
        elif is_named_field(node):
            target, value = node.value.target, node.value.value
        else:
            return []
        _, name, wanted_type, wanted_value = pattern
        envs = self._match_identifier(name, target.id, target, env)
        envs = [after for e in envs for after in self.optional(wanted_value, value, e)]
        if wanted_type is None:
            return envs
        if annotation is None:
            return []
        return [after for e in envs for after in self.expr(wanted_type, annotation, e)]

    # ---- imports ----

    def _import(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        _, names, alias = pattern
        found: Envs = []
        if node.__class__ is _ast.Import:
            one = node.names[0]
            modules = one.name.split(".")
            envs = self._match_module_prefix(names, modules, node, env)
            found = [a for e in envs for a in self._match_alias(alias, one.asname, one, e)]
        if found or alias is not None:
            return found
        return self._match_normalized((names,), node, env)

    def _match_from(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        _, module, names = pattern
        found: Envs = []
        if node.__class__ is _ast.ImportFrom and node.names[0].name != "*":
            envs = self._match_module_prefix(module, split_module_name(node), node, env)
            found = [
                after
                for e in envs
                for after in match_in_any_order(
                    names, node.names, e, self._match_imported, self.effort, less_is_ok=True
                )
            ]  # fmt: skip
        if found or any(alias is not None for _, alias in names):
            return found
        return self._match_normalized(tuple((*module, name) for name, _ in names), node, env)

    def _match_imported(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        named = node
        if node.asname is not None:  # the name itself is bound to nothing here: it is any `name`
            named = _ast.alias(name=node.name, asname=None)
            named.lineno, named.col_offset = node.lineno, node.col_offset
            named.end_lineno, named.end_col_offset = node.end_lineno, node.end_col_offset
        envs = self._match_identifier(pattern[0], node.name, named, env)
        return [
            after for e in envs for after in self._match_alias(pattern[1], node.asname, node, e)
        ]

    def _match_importall(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.ImportFrom or node.names[0].name != "*":
            return []
        return self._match_module_prefix(pattern[1], split_module_name(node), node, env)

    def _match_alias(self, wanted: str | None, name: str | None, node: Node, env: Env) -> Envs:
        if wanted is None:
            return [env]
        return [] if name is None else self._match_identifier(wanted, name, node, env)

    def _match_module_prefix(
        self, wanted: Sequence[str], names: Sequence[str], node: Node, env: Env, at: int = 0
    ) -> Envs:
        """A module matches by its first parts; a metavariable at the end takes all the rest."""
        if not wanted:
            return [env]
        if not names:
            return []
        if wanted[0][0] == "$":
            if len(wanted) > 1:
                bound = self.bind(wanted[0], ("module", (names[0],), node, at), env)
                return [
                    after
                    for e in bound
                    for after in self._match_module_prefix(wanted[1:], names[1:], node, e, at + 1)
                ]
            return self.bind(wanted[0], ("module", tuple(names), node, at), env)
        if wanted[0] != names[0]:
            return []
        return self._match_module_prefix(wanted[1:], names[1:], node, env, at + 1)

    def _match_normalized(self, wanted: Sequence[Sequence[str]], node: Node, env: Env) -> Envs:
        """`import a.b` and `from a import b` mean the same module."""
        if node.__class__ is _ast.Import:
            present: list[tuple[str, ...]] = [tuple(node.names[0].name.split("."))]
        elif node.__class__ is _ast.ImportFrom and node.names[0].name == "*":
            present = [split_module_name(node)]
        elif node.__class__ is _ast.ImportFrom:
            present = [(*split_module_name(node), alias.name) for alias in node.names]
        else:
            return []
        return match_in_any_order(
            list(wanted), present, env,
            lambda names, found, e: self._match_module_prefix(names, found, node, e),
            self.effort, less_is_ok=True,
        )  # fmt: skip


def _defined_name_of_pattern(pattern: Pattern) -> str | None:
    if pattern[0] in ("def", "class"):
        name = pattern[2]
    elif pattern[0] == "vardef":
        name = pattern[1]
    else:
        return None
    return None if name[0] == "$" else str(name)
