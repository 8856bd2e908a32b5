"""CPython's expressions in the shapes Semgrep's tree gives them."""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.tree.fstrings import list_nested_values
from devmatrix_guard.engine.tree.locations import holds_slices
from devmatrix_guard.engine.tree.names import Dotted
from devmatrix_guard.engine.tree.strings import Part
from devmatrix_guard.lazy_typing import Any, Callable, Sequence

Node = Any
_LOAD = _ast.Load()
COMPREHENSIONS = {_ast.ListComp: "list", _ast.SetComp: "dict", _ast.DictComp: "dict"}

OPERATOR_OF = {
    _ast.Add: "+", _ast.Sub: "-", _ast.Mult: "*", _ast.Div: "/", _ast.Mod: "%", _ast.Pow: "**",
    _ast.FloorDiv: "//", _ast.LShift: "<<", _ast.RShift: ">>", _ast.BitOr: "|", _ast.BitXor: "^",
    _ast.BitAnd: "&", _ast.MatMult: "@", _ast.Invert: "~", _ast.Not: "not", _ast.UAdd: "+",
    _ast.USub: "-", _ast.And: "and", _ast.Or: "or", _ast.Eq: "==", _ast.NotEq: "!=", _ast.Lt: "<",
    _ast.LtE: "<=", _ast.Gt: ">", _ast.GtE: ">=", _ast.Is: "is", _ast.IsNot: "is not",
    _ast.In: "in", _ast.NotIn: "not in",
}  # fmt: skip


class Parameter:
    """One parameter with its default; `kind` is param, rest, kwrest, slash or lonestar.

    A lone `/` or `*` has no node, but one it is `beside`: the parameter before or after it.
    """

    __slots__ = ("arg", "beside", "default", "kind")

    def __init__(self, kind: str, arg: Node, default: Node, beside: Node = None) -> None:
        self.kind = kind
        self.arg = arg
        self.default = default
        self.beside = beside


class Assignment:
    """A target and a value where the tree has no node for the two."""

    __slots__ = ("target", "value")

    def __init__(self, target: Node, value: Node) -> None:
        self.target = target
        self.value = value


class DictItem:
    """A key and its value, which Semgrep sees as a tuple."""

    __slots__ = ("col_offset", "elts", "end_col_offset", "end_lineno", "lineno")

    def __init__(self, key: Node, value: Node) -> None:
        self.elts = [key, value]
        self.lineno, self.col_offset = key.lineno, key.col_offset
        self.end_lineno, self.end_col_offset = value.end_lineno, value.end_col_offset


class WithItem:
    """`expression as target`, bound as a whole."""

    __slots__ = ("col_offset", "elts", "end_col_offset", "end_lineno", "item", "lineno")

    def __init__(self, item: Node) -> None:
        self.item = item
        self.elts = [item.context_expr, item.optional_vars]
        first, last = item.context_expr, item.optional_vars
        self.lineno, self.col_offset = first.lineno, first.col_offset
        self.end_lineno, self.end_col_offset = last.end_lineno, last.end_col_offset


def is_keyword(node: Node) -> bool:
    """Whether an argument is `name=value`."""
    return node.__class__ is _ast.keyword and node.arg is not None


def list_arguments(node: Node) -> list[Node]:
    """Return a call's arguments in the order they are written."""
    mark_arguments(node)
    args = node.args
    if not node.keywords:
        return list(args)
    together = [*args, *node.keywords]
    if args and args[-1].__class__ is _ast.Starred:
        together.sort(key=lambda item: (item.lineno, item.col_offset))
    return together


def mark_arguments(call: Node) -> None:
    """Note what is special as an argument.

    Elsewhere than there Semgrep drops the star of what is unpacked, and a generator that shares the
    call's brackets is a list to it.
    """
    mark_unpacked(call.args)
    if len(call.args) == 1 and is_bare_generator(call.args[0], call):
        vars(call.args[0])["bare"] = True


def mark_unpacked(arguments: Sequence[Node]) -> None:
    """Note what is unpacked as an argument of a call or as a base of a class."""
    for argument in arguments:
        if argument.__class__ is _ast.Starred:
            vars(argument)["is_argument"] = True


def is_bare_generator(argument: Node, call: Node) -> bool:
    """Whether an argument is a generator without brackets of its own."""
    if argument.__class__ is not _ast.GeneratorExp:
        return False
    end = (call.end_lineno, call.end_col_offset)
    return (argument.end_lineno, argument.end_col_offset) == end


def split_subscript(node: Node) -> list[Node]:
    """Return `a[1:2, b]` as Semgrep sees it: as `a[1:2]` and `a[b]` without their brackets."""
    found = []
    for index in node.slice.elts:
        part = _ast.Subscript(value=node.value, slice=index, ctx=_LOAD)
        part.lineno, part.col_offset = node.lineno, node.col_offset
        part.end_lineno, part.end_col_offset = index.end_lineno, index.end_col_offset
        vars(part)["is_part"] = True
        found.append(part)
    return found


def list_dict_items(node: Node) -> list[Node]:
    """Return a dictionary's items as Semgrep sees them: tuples, and spreads."""
    return [
        _make_star(value) if key is None else DictItem(key, value)
        for key, value in zip(node.keys, node.values, strict=True)
    ]


def _make_star(value: Node) -> Node:
    star = _ast.Starred(value=value, ctx=_LOAD)
    return copy_place(value, star)


def copy_place(old: Node, new: Node) -> Node:
    new.lineno, new.col_offset = old.lineno, old.col_offset
    new.end_lineno, new.end_col_offset = old.end_lineno, old.end_col_offset
    return new


def is_operation(node: Node, operator: Callable[..., Any]) -> bool:
    return node.__class__ is _ast.UnaryOp and node.op.__class__ is operator


def read_operation(node: Node) -> tuple[str, list[Node]] | None:
    """Return an operation as (operator, operands)."""
    kind = node.__class__
    if kind is _ast.BinOp:
        return OPERATOR_OF[node.op.__class__], [node.left, node.right]
    if kind is _ast.BoolOp:
        return OPERATOR_OF[node.op.__class__], node.values
    if kind is _ast.UnaryOp:
        return OPERATOR_OF[node.op.__class__], [node.operand]
    if kind is _ast.Compare and len(node.ops) == 1:
        return OPERATOR_OF[node.ops[0].__class__], [node.left, node.comparators[0]]
    return None


def flatten_operands(operator: str, node: Node) -> list[Node]:
    """Flatten nested operands of the same associative operator in the code."""
    found = read_operation(node)
    if found is None or found[0] != operator:
        return [node]
    return [leaf for operand in found[1] for leaf in flatten_operands(operator, operand)]


def join_operands(operator: str, nodes: Sequence[Node]) -> Node:
    """Return several operands as one operation again."""
    if len(nodes) == 1:
        return nodes[0]
    new = _build_operation(operator, nodes)
    first = min(nodes, key=lambda n: (n.lineno, n.col_offset))
    last = max(nodes, key=lambda n: (n.end_lineno, n.end_col_offset))
    new.lineno, new.col_offset = first.lineno, first.col_offset
    new.end_lineno, new.end_col_offset = last.end_lineno, last.end_col_offset
    return new


def _build_operation(operator: str, nodes: Sequence[Node]) -> Node:
    if operator in ("and", "or"):
        return _ast.BoolOp(op=(_ast.And if operator == "and" else _ast.Or)(), values=list(nodes))
    kind: Any = next(k for k, v in OPERATOR_OF.items() if v == operator and k is not _ast.Invert)
    return _ast.BinOp(left=join_operands(operator, nodes[:-1]), op=kind(), right=nodes[-1])


def read_assignment(node: Node) -> Any:
    """Return (target, value) of anything Semgrep sees as an assignment, else None."""
    kind = node.__class__
    if kind is Assignment or kind is _ast.NamedExpr:
        return node.target, node.value
    if kind is _ast.Assign:
        if len(node.targets) == 1:
            return node.targets[0], node.value
        together = _ast.Tuple(elts=node.targets, ctx=_LOAD)
        together.lineno, together.col_offset = node.targets[0].lineno, node.targets[0].col_offset
        together.end_lineno = node.targets[-1].end_lineno
        together.end_col_offset = node.targets[-1].end_col_offset
        return together, node.value
    if kind is _ast.AnnAssign and node.value is not None:
        return node.target, node.value
    return None


def list_parameters(node: Node) -> list[Parameter]:
    """Return a signature's parameters in order, its lone `*` and `/` included."""
    found: list[Parameter] = []
    plain = [*node.posonlyargs, *node.args]
    defaults = [None] * (len(plain) - len(node.defaults)) + list(node.defaults)
    for index, (arg, default) in enumerate(zip(plain, defaults, strict=True)):
        found.append(Parameter("param", arg, default))
        if node.posonlyargs and index == len(node.posonlyargs) - 1:
            found.append(Parameter("slash", None, None, beside=default or arg))
    if node.vararg is not None:
        found.append(Parameter("rest", node.vararg, None))
    elif node.kwonlyargs:
        found.append(Parameter("lonestar", None, None, beside=node.kwonlyargs[0]))
    for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        found.append(Parameter("param", arg, default))
    if node.kwarg is not None:
        found.append(Parameter("kwrest", node.kwarg, None))
    return found


def list_subexpressions(node: Node) -> list[Node]:
    """Return the expressions directly below one, as `<... ...>` goes through them."""
    kind = node.__class__
    if kind in (_ast.Constant, _ast.Name, Dotted, Part):
        return []
    if kind is _ast.Call:
        arguments = [a.value if is_keyword(a) else a for a in list_arguments(node)]
        return [node.func, *arguments]
    if kind is _ast.keyword or kind in (_ast.Attribute, _ast.Await, _ast.Starred):
        return [node.value]
    if kind is _ast.Dict:
        return list_dict_items(node)
    if kind is _ast.Subscript:
        if holds_slices(node):
            return split_subscript(node)
        if node.slice.__class__ is _ast.Slice:
            bounds = (node.slice.lower, node.slice.upper, node.slice.step)
            return [node.value, *(bound for bound in bounds if bound is not None)]
        return [node.value, node.slice]
    if kind is _ast.Compare:
        return list(node.comparators) if len(node.ops) > 1 else [node.left, *node.comparators]
    if kind in COMPREHENSIONS or kind is _ast.GeneratorExp:
        element = DictItem(node.key, node.value) if kind is _ast.DictComp else node.elt
        return [element, *(part for g in node.generators for part in (g.iter, *g.ifs))]
    if kind is _ast.Lambda:
        return [node.body]
    parts = read_assignment(node)
    if parts is not None:
        return list(parts)
    if kind is _ast.AugAssign:
        return [node.target, node.value]
    if kind is _ast.JoinedStr:
        fields = (v for v in node.values if v.__class__ is _ast.FormattedValue)
        return [inner for field in fields for inner in list_nested_values(field)]
    if kind is WithItem:
        return [node.item.context_expr]
    return [child for child in _list_children(node) if isinstance(child, _ast.expr | DictItem)]


def _list_children(node: Node) -> list[Node]:
    if node.__class__ is DictItem:
        return list(node.elts)
    found: list[Node] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found += value
        elif value is not None:
            found.append(value)
    return found
