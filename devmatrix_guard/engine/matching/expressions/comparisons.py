"""Evaluate the code that metavariables are bound to, for comparisons, as Semgrep does.

It computes more than constant propagation does, numbers of any kind for one, and less: no `+` of
texts. What it cannot compute is compared by its text, and only after `str()`.
"""

from __future__ import annotations

import _ast
from collections.abc import Callable
from typing import Any

from devmatrix_guard.engine.matching.expressions.expressions import ExprMatcher
from devmatrix_guard.engine.tree.expressions import read_operation
from devmatrix_guard.engine.tree.strings import Part

Node = Any
_PLAIN = ("bool", "int", "float", "str")
_LARGEST_POWER = 64
_LARGEST_BITS = 1 << 14
# What Python raises where there is no number: a remainder of nothing, a text too long to show.
NO_NUMBER = (ArithmeticError, ValueError, TypeError)


class NotHandledError(Exception):
    """The value cannot be computed, so a comparison of it does not hold."""


class Code(str):
    """The text of code that is no constant."""


class Evaluation:
    """Evaluates code of one file under one rule's options."""

    def __init__(self, code: ExprMatcher) -> None:
        self.code = code

    def bound(self, value: tuple[Any, ...]) -> Any:
        """Return what a metavariable's value is: a Python value, or `Code`.

        Raises:
            NotHandledError: it has not even a text.
        """
        kind = value[0]
        if kind == "text":
            return value[1]
        node = value[2] if kind == "id" else value[1] if kind == "e" else None
        if node is not None:
            try:
                return self._evaluate(node)
            except (NotHandledError, *NO_NUMBER):
                pass
        text = self.code.text(value)
        if text is None:
            raise NotHandledError
        return Code(text)

    def _evaluate(self, node: Node) -> Any:
        kind = node.__class__
        if kind is _ast.Name:
            return self._evaluate_name(node)
        if kind is _ast.JoinedStr or (kind is Part and node.is_fstring):
            return self._join_literals(node)
        if kind is _ast.List:
            return [self._evaluate(item) for item in node.elts]
        if kind is _ast.Call:
            return self._call(node)
        literal = self.code.literal(node)
        if literal is not None:
            return _read_plain(literal)
        if kind is _ast.Constant and isinstance(node.value, str | bytes):
            return self._join_literals(node)
        found = read_operation(node)
        if found is None:
            raise NotHandledError
        return operate(found[0], [self._evaluate(operand) for operand in found[1]])

    def _evaluate_name(self, node: Node) -> Any:
        known = None
        if self.code.options.get("constant_propagation", True):
            known = self.code.constant(node)
        if known is None:
            raise NotHandledError
        return _read_plain(known)

    def _call(self, node: Node) -> Any:
        name = node.func.id if node.func.__class__ is _ast.Name else ""
        if name not in CALLS or len(node.args) != 1 or node.keywords:
            raise NotHandledError
        return CALLS[name](self._evaluate(node.args[0]))

    def _join_literals(self, node: Node) -> str:
        """Join adjacent literals, or the parts of an f-string or of a field in one."""
        parts: Any = self.code.fstring_parts(node)
        if parts is None:
            parts = self.code.source.string_parts(node)
            if len(parts) < 2:
                raise NotHandledError
        if None in parts:
            raise NotHandledError
        return "".join(convert_to_text(self._evaluate(part)) for part in parts)


def _read_plain(constant: tuple[Any, ...]) -> Any:
    """Return a constant's value if it is of a kind that can be computed with."""
    kind, value = constant
    if kind not in _PLAIN or (kind == "int" and not isinstance(value, int)):
        raise NotHandledError
    return value


def convert_to_text(value: Any) -> str:
    """Return what `str()` gives.

    Raises:
        NotHandledError: the value is a list.
    """
    if isinstance(value, list):
        raise NotHandledError
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.0f}." if value.is_integer() else f"{value:.12g}"
    return str(value)


def operate(operator: str, values: list[Any]) -> Any:
    """Return what an operation gives.

    Raises:
        NotHandledError: it is not defined for these values.
    """
    if len(values) == 2 and any(isinstance(value, Code) for value in values):
        raise NotHandledError
    if operator in ("==", "!="):
        return _equals(*values) is (operator == "==")
    if operator in ("in", "not in"):
        return _contains(*values) is (operator == "in") if _can_contain(*values) else False
    kinds = {type(value) for value in values}
    if kinds == {bool} and operator in _BOOLEAN:
        return _BOOLEAN[operator](*values)
    if kinds <= {int, float} and operator in _NUMERIC and len(values) == 2:
        return _NUMERIC[operator](*values)
    if kinds <= {int, float} and len(values) == 1 and operator in "+-":
        return values[0] if operator == "+" else -values[0]
    if kinds == {int} and operator in _INTEGER and len(values) == 2:
        return _INTEGER[operator](*values)
    if kinds == {int} and operator == "~":
        return ~values[0]
    raise NotHandledError


def _convert_to_int(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and not isinstance(value, Code):
        try:
            return int(value, 0)
        except ValueError as error:
            raise NotHandledError from error
    raise NotHandledError


def _equals(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return type(one) is type(other) and one == other
    return bool(one == other)


def _can_contain(one: Any, other: Any) -> bool:
    return isinstance(other, list) or (isinstance(one, str) and isinstance(other, str))


def _contains(one: Any, other: Any) -> bool:
    if isinstance(other, list):
        return any(type(one) is type(item) and one == item for item in other)
    return one in other


def _divide(one: Any, other: Any) -> Any:
    if isinstance(one, int) and isinstance(other, int):
        return int(one / other)
    return one / other


def _calculate_remainder(one: Any, other: Any) -> Any:
    import math

    found = math.fmod(one, other)
    return int(found) if isinstance(one, int) and isinstance(other, int) else found


def _raise_to_power(one: Any, other: Any) -> Any:
    if abs(other) > _LARGEST_POWER or (isinstance(other, int) and other < 0):
        raise NotHandledError
    found = one**other if _count_bits(one) * abs(other) <= _LARGEST_BITS else None
    if found is None or isinstance(found, complex):
        raise NotHandledError
    return found


def _multiply(one: Any, other: Any) -> Any:
    if _count_bits(one) + _count_bits(other) > _LARGEST_BITS:
        raise NotHandledError
    return one * other


def _shift(one: int, count: int) -> int:
    """Shift to the left, or to the right by a count below 0."""
    if abs(count) > _LARGEST_BITS:
        raise NotHandledError
    return one << count if count >= 0 else one >> -count


def _count_bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 0


_BOOLEAN: dict[str, Callable[..., Any]] = {
    "and": lambda *values: all(values),
    "or": lambda *values: any(values),
    "not": lambda value: not value,
}
_NUMERIC: dict[str, Callable[[Any, Any], Any]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": _multiply,
    "/": _divide,
    "%": _calculate_remainder,
    "**": _raise_to_power,
}
_INTEGER: dict[str, Callable[[Any, Any], Any]] = {
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: _shift(a, b),
    ">>": lambda a, b: _shift(a, -b),
}
CALLS: dict[str, Callable[[Any], Any]] = {"int": _convert_to_int, "str": convert_to_text}
