"""Which scope each name of a tree belongs to, as the language reference resolves names.

`ScopeWalk` also notes what belongs to a frame or a loop without being a name: `yield`,
`await`, `return`, `break`. Two analyses, of a file before and after a fix, are then compared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MODULE, CLASS, FUNCTION, COMPREHENSION, TYPE_PARAMETERS = (
    "module", "class", "function", "comprehension", "type parameters",
)  # fmt: skip
YIELD, AWAIT, RETURN, LOOP = "yield", "await", "return", "loop"
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# These read the frame they are called in.
FRAME_READERS = frozenset({"super", "__class__", "locals", "vars", "dir", "eval", "exec"})
# These may bind any name of a module.
NAME_GIVERS = frozenset({"exec", "globals"})


class Scope:
    """One scope; `bound` holds the names it binds, `has_star` tells of a star import in it."""

    def __init__(self, node: ast.AST, kind: str, parent: Scope | None) -> None:
        self.node = node
        self.kind = kind
        self.parent = parent
        self.bound: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.has_star = False

    @property
    def module(self) -> Scope:
        """The module's scope."""
        return self if self.parent is None else self.parent.module

    def resolve(self, name: str) -> Scope:
        """Return the scope a name read or written here belongs to; the module for builtins."""
        if name in self.globals:
            return self.module
        if name in self.bound and name not in self.nonlocals:
            return self
        sees_class = self.kind == TYPE_PARAMETERS
        scope = self.parent
        while scope is not None and scope.parent is not None:
            visible = scope.kind != CLASS or sees_class
            if visible and name in scope.globals:
                return scope.module
            if visible and name in scope.bound and name not in scope.nonlocals:
                return scope
            sees_class = sees_class and scope.kind == TYPE_PARAMETERS
            scope = scope.parent
        return self.module


class Occurrence(NamedTuple):
    """A name at a node, or what belongs to a frame or loop; `owner` is a scope's or loop's node.

    `target` is the dotted name that an import binds the name to.
    """

    node: ast.AST
    name: str
    scope: Scope
    binds: bool = False
    deletes: bool = False
    loop: ast.AST | None = None
    target: str = ""

    @property
    def owner(self) -> ast.AST:
        """The node of the scope, or of the loop, it belongs to."""
        if self.loop is not None:
            return self.loop
        if self.name in (YIELD, AWAIT, RETURN):
            return self.scope.node
        return self.scope.resolve(self.name).node


class Analysis(NamedTuple):
    """The scopes of a tree by their nodes, and all occurrences in the order of the walk."""

    scopes: dict[int, Scope]
    occurrences: list[Occurrence]


class ScopeWalk:
    """Gathers the scopes and names of those of a module's own statements that it is shown."""

    def __init__(self, tree: ast.Module) -> None:
        self.scopes: dict[int, Scope] = {}
        self.occurrences: list[Occurrence] = []
        self._loops: list[ast.AST] = []
        self._scope = self._open(tree, MODULE, None)

    def visit(self, statements: Iterable[ast.stmt]) -> None:
        """Take in some of the module's own statements."""
        self._visit_all(statements)

    def analyse(self) -> Analysis:
        """Return what the statements shown so far hold."""
        for occurrence in self.occurrences:
            if occurrence.binds:
                # `global` and `nonlocal` bind a name in another scope than they stand in.
                occurrence.scope.resolve(occurrence.name).bound.add(occurrence.name)
        return Analysis(self.scopes, self.occurrences)

    def _open(self, node: ast.AST, kind: str, parent: Scope | None) -> Scope:
        scope = Scope(node, kind, parent)
        # Type parameters share their definition's node; what counts there is the definition.
        if kind != TYPE_PARAMETERS:
            self.scopes[id(node)] = scope
        return scope

    def _note(self, node: ast.AST, name: str) -> None:
        self.occurrences.append(Occurrence(node, name, self._scope))

    def _bind(
        self, node: ast.AST, name: str, *, scope: Scope | None = None, target: str = ""
    ) -> None:
        scope = scope or self._scope
        scope.bound.add(name)
        self.occurrences.append(Occurrence(node, name, scope, binds=True, target=target))

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node)

    def _visit(self, node: ast.AST) -> None:
        handler = getattr(self, f"_see_{type(node).__name__}", None)
        if handler is not None:
            handler(node)
        elif isinstance(node, _COMPREHENSIONS):
            self._see_comprehension(node)
        else:
            self._visit_all(ast.iter_child_nodes(node))

    def _inside(self, scope: Scope, nodes: Iterable[ast.AST | None]) -> None:
        outer, self._scope = self._scope, scope
        loops, self._loops = self._loops, []
        self._visit_all(nodes)
        self._scope, self._loops = outer, loops

    # ---- names ----

    def _see_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._note(node, node.id)
            if node.id in FRAME_READERS:
                self._note(node, RETURN)
            if node.id in NAME_GIVERS:
                self._scope.module.has_star = True
            return
        self._scope.bound.add(node.id)
        deletes = isinstance(node.ctx, ast.Del)
        self.occurrences.append(Occurrence(node, node.id, self._scope, True, deletes))

    def _see_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        scope: Scope = self._scope
        while scope.kind == COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        self._bind(node.target, node.target.id, scope=scope)

    def _see_Global(self, node: ast.Global) -> None:
        self._scope.globals.update(node.names)
        for name in node.names:
            self._note(node, name)

    def _see_Nonlocal(self, node: ast.Nonlocal) -> None:
        self._scope.nonlocals.update(node.names)
        for name in node.names:
            self._note(node, name)

    def _see_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            self._bind(alias, alias.asname or root, target=alias.name if alias.asname else root)

    def _see_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        dot = "" if module.endswith(".") else "."
        for alias in node.names:
            if alias.name == "*":
                self._scope.has_star = True
            else:
                self._bind(alias, alias.asname or alias.name, target=f"{module}{dot}{alias.name}")

    def _see_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_all([node.type])
        if node.name:
            self._bind(node, node.name)
        self._visit_all(node.body)

    def _see_MatchAs(self, node: ast.MatchAs) -> None:
        self._visit_all([node.pattern])
        if node.name:
            self._bind(node, node.name)

    def _see_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._bind(node, node.name)

    def _see_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._visit_all([*node.keys, *node.patterns])
        if node.rest:
            self._bind(node, node.rest)

    # ---- scopes ----

    def _see_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(node.decorator_list)
        self._visit_all([*node.args.defaults, *node.args.kw_defaults])
        self._bind(node, node.name)
        outer = self._with_type_parameters(node)
        parameters = list(list_parameters(node.args))
        self._inside(outer, [*(a.annotation for a in parameters), node.returns])
        scope = self._open(node, FUNCTION, outer)
        for parameter in parameters:
            self._bind(parameter, parameter.arg, scope=scope)
        self._inside(scope, node.body)

    _see_AsyncFunctionDef = _see_FunctionDef

    def _see_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all([*node.args.defaults, *node.args.kw_defaults])
        scope = self._open(node, FUNCTION, self._scope)
        for parameter in list_parameters(node.args):
            self._bind(parameter, parameter.arg, scope=scope)
        self._inside(scope, [node.body])

    def _see_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(node.decorator_list)
        self._bind(node, node.name)
        outer = self._with_type_parameters(node)
        self._inside(outer, [*node.bases, *node.keywords])
        self._inside(self._open(node, CLASS, outer), node.body)

    def _see_TypeAlias(self, node: ast.AST) -> None:
        name: ast.Name = node.name  # type: ignore[attr-defined]  # Python 3.12 and newer
        self._visit(name)
        self._inside(self._with_type_parameters(node), [node.value])  # type: ignore[attr-defined]

    def _with_type_parameters(self, node: ast.AST) -> Scope:
        """Return the scope in which the rest of a definition is read."""
        found: list[ast.AST] = getattr(node, "type_params", [])
        if not found:
            return self._scope
        scope = self._open(node, TYPE_PARAMETERS, self._scope)
        for parameter in found:
            self._bind(parameter, str(getattr(parameter, "name", "")), scope=scope)
            self._inside(scope, [getattr(parameter, "bound", None)])
        return scope

    def _see_comprehension(self, node: ast.AST) -> None:
        generators: list[ast.comprehension] = getattr(node, "generators", [])
        self._visit(generators[0].iter)
        scope = self._open(node, COMPREHENSION, self._scope)
        inner: list[ast.AST] = []
        for number, generator in enumerate(generators):
            inner += [generator.target, *([generator.iter] if number else []), *generator.ifs]
        if isinstance(node, ast.DictComp):
            inner += [node.key, node.value]
        else:
            inner.append(getattr(node, "elt"))  # noqa: B009  (no common base has it)
        self._inside(scope, inner)

    # ---- frames and loops ----

    def _see_Yield(self, node: ast.AST) -> None:
        self._note(node, YIELD)
        self._visit_all(ast.iter_child_nodes(node))

    _see_YieldFrom = _see_Yield

    def _see_Await(self, node: ast.Await) -> None:
        self._note(node, AWAIT)
        self._visit(node.value)

    def _see_Return(self, node: ast.Return) -> None:
        self._note(node, RETURN)
        self._visit_all([node.value])

    def _see_Break(self, node: ast.AST) -> None:
        if self._loops:
            self.occurrences.append(Occurrence(node, LOOP, self._scope, loop=self._loops[-1]))

    _see_Continue = _see_Break

    def _see_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit_all([node.target, node.iter])
        self._in_loop(node)

    _see_AsyncFor = _see_For

    def _see_While(self, node: ast.While) -> None:
        self._visit(node.test)
        self._in_loop(node)

    def _in_loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        self._loops.append(node)
        self._visit_all(node.body)
        self._loops.pop()
        self._visit_all(node.orelse)


def list_parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    """Yield the parameters of a function."""
    yield from arguments.posonlyargs
    yield from arguments.args
    yield from (a for a in (arguments.vararg, arguments.kwarg) if a is not None)
    yield from arguments.kwonlyargs
