"""What a name means where it is used: local, imported, built in, or a name of the module."""

from __future__ import annotations

import ast
import builtins
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.edits.chunks import Version
from devmatrix_guard.mining.nodes import iterate_nodes

# Code of old reads on this Python as long as it only names what Python 2 had built in.
_GONE = "unicode basestring xrange long raw_input unichr reduce file cmp execfile reload buffer"
_BUILTINS = frozenset(dir(builtins)).union(_GONE.split())
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
RECEIVERS = frozenset({"self", "cls"})


class Module(NamedTuple):
    """What the names at the top of a file mean.

    `imports` maps a name to the dotted name it stands for; names from relative imports have no
    absolute meaning, so `relative` maps them to the statement that binds them.
    """

    imports: dict[str, str]
    relative: dict[str, str]
    functions: frozenset[str]
    constants: frozenset[str]


class Scope(NamedTuple):
    """The names an expression can see: those bound around it, and those of the module.

    `around` are the functions and classes it stands in; what these bind is read when it is asked.
    """

    module: Module
    bound: frozenset[str] = frozenset()
    qualname: tuple[str, ...] = ()
    is_async: bool = False
    in_function: bool = False
    around: tuple[Function | ast.ClassDef, ...] = ()

    def get_kind(self, name: str) -> str:
        """Return `receiver`, `local`, `import`, `relative`, `function`, `builtin` or `other`."""
        if name in RECEIVERS and self.in_function:
            return "receiver"
        if name in self.bound or any(name in _list_bound(node) for node in self.around):
            return "local"
        if name in self.module.imports:
            return "import"
        if name in self.module.relative:
            return "relative"
        if name in self.module.functions:
            return "function"
        if name in _BUILTINS and name not in self.module.constants:
            return "builtin"
        return "other"

    def find_origin(self, name: str) -> str | None:
        """Return a statement that gives a name of the module its meaning, None for other names."""
        kind = self.get_kind(name)
        if kind == "import":
            return import_statement(name, self.module.imports[name])
        if kind == "relative":
            return self.module.relative[name]
        return f"{name} = ..." if kind == "function" else None

    def enter(self, node: ast.AST) -> Scope:
        """Return the scope of the body of a function or class."""
        if isinstance(node, ast.ClassDef):
            return self._replace(qualname=(*self.qualname, node.name), around=(*self.around, node))
        if isinstance(node, _FUNCTIONS):
            name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
            return Scope(
                module=self.module,
                bound=self.bound,
                qualname=(*self.qualname, name),
                is_async=isinstance(node, ast.AsyncFunctionDef),
                in_function=True,
                around=(*self.around, node),
            )
        return self


def read_module(version: Version) -> Module:
    """Return what the names at the top of one version of a file mean."""
    imports: dict[str, str] = {}
    relative: dict[str, str] = {}
    for node in _iterate_statements(version):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                imports.setdefault(name, alias.name if alias.asname else name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name
                if node.level:
                    package = "." * node.level + (node.module or "")
                    relative.setdefault(name, f"from {package} import {ast.unparse(alias)}")
                elif node.module != "__future__" and name != "*":
                    imports.setdefault(name, f"{node.module}.{alias.name}")
    return Module(imports, relative, version.functions, version.constants)


def import_statement(name: str, dotted: str) -> str:
    """Return the statement that makes `name` mean `dotted`."""
    if name == dotted:
        return f"import {name}"
    package, _, last = dotted.rpartition(".")
    if not package:
        return f"import {dotted} as {name}"
    return f"from {package} import {last}" + (f" as {name}" if name != last else "")


def _iterate_statements(version: Version) -> Iterator[ast.AST]:
    """Yield the statements that import something or may hold one that does."""
    rows = version.import_rows
    todo: list[ast.AST] = [version.tree]
    while todo:
        node = todo.pop()
        yield node
        for name in ("body", "orelse", "handlers", "finalbody"):
            children = getattr(node, name, ())
            if isinstance(children, list):
                todo.extend([child for child in children if _holds_row(child, rows)])


def _holds_row(node: ast.stmt | ast.ExceptHandler, rows: Sequence[int]) -> bool:
    index = bisect_left(rows, node.lineno)
    return index < len(rows) and rows[index] <= (node.end_lineno or node.lineno)


def _list_parameters(node: Function) -> frozenset[str]:
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return frozenset(arg.arg for arg in every if arg is not None)


def _list_bound(node: Function | ast.ClassDef) -> frozenset[str]:
    """Return the names that a function or class binds; kept on the node."""
    found: frozenset[str] | None = getattr(node, "_guard_bound", None)
    if found is None:
        if isinstance(node, ast.ClassDef):
            found = _bound_in(item for item in node.body if not isinstance(item, _DEFINITIONS))
        else:
            body = [node.body] if isinstance(node, ast.Lambda) else node.body
            found = _list_parameters(node) | _bound_in(body)
        node._guard_bound = found  # type: ignore[union-attr]  # a cache on the tree itself
    return found


def _bound_in(body: Iterable[ast.AST]) -> frozenset[str]:
    names: set[str] = set()
    for statement in body:
        for node in iterate_nodes(statement):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                names.add(node.id)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                names.add(node.name)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
    return frozenset(names)
