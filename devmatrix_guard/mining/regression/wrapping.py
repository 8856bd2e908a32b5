"""Finds what is put around a test so that it is no longer run, or cannot fail any more."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from devmatrix_guard.mining.regression.body import swallows
from devmatrix_guard.mining.regression.collect import SETUPS, WrittenTest
from devmatrix_guard.mining.regression.tables import FunctionNode
from devmatrix_guard.mining.regression.terms import find_last_name, render

_AWAITING = ("asyncio", "anyio", "trio", "curio", "gen_test", "async", "tornado", "inline")
RUNNING = ("run", "debug", "failureException")  # of a class of unittest
_BROAD = ("Exception", "BaseException", "AssertionError")


def find_unrun(old: WrittenTest, new: WrittenTest) -> str:
    """Return why a test that ran does not any more, or cannot fail; nothing where it does.

    Args:
        old: the test before.
        new: the same after.
    """
    if new.node is None or old.node is None:
        return ""
    if _is_unawaited(new) and not isinstance(old.node, ast.AsyncFunctionDef):
        return "it is `async`, and nothing waits for it"
    muted = find_muted(old, new)
    if muted:
        return muted
    known = {render(mark) for mark in _list_hiding(old)}
    for mark in _list_hiding(new):
        if render(mark) not in known:
            return f"`@{render(mark)}` keeps it from running, or from failing"
    return ""


def find_muted(old: WrittenTest, new: WrittenTest) -> str:
    """Return which assertion the class of a test replaces now, or which setup may skip it now."""
    asked = {part.attr for part in _walk(old.node) if isinstance(part, ast.Attribute)}
    asked = {name for name in asked if name.startswith(("assert", "fail"))}
    for name in sorted(_list_muted(new) - _list_muted(old)):
        if name in asked or name in RUNNING:
            return f"its class has a `{name}` of its own"
    for name in SETUPS:
        if _count_skips(new.helpers.get(name)) > _count_skips(old.helpers.get(name)):
            return f"`{name}` may skip it"
    return ""


def _list_muted(test: WrittenTest) -> set[str]:
    """Return what the file of a test defines anew, without what is so called, or sets of itself."""
    methods = (
        (n, f) for n, f in test.helpers.items() if [a.arg for a in f.args.args[:1]] == ["self"]
    )
    found = {name for name, node in methods if not _calls(node, name)}
    for part in (part for root in (test.node, *test.helpers.values()) for part in _walk(root)):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            found.add(part.attr)
    for owner in test.module:
        for part in owner.body if isinstance(owner, ast.ClassDef) else ():
            if isinstance(part, ast.Assign):
                found.update(one.id for one in part.targets if isinstance(one, ast.Name))
    return found


def _count_skips(function: FunctionNode | None) -> int:
    calls = (part for part in _walk(function) if isinstance(part, (ast.Call, ast.Raise)))
    named = (one if isinstance(one, ast.Call) else one.exc for one in calls)
    names = (find_last_name(one) for one in named if one is not None)
    return sum(name in ("skip", "skipTest", "SkipTest") for name in names)


def _walk(node: ast.AST | None) -> Iterator[ast.AST]:
    return ast.walk(node) if node is not None else iter(())


def _calls(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Attribute) and part.attr == name for part in ast.walk(node))


def _is_unawaited(test: WrittenTest) -> bool:
    """Tell whether nothing in its file or among its classes can run a coroutine."""
    if not isinstance(test.node, ast.AsyncFunctionDef) or test.runs_async:
        return False
    if any(_is_marked(node) for node in (*test.outer, *test.node.decorator_list)):
        return False
    # Where the project has others without a mark, something runs them.
    others = [part for node in test.module for part in ast.walk(node)]
    return not any(
        isinstance(part, ast.AsyncFunctionDef)
        and part is not test.node
        and part.name.startswith("test")
        and not any(map(_is_marked, part.decorator_list))
        for part in others
    )


def _is_marked(mark: ast.expr) -> bool:
    return any(word in render(mark).lower() for word in _AWAITING)


def _list_hiding(test: WrittenTest) -> Iterator[ast.expr]:
    """Yield the decorators of a test that are written beside it and hide it or its failure."""
    for mark in test.node.decorator_list if test.node is not None else ():
        if isinstance(mark, ast.Lambda):
            given = mark.args.args[0].arg if mark.args.args else ""
            if not _uses(mark.body, given):
                yield mark
            continue
        function = test.helpers.get(find_last_name(mark))
        if function is not None and _hides(function):
            yield mark


def _uses(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _hides(decorator: FunctionNode) -> bool:
    """Tell whether a decorator never uses what it is given, or only where failures are lost."""
    functions = [
        part
        for part in ast.walk(decorator)
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    ]
    given = {function.args.args[0].arg for function in functions if function.args.args}
    used = {id(part) for part in ast.walk(decorator) if _is_load(part, given)}
    wraps = {
        id(part)
        for function in functions
        for mark in getattr(function, "decorator_list", ())
        for part in ast.walk(mark)
    }
    lost = {id(part) for block in _list_lost(decorator) for part in ast.walk(block)}
    return bool(given) and not used - wraps - lost


def _is_load(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load)


def _list_lost(decorator: FunctionNode) -> Iterator[ast.AST]:
    """Yield the statements whose failure is passed over."""
    for part in ast.walk(decorator):
        if isinstance(part, ast.Try):
            is_lost = any(swallows(handler) for handler in part.handlers)
        else:
            is_lost = isinstance(part, (ast.With, ast.AsyncWith)) and _suppresses(part.items)
        if is_lost:
            yield from part.body  # type: ignore[attr-defined]  # both have one


def _suppresses(items: Sequence[ast.withitem]) -> bool:
    calls = [item.context_expr for item in items if isinstance(item.context_expr, ast.Call)]
    return any(
        find_last_name(call) == "suppress"
        and any(find_last_name(kind) in _BROAD for kind in call.args)
        for call in calls
    )
