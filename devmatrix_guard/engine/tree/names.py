"""Resolve names as Semgrep does, so that aliases are seen through and scopes are told apart.

A resolved name is `(kind, number, canonical)`: kind is `global`, `local`, `parameter`, `entity`
(imported by `from`) or `module` (imported with `as`); the number tells variables apart; canonical
is the imported dotted name. The order of visits, and with it the odd corners, is Semgrep's.
"""

from __future__ import annotations

import _ast

from devmatrix_guard.lazy_typing import Any, Mapping

Node = Any
Resolved = tuple[str, int, tuple[str, ...]]
# What Semgrep takes for words of the language where they are read.
RECEIVERS = frozenset(("self", "cls"))
_NO_NAME: tuple[str, ...] = ()
_TYPE_NAMES = {bool: "bool", int: "int", float: "float", str: "str"}


class Dotted:
    """A dotted name an import stands for, seen at the node that uses it."""

    __slots__ = ("names", "node")

    def __init__(self, names: tuple[str, ...], node: Node) -> None:
        self.names = names
        self.node = node


class Names:
    """The resolution of one tree; `of(node)` gives what a name, parameter or definition is."""

    def __init__(self, tree: Node) -> None:
        self._resolved: dict[int, Resolved] = {}
        self._types: dict[int, Any] = {}
        self._number = 0
        self._global: dict[str, Resolved] = {}
        self._imported: dict[str, Resolved] = {}
        self._blocks: list[dict[str, Resolved]] = []
        self._context = ["top"]
        self._in_lvalue = False
        self.wildcards: list[tuple[str, ...]] = [
            split_module_name(node)
            for node in tree.body
            if isinstance(node, _ast.ImportFrom) and node.names[0].name == "*"
        ]
        self._visit_all(tree.body)

    @property
    def imported(self) -> Mapping[str, Resolved]:
        """What imports that give another name, or come from a module, have bound in the file."""
        return self._imported

    def of(self, node: Node) -> Resolved | None:
        """Return what the name of this node resolves to."""
        return self._resolved.get(id(node))

    def type_of(self, node: Node) -> Any:
        """Return a variable's type: a name such as `int`, or the annotation; None if unknown."""
        resolved = self.of(node)
        return None if resolved is None else self._types.get(resolved[1])

    def _note_type(self, annotation: Node | None, value: Node | None) -> None:
        """Note the type of the variable declared last."""
        found: Any = annotation
        if found is None and value.__class__ is _ast.Name:
            found = self.type_of(value)
        elif found is None and value.__class__ is _ast.Constant and value is not None:
            found = _TYPE_NAMES.get(value.value.__class__)
        if found is not None:
            self._types[self._number] = found

    # ---- scopes ----

    def _visit_lookup(self, name: str) -> Resolved | None:
        if not self._blocks:
            return self._global.get(name) or self._imported.get(name)
        if self._in_lvalue:
            return self._blocks[-1].get(name) or self._imported.get(name)
        for block in reversed(self._blocks):
            if name in block:
                return block[name]
        return self._global.get(name) or self._imported.get(name)

    def _declare(self, name: str, node: Node) -> None:
        self._number += 1
        kind = "global" if self._context[-1] == "top" else "local"
        resolved = (kind, self._number, _NO_NAME)
        scope = self._blocks[-1] if self._blocks else self._global
        scope[name] = resolved
        self._resolved[id(node)] = resolved

    def _import(self, name: str, kind: str, canonical: tuple[str, ...], node: Node | None) -> None:
        self._number += 1
        resolved = (kind, self._number, canonical)
        self._imported[name] = resolved
        if node is not None:
            self._resolved[id(node)] = resolved

    @property
    def _may_declare(self) -> bool:
        return self._context[-1] != "class"

    # ---- visits ----

    def _visit_all(self, nodes: list[Node]) -> None:
        for node in nodes:
            self._visit(node)

    def _visit(self, node: Node) -> None:
        handler = _HANDLERS.get(node.__class__)
        if handler is not None:
            handler(self, node)
            return
        self._visit_children(node)

    def _visit_children(self, node: Node) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, _ast.AST):
                        self._visit(item)
            elif isinstance(value, _ast.AST):
                self._visit(value)

    def _visit_leaf(self, node: Node) -> None:
        """Nothing below it has a name."""

    def _visit_lvalue(self, node: Node) -> None:
        before, self._in_lvalue = self._in_lvalue, True
        self._visit(node)
        self._in_lvalue = before

    def _name(self, node: Node) -> None:
        if node.id in RECEIVERS:
            return
        found = self._visit_lookup(node.id)
        if found is not None:
            self._resolved[id(node)] = found
        elif self._in_lvalue and self._may_declare:
            self._declare(node.id, node)

    def _visit_entity(self, name: str, node: Node) -> None:
        found = self._visit_lookup(name)
        if found is not None:
            self._resolved[id(node)] = found

    def _capture(self, node: Node) -> None:
        """A name in a `case` is resolved, not declared."""
        name = find_captured_name(node)
        if name is not None:
            self._visit_entity(name, node)
        self._visit_children(node)

    def _assign_to(self, target: Node, value: Node) -> None:
        if (
            target.__class__ is _ast.Name
            and target.id not in RECEIVERS
            and self._may_declare
            and self._visit_lookup(target.id) is None
        ):
            self._visit(value)
            self._declare(target.id, target)
            self._note_type(None, value)
            return
        self._visit_lvalue(target)
        self._visit(value)

    def _assign(self, node: Node) -> None:
        if len(node.targets) == 1:
            target = node.targets[0]
            if self._context[-1] == "class" and target.__class__ is _ast.Name:
                self._visit_entity(target.id, target)
                self._visit(node.value)
                return
            self._assign_to(target, node.value)
            return
        before, self._in_lvalue = self._in_lvalue, True
        self._visit_all(node.targets)
        self._in_lvalue = before
        self._visit(node.value)

    def _visit_named(self, node: Node) -> None:
        self._assign_to(node.target, node.value)

    def _visit_augmented(self, node: Node) -> None:
        self._visit_lvalue(node.target)
        self._visit(node.value)

    def _visit_annotated(self, node: Node) -> None:
        target = node.target
        if target.__class__ is not _ast.Name:
            if node.value is None:
                self._visit(node.annotation)
                self._visit(target)
                return
            before, self._in_lvalue = self._in_lvalue, True
            self._visit(node.annotation)
            self._visit(target)
            self._in_lvalue = before
            self._visit(node.value)
            return
        self._visit_entity(target.id, target)
        if node.value is not None:
            self._visit(node.value)
        self._visit(node.annotation)
        if self._may_declare and target.id not in RECEIVERS:
            self._declare(target.id, target)
            self._note_type(node.annotation, node.value)

    def _visit_subscript(self, node: Node) -> None:
        self._visit(node.value)
        before, self._in_lvalue = self._in_lvalue, False
        self._visit(node.slice)
        self._in_lvalue = before

    def _visit_pattern(self, node: Node) -> None:
        """A loop, comprehension or `as` target."""
        if node.__class__ is _ast.Name and node.id not in RECEIVERS:
            if self._may_declare:
                self._declare(node.id, node)
            else:
                self._visit_entity(node.id, node)
        elif node.__class__ in (_ast.Tuple, _ast.List):
            for item in node.elts:
                self._visit_pattern(item)
        elif node.__class__ is not _ast.Constant:
            self._visit_lvalue(node)

    def _visit_for(self, node: Node) -> None:
        self._visit_pattern(node.target)
        self._visit(node.iter)
        self._visit_all(node.body)
        self._visit_all(node.orelse)

    def _visit_with(self, node: Node) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self._visit_pattern(item.optional_vars)
            self._visit(item.context_expr)
        self._visit_all(node.body)

    def _visit_handler(self, node: Node) -> None:
        if node.name is not None and self._may_declare:
            self._declare(node.name, node)
        if node.type is not None:
            self._visit(node.type)
        self._visit_all(node.body)

    def _visit_comprehension(self, node: Node) -> None:
        self._blocks.append({})
        for generator in node.generators:
            self._visit_pattern(generator.target)
            self._visit(generator.iter)
            self._visit_all(generator.ifs)
        if node.__class__ is _ast.DictComp:
            self._visit(node.key)
            self._visit(node.value)
        else:
            self._visit(node.elt)
        self._blocks.pop()

    def _visit_function(self, node: Node) -> None:
        is_lambda = node.__class__ is _ast.Lambda
        if not is_lambda:
            self._visit_entity(node.name, node)
            self._visit_all(node.decorator_list)
        arguments = node.args
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        scope: dict[str, Resolved] = {}
        for parameter in parameters:
            self._number += 1
            resolved = ("parameter", self._number, _NO_NAME)
            scope.setdefault(parameter.arg, resolved)
            self._resolved[id(parameter)] = resolved
            self._note_type(parameter.annotation, None)
        self._context.append("function")
        self._blocks.append(scope)
        self._visit(arguments)
        if is_lambda:
            self._visit(node.body)
        else:
            if node.returns is not None:
                self._visit(node.returns)
            self._visit_all(node.body)
        self._blocks.pop()
        self._context.pop()

    def _visit_class(self, node: Node) -> None:
        self._context.append("class")
        self._blocks.append({})
        self._visit_entity(node.name, node)
        self._visit_all(node.decorator_list)
        self._visit_all(node.bases)
        self._visit_all([keyword.value for keyword in node.keywords])
        self._visit_all(node.body)
        self._blocks.pop()
        self._context.pop()

    def _import_from(self, node: Node) -> None:
        module = split_module_name(node)
        for alias in node.names:
            if alias.name == "*":
                continue
            canonical = (*module, alias.name)
            self._import(
                alias.asname or alias.name, "entity", canonical, alias if alias.asname else None
            )

    def _import_as(self, node: Node) -> None:
        for alias in node.names:
            if alias.asname:
                self._import(alias.asname, "module", tuple(alias.name.split(".")), alias)

    def _visit_outer(self, node: Node) -> None:
        for name in node.names:
            if node.__class__ is _ast.Global:
                found = self._global.get(name)
            else:
                blocks = reversed(self._blocks[:-1])
                found = next((block[name] for block in blocks if name in block), None)
            if found is not None and self._blocks:
                self._blocks[-1][name] = found


def split_module_name(node: Node) -> tuple[str, ...]:
    """Return an `from` import's module as Semgrep splits it, its dots first."""
    level = node.level or 0
    dots = () if not level else (".",) if level == 1 else ("..",) * max(1, level - 1)
    return (*dots, *(node.module.split(".") if node.module else ()))


def find_captured_name(node: Node) -> str | None:
    """Return the name a part of a `case` binds; Semgrep does not see `PATTERN as name` do so."""
    if node.__class__ is _ast.MatchAs:
        return node.name if node.pattern is None else None
    if node.__class__ is _ast.MatchStar:
        return str(node.name) if node.name else None
    return node.rest if node.__class__ is _ast.MatchMapping else None


_HANDLERS = {
    _ast.Constant: Names._visit_leaf,
    _ast.Load: Names._visit_leaf,
    _ast.Store: Names._visit_leaf,
    _ast.Name: Names._name,
    _ast.Assign: Names._assign,
    _ast.NamedExpr: Names._visit_named,
    _ast.AugAssign: Names._visit_augmented,
    _ast.AnnAssign: Names._visit_annotated,
    _ast.Subscript: Names._visit_subscript,
    _ast.For: Names._visit_for,
    _ast.AsyncFor: Names._visit_for,
    _ast.With: Names._visit_with,
    _ast.AsyncWith: Names._visit_with,
    _ast.ExceptHandler: Names._visit_handler,
    _ast.ListComp: Names._visit_comprehension,
    _ast.SetComp: Names._visit_comprehension,
    _ast.DictComp: Names._visit_comprehension,
    _ast.GeneratorExp: Names._visit_comprehension,
    _ast.FunctionDef: Names._visit_function,
    _ast.AsyncFunctionDef: Names._visit_function,
    _ast.Lambda: Names._visit_function,
    _ast.ClassDef: Names._visit_class,
    _ast.ImportFrom: Names._import_from,
    _ast.Import: Names._import_as,
    _ast.Global: Names._visit_outer,
    _ast.Nonlocal: Names._visit_outer,
    _ast.MatchAs: Names._capture,
    _ast.MatchStar: Names._capture,
    _ast.MatchMapping: Names._capture,
}
