"""What a rule asks of its metavariables: regular expressions and comparisons."""

from __future__ import annotations

import re
from typing import Any

from devmatrix_guard.engine.budget import Effort
from devmatrix_guard.engine.matching.expressions.comparisons import (
    CALLS,
    NO_NUMBER,
    Code,
    Evaluation,
    NotHandledError,
    convert_to_text,
    operate,
)
from devmatrix_guard.engine.matching.expressions.expressions import ExprMatcher
from devmatrix_guard.engine.matching.expressions.types import Env
from devmatrix_guard.engine.regex import regex as regexes

_Point = tuple[int, int]


def holds(condition: tuple[Any, ...], code: ExprMatcher, env: Env) -> Env | None:
    """Return the bindings a condition adds when it holds, None when it does not."""
    if condition[0] == "regex":
        return _match_regex(condition, code, env)
    try:
        value = _Comparison(code, env).value(condition[1])
    except (NotHandledError, *NO_NUMBER):
        return None
    return {} if value is True else None


def find_regex_matches(
    text: str, begin: _Point, regex: regexes.Regex, effort: Effort
) -> list[tuple[_Point, _Point, Env]]:
    """Return every match of a `pattern-regex` in a text that begins at some point of the file."""
    points = _Points(text, begin)
    names = regexes.names_of_groups(regex)
    found = []
    for spans in regexes.find_matches(regex, text, effort):
        first, last = spans[0]
        if first < last:
            env = _bind_captures(spans, names, text, points)
            found.append((points.at(first), points.at(last), env))
    return found


class _Points:
    """Tells where the offsets of a text stand that begins at some point of the file."""

    def __init__(self, text: str, begin: _Point) -> None:
        self.text = text
        self.line, self.column = begin
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> _Point:
        """Return the line of an offset and its column in bytes."""
        from bisect import bisect_right

        line = bisect_right(self.starts, offset)
        column = len(self.text[self.starts[line - 1] : offset].encode())
        return self.line + line - 1, column + (self.column if line == 1 else 0)


def _bind_captures(spans: regexes.Spans, names: dict[int, str], text: str, points: _Points) -> Env:
    env: Env = {}
    for index, (first, last) in enumerate(spans):
        if index and first >= 0:
            place = regexes.Place(*points.at(first), *points.at(last))
            for name in (str(index), names.get(index)):
                if name is not None:
                    env[f"${name}"] = ("text", text[first:last], place)
    return env


def _match_regex(condition: tuple[Any, ...], code: ExprMatcher, env: Env) -> Env | None:
    _, variable, pattern, propagate = condition
    value = env.get(variable)
    if value is None or variable[1:].isdigit():  # Semgrep does not look up what a regex captured
        return None
    text = code.text(value)
    if propagate and code.options.get("constant_propagation", True):
        try:
            text = convert_to_text(Evaluation(code).bound(value))
        except NotHandledError:
            return None
    if text is None:
        return None
    groups = regexes.match(pattern, text, code.effort)
    if groups is None:
        return None
    return {
        f"${index}": ("text", content, _get_node(value))
        for index, content in enumerate(groups, 1)
        if content is not None
    }


def _get_node(value: tuple[Any, ...]) -> Any:
    node = value[2] if value[0] in ("id", "text", "module") else value[1]
    return node[0] if isinstance(node, tuple) else node


class _Comparison:
    """Evaluates a compiled comparison the way Semgrep does."""

    def __init__(self, code: ExprMatcher, env: Env) -> None:
        self.code = code
        self.env = env
        self.evaluation = Evaluation(code)

    def value(self, tree: tuple[Any, ...]) -> Any:
        kind = tree[0]
        if kind == "const":
            return tree[1]
        if kind == "mv":
            if tree[1] not in self.env:
                raise NotHandledError
            return self.evaluation.bound(self.env[tree[1]])
        if kind == "list":
            return [self.value(item) for item in tree[1]]
        values = [self.value(operand) for operand in tree[2]]
        if kind == "op":
            return operate(tree[1], values)
        if tree[1] in CALLS:
            return CALLS[tree[1]](values[0])
        if isinstance(values[1], Code) or not isinstance(values[1], str):
            raise NotHandledError
        return regexes.match(values[0], values[1], self.code.effort) is not None
