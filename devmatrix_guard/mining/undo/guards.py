"""Finds guard clauses of fixes that a rewriting of their function left out.

A rewritten function shares words with any guard, so that words do not tell whether it is there in
another form. Conditions do: what the guard asked for has to be asked somewhere in the new function,
in what it newly calls, or by an exception it newly handles. Python only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change, get_tail
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.layout import is_python_text
from devmatrix_guard.mining.undo.parts import parse_line
from devmatrix_guard.mining.undo.tokens import decode
from devmatrix_guard.mining.undo.trees import read_module

_MOST_KEYS = 4  # what is longer than a guard is no guard
_JUMP = re.compile(rb"\s*(?:raise|return|continue|break)\b")
LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)  # how a guard ends
_COMMON = frozenset(("self", "cls", "len", "isinstance", "bool", "any", "all"))
# What a function is called that checks what it is given, or makes it right.
_CHECKS = re.compile(
    r"check|valid|ensure|require|assert|verif|clean|normal|guard|strip|coerce|sanit|filter|default"
)
_CHOOSING = frozenset(("min", "max", "filter", "next", "getattr", "get", "pop", "setdefault"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def may_be_guard(hunk: FixHunk) -> bool:
    """Tell whether all that a fix did there may be a guard clause that it added to a product."""
    is_small = not hunk.removed and 0 < len(hunk.added) <= _MOST_KEYS
    return is_small and not hunk.is_moved and is_product_code(hunk.path)


def find_lost_guard(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the head of a guard clause that a fix added and a rewritten function has no more.

    Args:
        change: what is done.
        hunk: what a fix did; only one that added nothing but a guard is looked at.
        file: the number of its file in the change.
    """
    if not may_be_guard(hunk):
        return []
    _, loose, _, _, scope = hunk.added[0]
    head = next(
        (p for p in change.removed_loose.get(loose, ()) if (p.file, p.unit.scope) == (file, scope)),
        None,
    )
    if not scope or head is None or not head.unit.own.startswith(b"if"):
        return []
    test = _read_guard(change, head)
    came = [p for p in change.nearby[1] if get_tail(p.unit.scope) == get_tail(scope)]
    if test is None or not came:
        return []
    return [head] if _is_lost(change, head, came, test) else []


def _read_guard(change: Change, head: Place) -> ast.expr | None:
    """Return the condition of a guard clause, None where the block does not leave at once."""
    file = change.files[head.file]
    if not is_python_text(file.old_path, file.old):
        return None
    nodes = parse_line(head.unit.own.decode("utf-8", "replace"))
    if not nodes or not isinstance(nodes[0], ast.If):
        return None
    rows = file.old.split(b"\n")[head.unit.last : head.unit.last + 1]
    is_leaving = any(isinstance(node, LEAVING) for node in nodes[1:])
    return nodes[0].test if is_leaving or any(map(_JUMP.match, rows)) else None


def _is_lost(change: Change, head: Place, came: Iterable[Place], test: ast.expr) -> bool:
    old = _find_function(change.files[head.file].old, head.unit.first + 1)
    new = next(
        (
            (place, function)
            for place in came
            if (function := _find_function(change.files[place.file].new, place.line)) is not None
        ),
        None,
    )
    if old is None or new is None:
        return False
    place, function = new
    asked = read_names(test) - _COMMON
    calls = _list_calls(function) - _list_calls(old)
    if any(map(_CHECKS.search, calls - asked)):
        return False
    known = [ast.dump(node) for node, _ in _list_conditions(old)]
    said = [words for node, words in _list_conditions(function) if ast.dump(node) not in known]
    for helper in _list_helpers(change, place.file, calls):
        said += [words for _, words in _list_conditions(helper)]
    if not asked or any(words & asked for words in said):
        return False
    # Where the names it had are gone, what is asked now may be the same by other names.
    return not said or bool(_list_plain(test) & read_names(function))


def _find_function(text: bytes, line: int) -> Function | None:
    """Return the innermost function that holds a line."""
    module = read_module(decode(text))
    found = [
        node
        for node in (module.nodes if module else ())
        if isinstance(node, Function) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(found, key=lambda node: node.lineno, default=None)


def _list_helpers(change: Change, file: int, calls: set[str]) -> Iterator[Function]:
    """Yield the functions of the file, and of what else changes, that are newly called."""
    if not calls:
        return
    for number, one in enumerate(change.files):
        is_read = number == file or is_python_text(one.path, one.new)
        module = read_module(decode(one.new)) if is_read and one.new else None
        for node in module.nodes if module else ():
            if isinstance(node, Function) and node.name in calls:
                yield node


def _list_calls(function: Function) -> set[str]:
    """Return the last names of what a function calls, passes on or is decorated with."""
    found = {_read_last(n.func) for n in list_nodes(function) if isinstance(n, ast.Call)}
    found |= {_read_last(node) for node in function.decorator_list}
    found |= {
        _read_last(argument)
        for node in list_nodes(function)
        if isinstance(node, ast.Call)
        for argument in (*node.args, *(word.value for word in node.keywords))
    }
    # An attribute may be a property of the class.
    found |= {n.attr for n in list_nodes(function) if isinstance(n, ast.Attribute)}
    return found - {""}


def _read_last(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _list_conditions(function: Function) -> Iterator[tuple[ast.AST, set[str]]]:
    """Yield what a function asks for, each with the words it asks it by.

    A name stands for what the function made it of, too.
    """
    made = dict(_list_made(function))
    for node in list_nodes(function):
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            words = read_names(node.test)
            yield node.test, words.union(*(made[word] for word in words & made.keys()))
        elif isinstance(node, ast.comprehension):
            yield from ((test, read_names(test)) for test in node.ifs)
        elif isinstance(node, ast.Match):
            asked = (node.subject, *(part for case in node.cases for part in _list_asked(case)))
            yield from ((part, read_names(part)) for part in asked)
        elif isinstance(node, ast.BoolOp | ast.Try | ast.With | ast.AsyncWith):
            if not isinstance(node, ast.With | ast.AsyncWith) or _is_suppressing(node):
                yield node, read_names(node)
        elif isinstance(node, ast.Call) and _read_last(node.func) in _CHOOSING:
            yield node, read_names(node)


def _list_made(function: Function) -> Iterator[tuple[str, set[str]]]:
    """Yield the names that a function gives a value, each with the words of the value."""
    for node in list_nodes(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, read_names(node.value)
        elif isinstance(node, ast.NamedExpr):
            yield node.target.id, read_names(node.value)


def _list_asked(case: ast.match_case) -> list[ast.AST]:
    return [case.pattern, *([case.guard] if case.guard else ())]


def _is_suppressing(node: ast.With | ast.AsyncWith) -> bool:
    calls = (item.context_expr for item in node.items)
    return any(isinstance(c, ast.Call) and _read_last(c.func) == "suppress" for c in calls)


def read_names(node: ast.AST) -> set[str]:
    """Return the names, attributes and short texts in some code."""
    found: set[str] = set()
    for inner in list_nodes(node):
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        elif isinstance(inner, ast.Attribute):
            found.add(inner.attr)
        elif isinstance(inner, ast.arg):
            found.add(inner.arg)
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            found.add(inner.value)
    return found


def _list_plain(node: ast.AST) -> set[str]:
    """Return the names alone, without texts and what is called."""
    called = {id(n.func) for n in list_nodes(node) if isinstance(n, ast.Call)}
    return {
        _read_last(n)
        for n in list_nodes(node)
        if isinstance(n, ast.Name | ast.Attribute) and id(n) not in called
    } - {*_COMMON, ""}
