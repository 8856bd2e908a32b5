"""Whether copied code is still evaluated once, in its order, and neither later nor perhaps never.

Names and literals may be read in any order; code that calls, awaits or assigns may not.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

Deferred = tuple[str, ...]
EFFECTS = (
    ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
_DISPLAYS = (ast.List, ast.Dict, ast.Set)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FIXED = (ast.Constant, ast.Name, ast.Lambda)


class Evaluation(NamedTuple):
    """One place at which a slot's code is evaluated, and what may put it off there."""

    slot: int
    deferred: Deferred


def has_effects(node: ast.AST) -> bool:
    """Tell whether evaluating code may do more than give a value; the body of a lambda waits."""
    if isinstance(node, ast.Lambda):
        return any(map(has_effects, [*node.args.defaults, *filter(None, node.args.kw_defaults)]))
    return isinstance(node, EFFECTS) or any(map(has_effects, ast.iter_child_nodes(node)))


def compare_evaluation(
    before: Iterable[ast.AST],
    after: Iterable[ast.AST],
    slots: Mapping[int, ast.expr],
    *,
    is_text: bool = False,
) -> str:
    """Return which copied expression would be evaluated otherwise; empty where none would.

    Args:
        before: the matched nodes.
        after: what stands in their place.
        slots: the expressions a metavariable bound in the match, by the ids of their nodes.
        is_text: the new code shares no nodes with the match; equal code counts as copied.
    """
    same = dict(zip(slots, slots, strict=True))
    after = list(after)
    old = _list_evaluations(before, same)
    new = _list_evaluations(after, _equal_code(after, slots) if is_text else same)
    first = {e.slot: e for e in reversed(old)}
    for slot, node in slots.items():
        if slot not in first:
            continue
        places = [e for e in new if e.slot == slot]
        shown = f"`{_show(node)}`"
        if len(places) > 1 and (has_effects(node) or _makes_object(node)):
            return f"it would evaluate {shown} more than once"
        if not has_effects(node):
            continue
        if not places:
            return f"it would no longer evaluate {shown}"
        if places[0].deferred != first[slot].deferred:
            return f"it would evaluate {shown} at another time"
    return _find_reordered(old, new, slots)


def _equal_code(after: Iterable[ast.AST], slots: Mapping[int, ast.expr]) -> dict[int, int]:
    """Return the nodes that are the same code as a slot, by their ids."""
    dumps = {ast.dump(node): slot for slot, node in slots.items()}
    nodes = (node for root in after for node in ast.walk(root) if isinstance(node, ast.expr))
    found = ((id(node), dumps.get(ast.dump(node))) for node in nodes)
    return {node: slot for node, slot in found if slot is not None}


def _show(node: ast.expr) -> str:
    """Return the beginning of code without what its strings hold, which may be secret."""
    return ast.unparse(_WithoutStrings().visit(copy.deepcopy(node)))[:40]


class _WithoutStrings(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Name("…", ast.Load()) if isinstance(node.value, (str, bytes)) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return ast.Name("…", ast.Load())


def _makes_object(node: ast.AST) -> bool:
    return any(isinstance(part, _DISPLAYS) for part in ast.walk(node))


def _find_reordered(
    old: list[Evaluation], new: list[Evaluation], slots: Mapping[int, ast.expr]
) -> str:
    kept = [e.slot for e in old if e.slot in {n.slot for n in new}]
    places = {slot: n for n, slot in reversed(list(enumerate(e.slot for e in new)))}
    for position, one in enumerate(kept):
        for other in kept[position + 1 :]:
            swapped = places[other] < places[one]
            if swapped and _order_matters(slots[one], slots[other]):
                return f"it would evaluate `{_show(slots[other])}` earlier than before"
    return ""


def _order_matters(one: ast.expr, other: ast.expr) -> bool:
    if has_effects(one):
        return _may_see_effects(other, one)
    return has_effects(other) and _may_see_effects(one, other)


def _may_see_effects(node: ast.expr, effects: ast.expr) -> bool:
    """Tell whether what code gives may depend on whether other code ran before it."""
    if not isinstance(node, _FIXED):
        return True
    assigned = {n.target.id for n in ast.walk(effects) if isinstance(n, ast.NamedExpr)}
    return isinstance(node, ast.Name) and node.id in assigned


def _list_evaluations(roots: Iterable[ast.AST], slots: Mapping[int, int]) -> list[Evaluation]:
    return [found for root in roots for found in _walk(root, (), slots)]


def _walk(node: ast.AST, deferred: Deferred, slots: Mapping[int, int]) -> Iterator[Evaluation]:
    """Yield where slots are evaluated below a node, in the order of evaluation."""
    if id(node) in slots:
        yield Evaluation(slots[id(node)], deferred)
        return
    for child, more in _list_children(node):
        yield from _walk(child, (*deferred, more) if more else deferred, slots)


def _list_children(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield a node's children in the order they are evaluated, with what puts each off."""
    if isinstance(node, _COMPREHENSIONS):
        yield from _list_parts_of_comprehension(node)
    elif isinstance(node, ast.Lambda):
        yield node.args, ""
        yield node.body, "function"
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from ((d, "") for d in (*node.decorator_list, node.args))
        yield from ((s, "function") for s in node.body)
    elif isinstance(node, ast.IfExp):
        yield from ((node.test, ""), (node.body, "condition"), (node.orelse, "condition"))
    elif isinstance(node, ast.BoolOp):
        yield from ((v, "condition" if n else "") for n, v in enumerate(node.values))
    elif isinstance(node, ast.While):
        yield node.test, "loop"
        yield from ((s, "loop") for s in (*node.body, *node.orelse))
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield from ((node.iter, ""), (node.target, "loop"))
        yield from ((s, "loop") for s in (*node.body, *node.orelse))
    elif isinstance(node, ast.If):
        yield node.test, ""
        yield from ((s, "condition") for s in (*node.body, *node.orelse))
    else:
        yield from ((child, "") for child in _is_in_order(node))


def _list_parts_of_comprehension(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    generators: list[ast.comprehension] = getattr(node, "generators", [])
    for number, generator in enumerate(generators):
        yield generator.iter, "loop" if number else ""
        yield generator.target, "loop"
        yield from ((test, "loop") for test in generator.ifs)
    for field in ("key", "value", "elt"):
        part: ast.AST | None = getattr(node, field, None)
        if part is not None:
            yield part, "loop"


def _is_in_order(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.Assign):
        return [node.value, *node.targets]
    if isinstance(node, ast.AnnAssign):
        return [n for n in (node.value, node.target, node.annotation) if n is not None]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [part for pair in pairs for part in pair if part is not None]
    return list(ast.iter_child_nodes(node))
