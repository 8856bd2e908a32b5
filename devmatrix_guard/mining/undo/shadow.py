"""Definitions that a later one of the same name hides: they are written, and nothing calls them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from devmatrix_guard.mining.undo.trees import read_module, split_rows

_HEAD = re.compile(rb"^([ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def drop_shadowed(old: bytes, new: bytes) -> bytes:
    """Return Python with blank lines where a change hides a definition behind a later one.

    Undecorated definitions of one block are meant: an overload or a setter hides nothing. What was
    hidden before stays as it is.

    Args:
        old: the text before the change.
        new: the text after it.
    """
    if not _repeats_head(old, new):
        return new
    after = read_module(new)
    hidden = list(_list_shadowed(after.tree.body, "")) if after is not None else []
    if not hidden:
        return new
    before = read_module(old)
    known = {name for name, _ in _list_shadowed(before.tree.body, "")} if before else set()
    rows = split_rows(new)
    for name, node in hidden:
        if name not in known:
            end = node.end_lineno or node.lineno
            for number in range(node.lineno - 1, min(end, len(rows))):
                rows[number] = rows[number][len(rows[number].rstrip(b"\r\n")) :]
    return b"".join(rows)


def _repeats_head(old: bytes, new: bytes) -> bool:
    """Tell whether a change adds a head that is there twice; few do, and parsing takes long."""
    heads = _count_heads(new)
    repeated = {head for head, count in heads.items() if count > 1}
    return bool(repeated) and not repeated.isdisjoint(heads - _count_heads(old))


@lru_cache(maxsize=64)  # what a commit makes of a file, a later one changes again
def _count_heads(text: bytes) -> Counter[tuple[bytes, bytes]]:
    return Counter(_HEAD.findall(text))


def _list_shadowed(body: Sequence[ast.stmt], owner: str) -> Iterator[tuple[str, _Definition]]:
    """Yield the definitions of a block, and of the classes in it, that a later one hides."""
    last: dict[str, _Definition] = {}
    for node in body:
        if not isinstance(node, _DEFINITIONS):
            continue
        former = last.get(node.name)
        if former is not None and not (former.decorator_list or node.decorator_list):
            yield f"{owner}{node.name}", former
        last[node.name] = node
        if isinstance(node, ast.ClassDef):
            yield from _list_shadowed(node.body, f"{owner}{node.name}.")
