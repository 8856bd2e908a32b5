"""The forms that a change of whole statements can take; these say what is wrong, and mend nothing.

How the code goes on after a check, or what belongs into a `with`, only its author knows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from devmatrix_guard.mining.edits.scope import Scope
from devmatrix_guard.mining.edits.steps import is_shared, list_defaults, match_assigned_call
from devmatrix_guard.mining.edits.terms import (
    ANY_ATTRIBUTE,
    DEEP,
    DEFAULT,
    LIST,
    NotATerm,
    Term,
    convert_node,
)

GUARDED, MANAGED, CAUGHT, LEFT_OUT = "guarded", "managed", "caught", "left out"
UNSHARED = "unshared"
STEP_KINDS = frozenset({GUARDED, MANAGED, CAUGHT, LEFT_OUT, UNSHARED})
_DOTS: Term = ("Expr", ("Ellipsis",))
_BLOCK: Term = (LIST, _DOTS)
_EMPTY: Term = (LIST,)
_EVERY_ARGUMENT: Term = ("Args", "ARGS")
_ANY: Term = ("Ellipsis",)
_MAX_CALLS = 3


class Step(NamedTuple):
    """A change of statements as terms; a match must be inside one and not inside another."""

    kind: str
    before: Term
    after: Term
    not_inside: Term | None = None
    inside: Term | None = None


def find_steps(
    before: ast.Module, after: ast.Module, scope_before: Scope, scope_after: Scope
) -> Iterator[Step]:
    """Yield what a changed stretch of statements can be said to be."""
    first, last = before.body[0], after.body[0]
    try:
        if isinstance(last, ast.Pass):
            yield from _match_left_out(first, scope_before)
        elif isinstance(first, ast.Try) and isinstance(last, ast.Try):
            yield from _match_handler(first, last, scope_before, scope_after)
        elif isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _match_shared_default(first, last, scope_before)
        elif isinstance(last, ast.With):
            yield from _match_context_manager(first, scope_before)
        else:
            yield from _match_guard(first, scope_before)
    except NotATerm:
        return


def _match_left_out(first: ast.stmt, scope: Scope) -> Iterator[Step]:
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Call):
        yield Step(LEFT_OUT, _call(first.value, scope), ("Pass",))


def _match_guard(first: ast.stmt, scope: Scope) -> Iterator[Step]:
    assigned = _match_assignment(first, scope)
    if assigned is None:
        return
    assign, target = assigned
    check = ("If", (DEEP, target), _BLOCK, _EMPTY)
    use = ("Expr", (DEEP, (ANY_ATTRIBUTE, target)))
    checked = _build_sequence(assign, _DOTS, check)
    yield Step(GUARDED, assign, checked, checked, _build_sequence(assign, _DOTS, use))


def _match_context_manager(first: ast.stmt, scope: Scope) -> Iterator[Step]:
    assigned = _match_assignment(first, scope)
    if assigned is not None:
        assign, target = assigned
        held = ("withitem", assign[2], target)
        yield Step(MANAGED, assign, ("With", (LIST, held), _BLOCK))


def _match_shared_default(first: ast.stmt, last: ast.stmt, scope: Scope) -> Iterator[Step]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    if not isinstance(first, functions) or not isinstance(last, functions):
        return
    now = dict(list_defaults(last))
    none: Term = ("Constant", "NoneType", "None")
    values = [
        convert_node(value, scope)
        for name, value in list_defaults(first)
        if is_shared(value) and name in now and convert_node(now[name], scope) == none
    ]
    for value in dict.fromkeys(values):
        yield Step(UNSHARED, (DEFAULT, value), (DEFAULT, none))


def _match_handler(first: ast.Try, last: ast.Try, old: Scope, new: Scope) -> Iterator[Step]:
    kinds = [
        None if handler.type is None else convert_node(handler.type, scope)
        for handler, scope in ((first.handlers[0], old), (last.handlers[0], new))
    ]
    calls = [node for part in first.body for node in ast.walk(part) if isinstance(node, ast.Call)]
    for call in calls[:_MAX_CALLS]:
        function = convert_node(call.func, old)
        if function[0] != "Local":
            tried = (DEEP, ("Call", function, (LIST, _ANY), _EMPTY))
            yield Step(CAUGHT, _try(tried, kinds[0]), _try(tried, kinds[1]))


def _match_assignment(first: ast.stmt, scope: Scope) -> tuple[Term, Term] | None:
    assigned = match_assigned_call(first)
    if assigned is None or not isinstance(first, ast.Assign):
        return None
    value = _call(assigned[1], scope)
    if isinstance(first.value, ast.Await):
        value = ("Await", value)
    target = ("Local", assigned[0])
    return ("Assign", (LIST, target), value), target


def _call(call: ast.Call, scope: Scope) -> Term:
    return ("Call", convert_node(call.func, scope), (LIST, _EVERY_ARGUMENT), _EMPTY)


def _build_sequence(*statements: Term) -> Term:
    return ("Module", (LIST, *statements), _EMPTY)


def _try(tried: Term, kind: Term | None) -> Term:
    handler = ("ExceptHandler", kind, None, _BLOCK)
    return ("Try", (LIST, _DOTS, ("Expr", tried), _DOTS), (LIST, handler), _EMPTY, _EMPTY)
