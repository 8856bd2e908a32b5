"""Expressions: text to a typed tree. The syntax is a small part of Python's."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior import durations
from devmatrix_guard.generator.behavior.asked import mentions
from devmatrix_guard.generator.behavior.types import Member as Known
from devmatrix_guard.generator.behavior.types import (
    Types,
    can_compare,
    find_common_type,
    is_nullable,
    is_number,
    strip_null,
)
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir import expression as ir
from devmatrix_guard.ir.expression import Expression, Tree
from devmatrix_guard.ir.shape import Scalar
from devmatrix_guard.model.named_value import NamedValue

MAX_LENGTH = 2000
_COMPARISONS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_CONSTANTS: dict[str, tuple[Scalar, str]] = {
    "true": (True, "boolean"),
    "false": (False, "boolean"),
    "null": (None, "null"),
}
_AGGREGATES = ("count", "sum", "min", "max", "any", "all")
_FUNCTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "now": ((), "datetime"),
    "today": ((), "date"),
    "lower": (("string",), "string"),
    "upper": (("string",), "string"),
    "length": (("string",), "integer"),
    "abs": (("number",), "same"),
    "round": (("number", "integer"), "decimal"),
    "coalesce": (("any", "any"), "same"),
    "greatest": (("any", "any"), "same"),
    "least": (("any", "any"), "same"),
    "text": (("any",), "string"),
    "pad": (("integer", "integer"), "string"),
    **durations.FUNCTIONS,
}
_ORDERED = ("string", "datetime", "date", "time", "duration", "days")
_ELSEWHERE = {
    "datediff": "subtract one from the other, and take whole_days(...)",
    "timedelta": "write days(...), hours(...) or minutes(...)",
    "len": "write length(text) or count(rows)",
    "str": "write text(...)",
    "max": "write greatest(a, b); max is over rows",
    "min": "write least(a, b); min is over rows",
    "exists": "write any(rows, condition)",
}


class Typed(NamedValue):
    """A tree and its type; a type that ends in `?` may be null."""

    tree: Tree
    type: str


Scope = Mapping[str, str]


def check_expression(
    text: object,
    scope: Scope,
    types: Types,
    pointer: str,
    *,
    wanted: str = "",
    tables: bool = False,
) -> Expression:
    """Return the checked expression.

    Args:
        text: what the spec holds; a number, boolean or null stands for itself.
        scope: what the variables are; `self` makes its members visible without a prefix.
        types: what rows, bodies and parameters are made of.
        pointer: where it stands.
        wanted: the type it must have, "" for any.
        tables: whether all rows of an entity may be asked, as only a step of a flow can.

    Raises:
        SpecError: it is not an expression, or a name or type in it is wrong.
    """
    checker = _Checker(scope, types, pointer, tables=tables)
    typed = checker.check(_parse(text, pointer))
    if wanted and not can_compare(typed.type, wanted):
        raise SpecError(f"{wanted} is expected here, not {strip_null(typed.type)}", pointer)
    if wanted == "boolean" and is_nullable(typed.type):
        typed = Typed(ir.Compare("==", typed.tree, ir.Constant(True, "boolean")), "boolean")
    return Expression(_convert_to_text(text), typed.tree, typed.type, pointer)


def _convert_to_text(value: object) -> str:
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def _parse(text: object, pointer: str) -> ast.expr:
    source = _convert_to_text(text)
    if not isinstance(text, (str, int, float, bool, type(None))):
        raise SpecError("an expression is expected here", pointer)
    if len(source) > MAX_LENGTH:
        raise SpecError(f"the expression is longer than {MAX_LENGTH} characters", pointer)
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = error.msg if isinstance(error, SyntaxError) else "it nests too deep"
        raise SpecError(f"this is not an expression: {why}", pointer) from error


class _Checker:
    def __init__(self, scope: Scope, types: Types, pointer: str, *, tables: bool) -> None:
        self._scope = dict(scope)
        self._types = types
        self._pointer = pointer
        self._tables = tables

    def check(self, node: ast.expr) -> Typed:
        if isinstance(node, ast.Constant):
            return self._check_constant(node)
        if isinstance(node, ast.Name):
            return self._check_name(node.id)
        if isinstance(node, ast.Attribute):
            return self._check_member(node)
        if isinstance(node, ast.Subscript):
            return self._check_lookup(node)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.BoolOp):
            return self._check_logic(node)
        if isinstance(node, ast.UnaryOp):
            return self._check_unary(node)
        if isinstance(node, ast.BinOp):
            return self._check_arithmetic(node)
        if isinstance(node, (ast.List, ast.Tuple)):
            return self._check_items(node)
        if isinstance(node, ast.Call):
            return self._check_call(node)
        if isinstance(node, ast.IfExp):
            return self._check_choice(node)
        raise self._make_error(f"{type(node).__name__} is not part of the expression language")

    def _make_error(self, message: str) -> SpecError:
        return SpecError(message, self._pointer)

    def _check_constant(self, node: ast.Constant) -> Typed:
        value = node.value
        if isinstance(value, bool) or value is None:
            return Typed(
                ir.Constant(value, "boolean" if value is not None else "null"),
                "boolean" if value is not None else "null",
            )
        if isinstance(value, int):
            return Typed(ir.Constant(value, "integer"), "integer")
        if isinstance(value, float):
            return Typed(ir.Constant(repr(value), "decimal"), "decimal")
        if isinstance(value, str):
            return Typed(ir.Constant(value, "string"), "string")
        raise self._make_error("a constant is text, a number, true, false or null")

    def _check_name(self, name: str) -> Typed:
        if name in _CONSTANTS:
            value, kind = _CONSTANTS[name]
            return Typed(ir.Constant(value, kind), kind)
        if name in self._scope:
            return Typed(ir.Name(name), self._scope[name])
        own = self._scope.get("self", "")
        known = self._types.list_members(own) if own else {}
        if name in known:
            return self._find_member(Typed(ir.Name("self"), own), name, known[name])
        if self._types.is_entity(name):
            raise self._make_error(
                f"{name} is an entity; ask all its rows with any({name}, ...) or "
                f"count({name}, ...), or load one first"
            )
        names = [*list_names(self._scope), *known]
        raise self._make_error(f"unknown name {name!r}{suggest(name, names)}")

    def _check_member(self, node: ast.Attribute) -> Typed:
        owner = self.check(node.value)
        known = self._types.list_members(owner.type)
        if not known:
            raise self._make_error(f"{strip_null(owner.type)} has no members")
        if node.attr not in known:
            raise self._make_error(f"unknown name {node.attr!r}{suggest(node.attr, known)}")
        return self._find_member(owner, node.attr, known[node.attr])

    def _find_member(self, owner: Typed, name: str, member: Known) -> Typed:
        kind = member.type
        if is_nullable(owner.type) and not is_nullable(kind):
            kind = f"{kind}?"
        tree: Tree = ir.Member(owner.tree, member.name, member.kind, member.wire or name)
        if _mark(tree) in self._scope:
            return Typed(tree, strip_null(kind))
        if self._may_be_missing(owner):
            there = ir.Compare("!=", owner.tree, ir.Constant(None, "null"))
            tree = ir.Choice(there, tree, ir.Constant(None, "null"))
        return Typed(tree, kind)

    def _may_be_missing(self, owner: Typed) -> bool:
        """Whether there may be no row, so that Python must ask before it takes a value of it."""
        row = owner.type.startswith("row:") and is_nullable(owner.type)
        return row and owner.tree != ir.Name("viewer") and not mentions(owner.tree, "it")

    def _check_lookup(self, node: ast.Subscript) -> Typed:
        if not isinstance(node.value, ast.Name) or not self._types.is_entity(node.value.id):
            raise self._make_error("only an entity can be looked up: Product[order.product_id]")
        entity = node.value.id
        key = self.check(node.slice)
        wanted = self._types.find_key_type(entity)
        if not can_compare(key.type, wanted):
            raise self._make_error(f"the key of {entity} is {wanted}, not {strip_null(key.type)}")
        return Typed(ir.Lookup(entity, key.tree), f"row:{entity}")

    def _compare(self, node: ast.Compare) -> Typed:
        parts: list[Tree] = []
        left = self.check(node.left)
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.check(right_node)
            parts.append(self._compare_pair(operator, left, right))
            left = right
        tree = parts[0] if len(parts) == 1 else ir.Logic("and", tuple(parts))
        return Typed(tree, "boolean")

    def _compare_pair(self, operator: ast.cmpop, left: Typed, right: Typed) -> Tree:
        if isinstance(operator, (ast.In, ast.NotIn)):
            element = right.type.removeprefix("list:")
            if element == right.type or not can_compare(left.type, element):
                raise self._make_error("`in` needs a list of the same type on its right")
            return ir.Contains(left.tree, right.tree, isinstance(operator, ast.NotIn))
        if isinstance(operator, (ast.Is, ast.IsNot)):
            operator = ast.Eq() if isinstance(operator, ast.Is) else ast.NotEq()
        symbol = _COMPARISONS.get(type(operator))
        if symbol is None:
            raise self._make_error("this comparison is not part of the expression language")
        if not can_compare(left.type, right.type):
            raise self._make_error(
                f"{strip_null(left.type)} and {strip_null(right.type)} cannot be compared"
            )
        if symbol not in ("==", "!="):
            self._must_have_value(left)
            self._must_have_value(right)
        self._check_enum(left, right)
        self._check_enum(right, left)
        if mentions(left.tree, "it") != mentions(right.tree, "it"):
            left, right = self._take_key(left), self._take_key(right)
        return ir.Compare(symbol, left.tree, right.tree)

    def _take_key(self, typed: Typed) -> Typed:
        """Return the key of a row that `it` is compared with, which a question to SQL can hold."""
        if not typed.type.startswith("row:") or mentions(typed.tree, "it"):
            return typed
        key = self._types.find_entity(strip_null(typed.type).removeprefix("row:")).key
        return self._find_member(typed, key, self._types.list_members(typed.type)[key])

    def _check_enum(self, member: Typed, constant: Typed) -> None:
        """A text that an enum can never be is a slip of the pen."""
        if not isinstance(constant.tree, ir.Constant) or not isinstance(member.tree, ir.Member):
            return
        allowed = self._types.find_enum(member.tree, self._find_owner_type(member.tree))
        value = constant.tree.value
        if allowed and value is not None and value not in allowed:
            words = [str(word) for word in allowed]
            raise self._make_error(f"{value!r} is never a value here{suggest(str(value), words)}")

    def _find_owner_type(self, member: ir.Member) -> str:
        owner = member.of
        if isinstance(owner, ir.Name):
            return self._scope.get(owner.name, "")
        if isinstance(owner, ir.Lookup):
            return f"row:{owner.entity}"
        return ""

    def _must_have_value(self, typed: Typed) -> None:
        if is_nullable(typed.type):
            raise self._make_error(
                "a value here may be null; say which to take: coalesce(value, 0)"
            )

    def _check_logic(self, node: ast.BoolOp) -> Typed:
        parts = [self._check_truth(self.check(part)) for part in node.values]
        op = ir.Logic("and" if isinstance(node.op, ast.And) else "or", tuple(parts))
        return Typed(op, "boolean")

    def _check_truth(self, typed: Typed) -> Tree:
        if strip_null(typed.type) != "boolean":
            raise self._make_error(f"true or false is expected here, not {strip_null(typed.type)}")
        if is_nullable(typed.type):
            return ir.Compare("==", typed.tree, ir.Constant(True, "boolean"))
        return typed.tree

    def _check_unary(self, node: ast.UnaryOp) -> Typed:
        operand = self.check(node.operand)
        if isinstance(node.op, ast.Not):
            return Typed(ir.Not(self._check_truth(operand)), "boolean")
        countable = is_number(operand.type) or durations.fits(operand.type, "duration")
        if isinstance(node.op, ast.USub) and countable:
            self._must_have_value(operand)
            return Typed(ir.Negative(operand.tree), operand.type)
        raise self._make_error("this operator is not part of the expression language")

    def _check_arithmetic(self, node: ast.BinOp) -> Typed:
        symbol = _OPERATORS.get(type(node.op))
        if symbol is None:
            raise self._make_error("only + - * / are part of the expression language")
        left, right = self.check(node.left), self.check(node.right)
        self._must_have_value(left)
        self._must_have_value(right)
        if symbol == "+" and left.type == right.type == "string":
            return Typed(ir.Arithmetic("+", left.tree, right.tree), "string")
        try:
            time = durations.find_time_type(left.type, symbol, right.type)
        except ValueError as error:
            raise self._make_error(str(error)) from error
        if time is not None:
            return self._make_time(*time, symbol, left, right)
        if not is_number(left.type) or not is_number(right.type):
            raise self._make_error(f"{left.type} {symbol} {right.type} cannot be worked out")
        kind = find_common_type(left.type, right.type)
        if symbol == "/":
            if isinstance(right.tree, ir.Constant) and right.tree.value == 0:
                raise self._make_error("this divides by zero")
            if not isinstance(right.tree, ir.Constant):
                raise self._make_error("divide by a constant only, so that it is never zero")
            kind = "number" if kind == "number" else "decimal"
        return Typed(ir.Arithmetic(symbol, left.tree, right.tree), kind)

    def _make_time(self, word: str, kind: str, symbol: str, left: Typed, right: Typed) -> Typed:
        if word == "shift":
            by = ir.Negative(right.tree) if symbol == "-" else right.tree
            return Typed(ir.Call("shift", (left.tree, by)), kind)
        if word == "times":
            number, length = (left, right) if left.type == "integer" else (right, left)
            return Typed(ir.Call("times", (number.tree, length.tree)), kind)
        if word == "between":
            return Typed(ir.Call("between", (left.tree, right.tree)), kind)
        return Typed(ir.Arithmetic(symbol, left.tree, right.tree), kind)

    def _check_choice(self, node: ast.IfExp) -> Typed:
        """Check `a if condition else b`; what a test for null rules out has a value inside."""
        test = self.check(node.test)
        condition = self._check_truth(test)
        outer = self._scope
        self._scope = narrow(outer, condition, holds=True)
        then = self.check(node.body)
        self._scope = narrow(outer, condition, holds=False)
        otherwise = self.check(node.orelse)
        self._scope = outer
        kind = self._join_types(then, otherwise)
        nullable = is_nullable(then.type) or is_nullable(otherwise.type)
        kind = f"{kind}?" if nullable and kind != "null" else kind
        return Typed(ir.Choice(condition, then.tree, otherwise.tree), kind)

    def _join_types(self, first: Typed, second: Typed) -> str:
        """Return the type that both values have, apart from null."""
        left, right = strip_null(first.type), strip_null(second.type)
        if not can_compare(left, right):
            raise self._make_error(f"{left} and {right} are not of one type")
        if is_number(left) and is_number(right):
            return find_common_type(left, right)
        return right if left == "null" else left

    def _check_items(self, node: ast.List | ast.Tuple) -> Typed:
        parts = [self.check(part) for part in node.elts]
        if not parts:
            raise self._make_error("an empty list holds nothing to compare with")
        kinds = {strip_null(part.type) for part in parts}
        if len(kinds) > 1:
            raise self._make_error(f"a list holds one type, not {' and '.join(sorted(kinds))}")
        return Typed(ir.Items(tuple(part.tree for part in parts)), f"list:{kinds.pop()}")

    def _check_call(self, node: ast.Call) -> Typed:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self._make_error("only functions of the expression language can be called")
        name = node.func.id
        if name in _AGGREGATES:
            return self._check_aggregate(name, node.args)
        if name not in _FUNCTIONS:
            known = [*_AGGREGATES, *_FUNCTIONS]
            hint = f"; {_ELSEWHERE[name]}" if name in _ELSEWHERE else suggest(name, known)
            raise self._make_error(f"unknown function {name!r}{hint}")
        wanted, gives = _FUNCTIONS[name]
        arguments = [self.check(part) for part in node.args]
        if len(arguments) != len(wanted):
            raise self._make_error(f"{name} takes {len(wanted)} values, not {len(arguments)}")
        for argument, kind in zip(arguments, wanted, strict=True):
            fits = kind == "any" or (kind == "number" and is_number(argument.type))
            fits = fits or durations.fits(argument.type, kind)
            if not fits and strip_null(argument.type) != kind:
                wanted_word = {"moment": "a date or datetime"}.get(kind, kind)
                given = strip_null(argument.type)
                raise self._make_error(f"{name} needs {wanted_word}, not {given}")
            if name != "coalesce":
                self._must_have_value(argument)
        return Typed(
            ir.Call(name, tuple(a.tree for a in arguments)),
            self._find_result(name, gives, arguments),
        )

    def _find_result(self, name: str, gives: str, arguments: list[Typed]) -> str:
        if gives != "same":
            return gives
        first = strip_null(arguments[0].type)
        if len(arguments) == 1 or name == "add_months":
            return first
        kind = self._join_types(*arguments)
        if name != "coalesce" and kind not in _ORDERED and not is_number(kind):
            raise self._make_error(f"{name} needs values that have an order, not {kind}")
        return f"{kind}?" if is_nullable(arguments[1].type) else kind

    def _check_aggregate(self, name: str, arguments: list[ast.expr]) -> Typed:
        folds = name in ("sum", "min", "max")
        if not 1 <= len(arguments) <= 2 + folds or (len(arguments) == 1 and name != "count"):
            more = ", condition" if folds else ""
            wanted = "value" if folds else "condition"
            raise self._make_error(f"write {name}(rows, {wanted} with `it`{more})")
        collection = self._check_collection(arguments[0])
        kind = strip_null(collection.type)
        if not kind.startswith(("rows:", "list:")):
            raise self._make_error(f"{name} needs rows or a list, not {kind}")
        entity = kind.removeprefix("rows:") if kind.startswith("rows:") else ""
        body, condition = self._check_within(name, kind, arguments[1:])
        gives = {"count": "integer", "any": "boolean", "all": "boolean"}.get(name)
        if gives is None:
            gives = body.type if body else "integer"
            gives = f"{gives}?" if name in ("min", "max") else gives
        tree = ir.Aggregate(
            name, collection.tree, entity, "it", body.tree if body else None, condition
        )
        return Typed(tree, gives)

    def _check_collection(self, node: ast.expr) -> Typed:
        """Check what an aggregate goes over; the name of an entity stands for all its rows."""
        if not isinstance(node, ast.Name) or node.id in self._scope:
            return self.check(node)
        if not self._types.is_entity(node.id):
            own = self._types.list_members(self._scope.get("self", ""))
            if node.id in own or not self._tables:
                return self.check(node)
            close = suggest(node.id, [*list_names(self._scope), *own, *self._types.entity_names])
            raise self._make_error(f"unknown name {node.id!r}{close}")
        if not self._tables:
            raise self._make_error(
                f"all rows of {node.id} can only be asked in a step of a flow, "
                "and not inside another question about rows"
            )
        return Typed(ir.Rows(node.id), f"rows:{node.id}")

    def _check_within(
        self, name: str, collection: str, nodes: list[ast.expr]
    ) -> tuple[Typed | None, Tree | None]:
        """Check what is asked of each row: the value or condition, and which rows are meant."""
        before, tables = dict(self._scope), self._tables
        element = collection.partition(":")[2]
        self._scope["it"] = f"row:{element}" if collection.startswith("rows:") else element
        self._tables = False
        condition = self._check_truth(self.check(nodes[1])) if len(nodes) == 2 else None
        body = self.check(nodes[0]) if nodes else None
        if body is not None and name in ("count", "any", "all"):
            body = Typed(self._check_truth(body), "boolean")
        if body is not None and name in ("sum", "min", "max"):
            self._must_have_value(body)
            if name == "sum" and not is_number(body.type):
                raise self._make_error(f"sum needs numbers, not {body.type}")
        self._scope, self._tables = before, tables
        return body, condition


def narrow(scope: Scope, condition: object, *, holds: bool) -> dict[str, str]:
    """Return what the variables are where a condition holds, or does not: not null, or null."""
    known = dict(scope)
    parts = [condition]
    if isinstance(condition, ir.Not):
        return narrow(scope, condition.of, holds=not holds)
    if isinstance(condition, ir.Logic) and (condition.op == "and") is holds:
        parts = list(condition.parts)
    for part in parts:
        if not isinstance(part, ir.Compare) or not isinstance(part.left, ir.Name | ir.Member):
            continue
        against_null = isinstance(part.right, ir.Constant) and part.right.value is None
        if against_null and (part.op == "!=") is holds and part.op in ("==", "!="):
            if isinstance(part.left, ir.Name):
                name = part.left.name
                known[name] = strip_null(known.get(name, ""))
            else:
                known[_mark(part.left)] = ""
    return known


def list_names(scope: Scope) -> list[str]:
    """Return the variables of a scope."""
    return [name for name in scope if not name.startswith("!")]


def forget_stored(scope: Scope) -> dict[str, str]:
    """Return what the variables are after a change: what is stored may be null again."""
    return {name: kind for name, kind in scope.items() if not name.startswith("!attribute")}


def _mark(tree: Tree) -> str:
    """Return the name under which a scope keeps that a member is not null."""
    return f"!{getattr(tree, 'kind', '')}{tree!r}"
