"""What a rule asks of its metavariables: regular expressions and comparisons."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from devmatrix_guard.engine import regexes
from devmatrix_guard.engine.effort import Effort
from devmatrix_guard.engine.match_expr import ExprMatcher
from devmatrix_guard.engine.sequences import Env
from devmatrix_guard.engine.shapes import operation_of
from devmatrix_guard.engine.source import Source

_Point = tuple[int, int]


class _NotHandledError(Exception):
    """The comparison cannot be evaluated for this binding, so it does not hold."""


def holds(condition: tuple[Any, ...], code: ExprMatcher, env: Env) -> Env | None:
    """Return the bindings a condition adds when it holds, None when it does not."""
    if condition[0] == "regex":
        return _regex(condition, code, env)
    try:
        value = _Comparison(code, env).value(condition[1])
    except (_NotHandledError, ZeroDivisionError, OverflowError):
        return None
    return {} if value is True else None


def regex_matches(
    source: Source, regex: regexes.Regex, effort: Effort
) -> list[tuple[_Point, _Point, Env]]:
    """Return every match of a `pattern-regex` in the file."""
    text = source.data.decode("utf-8", "replace")
    starts = _line_starts(text)
    names = regexes.names_of_groups(regex)
    found = []
    for spans in regexes.finditer(regex, text, effort):
        first, last = spans[0]
        if first < last:
            env = _captures(spans, names, text, starts)
            found.append((_point(text, starts, first), _point(text, starts, last), env))
    return found


def _captures(spans: regexes.Spans, names: dict[int, str], text: str, starts: list[int]) -> Env:
    env: Env = {}
    for index, (first, last) in enumerate(spans):
        if index and first >= 0:
            place = regexes.Place(*_point(text, starts, first), *_point(text, starts, last))
            for name in (str(index), names.get(index)):
                if name is not None:
                    env[f"${name}"] = ("text", text[first:last], place)
    return env


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _point(text: str, starts: list[int], offset: int) -> _Point:
    from bisect import bisect_right

    line = bisect_right(starts, offset)
    return line, len(text[starts[line - 1] : offset].encode())


def _regex(condition: tuple[Any, ...], code: ExprMatcher, env: Env) -> Env | None:
    _, variable, pattern, propagate = condition
    value = env.get(variable)
    if value is None:
        return None
    text = code.text(value)
    if propagate:
        constant = _constant(value, code)
        text = _as_text(constant) if constant is not None else text
    if text is None:
        return None
    groups = regexes.match(pattern, text, code.effort)
    if groups is None:
        return None
    return {
        f"${index}": ("text", content, _node_of(value))
        for index, content in enumerate(groups, 1)
        if content is not None
    }


def _node_of(value: tuple[Any, ...]) -> Any:
    node = value[2] if value[0] in ("id", "text", "module") else value[1]
    return node[0] if isinstance(node, tuple) else node


def _constant(value: tuple[Any, ...], code: ExprMatcher) -> Any:
    """Return the Python value a binding is known to be, None when it is not known."""
    if value[0] == "text":
        return value[1]
    node = value[2] if value[0] == "id" else value[1] if value[0] == "e" else None
    if node is None:
        return None
    known = code.literal(node) or code.constant(node)
    if known is None or known[0] in ("cst", "none", "imag", "complex"):
        return None
    if known[0] == "int" and not isinstance(known[1], int):
        return None
    return known[1]


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.0f}." if value.is_integer() else f"{value:.12g}"
    return str(value)


class _Code(str):
    """The text of code that is no constant: it can be compared only after `str()`."""


class _Comparison:
    """Evaluates a compiled comparison the way Semgrep does."""

    def __init__(self, code: ExprMatcher, env: Env) -> None:
        self.code = code
        self.env = env

    def value(self, tree: tuple[Any, ...]) -> Any:
        kind = tree[0]
        if kind == "const":
            return tree[1]
        if kind == "mv":
            return self._metavariable(tree[1])
        if kind == "list":
            return [self.value(item) for item in tree[1]]
        if kind == "op":
            return self._operation(tree[1], [self.value(operand) for operand in tree[2]])
        return self._call(tree[1], tree[2])

    def _metavariable(self, name: str) -> Any:
        bound = self.env.get(name)
        if bound is None:
            raise _NotHandledError
        constant = _constant(bound, self.code)
        if constant is None and bound[0] == "e":
            constant = self._evaluated(bound[1])
        if constant is not None:
            return constant
        text = self.code.text(bound)
        if text is None:
            raise _NotHandledError
        return _Code(text)

    def _evaluated(self, node: Any) -> Any:
        """Evaluate code such as `2 * 1024` that is no literal."""
        operation = operation_of(node)
        if operation is None:
            return None
        values = []
        for operand in operation[1]:
            known = self.code.literal(operand) or self.code.constant(operand)
            value = known[1] if known and known[0] in ("int", "float", "bool", "str") else None
            value = self._evaluated(operand) if value is None else value
            if value is None:
                return None
            values.append(value)
        try:
            return self._operation(operation[0], values)
        except _NotHandledError:
            return None

    def _call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        values = [self.value(argument) for argument in arguments]
        if name == "int":
            return _to_int(values[0])
        if name == "str":
            if isinstance(values[0], list):
                raise _NotHandledError
            return _as_text(values[0]) if not isinstance(values[0], str) else str(values[0])
        if isinstance(values[1], _Code) or not isinstance(values[1], str):
            raise _NotHandledError
        return regexes.match(values[0], values[1], self.code.effort) is not None

    def _operation(self, operator: str, values: list[Any]) -> Any:
        if len(values) == 2 and any(isinstance(value, _Code) for value in values):
            raise _NotHandledError
        if operator in ("==", "!="):
            return _equal(*values) is (operator == "==")
        if operator in ("in", "not in"):
            return _contained(*values) is (operator == "in") if _can_contain(*values) else False
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
        raise _NotHandledError


def _to_int(value: Any) -> int:
    if isinstance(value, bool | _Code):
        raise _NotHandledError
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        try:
            return int(value, 0)
        except ValueError as error:
            raise _NotHandledError from error
    raise _NotHandledError


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return type(one) is type(other) and one == other
    return bool(one == other)


def _can_contain(one: Any, other: Any) -> bool:
    return isinstance(other, list) or (isinstance(one, str) and isinstance(other, str))


def _contained(one: Any, other: Any) -> bool:
    if isinstance(other, list):
        return any(type(one) is type(item) and one == item for item in other)
    return one in other


def _divided(one: Any, other: Any) -> Any:
    if isinstance(one, int) and isinstance(other, int):
        return int(one / other)
    return one / other


def _remainder(one: Any, other: Any) -> Any:
    import math

    found = math.fmod(one, other)
    return int(found) if isinstance(one, int) and isinstance(other, int) else found


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
    "*": lambda a, b: a * b,
    "/": _divided,
    "%": _remainder,
}
_INTEGER: dict[str, Callable[[Any, Any], Any]] = {
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}
