"""Match compiled statement patterns: single statements, sequences, definitions, imports.

What a pattern leaves out it does not ask about: decorators, return types, defaults and annotations
of the code may be more than the pattern says, and `...` goes into nested blocks.
"""

from __future__ import annotations

import _ast
from collections.abc import Callable, Sequence
from typing import Any

from devmatrix_guard.engine import places
from devmatrix_guard.engine.match_expr import (
    Assignment,
    DictItem,
    ExprMatcher,
    arguments_of,
    dict_items,
    is_keyword,
    operation_of,
    subexpressions,
)
from devmatrix_guard.engine.names import module_name
from devmatrix_guard.engine.sequences import Env, Envs, in_any_order, in_order

Node = Any
Pattern = tuple[Any, ...]
_DOTS: Pattern = ("expr", ("any",))
_MATCHED = ""  # the span of the statements matched so far, kept beside the metavariables
_FUNCTIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef)


class StmtMatcher(ExprMatcher):
    """Matches statements of one file under one rule's options."""

    # ---- sequences ----

    def sequence(self, patterns: Sequence[Pattern], nodes: Sequence[Node], inside: bool) -> Envs:
        """Match a sequence at the start of `nodes`; what follows the match does not matter.

        Each environment holds the span of the matched statements: see `matched_span`.
        """
        if not nodes:
            return []
        start = self._extend({}, nodes[0])
        return self._deep_statements(patterns, nodes, start, inside=inside, less_is_ok=True)

    def _extend(self, env: Env, node: Node) -> Env:
        span = places.statement(self.source, node)
        before = env.get(_MATCHED)
        if before is not None:
            first = min(before[:2], span[:2])
            last = max(before[2:], span[2:])
            span = (*first, *last)
        return {**env, _MATCHED: span}

    def _deep_statements(
        self,
        patterns: Sequence[Pattern],
        nodes: Sequence[Node],
        env: Env,
        *,
        inside: bool,
        less_is_ok: bool,
    ) -> Envs:
        if not patterns:
            return [env] if less_is_ok or not nodes else []
        head = patterns[0]
        if head == _DOTS:
            if len(patterns) == 1 and (inside or not nodes):
                for node in nodes:
                    env = self._extend(env, node)
                return [env]
            if not nodes:
                return self._flat_statements(patterns, nodes, env)
            found = self._flat_statements(patterns, nodes, env)
            deeper = flattened(nodes)
            if deeper is not None:
                found = found + self._flat_statements(patterns, deeper, env)
            return found
        if head[0] == "many":
            return self._flat_statements(patterns, nodes, env)
        if not nodes:
            return []
        found = []
        for bound in self.stmt(head, nodes[0], env):
            found += self._deep_statements(
                patterns[1:], nodes[1:], self._extend(bound, nodes[0]),
                inside=inside, less_is_ok=less_is_ok,
            )  # fmt: skip
        return found

    def _flat_statements(
        self, patterns: Sequence[Pattern], nodes: Sequence[Node], env: Env, less_is_ok: bool = True
    ) -> Envs:
        if not patterns:
            return [env] if less_is_ok or not nodes else []
        head, rest = patterns[0], patterns[1:]
        found: Envs = []
        if head == _DOTS:
            for start in range(len(nodes) + 1):
                if start:
                    env = self._extend(env, nodes[start - 1])
                found += self._flat_statements(rest, nodes[start:], env)
            return found
        if head[0] == "many":
            for stop in range(len(nodes) + 1):
                for bound in self.bind(head[1], ("ss", tuple(nodes[:stop])), env):
                    after = self._extend(bound, nodes[stop - 1]) if stop else bound
                    found += self._flat_statements(rest, nodes[stop:], after, False)
            return found
        if not nodes:
            return []
        for bound in self.stmt(head, nodes[0], env):
            found += self._flat_statements(rest, nodes[1:], self._extend(bound, nodes[0]))
        return found

    def block(self, pattern: Pattern, nodes: Sequence[Node], env: Env) -> Envs:
        """Match a body."""
        if pattern[0] != "block":
            value = ("s", nodes[0]) if len(nodes) == 1 else ("ss", tuple(nodes))
            return self.bind(pattern[1][1], value, env)
        nodes = statements_of(nodes)
        patterns = pattern[1]
        if patterns == (_DOTS,):
            return [env]
        if len(patterns) == 3 and patterns[0] == patterns[2] == _DOTS != patterns[1]:
            everywhere = flattened(nodes) or nodes
            return [bound for node in everywhere for bound in self.stmt(patterns[1], node, env)]
        return self._deep_statements(patterns, nodes, env, inside=False, less_is_ok=False)

    # ---- one statement ----

    def stmt(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """Return every environment under which the pattern is the statement."""
        if pattern[0] == "expr":
            return self._expression(pattern[1], node, env)
        return _STMT[pattern[0]](self, pattern, node, env)

    def _expression(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        kind = node.__class__
        if pattern[0] == "mv":
            return self.bind(pattern[1], ("s", node), env)
        if pattern == ("any",):
            return [env]
        if pattern[0] == "deep":
            return [e for part in _expressions_of(node) for e in self._deep(pattern, part, env)]
        if kind is _ast.Expr:
            return self._implicit(pattern, node.value, env)
        if kind is _ast.Assign and not getattr(node, "in_class", False):
            return self._implicit(pattern, node, env)
        if kind is _ast.AugAssign:
            return self._implicit(pattern, node, env)
        if kind is _ast.Assign or (kind is _ast.AnnAssign and node.value is not None):
            target = node.targets[0] if kind is _ast.Assign else node.target
            return self._everywhere(pattern, Assignment(target, node.value), env)
        if kind is _ast.Return and node.value is not None:
            return self._everywhere(pattern, node.value, env)
        return []

    def _everywhere(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return self._deep(("deep", pattern), node, env)

    def _implicit(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        """A pattern for a statement also finds its expression as an argument or a value."""
        found = self.expr(pattern, node, env)
        if self.options.get("implicit_deep_exprstmt", True):
            for part in _implicit_parts(node):
                found = found + self._implicit(pattern, part, env)
        return found

    def _return(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Return and not getattr(node, "implicit", False):
            return []
        if pattern[1] == ("any",):
            return [env]
        return self.optional(pattern[1], node.value, env)

    def _if(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.If:
            return []
        envs = self._then_block(self.expr(pattern[1], node.test, env), pattern[2], node.body)
        if pattern[3] is None:
            return envs
        return self._then_block(envs, pattern[3], node.orelse) if node.orelse else []

    def _then_block(self, envs: Envs, pattern: Pattern, nodes: Sequence[Node]) -> Envs:
        return [after for e in envs for after in self.block(pattern, nodes, e)]

    def _while(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        node = loop_of(node)
        if node.__class__ is not _ast.While:
            return []
        return self._then_block(self.expr(pattern[1], node.test, env), pattern[2], node.body)

    def _for(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is Inner and node.node.__class__ is _ast.AsyncFor:
            node = node.node
        node = loop_of(node)
        if node.__class__ not in (_ast.For, _ast.AsyncFor):
            return []
        envs = self.target(pattern[1], node.target, env)
        envs = [after for e in envs for after in self.expr(pattern[2], node.iter, e)]
        return self._then_block(envs, pattern[3], node.body)

    def _async(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ not in (_ast.AsyncFor, _ast.AsyncWith) or getattr(node, "orelse", None):
            return []
        return self.stmt(pattern[1], Inner(node), env)

    def _with(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is Inner and node.node.__class__ is _ast.AsyncWith:
            node = node.node
        elif node.__class__ is not _ast.With:
            return []
        if len(node.items) > 1:
            node = split_with(node)
        item = node.items[0]
        envs = self._with_item(pattern, item, env)
        return self._then_block(envs, pattern[3], node.body)

    def _with_item(self, pattern: Pattern, item: Node, env: Env) -> Envs:
        if item.optional_vars is None:
            return [] if pattern[2] is not None else self.expr(pattern[1], item.context_expr, env)
        if pattern[2] is None:
            if pattern[1][0] == "mv":
                return self.bind(pattern[1][1], ("e", WithItem(item)), env)
            return [env] if pattern[1] == ("any",) else []
        envs = self.target(pattern[2], item.optional_vars, env)
        return [after for e in envs for after in self.expr(pattern[1], item.context_expr, e)]

    def _try(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Try:
            return []
        envs = self.block(pattern[1], node.body, env)
        envs = [
            after
            for e in envs
            for after in in_any_order(
                pattern[2], node.handlers, e, self._handler, less_is_ok=True
            )
        ]  # fmt: skip
        for wanted, found in ((pattern[3], node.orelse), (pattern[4], node.finalbody)):
            if (wanted is None) != (not found):
                return []
            if wanted is not None:
                envs = self._then_block(envs, wanted, found)
        return envs

    def _handler(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        kind = pattern[0]
        if kind == "bare":
            envs = [env] if node.type is None else []
        elif kind == "catchany":
            envs = [env]
        else:
            envs = self._caught(pattern, node, env)
        return self._then_block(envs, pattern[3], node.body)

    def _caught(self, pattern: Pattern, node: Node, env: Env) -> Envs:
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
        return in_order(wanted, found, env, self.expr, dots=("any",))

    def _raise(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Raise or node.exc is None or node.cause is not None:
            return []
        return self.expr(pattern[1], node.exc, env)

    def _raisefrom(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Raise or node.cause is None:
            return []
        envs = self.expr(pattern[2], node.cause, env)
        return [after for e in envs for after in self.expr(pattern[1], node.exc, e)]

    def _reraise(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Raise and node.exc is None else []

    def _assert(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Assert:
            return []
        parts = [node.test] if node.msg is None else [node.test, node.msg]
        return self.arguments(pattern[1], parts, env)

    def _del(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.Delete or len(node.targets) != len(pattern[1]):
            return []
        return self.all(pattern[1], node.targets, env)

    def _pass(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Pass else []

    def _break(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Break else []

    def _continue(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        return [env] if node.__class__ is _ast.Continue else []

    def _outer(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ not in (_ast.Global, _ast.Nonlocal):
            return []
        return self._identifier(pattern[1], node.names[0], node, env)

    def _identifier(
        self, wanted: str, name: str, node: Node, env: Env, resolvable: bool = True
    ) -> Envs:
        if wanted[0] == "$":
            return self.bind(wanted, ("id", name, node, resolvable), env)
        return [env] if wanted == name else []

    # ---- definitions ----

    def _def(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ not in _FUNCTIONS:
            return []
        _, attributes, name, parameters, returns, body = pattern
        envs = self._identifier(name, node.name, node, env)
        envs = [after for e in envs for after in self._attributes(attributes, node, e)]
        envs = [after for e in envs for after in self.parameters(parameters, node.args, e)]
        if returns is not None:
            if node.returns is None:
                return []
            envs = [after for e in envs for after in self.expr(returns, node.returns, e)]
        return self._then_block(envs, body, node.body)

    def _attributes(self, patterns: Sequence[Pattern], node: Node, env: Env) -> Envs:
        if not patterns:
            return [env]
        present: list[Any] = list(node.decorator_list)
        if node.__class__ is _ast.AsyncFunctionDef and not node.decorator_list:
            present.append("async")  # Semgrep's parser loses it behind a decorator
        return in_any_order(patterns, present, env, self._attribute, less_is_ok=True)

    def _attribute(self, pattern: Pattern, node: Any, env: Env) -> Envs:
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
        arguments = arguments_of(call) if call is not None else []
        envs = self.expr(pattern[1], function, env)
        return [after for e in envs for after in self.arguments(pattern[2], arguments, e)]

    def _class(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.ClassDef:
            return []
        _, attributes, name, bases, body = pattern
        envs = self._identifier(name, node.name, node, env)
        envs = [after for e in envs for after in self._attributes(attributes, node, e)]
        parents = [*node.bases, *node.keywords]
        envs = [
            after
            for e in envs
            for after in in_order(bases, parents, e, self._parent, less_is_ok=True)
        ]
        fields = [tree for tree in body if tree != _DOTS]
        members = class_members(node)
        return [after for e in envs for after in self._fields(fields, members, e)]

    def _parent(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if pattern[0] == "kw":
            if not is_keyword(node) or (pattern[1][0] != "$" and pattern[1] != node.arg):
                return []
            return self.expr(pattern[2], node.value, env)
        if pattern[0] != "pos" or is_keyword(node):
            return []
        return self.expr(pattern[1], node, env)

    def _fields(self, patterns: Sequence[Pattern], nodes: list[Node], env: Env) -> Envs:
        """Members of a class match in any order; a named one only its first namesake."""
        if not patterns:
            return [env]
        head, rest = patterns[0], patterns[1:]
        wanted = _defined_name_of_pattern(head)
        found: Envs = []
        for index, node in enumerate(nodes):
            if wanted is not None and defined_name(node) != wanted:
                continue
            left = nodes[:index] + nodes[index + 1 :]
            for bound in self.stmt(head, node, env):
                found += self._fields(rest, left, bound)
            if wanted is not None:
                break
        return found

    def _vardef(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        annotation = None
        if node.__class__ is _ast.AnnAssign and node.target.__class__ is _ast.Name:
            target: Node = node.target
            annotation, value = node.annotation, node.value
        elif node.__class__ is _ast.Assign and getattr(node, "in_class", False):
            target, value = node.targets[0], node.value
        else:
            return []
        _, name, wanted_type, wanted_value = pattern
        envs = self._identifier(name, target.id, target, env)
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
            envs = self._module_prefix(names, modules, node, env)
            found = [a for e in envs for a in self._alias(alias, one.asname, one, e)]
        if found or alias is not None:
            return found
        return self._normalized((names,), node, env)

    def _from(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        _, module, names = pattern
        found: Envs = []
        if node.__class__ is _ast.ImportFrom and node.names[0].name != "*":
            envs = self._module_prefix(module, module_name(node), node, env)
            found = [
                after
                for e in envs
                for after in in_any_order(
                    names, node.names, e, self._imported, less_is_ok=True
                )
            ]  # fmt: skip
        if found or any(alias is not None for _, alias in names):
            return found
        return self._normalized(tuple((*module, name) for name, _ in names), node, env)

    def _imported(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        envs = self._identifier(pattern[0], node.name, node, env)
        return [after for e in envs for after in self._alias(pattern[1], node.asname, node, e)]

    def _importall(self, pattern: Pattern, node: Node, env: Env) -> Envs:
        if node.__class__ is not _ast.ImportFrom or node.names[0].name != "*":
            return []
        return self._module_prefix(pattern[1], module_name(node), node, env)

    def _alias(self, wanted: str | None, name: str | None, node: Node, env: Env) -> Envs:
        if wanted is None:
            return [env]
        return [] if name is None else self._identifier(wanted, name, node, env)

    def _module_prefix(
        self, wanted: Sequence[str], names: Sequence[str], node: Node, env: Env
    ) -> Envs:
        """A module matches by its first parts; a metavariable at the end takes all the rest."""
        if not wanted:
            return [env]
        if not names:
            return []
        if wanted[0][0] == "$":
            if len(wanted) > 1:
                bound = self.bind(wanted[0], ("module", (names[0],), node), env)
                return [
                    a for e in bound for a in self._module_prefix(wanted[1:], names[1:], node, e)
                ]
            return self.bind(wanted[0], ("module", tuple(names), node), env)
        if wanted[0] != names[0]:
            return []
        return self._module_prefix(wanted[1:], names[1:], node, env)

    def _normalized(self, wanted: Sequence[Sequence[str]], node: Node, env: Env) -> Envs:
        """`import a.b` and `from a import b` mean the same module."""
        if node.__class__ is _ast.Import:
            present: list[tuple[str, ...]] = [tuple(node.names[0].name.split("."))]
        elif node.__class__ is _ast.ImportFrom and node.names[0].name == "*":
            present = [module_name(node)]
        elif node.__class__ is _ast.ImportFrom:
            present = [(*module_name(node), alias.name) for alias in node.names]
        else:
            return []
        return in_any_order(
            list(wanted), present, env,
            lambda names, found, e: self._module_prefix(names, found, node, e), less_is_ok=True,
        )  # fmt: skip


class Inner:
    """The `for` or `with` inside an `async` statement."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node


class LoopWithElse:
    """A loop and its `else`, which Semgrep takes for a block of two statements."""

    __slots__ = ("body", "loop")

    def __init__(self, loop: Node) -> None:
        self.loop = loop
        self.body = [Bare(loop), ElseOfLoop(loop.orelse)]


class Bare:
    """A loop without the `else` it has."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node


class ElseOfLoop:
    """The `else` of a loop."""

    __slots__ = ("statements",)

    def __init__(self, statements: list[Node]) -> None:
        self.statements = statements


class WithItem:
    """`expression as target`, bound as a whole."""

    __slots__ = ("col_offset", "end_col_offset", "end_lineno", "item", "lineno")

    def __init__(self, item: Node) -> None:
        self.item = item
        first, last = item.context_expr, item.optional_vars
        self.lineno, self.col_offset = first.lineno, first.col_offset
        self.end_lineno, self.end_col_offset = last.end_lineno, last.end_col_offset


def matched_span(env: Env) -> Any:
    """Return the span of the statements a sequence matched."""
    return env[_MATCHED]


def statements_of(nodes: Sequence[Node]) -> list[Node]:
    """Return statements as Semgrep counts them: one per imported module or outer name."""
    found: list[Node] = []
    for node in nodes:
        kind = node.__class__
        if kind is _ast.Import and len(node.names) > 1:
            found += [_part(node, names=[alias], end=alias) for alias in node.names]
        elif kind in (_ast.Global, _ast.Nonlocal) and len(node.names) > 1:
            found += [_part(node, names=[name], end=node) for name in node.names]
        elif kind in (_ast.For, _ast.While) and node.orelse:
            found.append(LoopWithElse(node))
        else:
            found.append(node)
    return found


def _part(node: Node, *, names: list[Any], end: Node) -> Node:
    new = node.__class__(names=names)
    new.lineno, new.col_offset = node.lineno, node.col_offset
    new.end_lineno, new.end_col_offset = end.end_lineno, end.end_col_offset
    return new


def loop_of(node: Node) -> Node:
    """Return the loop itself of a loop whose `else` is left aside; a whole one is no loop."""
    if node.__class__ is Bare:
        return node.node
    return None if node.__class__ in (_ast.For, _ast.While) and node.orelse else node


def split_with(node: Node) -> Node:
    """Return `with a, b:` as `with a:` around `with b:`."""
    first, *rest = node.items
    inner = _ast.With(items=rest, body=node.body)
    inner.lineno, inner.col_offset = rest[0].context_expr.lineno, rest[0].context_expr.col_offset
    inner.end_lineno, inner.end_col_offset = node.end_lineno, node.end_col_offset
    outer = _ast.With(items=[first], body=[inner])
    outer.lineno, outer.col_offset = node.lineno, node.col_offset
    outer.end_lineno, outer.end_col_offset = node.end_lineno, node.end_col_offset
    return outer


def class_members(node: Node) -> list[Node]:
    """Return a class's statements, assignments to a name marked as definitions."""
    members: list[Node] = statements_of(node.body)
    member: Node
    for member in members:
        if (
            member.__class__ is _ast.Assign
            and len(member.targets) == 1
            and member.targets[0].__class__ is _ast.Name
        ):
            vars(member)["in_class"] = True
    return members


def defined_name(node: Node) -> str | None:
    """Return the name a statement defines."""
    kind = node.__class__
    if kind in _FUNCTIONS or kind is _ast.ClassDef:
        return str(node.name)
    if kind is _ast.Assign and getattr(node, "in_class", False):
        return str(node.targets[0].id)
    if kind is _ast.AnnAssign and node.target.__class__ is _ast.Name:
        return str(node.target.id)
    return None


def _defined_name_of_pattern(pattern: Pattern) -> str | None:
    if pattern[0] in ("def", "class"):
        name = pattern[2]
    elif pattern[0] == "vardef":
        name = pattern[1]
    else:
        return None
    return None if name[0] == "$" else str(name)


def is_static(node: Node) -> bool:
    """Whether a decorator is `staticmethod`, which Semgrep takes for a keyword."""
    call = node.__class__ is _ast.Call
    function = node.func if call else node
    plain = not call or not (node.args or node.keywords)
    return plain and function.__class__ is _ast.Name and function.id == "staticmethod"


def is_dotted(node: Node) -> bool:
    """Whether an expression is a dotted name."""
    while node.__class__ is _ast.Attribute:
        node = node.value
    return node.__class__ is _ast.Name


def flattened(nodes: Sequence[Node]) -> list[Node] | None:
    """Return the statements and all those nested in them; None when there are none nested."""
    found: list[Node] = []
    changed = False
    stack = list(reversed(statements_of(nodes)))
    while stack:
        node = stack.pop()
        found.append(node)
        below = [
            *(statement for e in _expressions_of(node) for statement in _lambda_bodies(e)),
            *_nested(node),
        ]
        changed = changed or bool(_nested(node))
        stack += reversed(statements_of(below))
    return found if changed else None


def _nested(node: Node) -> list[Node]:
    kind = node.__class__
    if kind is Bare:
        return list(node.node.body)
    if kind is ElseOfLoop:
        return []
    if kind is _ast.With and len(node.items) > 1:
        return [split_with(node).body[0]]
    if kind is _ast.ClassDef:
        return class_members(node)
    if kind in (_ast.AsyncFor, _ast.AsyncWith):
        return []
    if kind is _ast.Match:
        return [statement for case in node.cases for statement in case.body]
    found: list[Node] = list(getattr(node, "body", ()))
    for handler in getattr(node, "handlers", ()):
        found += handler.body
    return [*found, *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())]


def _lambda_bodies(node: Node) -> list[Node]:
    found = []
    stack = [node]
    while stack:
        part = stack.pop()
        if part.__class__ is _ast.Lambda:
            body = _ast.Expr(value=part.body)
            body.lineno, body.col_offset = part.body.lineno, part.body.col_offset
            body.end_lineno, body.end_col_offset = part.body.end_lineno, part.body.end_col_offset
            vars(body)["implicit"] = True
            found.append(body)
            continue
        stack += reversed(subexpressions(part))
    return found


def _expressions_of(node: Node) -> list[Node]:
    """Return the expressions of a statement that `<... ...>` looks into."""
    if node.__class__ is Bare:
        node = node.node
    kind = node.__class__
    if kind is _ast.Assign and getattr(node, "in_class", False):
        return [node.value]
    if kind in (_ast.Assign, _ast.AugAssign):
        return [node]
    if kind is _ast.AnnAssign:
        return [] if node.value is None else [node.value]
    if kind in (_ast.Expr, _ast.Return):
        return [] if node.value is None else [node.value]
    if kind in (_ast.For,):
        return [node.iter]
    if kind in (_ast.While, _ast.If):
        return [node.test]
    if kind is _ast.Raise and node.exc is not None:
        return [node.exc] if node.cause is None else [node.cause]
    if kind is _ast.Assert:
        return [node.test] if node.msg is None else [node.test, node.msg]
    if kind is _ast.Delete:
        return list(node.targets)
    if kind is _ast.With:
        return [] if node.items[0].optional_vars is not None else [node.items[0].context_expr]
    return [node.subject] if kind is _ast.Match else []


def _implicit_parts(node: Node) -> list[Node]:
    kind = node.__class__
    if kind in (_ast.Assign, _ast.AugAssign, _ast.NamedExpr, _ast.Await, _ast.Attribute):
        return [node.value]
    if kind is _ast.Call:
        return subexpressions(node)
    if kind in (_ast.Yield, _ast.YieldFrom):
        return [] if node.value is None else [node.value]
    if kind in (_ast.List, _ast.Tuple, _ast.Set, DictItem):
        return list(node.elts)
    if kind is _ast.Dict:
        return dict_items(node)
    if kind in (_ast.Starred, _ast.keyword):
        return [node.value]
    if kind is _ast.JoinedStr:
        return subexpressions(node)
    operation = operation_of(node)
    return [] if operation is None else list(operation[1])


_STMT: dict[str, Callable[[StmtMatcher, Pattern, Node, Env], Envs]] = {
    "return": StmtMatcher._return,
    "if": StmtMatcher._if,
    "while": StmtMatcher._while,
    "for": StmtMatcher._for,
    "async": StmtMatcher._async,
    "with": StmtMatcher._with,
    "try": StmtMatcher._try,
    "raise": StmtMatcher._raise,
    "raisefrom": StmtMatcher._raisefrom,
    "reraise": StmtMatcher._reraise,
    "assert": StmtMatcher._assert,
    "del": StmtMatcher._del,
    "pass": StmtMatcher._pass,
    "break": StmtMatcher._break,
    "continue": StmtMatcher._continue,
    "outer": StmtMatcher._outer,
    "def": StmtMatcher._def,
    "class": StmtMatcher._class,
    "vardef": StmtMatcher._vardef,
    "import": StmtMatcher._import,
    "from": StmtMatcher._from,
    "importall": StmtMatcher._importall,
}
