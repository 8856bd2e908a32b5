"""Walk a tree once and offer every node to the patterns that could match there.

Nodes are visited as Semgrep visits them: names that are targets are no expressions, decorators are
calls, `with a, b` is two statements, and parts of a tree its own tree drops are not seen.
"""

from __future__ import annotations

import _ast
from bisect import bisect_left
from itertools import accumulate

from devmatrix_guard.engine.matching.table import Node, Table
from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.expressions import (
    DictItem,
    WithItem,
    is_keyword,
    mark_arguments,
    mark_unpacked,
    read_assignment,
    split_subscript,
)
from devmatrix_guard.engine.tree.fstrings import list_nested_values
from devmatrix_guard.engine.tree.operators import locate_operators
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.engine.tree.statements import (
    Bare,
    Body,
    ElseOfLoop,
    Inner,
    LoopWithElse,
    NameBlock,
    is_dotted,
    is_static,
    list_class_members,
    list_statements,
    split_with,
)
from devmatrix_guard.engine.tree.strings import Part
from devmatrix_guard.lazy_typing import Any, Callable, Iterable, Sequence

Ranges = Sequence[tuple[int, int]] | None
_TYPE_PARAMETER: Any = getattr(_ast, "type_param", ())  # Python 3.12 and newer has them


class Walk:
    """One walk over the lines asked for; it notes where each pattern is to be tried."""

    def __init__(self, source: Source, table: Table, ranges: Ranges) -> None:
        self._in_parameters = False
        self.source = source
        self.table = table
        self.ranges = ranges
        # By the ends of the ranges: where the earliest of those that end there or later begins.
        ordered = sorted(ranges or (), key=lambda pair: pair[1])
        self._ends = [end for _, end in ordered]
        self._starts = [*accumulate((start for start, _ in reversed(ordered)), min)][::-1]

    def run(self) -> None:
        """Visit the whole tree, or what touches the ranges."""
        self._visit_sequence(self.source.tree.body)

    def value(self, value: tuple[Any, ...]) -> None:
        """Visit the code a metavariable is bound to."""
        kind, content = value[0], value[1]
        if kind == "s":
            self._visit_sequence([content])
        elif kind == "ss":
            self._visit_sequence(list(content))
        elif kind == "e" and isinstance(content, _ast.AST | DictItem):
            self._visit_expression(content)
        elif kind == "id":
            self._visit_expression(self._visit_as_name(value[1], value[2]))

    def _visit_as_name(self, text: str, node: Node) -> Node:
        """Return the name a node carries as an expression."""
        if node.__class__ is _ast.Name:
            return node
        name = _ast.Name(id=text, ctx=_ast.Load())
        span = places.locate_identifier(self.source, node, text)
        name.lineno, name.col_offset, name.end_lineno, name.end_col_offset = span
        return name

    def _visit_outside(self, node: Node) -> bool:
        if self.ranges is None:
            return False
        node = getattr(node, "loop", None) or getattr(node, "node", node)
        if node.__class__ is ElseOfLoop:
            return False
        first, last = node.lineno, node.end_lineno
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            first = decorators[0].lineno
        place = bisect_left(self._ends, first)
        return place == len(self._ends) or last < self._starts[place]

    def _visit_sequence(self, nodes: list[Node]) -> None:
        nodes = list_statements(nodes)
        if self.table.sequences or self.table.starts:
            body = Body(nodes, has_lambdas=self.source.has_lambdas)
            for start, node in enumerate(nodes):
                place = (body, start)
                for seen in self.table.beginning_at(self.source, node):
                    seen.append(place)
        for node in nodes:
            if not self._visit_outside(node):
                self._visit_statement(node)

    def _visit_statement(self, node: Node) -> None:
        kind = node.__class__
        if kind in (_ast.With, _ast.AsyncWith) and len(node.items) > 1:
            node = split_with(node)
        if kind in (_ast.AsyncFor, _ast.AsyncWith):
            for seen in self.table.statements.get(Inner, ()):
                seen.append(Inner(node))
        if kind is Bare:
            kind = node.node.__class__
        for seen in self.table.statements.get(kind, ()):
            seen.append(node)
        handler = _STATEMENTS.get(kind)
        if handler is not None:
            handler(self, node)
        else:
            self._visit_children(node)

    def _visit_expression(self, node: Node) -> None:
        if self._visit_outside(node):
            return
        kind = node.__class__
        for seen in self.table.at(node):
            seen.append(node)
        handler = _EXPRESSIONS.get(kind)
        if handler is not None:
            handler(self, node)
        else:
            self._visit_children(node)

    def _visit_children(self, node: Node) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, _ast.expr):
                        self._visit_expression(item)
                    elif isinstance(item, _ast.AST):
                        self._visit_part(item)
            elif isinstance(value, _ast.expr):
                self._visit_expression(value)
            elif isinstance(value, _ast.arguments):
                self._visit_children(value)
            elif isinstance(value, _ast.arg):
                self._visit_part(value)

    def _visit_part(self, node: Node) -> None:
        """A node that is neither statement nor expression."""
        if node.__class__ is _ast.keyword:
            self._visit_keyword(node)
        elif node.__class__ is _ast.comprehension:
            self._visit_target(node.target)
            self._visit_expression(node.iter)
            for test in node.ifs:
                self._visit_expression(test)
        elif node.__class__ is _ast.arg and node.annotation is not None:
            self._visit_expression(node.annotation)
        elif isinstance(node, _TYPE_PARAMETER):  # semgrep passes over its bound, which is code
            self._visit_children(node)

    def _visit_keyword(self, node: Node) -> None:
        if is_keyword(node):
            self._visit_expression(node.value)
        else:
            self._visit_expression(node)

    def _visit_target(self, node: Node) -> None:
        """A loop or `as` target: plain names in it are no expressions."""
        if node.__class__ in (_ast.Tuple, _ast.List):
            for item in node.elts:
                self._visit_target(item)
        elif node.__class__ is not _ast.Name:
            self._visit_expression(node)

    # ---- statements with bodies ----

    def _visit_bodies(self, node: Node) -> None:
        for name in ("test", "subject"):
            value = getattr(node, name, None)
            if value is not None:
                self._visit_expression(value)
        for name in ("body", "orelse", "finalbody"):
            nodes = getattr(node, name, None)
            if nodes:
                self._visit_sequence(nodes)

    def _visit_block(self, node: Node) -> None:
        self._visit_sequence(node.body)

    def _visit_else_of_loop(self, node: Node) -> None:
        for statement in list_statements(node.statements):
            if not self._visit_outside(statement):
                self._visit_statement(statement)

    def _visit_while(self, node: Node) -> None:
        node = getattr(node, "node", node)
        self._visit_expression(node.test)
        self._visit_sequence(node.body)

    def _visit_for(self, node: Node) -> None:
        is_async = node.__class__ is _ast.AsyncFor
        node = getattr(node, "node", node)
        self._visit_target(node.target)
        self._visit_expression(node.iter)
        self._visit_sequence(node.body)
        if is_async and node.orelse:
            self._visit_else_of_loop(ElseOfLoop(node.orelse))

    def _visit_with(self, node: Node) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                for seen in self.table.everywhere:
                    seen.append(WithItem(item))
                self._visit_target(item.optional_vars)
            self._visit_expression(item.context_expr)
        self._visit_sequence(node.body)

    def _try(self, node: Node) -> None:
        self._visit_sequence(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self._visit_expression(handler.type)
            self._visit_sequence(handler.body)
        for nodes in (node.orelse, node.finalbody):
            if nodes:
                self._visit_sequence(nodes)

    def _match(self, node: Node) -> None:
        self._visit_expression(node.subject)
        for case in node.cases:
            if case.guard is not None:  # semgrep passes over it, and it runs like any other code
                self._visit_expression(case.guard)
            self._visit_sequence(case.body)

    def _visit_function(self, node: Node) -> None:
        self._visit_decorators(node.decorator_list)
        self._visit_type_parameters(node)
        is_nested, self._in_parameters = self._in_parameters, True
        self._visit_children(node.args)
        self._in_parameters = is_nested
        if node.returns is not None:
            self._visit_expression(node.returns)
        self._visit_sequence(node.body)

    def _visit_class(self, node: Node) -> None:
        self._visit_decorators(node.decorator_list)
        self._visit_type_parameters(node)
        mark_unpacked(node.bases)  # whatever pattern of a class is, or is not, tried before
        for base in node.bases:
            self._visit_expression(base)
        for keyword in node.keywords:
            self._visit_keyword(keyword)
        members = list_class_members(node)
        if members and (self.table.sequences or self.table.starts):
            for seen in self.table.beginning_at(self.source, members[0]):
                seen.append((Body(members, has_lambdas=self.source.has_lambdas), 0))
        for member in members:
            if not self._visit_outside(member):
                self._visit_statement(member)

    def _visit_type_parameters(self, node: Node) -> None:
        for parameter in getattr(node, "type_params", ()):
            self._visit_part(parameter)

    def _visit_decorators(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if is_static(node):
                continue
            if node.__class__ is not _ast.Call and is_dotted(node):
                call = _ast.Call(func=node, args=[], keywords=[])
                call.lineno, call.col_offset = node.lineno, node.col_offset
                call.end_lineno, call.end_col_offset = node.end_lineno, node.end_col_offset
                node = call
            self._visit_expression(node)

    def _raise(self, node: Node) -> None:
        if node.cause is not None:
            inner = _ast.Raise(exc=node.exc, cause=None)
            inner.lineno, inner.col_offset = node.lineno, node.col_offset
            inner.end_lineno, inner.end_col_offset = node.exc.end_lineno, node.exc.end_col_offset
            self._visit_expression(node.cause)
            self._visit_statement(inner)
        elif node.exc is not None:
            self._visit_expression(node.exc)

    def _assign(self, node: Node) -> None:
        self._visit_as_expression(node)
        if node.__class__ is _ast.Assign and len(node.targets) > 1:
            self._visit_expression(read_assignment(node)[0])
            self._visit_expression(node.value)
            return
        self._visit_children(node)

    def _visit_as_expression(self, node: Node) -> None:
        for seen in self.table.at(node):
            seen.append(node)

    def _visit_annotated(self, node: Node) -> None:
        if node.value is not None:
            self._visit_as_expression(node)
        self._visit_expression(node.annotation)
        if not node.simple:
            first, last = (
                places.locate_expression(self.source, n) for n in (node.target, node.annotation)
            )
            self._visit_parts([Part("cast", (*first[:2], *last[2:]))])
        if not node.simple or node.value is not None:
            self._visit_expression(node.target)
        if node.value is not None:
            self._visit_expression(node.value)

    # ---- expressions with parts of their own ----

    def _compare(self, node: Node) -> None:
        if len(node.ops) == 1:
            self._visit_expression(node.left)
        for comparator in node.comparators:
            self._visit_expression(comparator)

    def _visit_lambda(self, node: Node) -> None:
        # Semgrep takes a lambda's body for a `return`, except in the parameters of a function.
        returns = not self._in_parameters and self.table.statements.get(_ast.Return)
        if returns and node.body.__class__ not in (_ast.Lambda, _ast.NamedExpr):
            implicit = _ast.Expr(value=node.body)
            vars(implicit)["implicit"] = True
            for seen in returns:
                seen.append(implicit)
        self._visit_children(node)

    def _visit_dict(self, node: Node) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self._visit_expression(value)
            else:
                self._visit_expression(DictItem(key, value))

    def _visit_dict_comprehension(self, node: Node) -> None:
        self._visit_expression(DictItem(node.key, node.value))
        for generator in node.generators:
            self._visit_part(generator)

    def _visit_dict_item(self, node: Node) -> None:
        for part in node.elts:
            self._visit_expression(part)

    def _visit_strings(self, node: Node) -> None:
        """The literals of a string expression, and the parts of f-strings."""
        if node.__class__ is _ast.JoinedStr:
            for value in node.values:
                if value.__class__ is _ast.FormattedValue:
                    for inner in list_nested_values(value):
                        self._visit_expression(inner)
        elif not isinstance(node.value, str | bytes):
            return
        by_class = self.table.by_class
        classes = (node.__class__, _ast.JoinedStr, _ast.Constant)
        if self.table.everywhere or any(kind in by_class for kind in classes):
            pieces = self.source.string_parts(node)
            if len(pieces) > 1:
                self._visit_parts(pieces)
            for piece in pieces:
                self._visit_parts(piece.parts or piece.content())

    def _visit_parts(self, parts: Sequence[Node]) -> None:
        for part in parts:
            if part.__class__ is not Part:
                continue
            for seen in self.table.everywhere:
                seen.append(part)
            kind = _ast.JoinedStr if part.is_fstring else _ast.Constant
            if part.is_fstring or (part.kind == "piece" and part.prefix):
                for seen in self.table.by_class.get(kind, {}).get(None, ()):
                    seen.append(part)
            if part.kind == "field":
                self._visit_parts(part.parts)

    def _visit_subscript(self, node: Node) -> None:
        index = node.slice
        if not places.holds_slices(node):
            self._visit_expression(node.value)
        if index.__class__ is _ast.Slice:
            self._visit_children(index)
        elif places.holds_slices(node):
            for part in split_subscript(node):
                self._visit_expression(part)
        else:
            self._visit_expression(index)

    def _call(self, node: Node) -> None:
        mark_arguments(node)
        self._visit_children(node)

    def _visit_starred(self, node: Node) -> None:
        if self.table.everywhere and (
            node.__class__ is _ast.keyword or getattr(node, "is_argument", False)
        ):
            for sign in locate_operators(self.source, node):
                for seen in self.table.everywhere:
                    seen.append(sign)
        self._visit_expression(node.value)

    def _visit_operation(self, node: Node) -> None:
        if self.table.everywhere:
            for sign in locate_operators(self.source, node):
                for seen in self.table.everywhere:
                    seen.append(sign)
        if node.__class__ is _ast.Compare:
            self._compare(node)
        else:
            self._visit_children(node)

    def _visit_leaf(self, node: Node) -> None:
        """A name or a literal has nothing below it."""


_STATEMENTS: dict[type, Callable[[Walk, Node], None]] = {
    _ast.If: Walk._visit_bodies,
    _ast.While: Walk._visit_while,
    LoopWithElse: Walk._visit_block,
    NameBlock: Walk._visit_block,
    ElseOfLoop: Walk._visit_else_of_loop,
    _ast.For: Walk._visit_for,
    _ast.AsyncFor: Walk._visit_for,
    _ast.With: Walk._visit_with,
    _ast.AsyncWith: Walk._visit_with,
    _ast.Try: Walk._try,
    _ast.TryStar: Walk._try,
    _ast.Match: Walk._match,
    _ast.FunctionDef: Walk._visit_function,
    _ast.AsyncFunctionDef: Walk._visit_function,
    _ast.ClassDef: Walk._visit_class,
    _ast.Raise: Walk._raise,
    _ast.Assign: Walk._assign,
    _ast.AugAssign: Walk._assign,
    _ast.AnnAssign: Walk._visit_annotated,
}
_EXPRESSIONS: dict[type, Callable[[Walk, Node], None]] = {
    _ast.Lambda: Walk._visit_lambda,
    _ast.Call: Walk._call,
    _ast.Starred: Walk._visit_starred,
    _ast.keyword: Walk._visit_starred,
    _ast.Compare: Walk._visit_operation,
    _ast.BinOp: Walk._visit_operation,
    _ast.BoolOp: Walk._visit_operation,
    _ast.UnaryOp: Walk._visit_operation,
    _ast.Subscript: Walk._visit_subscript,
    _ast.Dict: Walk._visit_dict,
    _ast.DictComp: Walk._visit_dict_comprehension,
    DictItem: Walk._visit_dict_item,
    _ast.JoinedStr: Walk._visit_strings,
    _ast.Name: Walk._visit_leaf,
    _ast.Constant: Walk._visit_strings,
}
