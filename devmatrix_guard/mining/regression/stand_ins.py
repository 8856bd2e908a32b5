"""Finds what a test puts in the place of the very function it asks: then it proves nothing of it.

Patches by name, assignments to attributes, and functions of the test's own file are looked at;
what a fixture elsewhere replaces is not known here.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import NamedTuple

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.regression.collect import WrittenTest
from devmatrix_guard.mining.regression.terms import find_last_name

_BUILT_IN = frozenset(dir(builtins))
_ANY = ""  # the owner of what is called by its name alone


class StandIn(NamedTuple):
    """A function that is replaced: of what, its name, and the line that does it."""

    owner: str
    name: str
    line: int


def find_stand_in(old: WrittenTest, new: WrittenTest) -> StandIn | None:
    """Return what a test asked before, still asks, and now replaces itself; None for nothing."""
    if new.node is None or old.node is None:
        return None
    found = [*_list_replaced(new), *_list_own(old, new)]
    if not found:
        return None
    before, after = _list_asked(old), _list_asked(new)
    known = {name for _, name, _ in _list_replaced(old)}
    for one in found:
        is_asked = (one.owner, one.name) in after or (_ANY, one.name) in after
        if is_asked and one.name not in known and any(name == one.name for _, name in before):
            return one
    return None


def _list_asked(test: WrittenTest) -> set[tuple[str, str]]:
    """Return owner and name of what a test calls in its checks; built-in functions apart."""
    found = set()
    for check in test.asked:
        for text in (check.subject, check.expected):
            tree = parse_source(text.encode("utf-8", "surrogatepass"))
            for node in ast.walk(tree) if tree is not None else ():
                if isinstance(node, ast.Call) and find_last_name(node) not in _BUILT_IN:
                    found.add((_find_owner(node.func), find_last_name(node)))
    return found


def _find_owner(node: ast.expr) -> str:
    return find_last_name(node.value) if isinstance(node, ast.Attribute) else _ANY


def _list_replaced(test: WrittenTest) -> list[StandIn]:
    """Return what a test, with its decorators, replaces."""
    roots = [*test.outer, *([test.node] if test.node is not None else [])]
    return [one for root in roots for node in ast.walk(root) for one in _read_replaced(node)]


def _read_replaced(node: ast.AST) -> Iterator[StandIn]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                yield StandIn(find_last_name(target.value), target.attr, node.lineno)
    if not isinstance(node, ast.Call) or not node.args:
        return
    by_name, by_object = _read_patcher(node.func)
    first = node.args[0]
    if by_name and isinstance(first, ast.Constant) and isinstance(first.value, str):
        module, _, name = first.value.rpartition(".")
        yield StandIn(module.rpartition(".")[2], name, node.lineno)
    elif by_object and len(node.args) > 1:
        second = node.args[1]
        if isinstance(second, ast.Constant) and isinstance(second.value, str):
            yield StandIn(find_last_name(first), second.value, node.lineno)


def _read_patcher(function: ast.expr) -> tuple[bool, bool]:
    """Return whether a call replaces what its first argument names, and what the second does."""
    name = find_last_name(function)
    if name == "patch":
        return True, False
    if name == "setattr":
        return isinstance(function, ast.Attribute), True
    is_object = isinstance(function, ast.Attribute) and find_last_name(function.value) == "patch"
    return False, name == "object" and is_object


def _list_own(old: WrittenTest, new: WrittenTest) -> Iterator[StandIn]:
    """Yield functions that the test's file has now and that call nothing of their own name."""
    for name, node in new.helpers.items():
        if name not in old.helpers and not _mentions(node, name):
            yield StandIn(_ANY, name, node.lineno)


def _mentions(node: ast.AST, name: str) -> bool:
    return any(
        (isinstance(n, ast.Attribute) and n.attr == name)
        or (isinstance(n, ast.Name) and n.id == name)
        or (isinstance(n, ast.alias) and n.name.rpartition(".")[2] == name)
        for n in ast.walk(node)
    )
