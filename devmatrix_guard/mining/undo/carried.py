"""Tells whether what a fix brought into a statement stands in what the statement is made of now.

It is in a helper that the change makes and the statement calls, a bound is held by a condition in
place of `min` and `max`, or an import has no use any more, of which its own finding tells.
"""

from __future__ import annotations

import ast
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.undo.change import Change, get_tail
from devmatrix_guard.mining.undo.defaults import read_last_name
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.parts import parse_line

_WORD = re.compile(rb"[^\W\d]\w*")
_CALLED = re.compile(rb"(\w+)[\x00 ]*\(")
# Which comparison of a value with its bound holds it back, with the value on the left.
_BOUNDS = {"min": (ast.Gt, ast.GtE), "max": (ast.Lt, ast.LtE)}
_TURNED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}


def is_carried(change: Change, hunk: FixHunk, gone: Sequence[Place], came: Sequence[Place]) -> bool:
    """Tell whether all that a fix brought into its statements is done by what they became.

    Args:
        change: what is done.
        hunk: what a fix did.
        gone: the statements of the fix that are there no more.
        came: those that the change adds to their functions.
    """
    brought = set(hunk.words[1]) - set(hunk.words[0])
    lost = {word for one in gone for word in _read(one) if zlib.crc32(word) in brought}
    if not lost:
        return False
    return any(lost <= said for said in _list_said_by_helpers(change, came))


def is_bound_otherwise(gone: Sequence[Place], came: Sequence[Place]) -> bool:
    """Tell whether each of some statements held a value back as a condition does now."""
    return all(any(_is_bound_by(one, other, came) for other in came) for one in gone)


def is_import_without_use(change: Change, place: Place) -> bool:
    """Tell whether a statement imports names of which a change takes the last use."""
    node = _parse(place)
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return False
    one = change.files[place.file]
    was, now = (Counter(_WORD.findall(text)) for text in (one.old, one.new))
    names = [(alias.asname or alias.name).partition(".")[0].encode() for alias in node.names]
    return all(was[name] > 1 and not now[name] for name in names)


def _read(place: Place) -> set[bytes]:
    return set(_WORD.findall(place.unit.own))


def _list_said_by_helpers(change: Change, came: Sequence[Place]) -> Iterator[set[bytes]]:
    """Yield the words of each statement that calls a function which the change makes, and of it."""
    was, now = ({name for own in side.values() for name in own} for side in change.functions)
    for one in came:
        called = {word.decode() for word in _CALLED.findall(one.unit.own)} & now - was
        if called:
            inner = (place for place in change.nearby[1] if get_tail(place.unit.scope) in called)
            yield _read(one).union(*map(_read, inner))


def _is_bound_by(was: Place, now: Place, came: Sequence[Place]) -> bool:
    """Tell whether `x = min(x, most)` became a condition on `x` under which it is set to `most`."""
    one, test = _parse(was), _parse(now)
    if not isinstance(one, ast.Assign) or not isinstance(one.value, ast.Call):
        return False
    kinds = _BOUNDS.get(read_last_name(one.value.func))
    if kinds is None or not isinstance(test, ast.If):
        return False
    target = ast.unparse(one.targets[0])
    sets = {ast.unparse(node) for place in came for node in [_parse(place)] if node}
    bounds = [ast.unparse(arg) for arg in one.value.args]
    held = [bound for bound in bounds if f"{target} = {bound}" in sets]
    return any(
        kind in kinds and left == target and right in held
        for node in list_nodes(test.test)
        if isinstance(node, ast.Compare) and len(node.ops) == 1
        for kind, left, right in _read_both_ways(node)
    )


def _read_both_ways(node: ast.Compare) -> Iterator[tuple[type, str, str]]:
    kind = type(node.ops[0])
    left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
    yield kind, left, right
    yield _TURNED.get(kind, kind), right, left


def _parse(place: Place) -> ast.AST | None:
    nodes = parse_line(place.unit.own.strip().decode("utf-8", "replace"))
    return nodes[0] if nodes and isinstance(nodes[0], ast.AST) else None
