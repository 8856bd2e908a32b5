"""Aligns two versions of a file and finds the places where they differ.

Statements are matched block by block; where one statement stands in for another, its expressions
are compared down to the smallest nodes that differ. A difference is reported with the nodes
around it, so that a later step can choose how much context a pattern needs.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from devmatrix_guard.mining.edits.scope import Scope
from devmatrix_guard.mining.edits.steps import (
    find_changed_handler,
    find_changed_steps,
    find_shared_default,
)

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
# Signatures, decorators, bases, annotations and targets change for reasons no rule can teach.
_SKIPPED = {
    "args",
    "decorator_list",
    "returns",
    "bases",
    "keywords",
    "annotation",
    "target",
    "targets",
    "name",
    "names",
    "type_params",
}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IGNORED = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)
_SIMILAR = 0.4
_LIKELY = 0.6


class Difference(NamedTuple):
    """Two nodes that differ, with what encloses them.

    `levels` holds (before, after) from the smallest differing nodes outwards to the statement or
    to the expression in its header. Where whole statements changed it holds the two stretches.
    """

    levels: tuple[tuple[ast.AST, ast.AST], ...]
    statement_before: ast.stmt | ast.Module
    statement_after: ast.stmt | ast.Module
    scope_before: Scope
    scope_after: Scope


class _Context(NamedTuple):
    before: ast.stmt
    after: ast.stmt
    scope_before: Scope
    scope_after: Scope


# The lines of both versions, none where only their structure is known.
Lines = tuple[Sequence[bytes], Sequence[bytes]]
_NO_LINES: Lines = ((), ())


def find_differences(
    before: ast.Module,
    after: ast.Module,
    scope_before: Scope,
    scope_after: Scope,
    lines: Lines = _NO_LINES,
) -> Iterator[Difference]:
    """Yield the places where two versions of a module differ inside matching statements.

    Args:
        before: the tree of the one.
        after: the tree of the other.
        scope_before: what the names of the one mean.
        scope_after: what the names of the other mean.
        lines: the lines of both, to align blocks by: comparing the text of statements is far
            cheaper than comparing their structure, and text that is equal parses alike.
    """
    yield from _align_block(before.body, after.body, scope_before, scope_after, lines)


def _describe_block(nodes: Sequence[ast.AST], lines: Sequence[bytes]) -> list[object]:
    """Return what the statements of a block are compared by."""
    return [
        _read_own_text(node, lines)
        if lines and isinstance(node, ast.stmt | ast.ExceptHandler)
        else describe_structure(node)
        for node in nodes
    ]


def _read_own_text(node: ast.stmt | ast.ExceptHandler, lines: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the text of a statement, relative to its indentation."""
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    if last - first == 1:
        return (lines[first][node.col_offset : node.end_col_offset].rstrip(),)
    return tuple([line[node.col_offset :].rstrip() for line in lines[first:last]])


def describe_structure(node: ast.AST) -> str:
    """Return a text that is equal for structurally equal code; kept on the node."""
    found: str | None = getattr(node, "_guard_fingerprint", None)
    if found is None:
        found = ast.dump(node)
        node._guard_fingerprint = found  # type: ignore[attr-defined]  # a cache on the tree itself
    return found


def _align_block(
    old: Sequence[ast.AST],
    new: Sequence[ast.AST],
    scope_old: Scope,
    scope_new: Scope,
    lines: Lines,
) -> Iterator[Difference]:
    keys_old, keys_new = _describe_block(old, lines[0]), _describe_block(new, lines[1])
    if keys_old == keys_new:
        return
    matcher = SequenceMatcher(None, keys_old, keys_new, autojunk=False)
    opcodes = matcher.get_opcodes()
    for before, after in find_changed_steps(old, new, opcodes):
        yield _make_step(before, after, scope_old, scope_new)
    for tag, i0, i1, j0, j1 in opcodes:
        if tag == "replace":
            for first, second in _pair_up(old[i0:i1], new[j0:j1]):
                yield from _compare_statements(first, second, scope_old, scope_new, lines)


def _make_step(
    before: ast.Module, after: ast.Module, scope_old: Scope, scope_new: Scope
) -> Difference:
    return Difference(((before, after),), before, after, scope_old, scope_new)


def _pair_up(old: Sequence[ast.AST], new: Sequence[ast.AST]) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Pair statements of a replaced stretch in order: by name, else by likeness."""
    start, alone = 0, len(old) == len(new) == 1
    words = _WordCounts()
    for before in old:
        # One `raise` for another is a change of that statement, whatever it says now.
        best, best_score = -1, 0.0 if alone and isinstance(before, ast.Raise) else _SIMILAR
        for index in range(start, len(new)):
            score = _compare(before, new[index], words, alone=alone)
            if score > best_score:
                best, best_score = index, score
        if best >= 0:
            start = best + 1
            yield before, new[best]  # type: ignore[misc]  # handlers are aligned like statements


class _WordCounts:
    """The words of statements, counted once for all that each is compared with."""

    def __init__(self) -> None:
        self._known: dict[int, Counter[str]] = {}

    def count(self, node: ast.AST) -> Counter[str]:
        found = self._known.get(id(node))
        if found is None:
            found = self._known[id(node)] = _count_words(node)
        return found


def _compare(before: ast.AST, after: ast.AST, words: _WordCounts, *, alone: bool) -> float:
    if isinstance(before, _IGNORED) or isinstance(after, _IGNORED):
        return 0.0
    if isinstance(before, _DEFINITIONS) or isinstance(after, _DEFINITIONS):
        return float(getattr(before, "name", None) == getattr(after, "name", ""))
    if type(before) is not type(after) and not alone:
        return 0.0
    words_before, words_after = words.count(before), words.count(after)
    total = words_before.total() + words_after.total()
    return 2 * (words_before & words_after).total() / total if total else 1.0


def _count_words(node: ast.AST) -> Counter[str]:
    """Return the names and literals of a statement's own line, without its blocks."""
    found: Counter[str] = Counter()
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        for name in current._fields:
            value = getattr(current, name, None)
            if isinstance(value, str):
                found[value] += 1
            elif isinstance(value, ast.AST):
                if value._fields:  # what has none, as a context or operator, says no word
                    todo.append(value)
            elif isinstance(value, list) and name not in _BLOCKS:
                todo.extend([item for item in value if isinstance(item, ast.AST)])
        if isinstance(current, ast.Constant):
            found[repr(current.value)] += 1
    return found


def _compare_statements(
    before: ast.stmt, after: ast.stmt, scope_old: Scope, scope_new: Scope, lines: Lines
) -> Iterator[Difference]:
    context = _Context(before, after, scope_old, scope_new)
    if type(before) is not type(after):
        if not _has_blocks(before) and not _has_blocks(after):
            yield Difference(((before, after),), *context)
        return
    for first, second in (
        *find_changed_handler(before, after),
        *find_shared_default(before, after),
    ):
        yield _make_step(first, second, scope_old, scope_new)
    inner_old, inner_new = scope_old.enter(before), scope_new.enter(after)
    for name, old_value in ast.iter_fields(before):
        new_value = getattr(after, name)
        if name in _BLOCKS and isinstance(old_value, list) and isinstance(new_value, list):
            yield from _align_block(old_value, new_value, inner_old, inner_new, lines)
    yield from _compare_headers(context)


def _compare_headers(context: _Context) -> Iterator[Difference]:
    """Compare the expressions of two statements of one kind, leaving their blocks alone."""
    before, after = context.before, context.after
    if not isinstance(before, ast.stmt) or isinstance(before, _DEFINITIONS):
        return
    changed = [
        name for name in before._fields if name not in _BLOCKS and _differs(before, after, name)
    ]
    if not changed or any(name in _SKIPPED for name in changed):
        return
    whole = () if _has_blocks(before) else ((before, after),)
    pairs = [(getattr(before, name), getattr(after, name)) for name in changed]
    if len(pairs) == 1 and _are_nodes(pairs[0]):
        yield from _descend(pairs[0][0], pairs[0][1], whole, context)
    elif isinstance(before, ast.With | ast.AsyncWith):
        for old, new in zip(before.items, getattr(after, "items", ()), strict=False):
            if describe_structure(old.context_expr) != describe_structure(new.context_expr):
                yield from _descend(old.context_expr, new.context_expr, (), context)
    elif whole:
        yield Difference(whole, *context)


def _descend(
    before: ast.AST,
    after: ast.AST,
    outer: tuple[tuple[ast.AST, ast.AST], ...],
    context: _Context,
) -> Iterator[Difference]:
    """Follow the one child that differs; report where it ends, or where several differ."""
    levels = ((before, after), *outer)
    children = _find_differing_children(before, after)
    if children is None:
        yield Difference(levels, *context)
    elif len(children) == 1:
        yield from _descend(*children[0], levels, context)
    else:
        yield Difference(levels, *context)
        for old, new in children:
            if _stand_for_each_other(old, new):
                yield from _descend(old, new, (), context)


def _stand_for_each_other(before: ast.AST, after: ast.AST) -> bool:
    """Tell whether one of several changed parts is worth a look of its own: a call that stayed."""
    return (
        type(before) is type(after) and _compare(before, after, _WordCounts(), alone=True) > _LIKELY
    )


def _find_differing_children(
    before: ast.AST, after: ast.AST
) -> list[tuple[ast.AST, ast.AST]] | None:
    """Return the child nodes that differ; None if the difference is in the nodes themselves."""
    if type(before) is not type(after):
        return None
    children: list[tuple[ast.AST, ast.AST]] = []
    for name in before._fields:
        if not _differs(before, after, name):
            continue
        old, new = getattr(before, name), getattr(after, name)
        if _are_nodes((old, new)):
            children.append((old, new))
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            pairs = [
                (a, b)
                for a, b in zip(old, new, strict=True)
                if _describe_value(a) != _describe_value(b)
            ]
            if not all(_are_nodes(pair) for pair in pairs):
                return None
            children.extend(pairs)
        else:
            return None
    return children or None


def _has_blocks(node: ast.AST) -> bool:
    return any(isinstance(getattr(node, name, None), list) for name in _BLOCKS)


def _are_nodes(pair: tuple[object, object]) -> bool:
    return isinstance(pair[0], ast.AST) and isinstance(pair[1], ast.AST)


def _differs(before: ast.AST, after: ast.AST, name: str) -> bool:
    return _describe_value(getattr(before, name, None)) != _describe_value(
        getattr(after, name, None)
    )


def _describe_value(value: object) -> object:
    if isinstance(value, ast.AST):
        return describe_structure(value)
    if isinstance(value, list):
        return tuple(_describe_value(item) for item in value)
    return value
