"""Changes of whole statements that can be a lesson, found in a block of code and its successor.

A check put after an assignment, a `with` in place of a bare assignment, an exception caught
otherwise, a call left out, a default that calls shared. Each is given as two short stretches of
code, before and after.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

Opcode = tuple[str, int, int, int, int]
Stretch = tuple[ast.Module, ast.Module]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CONTAINERS = ("list", "dict", "set")
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_NEAR = 4


def find_changed_steps(
    old: Sequence[ast.AST], new: Sequence[ast.AST], opcodes: Sequence[Opcode]
) -> Iterator[Stretch]:
    """Yield the stretches of a block whose statements were changed in one of the known ways."""
    for tag, i0, i1, j0, j1 in opcodes:
        if tag == "insert" and 0 < i0 < len(old):
            yield from _find_guard(old[i0 - 1], new[j0], old[i0 : i0 + _NEAR])
        elif tag == "delete" and i1 - i0 == 1:
            yield from _find_left_out(old[i0])
        elif tag == "replace":
            yield from _find_context_manager(old[i0:i1], new[j0:j1])


def find_changed_handler(before: ast.AST, after: ast.AST) -> Iterator[Stretch]:
    """Yield the stretch of a `try` whose one handler catches something else, if that is all."""
    if not isinstance(before, ast.Try) or not isinstance(after, ast.Try):
        return
    if len(before.handlers) != 1 or len(after.handlers) != 1:
        return
    kinds = [_dump(node.handlers[0].type) for node in (before, after)]
    if kinds[0] != kinds[1] and _dump(before.body) == _dump(after.body):
        yield _stretch(before), _stretch(after)


def find_shared_default(before: ast.AST, after: ast.AST) -> Iterator[Stretch]:
    """Yield the heads of a function in which an argument no longer has a value all calls share."""
    if not isinstance(before, _FUNCTIONS) or not isinstance(after, _FUNCTIONS):
        return
    now = dict(list_defaults(after))
    if any(is_shared(value) and _is_none(now.get(name)) for name, value in list_defaults(before)):
        yield _stretch(before), _stretch(after)


def list_defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[str, ast.expr]]:
    """Return the arguments of a function that have a default, with it."""
    given = node.args
    placed = (*given.posonlyargs, *given.args)
    pairs = zip(placed[len(placed) - len(given.defaults) :], given.defaults, strict=True)
    named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    return [(arg.arg, value) for arg, value in (*pairs, *named) if value is not None]


def is_shared(value: ast.expr) -> bool:
    """Tell whether a default is an empty container, which every call of the function changes."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in _CONTAINERS and not value.args and not value.keywords
    return ast.unparse(value) in ("[]", "{}")


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def match_assigned_call(node: ast.AST) -> tuple[str, ast.Call] | None:
    """Return the name and the call of `name = call(...)`, awaited or not."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    target, value = node.targets[0], node.value
    call = value.value if isinstance(value, ast.Await) else value
    if isinstance(target, ast.Name) and isinstance(call, ast.Call):
        return target.id, call
    return None


def _find_guard(before: ast.AST, inserted: ast.AST, rest: Sequence[ast.AST]) -> Iterator[Stretch]:
    """A check of a value that a call gave, which leaves the block before the value is used."""
    assigned = match_assigned_call(before)
    if assigned is None or not isinstance(inserted, ast.If) or inserted.orelse:
        return
    if not isinstance(inserted.body[-1], _LEAVES) or assigned[0] not in _names(inserted.test):
        return
    used = next((node for node in rest if _takes_attribute(node, assigned[0])), None)
    if used is not None:
        yield _stretch(before, used), _stretch(before, inserted, used)


def _find_left_out(node: ast.AST) -> Iterator[Stretch]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield _stretch(node), _stretch(ast.copy_location(ast.Pass(), node))


def _find_context_manager(old: Sequence[ast.AST], new: Sequence[ast.AST]) -> Iterator[Stretch]:
    """A resource that was held by a name alone and is now held by a `with`."""
    held = {}
    for node in new:
        if isinstance(node, ast.With) and len(node.items) == 1:
            item = node.items[0]
            if isinstance(item.optional_vars, ast.Name):
                held[item.optional_vars.id, _dump(item.context_expr)] = node
    for node in old:
        assigned = match_assigned_call(node)
        after = held.get((assigned[0], _dump(assigned[1]))) if assigned else None
        if after is not None:
            yield _stretch(node), _stretch(after)


def _takes_attribute(node: ast.AST, name: str) -> bool:
    return any(
        isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id == name
        for part in ast.walk(node)
    )


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _stretch(*statements: ast.AST) -> ast.Module:
    stretch = ast.Module(body=list(statements), type_ignores=[])  # type: ignore[arg-type]  # all are statements
    return ast.copy_location(stretch, statements[0])


def _dump(value: object) -> object:
    if isinstance(value, list):
        return [ast.dump(item) for item in value]
    return ast.dump(value) if isinstance(value, ast.AST) else None
