"""Finds where a change imports again what a fix stopped importing, in whatever form.

What is remembered of an import is the key of its module and name. So the keys of all that a file
takes from modules are made: `from a import b`, under another name, in a function, or as `a.b`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.layout import is_python_text
from devmatrix_guard.mining.undo.parts import IMPORT_WEIGHT, hash_text
from devmatrix_guard.mining.undo.tokens import decode
from devmatrix_guard.mining.undo.trees import read_module

_MOST_PARTS = 20  # of the dotted name of a module


class Taken(NamedTuple):
    """One thing taken from a module: by which key, under which name, and in which line."""

    key: int
    bound: str
    name: str
    line: int


def find_imported_again(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the place where what a fix imported from elsewhere comes from its old module.

    Args:
        change: what is done.
        hunk: what a fix did; only one that replaced an import by another is looked at.
        file: the number of its file in the change.
    """
    one = change.files[file]
    keys = tuple(
        {key[0] for key in side if key[3] == IMPORT_WEIGHT} for side in (hunk.removed, hunk.added)
    )
    if not all(keys) or not is_product_code(hunk.path) or not is_python_text(one.path, one.new):
        return []
    before, after = (_list_taken(side) for side in (one.old, one.new))
    known = {taken.key for taken in before}
    wanted = {taken.name for taken in before if taken.key in keys[1]}
    if not wanted:
        return []
    is_gone = keys[1].isdisjoint(taken.key for taken in after)
    kept = {taken.bound for taken in after if taken.key in keys[1]}
    for taken in after:
        is_back = taken.key in keys[0] and taken.key not in known
        # Beside the new import the old one only matters where it gives the same name.
        if is_back and (is_gone or taken.bound in kept):
            return [p for p in change.nearby[1] if p.file == file and p.line >= taken.line][:1] or [
                p for p in change.nearby[1] if p.file == file
            ][-1:]
    return []


@lru_cache(maxsize=256)
def _list_taken(text: bytes) -> tuple[Taken, ...]:
    """Return what a file takes from modules."""
    return tuple(_read_taken(text))


def _read_taken(text: bytes) -> Iterator[Taken]:
    parsed = read_module(decode(text)) if b"import" in text else None
    nodes = parsed.nodes if parsed else ()
    modules: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                bound = alias.asname or alias.name
                yield Taken(_hash_import(module, alias.name), bound, alias.name, node.lineno)
        elif isinstance(node, ast.Import):
            modules.update({(a.asname or a.name): a.name for a in node.names})
    for node in nodes if modules else ():
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            module = modules.get(_read_dotted(node.value), "")
            if module:
                yield Taken(_hash_import(module, node.attr), "", node.attr, node.lineno)


def _read_dotted(node: ast.AST) -> str:
    """Return a dotted name, empty for anything else and for more parts than modules have."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < _MOST_PARTS:
        parts.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(parts))) if isinstance(node, ast.Name) else ""


def _hash_import(module: str, name: str) -> int:
    """Return the exact key of an import, as statements have it."""
    return hash_text("\x1f".join(("\x04import", module, name, "")))
