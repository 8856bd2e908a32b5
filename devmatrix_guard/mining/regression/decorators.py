"""Reads what stands above a test: marks that skip it, its parametrised cases, and constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from typing import NamedTuple

from devmatrix_guard.mining.regression.tables import (
    FunctionNode,
    Look,
    is_fixture,
    list_turns,
    look_up,
    read_only_value,
)
from devmatrix_guard.mining.regression.terms import (
    find_last_name,
    find_truth,
    is_exit,
    is_import_skip,
    is_literal,
    make_placeholder,
    render,
    substitute,
)

_UNCONDITIONAL = (
    "skip", "xfail", "expectedFailure", "ignore", "Ignore", "disabled", "SkipTest", "nottest",
)  # fmt: skip
_CONDITIONAL = ("skipif", "skipIf", "skipUnless", "skip_if", "skip_unless")
_FAILING_MARKS = ("xfail", "expectedFailure")
_MAX_CONSTANT = 4000


class Case(NamedTuple):
    """One parametrised case: its text, what the parameters are, and why it never runs."""

    text: str
    given: Mapping[str, ast.expr]
    skipped: str


def read_constants(body: Sequence[ast.stmt]) -> dict[str, ast.expr]:
    """Return what names of a module or class stand for that are given a literal once."""
    found: dict[str, ast.expr] = {}
    spoiled: set[str] = set()
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            targets = [node.target]
        for target in targets:
            if not isinstance(target, ast.Name):
                continue
            value = getattr(node, "value", None)
            if target.id in found or isinstance(node, ast.AugAssign) or value is None:
                spoiled.add(target.id)
            elif _is_plain(value):
                found[target.id] = value
    return {name: value for name, value in found.items() if name not in spoiled}


def _is_plain(node: ast.expr) -> bool:
    """Tell whether a value is a literal, or a list of literals and of `pytest.param(…)`."""
    if (node.end_lineno or 0) - node.lineno > _MAX_CONSTANT:
        return False
    if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
        return True
    if isinstance(node, ast.Call) and find_last_name(node) in ("tuple", "list", "set", "frozenset"):
        return len(node.args) == 1 and _is_plain(node.args[0])
    return is_literal(node)


def find_skip(
    decorators: Sequence[ast.expr], body: Sequence[ast.stmt], names: Mapping[str, ast.expr]
) -> str:
    """Return by which mark a test, class or module is skipped; nothing where it is run.

    Args:
        decorators: those of the function or class.
        body: of a class or module, for `pytestmark` and a skip of all of it.
        names: what names of the module stand for.
    """
    marks = [*decorators]
    for node in body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id in ("pytestmark", "__unittest_skip__")
            for t in node.targets
        ):
            marks += (
                node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else [node.value]
            )
        elif _skips_module(node):
            return f"`{render(node)}`"
    for mark in marks:
        if _is_skipping(mark, names):
            return f"`{render(mark)}`"
    return ""


def _skips_module(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return node.exc is not None and find_last_name(node.exc) == "SkipTest"
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    if is_import_skip(node.value) or is_exit(node.value):
        return True
    return find_last_name(node.value) == "skip" and "allow_module_level" in ast.dump(node.value)


def _is_skipping(mark: ast.expr, names: Mapping[str, ast.expr]) -> bool:
    name = find_last_name(mark)
    if name in _CONDITIONAL:
        args = mark.args if isinstance(mark, ast.Call) else []
        truth = find_truth(substitute(args[0], names)) if args else None
        return truth is not (name in ("skipUnless", "skip_unless")) if truth is not None else True
    if name in _FAILING_MARKS and isinstance(mark, ast.Call) and mark.args:
        return find_truth(mark.args[0]) is not False
    return name in _UNCONDITIONAL


def list_cases(
    decorators: Sequence[ast.expr],
    node: FunctionNode,
    names: Mapping[str, ast.expr],
    most: int,
    functions: Mapping[str, FunctionNode],
) -> Iterator[Case]:
    """Yield the cases that decorators give a test; none where it has no written-out ones.

    Args:
        decorators: those of its class and its own.
        node: the test.
        names: what names of the module stand for.
        most: the largest number of combined cases that are told apart.
        functions: those of its file and class, which may hold the cases.
    """
    read = [_read_table(mark, node, names, functions) for mark in decorators]
    if [] in read:  # pytest skips a test without a case
        yield Case("", {}, "it has no case")
        return
    tables = [table for table in read if table]
    known = {name for table in tables for name in table[0].given}
    tables += _read_fixtures(node, names, functions, known)
    total = 1
    for table in tables:
        total *= len(table)
    if not tables or total > most * most:
        return
    for combined in product(*tables):
        given = {name: value for case in combined for name, value in case.given.items()}
        skipped = next((case.skipped for case in combined if case.skipped), "")
        yield Case(", ".join(case.text for case in combined), given, skipped)


def _read_table(
    mark: ast.expr,
    node: FunctionNode,
    names: Mapping[str, ast.expr],
    functions: Mapping[str, FunctionNode],
) -> list[Case] | None:
    if not isinstance(mark, ast.Call) or not mark.args:
        return None
    name = find_last_name(mark)

    def look(value: ast.expr) -> ast.expr:
        return look_up(value, names, functions)

    if name == "parametrize":
        given = [*mark.args, *(word.value for word in mark.keywords if word.arg == "argvalues")]
        if len(given) < 2:
            return None
        return _read_rows(_list_names(given[0]), look(substitute(given[1], names)), look)
    parameters = [arg.arg for arg in node.args.args if arg.arg not in ("self", "cls")]
    if name == "expand":
        return _read_rows(parameters, look(substitute(mark.args[0], names)), look)
    if name == "data":
        return _read_rows(parameters[:1], ast.List([*mark.args], ast.Load()))
    return None


def _read_fixtures(
    node: FunctionNode,
    names: Mapping[str, ast.expr],
    functions: Mapping[str, FunctionNode],
    known: AbstractSet[str],
) -> Iterator[list[Case]]:
    """Yield the cases of each fixture of a test that hands on its `params` one by one."""
    for name in [arg.arg for arg in node.args.args if arg.arg not in known]:
        fixture = functions.get(name)
        if fixture is None or not is_fixture(fixture):
            continue
        value = read_only_value(fixture)
        marks = [mark for mark in fixture.decorator_list if isinstance(mark, ast.Call)]
        params = [word.value for m in marks for word in m.keywords if word.arg == "params"]
        if params and value is not None and render(value) == "request.param":
            yield _read_rows([name], substitute(params[0], names))


def _list_names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [name.strip() for name in node.value.split(",") if name.strip()]
    if isinstance(node, (ast.List, ast.Tuple)):
        return [str(e.value) for e in node.elts if isinstance(e, ast.Constant)]
    return []


def _read_rows(
    names: Sequence[str], values: ast.expr, look: Look = lambda node: node
) -> list[Case]:
    """Return the rows of a table; one that is not written out is a single row."""
    if isinstance(values, (ast.List, ast.Tuple, ast.Set)):
        return [_read_row(names, row) for row in values.elts]
    rows = list_turns(values, look)
    if rows is None and find_last_name(values) in ("list", "tuple", "sorted"):
        values = values.args[0] if isinstance(values, ast.Call) and values.args else values
    if rows is None:
        text = render(values)
        return [Case(text, {name: make_placeholder(f"{name} of {text}") for name in names}, "")]
    return [_read_row(names, row) for row in rows]


def _read_row(names: Sequence[str], row: ast.expr) -> Case:
    skipped = ""
    if isinstance(row, ast.Call) and find_last_name(row) == "param":
        marks = next((word.value for word in row.keywords if word.arg == "marks"), None)
        given = marks.elts if isinstance(marks, (ast.List, ast.Tuple)) else [marks] if marks else []
        skipped = next((f"`{render(m)}`" for m in given if _is_skipping(m, {})), "")
        parts = list(row.args)
    elif len(names) > 1 and isinstance(row, (ast.Tuple, ast.List)):
        parts = list(row.elts)
    else:
        parts = [row]
    if len(parts) != len(names):
        parts = [ast.Subscript(row, ast.Constant(i), ast.Load()) for i in range(len(names))]
    return Case(", ".join(map(render, parts)), dict(zip(names, parts, strict=True)), skipped)
