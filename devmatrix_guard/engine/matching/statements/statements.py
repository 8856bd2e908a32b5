"""Match compiled statement patterns against single statements."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.matching.expressions.sequences import match_in_any_order, match_in_order
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.matching.statements.definitions import DefinitionMatcher
from devmatrix_guard.engine.matching.statements.parts import parts_of_expression
from devmatrix_guard.engine.tree.expressions import Assignment, WithItem
from devmatrix_guard.engine.tree.statements import (
    Inner,
    list_expressions,
    loop_of,
    split_with,
)
from devmatrix_guard.lazy_typing import Any, Callable

Node = Any
Pattern = tuple[Any, ...]
# What the commonest patterns can match at all; the others are tried at everything.
_CLASSES: dict[str, tuple[type, ...]] = {
    "assign": (_ast.Assign, _ast.AnnAssign, _ast.NamedExpr, Assignment),
    "call": (_ast.Call,),
    "attr": (_ast.Attribute, _ast.Name),
    "index": (_ast.Subscript,),
}


class StmtMatcher(DefinitionMatcher):
    """Matches statements of one file under one rule's options."""

    def stmt(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Return every environment under which the pattern is the statement."""
        if pattern[0] == "expr":
            return self._match_expression(pattern[1], node, env)
        return _STMT[pattern[0]](self, pattern, node, env)

    def _match_expression(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        kind = node.__class__
        if pattern[0] == "mv":
            return self.bind(pattern[1], ("s", node), env)
        if pattern == ("any",):
            return [env]
        if pattern[0] == "deep":
            return [
                e for part in list_expressions(node) for e in self._match_deep(pattern, part, env)
            ]
        if kind is _ast.Expr:
            return self._match_implicit(pattern, node.value, env)
        if kind is _ast.Assign and not getattr(node, "in_class", False):
            return self._match_implicit(pattern, node, env)
        if kind is _ast.AugAssign:
            return self._match_implicit(pattern, node, env)
        if kind is _ast.Assign or (kind is _ast.AnnAssign and node.value is not None):
            target = node.targets[0] if kind is _ast.Assign else node.target
            return self._match_everywhere(pattern, Assignment(target, node.value), env)
        if kind is _ast.Return and node.value is not None:
            return self._match_everywhere(pattern, node.value, env)
        return []

    def _match_everywhere(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return self._match_deep(("deep", pattern), node, env)

    def _match_implicit(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """A pattern for a statement also finds its expression as an argument or a value."""
        if not self.options.get("implicit_deep_exprstmt", True):
            return self.expr(pattern, node, env)
        classes = _CLASSES.get(pattern[0])
        found: Envs = []
        for part in self.list_parts(node):
            if classes is None or part.__class__ in classes:
                found += self.match_root(pattern, part, env)
        return found

    def list_parts(self, node: Node) -> list[Node]:
        """Return an expression and those in it that a statement's pattern also stands for."""
        return parts_of_expression(self.source, node)

    def _return(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Return and not getattr(node, "implicit", False):
            return []
        if pattern[1] == ("any",):
            return [env]
        return self.optional(pattern[1], node.value, env)

    def _match_if(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.If:
            return []
        envs = self.then_block(self.expr(pattern[1], node.test, env), pattern[2], node.body)
        if pattern[3] is None:
            return envs
        return self.then_block(envs, pattern[3], node.orelse) if node.orelse else []

    def _match_while(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        node = loop_of(node)
        if node.__class__ is not _ast.While:
            return []
        return self.then_block(self.expr(pattern[1], node.test, env), pattern[2], node.body)

    def _match_for(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is Inner and node.node.__class__ is _ast.AsyncFor:
            node = node.node
        node = loop_of(node)
        if node.__class__ not in (_ast.For, _ast.AsyncFor):
            return []
        envs = self.target(pattern[1], node.target, env)
        envs = [after for e in envs for after in self.expr(pattern[2], node.iter, e)]
        return self.then_block(envs, pattern[3], node.body)

    def _match_async(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ not in (_ast.AsyncFor, _ast.AsyncWith) or getattr(node, "orelse", None):
            return []
        return self.stmt(pattern[1], Inner(node), env)

    def _match_with(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is Inner and node.node.__class__ is _ast.AsyncWith:
            node = node.node
        elif node.__class__ is not _ast.With:
            return []
        if len(node.items) > 1:
            node = split_with(node)
        item = node.items[0]
        envs = self._match_with_item(pattern, item, env)
        return self.then_block(envs, pattern[3], node.body)

    def _match_with_item(self, pattern: Pattern, item: Node, env: Env) -> Envs:
        if item.optional_vars is None:
            return [] if pattern[2] is not None else self.expr(pattern[1], item.context_expr, env)
        if pattern[2] is None:
            if pattern[1][0] == "mv":
                return self.bind(pattern[1][1], ("e", WithItem(item)), env)
            return [env] if pattern[1] == ("any",) else []
        envs = self.target(pattern[2], item.optional_vars, env)
        return [after for e in envs for after in self.expr(pattern[1], item.context_expr, e)]

    def _try(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ not in (_ast.Try, _ast.TryStar):
            return []
        envs = self.block(pattern[1], node.body, env)
        envs = [
            after
            for e in envs
            for after in match_in_any_order(
                pattern[2], node.handlers, e, self._match_handler, self.effort, less_is_ok=True
            )
        ]  # fmt: skip
        for wanted, found in ((pattern[3], node.orelse), (pattern[4], node.finalbody)):
            if (wanted is None) != (not found):
                return []
            if wanted is not None:
                envs = self.then_block(envs, wanted, found)
        return envs

    def _match_handler(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        kind = pattern[0]
        if kind == "bare":
            envs = [env] if node.type is None else []
        elif kind == "catchany":
            envs = [env]
        else:
            envs = self._match_caught(pattern, node, env)
        return self.then_block(envs, pattern[3], node.body)

    def _match_caught(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.type is None or (pattern[2] is None) != (node.name is None):
            return []
        if pattern[2] is not None:
            if pattern[2][0] == "$":
                envs = self.bind(pattern[2], ("id", node.name, node, True), env)
            else:
                envs = [env] if pattern[2] == node.name else []
            return [after for e in envs for after in self.expr(pattern[1], node.type, e)]
        wanted = pattern[1][1] if pattern[1][0] == "tuple" else (pattern[1],)
        found = node.type.elts if node.type.__class__ is _ast.Tuple else [node.type]
        return match_in_order(wanted, found, env, self.expr, self.effort, dots=("any",))

    def _raise(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Raise or node.exc is None or node.cause is not None:
            return []
        return self.expr(pattern[1], node.exc, env)

    def _match_raisefrom(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Raise or node.cause is None:
            return []
        envs = self.expr(pattern[2], node.cause, env)
        return [after for e in envs for after in self.expr(pattern[1], node.exc, e)]

    def _match_reraise(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Raise and node.exc is None else []

    def _assert(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Assert:
            return []
        parts = [node.test] if node.msg is None else [node.test, node.msg]
        return self.arguments(pattern[1], parts, env)

    def _match_del(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Delete or len(node.targets) != len(pattern[1]):
            return []
        return self.all(pattern[1], node.targets, env)

    def _pass(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Pass else []

    def _break(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Break else []

    def _continue(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Continue else []

    def _match_outer(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ not in (_ast.Global, _ast.Nonlocal):
            return []
        return self._match_identifier(pattern[1], node.names[0], node, env)

    def _match_many(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """`$...X` holds a run of statements; in Semgrep it is no single one, as in a class."""
        return []


_STMT: dict[str, Callable[[StmtMatcher, Pattern, Node, Env], Envs]] = {
    "return": StmtMatcher._return,
    "if": StmtMatcher._match_if,
    "while": StmtMatcher._match_while,
    "for": StmtMatcher._match_for,
    "async": StmtMatcher._match_async,
    "with": StmtMatcher._match_with,
    "try": StmtMatcher._try,
    "raise": StmtMatcher._raise,
    "raisefrom": StmtMatcher._match_raisefrom,
    "reraise": StmtMatcher._match_reraise,
    "assert": StmtMatcher._assert,
    "del": StmtMatcher._match_del,
    "pass": StmtMatcher._pass,
    "break": StmtMatcher._break,
    "continue": StmtMatcher._continue,
    "outer": StmtMatcher._match_outer,
    "def": StmtMatcher._match_def,
    "class": StmtMatcher._match_class,
    "vardef": StmtMatcher._match_vardef,
    "import": StmtMatcher._import,
    "from": StmtMatcher._match_from,
    "importall": StmtMatcher._match_importall,
    "many": StmtMatcher._match_many,
}
