"""Mutants of a generated application: each require, floor and guard deleted or changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

_OTHER = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


class Mutant(NamedTuple):
    """One change of one file: what kind of step it is in, and what was done to it."""

    kind: str
    what: str
    path: str
    text: str


def mutants(files: dict[str, str]) -> list[Mutant]:
    """Return every mutant of the workflows and state machines of an application."""
    found: list[Mutant] = []
    for path, text in sorted(files.items()):
        if path.startswith("src/workflows/"):
            found += _workflow(path, text)
        elif path.startswith("src/state_machines/"):
            found += _machine(path, text)
    return found


def _workflow(path: str, text: str) -> Iterator[Mutant]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.If) and _refuses(node):
            kind = _kind_of_check(node.test)
            if kind:
                yield from _changed_test(kind, path, text, node.test)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".change_where"):
            for condition in node.args[2:]:
                source = ast.unparse(condition)
                yield _replaced("floor", f"{source} deleted", path, text, condition, "True")
                yield from _compared("floor", path, text, condition)


def _refuses(node: ast.If) -> bool:
    return any(isinstance(s, ast.Raise) for s in node.body)


def _kind_of_check(test: ast.expr) -> str:
    source = ast.unparse(test)
    if source == "not changed":
        return "floor"
    if "await fire_" in source:
        return "guard"
    # A row that is missing is no condition of the spec.
    missing = isinstance(test, ast.Compare) and isinstance(test.left, ast.Name)
    return "" if missing and source.endswith(" is None") else "require"


def _changed_test(kind: str, path: str, text: str, test: ast.expr) -> Iterator[Mutant]:
    source = ast.unparse(test)
    yield _replaced(kind, f"{source} never refuses", path, text, test, "False")
    yield _replaced(kind, f"{source} always refuses", path, text, test, "True")
    if "await" not in source:
        yield from _compared(kind, path, text, test)
    for node in ast.walk(test):
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                rest = [ast.unparse(v) for v in node.values if v is not part]
                word = " and " if isinstance(node.op, ast.And) else " or "
                what = f"{source} without {ast.unparse(part)}"
                yield _replaced(kind, what, path, text, node, f"({word.join(rest)})")


def _compared(kind: str, path: str, text: str, tree: ast.expr) -> Iterator[Mutant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            changed = ast.Compare(node.left, [_OTHER[type(node.ops[0])]()], node.comparators)
            what = f"{ast.unparse(node)} becomes {ast.unparse(changed)}"
            yield _replaced(kind, what, path, text, node, ast.unparse(changed))
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | str):
            value = node.value
            other = f"{value}x" if isinstance(value, str) else value + 1
            what = f"{value!r} becomes {other!r} in {ast.unparse(tree)}"
            if not isinstance(value, bool):
                yield _replaced(kind, what, path, text, node, repr(other))


def _machine(path: str, text: str) -> Iterator[Mutant]:
    tree = ast.parse(text)
    assigned = [n for n in tree.body if isinstance(n, ast.Assign)]
    named = {ast.unparse(n.targets[0]): n.value for n in assigned}
    states = ast.literal_eval(named["STATES"]) if "STATES" in named else ()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_guard_"):
            returned = node.body[-1]
            if isinstance(returned, ast.Return) and returned.value is not None:
                yield from _changed_test("guard", path, text, returned.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Transition":
            yield from _transition(path, text, node, states)


def _transition(path: str, text: str, node: ast.Call, states: tuple[str, ...]) -> Iterator[Mutant]:
    sources, target = ast.literal_eval(node.args[0]), ast.literal_eval(node.args[1])
    for state in states:
        if state in sources:
            rest = tuple(s for s in sources if s != state)
            what = f"{state} to {target} forbidden"
        else:
            rest = (*sources, state)
            what = f"{state} to {target} allowed"
        yield _replaced("guard", what, path, text, node.args[0], repr(rest))
        if state != target:
            what = f"{sources} to {state} instead of {target}"
            yield _replaced("guard", what, path, text, node.args[1], repr(state))


def _replaced(
    kind: str, what: str, path: str, text: str, node: ast.expr, replacement: str
) -> Mutant:
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: (node.end_lineno or 1) - 1])) + (node.end_col_offset or 0)
    data = text.encode()
    return Mutant(kind, what, path, (data[:start] + replacement.encode() + data[end:]).decode())
