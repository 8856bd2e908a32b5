"""Finds what a test puts in the place of the very function it asks: then it proves nothing of it.

Patches by name, assignments to attributes, functions and setups of the test's own file, and names
imported from helpers of tests are looked at; `list_patches` reads what a `conftest.py` replaces.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from typing import NamedTuple

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.regression.collect import SETUPS, WrittenTest, is_for_all
from devmatrix_guard.mining.regression.tables import FunctionNode
from devmatrix_guard.mining.regression.terms import find_last_name

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_HOOKS = ("pytest_configure", "pytest_sessionstart", "pytest_runtest_setup", "pytest_collection")
_DOUBLES = ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec")
# Words that name what is written for tests alone; `helpers` only where no package is around it.
_FOR_TESTS = re.compile(
    r"(?:^|[._])(?:tests?|conftest|fakes?|stubs?|mocks?|doubles?)(?:[._]|$)|^\.?(?:helpers?|support)$"
)
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
        return _find_mocked(old, new)
    found = [*_list_replaced(new), *_list_own(old, new), *_list_imported(old, new)]
    local = [*_list_local(old.node, new.node), *_list_defaulted(old.node, new.node)]
    if not found and not local:
        return None
    before, after = _list_asked(old), _list_asked(new)
    after |= {(_ANY, one.name) for one in local}
    found += local
    known = {name for _, name, _ in _list_replaced(old)}
    for one in found:
        is_asked = (one.owner, one.name) in after or (_ANY, one.name) in after
        if is_asked and one.name not in known and any(name == one.name for _, name in before):
            return one
    return None


def _find_mocked(old: WrittenTest, new: WrittenTest) -> StandIn | None:
    """Return what a test of JavaScript asks and its file has a stand-in for now."""
    for name, line in new.mocked.items():
        if name not in old.mocked and all(_asks(test, name) for test in (old, new)):
            return StandIn(_ANY, name, line)
    return None


def _asks(test: WrittenTest, name: str) -> bool:
    return any(name in check.subject.split(" ") for check in test.asked)


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
    """Return what a test, with its decorators, replaces, and what is replaced around it."""
    roots: list[ast.AST] = [*test.outer, *([test.node] if test.node is not None else [])]
    roots += [f for name, f in test.helpers.items() if name in SETUPS or is_for_all(f)]
    roots += [n for n in test.module if not isinstance(n, _DEFINITIONS)]
    return [one for root in roots for node in ast.walk(root) for one in _read_replaced(node)]


def list_patches(source: bytes | None) -> list[StandIn]:
    """Return what a `conftest.py` replaces for every test below it; a whole module has no name."""
    tree = parse_source(source) if source is not None else None
    if tree is None:
        return []
    roots = [
        node
        for node in tree.body
        if not isinstance(node, _DEFINITIONS)
        or (isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_for_every(node))
    ]
    return [one for root in roots for node in ast.walk(root) for one in _read_replaced(node)]


def _is_for_every(node: FunctionNode) -> bool:
    return is_for_all(node) or node.name in _HOOKS


def _read_replaced(node: ast.AST) -> Iterator[StandIn]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                yield StandIn(find_last_name(target.value), target.attr, node.lineno)
            elif isinstance(target, ast.Subscript) and find_last_name(target.value) == "modules":
                module = target.slice.value if isinstance(target.slice, ast.Constant) else ""
                yield StandIn(str(module).rpartition(".")[2], "", node.lineno)
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
    for statement in new.module:
        value = statement.value if isinstance(statement, ast.Assign) else None
        is_double = isinstance(value, ast.Call) and find_last_name(value) in _DOUBLES
        if isinstance(statement, ast.Assign) and (isinstance(value, ast.Lambda) or is_double):
            for target in statement.targets:
                if isinstance(target, ast.Name) and not _mentions(statement.value, target.id):
                    yield StandIn(_ANY, target.id, statement.lineno)


def _list_local(old: FunctionNode, new: FunctionNode) -> list[StandIn]:
    """Return the doubles that a test makes now and calls by a name it had from elsewhere."""
    had = {name for name, _ in _list_given(old)}
    calls = (node.func for node in ast.walk(new) if isinstance(node, ast.Call))
    called = {function.id for function in calls if isinstance(function, ast.Name)}
    return [
        StandIn(_ANY, name, value.lineno)
        for name, value in _list_given(new)
        if name in called - had and find_last_name(value) in _DOUBLES and not _mentions(value, name)
    ]


def _list_defaulted(old: FunctionNode, new: FunctionNode) -> Iterator[StandIn]:
    """Yield the parameters that a test has now and gives a value itself, which is no fixture."""
    had = {part.arg for part in ast.walk(old.args) if isinstance(part, ast.arg)}
    named = [*new.args.posonlyargs, *new.args.args]
    given = [*zip(named[len(named) - len(new.args.defaults) :], new.args.defaults, strict=True)]
    for arg, default in (*given, *zip(new.args.kwonlyargs, new.args.kw_defaults, strict=True)):
        if default is not None and arg.arg not in had and not _mentions(default, arg.arg):
            yield StandIn(_ANY, arg.arg, new.lineno)


def _list_given(function: FunctionNode) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a function assigns a call to, with that call."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield from ((t.id, node.value) for t in node.targets if isinstance(t, ast.Name))


def _list_imported(old: WrittenTest, new: WrittenTest) -> Iterator[StandIn]:
    """Yield names that a test imported from the product and has from a helper of tests now."""
    before = _read_imports(old)
    for name, (module, line) in _read_imports(new).items():
        was = before.get(name)
        if was is not None and _is_for_tests(module) and not _is_for_tests(was[0]):
            yield StandIn(_ANY, name, line)


def _read_imports(test: WrittenTest) -> dict[str, tuple[str, int]]:
    """Return by name the module it is imported from, and the line."""
    found: dict[str, tuple[str, int]] = {}
    within = ast.walk(test.node) if test.node is not None else ()
    for node in (*test.module, *within):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                found[alias.asname or alias.name] = module, node.lineno
    return found


def _is_for_tests(module: str) -> bool:
    """Tell whether a module is written for tests, by the words of its name."""
    return bool(_FOR_TESTS.search(module))


def _mentions(node: ast.AST, name: str) -> bool:
    return any(
        (isinstance(n, ast.Attribute) and n.attr == name)
        or (isinstance(n, ast.Name) and n.id == name)
        or (isinstance(n, ast.alias) and n.name.rpartition(".")[2] == name)
        for n in ast.walk(node)
    )
