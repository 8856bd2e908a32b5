"""CPython's statements in the shapes Semgrep's tree gives them."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.tree.expressions import (
    DictItem,
    list_dict_items,
    list_subexpressions,
    read_operation,
)
from devmatrix_guard.lazy_typing import Any, Sequence
from devmatrix_guard.model.named_value import NamedValue

Node = Any
_PLAIN = (_ast.Expr, _ast.Assign, _ast.Return, _ast.AugAssign, _ast.AnnAssign, _ast.Raise)
FUNCTIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef)


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


class NameBlock:
    """The names of one `global` or `nonlocal`: to Semgrep a block of one statement for each."""

    __slots__ = ("body", "node")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.body = [_build_part(node, names=[name], end=node) for name in node.names]


class ElseOfLoop:
    """The `else` of a loop."""

    __slots__ = ("statements",)

    def __init__(self, statements: list[Node]) -> None:
        self.statements = statements


def list_statements(nodes: Sequence[Node]) -> list[Node]:
    """Return statements as Semgrep counts them: one per imported module."""
    found: list[Node] = []
    for node in nodes:
        kind = node.__class__
        if kind is _ast.Import and len(node.names) > 1:
            found += [_build_part(node, names=[alias], end=alias) for alias in node.names]
        elif kind in (_ast.Global, _ast.Nonlocal) and len(node.names) > 1:
            found.append(NameBlock(node))
        elif kind in (_ast.For, _ast.While) and node.orelse:
            found.append(LoopWithElse(node))
        else:
            found.append(node)
    return found


def _build_part(node: Node, *, names: list[Any], end: Node) -> Node:
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
    outer = node.__class__(items=[first], body=[inner])
    outer.lineno, outer.col_offset = node.lineno, node.col_offset
    outer.end_lineno, outer.end_col_offset = node.end_lineno, node.end_col_offset
    return outer


def list_class_members(node: Node) -> list[Node]:
    """Return a class's statements, assignments to a name marked as definitions."""
    members: list[Node] = list_statements(node.body)
    member: Node
    for member in members:
        if (
            member.__class__ is _ast.Assign
            and len(member.targets) == 1
            and member.targets[0].__class__ is _ast.Name
        ):
            vars(member)["in_class"] = True
        elif member.__class__ is _ast.Expr and member.value.__class__ is _ast.NamedExpr:
            vars(member.value)["in_class"] = True
    return members


def find_defined_name(node: Node) -> str | None:
    """Return the name a statement defines."""
    kind = node.__class__
    if kind in FUNCTIONS or kind is _ast.ClassDef:
        return str(node.name)
    if kind is _ast.Assign and getattr(node, "in_class", False):
        return str(node.targets[0].id)
    if kind is _ast.AnnAssign and node.target.__class__ is _ast.Name:
        return str(node.target.id)
    if is_named_field(node):
        return str(node.value.target.id)
    return None


def is_named_field(node: Node) -> bool:
    """Whether a member of a class is `(a := 1)`, a definition as `a = 1` is."""
    return node.__class__ is _ast.Expr and getattr(node.value, "in_class", False)


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


class Body:
    """A list of statements and, when asked for, all of them with what is nested in them."""

    __slots__ = ("_has_lambdas", "_nested", "nodes")

    def __init__(self, nodes: Sequence[Node], *, has_lambdas: bool) -> None:
        self.nodes = list(nodes)
        self._has_lambdas = has_lambdas
        self._nested: Nested | None = None

    @property
    def nested(self) -> Nested:
        """The statements with those nested in them."""
        if self._nested is None:
            self._nested = _collect_nested(self.nodes, has_lambdas=self._has_lambdas)
        return self._nested

    @property
    def everywhere(self) -> list[Node]:
        """All statements; where none is nested, those of the list itself."""
        return self.nested.flat if self.nested.deep_until else self.nodes


class Nested(NamedValue):
    """Every statement of a list before what is nested in it.

    The suffix from `start` on begins at `offsets[start]`; something is nested in those that begin
    before `deep_until`.
    """

    flat: list[Node]
    offsets: list[int]
    deep_until: int


def _collect_nested(nodes: Sequence[Node], *, has_lambdas: bool) -> Nested:
    flat: list[Node] = []
    offsets: list[int] = []
    deep_until = 0
    for number, node in enumerate(nodes):
        offsets.append(len(flat))
        if _flatten(node, flat, has_lambdas=has_lambdas):
            deep_until = number + 1
    return Nested(flat, offsets, deep_until)


def _flatten(node: Node, found: list[Node], *, has_lambdas: bool) -> bool:
    """Append a statement and those nested in it; tell whether there are any."""
    is_deep = False
    stack = [node]
    while stack:
        node = stack.pop()
        found.append(node)
        nested = _list_nested(node)
        is_deep = is_deep or bool(nested)
        if has_lambdas:
            expressions = list_expressions(node)
            nested = [*(body for e in expressions for body in _list_lambda_bodies(e)), *nested]
        if nested:
            stack += reversed(list_statements(nested))
    return is_deep


def _list_nested(node: Node) -> list[Node]:
    kind = node.__class__
    if kind is Bare:
        return list(node.node.body)
    if kind is ElseOfLoop:
        return []
    if kind is _ast.With and len(node.items) > 1:
        return [split_with(node).body[0]]
    if kind is _ast.ClassDef:
        return list_class_members(node)
    if kind in (_ast.AsyncFor, _ast.AsyncWith):
        return []
    if kind is _ast.Match:
        return [statement for case in node.cases for statement in case.body]
    if kind in _PLAIN:
        return []
    found: list[Node] = list(getattr(node, "body", ()))
    for handler in getattr(node, "handlers", ()):
        found += handler.body
    return [*found, *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())]


def _list_lambda_bodies(node: Node) -> list[Node]:
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
        stack += reversed(list_subexpressions(part))
    return found


def list_expressions(node: Node) -> list[Node]:
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


def list_implicit_parts(node: Node) -> list[Node]:
    kind = node.__class__
    if kind in (_ast.Assign, _ast.AugAssign, _ast.NamedExpr, _ast.Await, _ast.Attribute):
        return [node.value]
    if kind is _ast.Call:
        return list_subexpressions(node)
    if kind in (_ast.Yield, _ast.YieldFrom):
        return [] if node.value is None else [node.value]
    if kind in (_ast.List, _ast.Tuple, _ast.Set, DictItem):
        return list(node.elts)
    if kind is _ast.Dict:
        return list_dict_items(node)
    if kind in (_ast.Starred, _ast.keyword):
        return [node.value]
    if kind is _ast.JoinedStr:
        return list_subexpressions(node)
    operation = read_operation(node)
    return [] if operation is None else list(operation[1])
