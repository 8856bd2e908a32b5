"""Finds what a fix's code relies on and a change makes nothing: a lock, a limit, a block.

The fix stands to the letter, and what its names stand for is None, False or a context that does
nothing; or what it guards has left its block. Python only.
"""

from __future__ import annotations

import ast
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.defaults import read_last_name
from devmatrix_guard.mining.undo.edits import ChangedFile, FixHunk, Place
from devmatrix_guard.mining.undo.layout import is_python_text
from devmatrix_guard.mining.undo.parts import parse_line
from devmatrix_guard.mining.undo.units import Unit, read_units

_NOTHING = re.compile(
    r"None|False|(?:contextlib\.)?nullcontext\(\)|math\.inf|float\(['\"]inf(?:inity)?['\"]\)"
    r"|lambda\b[^:]*: (?:None|True|False)"
)
_MAY_EMPTY = re.compile(
    rb"=[ ]*(?:None|False|[\w.]*nullcontext|math\.inf|float|lambda)|pass$|\.\.\.$"
)
_IDLE = (b"pass", b"...")
_BLOCKS = (b"with", b"async with", b"if", b"for", b"while", b"try")


class Emptied(NamedTuple):
    """What a change makes nothing of: names by the hash of their last part, heads by their keys."""

    names: Mapping[tuple[int, int], Place]
    heads: Mapping[tuple[int, str, int], Place]

    def __bool__(self) -> bool:
        return bool(self.names or self.heads)


def read_emptied(change: Change) -> Emptied:
    """Return the names and blocks that a change makes nothing of."""
    suspects = [place for place in change.nearby[1] if _MAY_EMPTY.search(place.unit.own)]
    wanted = {p.file for p in suspects if _is_code(change.files[p.file])}
    suspects = [place for place in suspects if place.file in wanted]
    was = {
        (place.file, name): value
        for place in change.nearby[0]
        if place.file in wanted and b"=" in place.unit.own
        for name, value in _read_named(place)
    }
    names = {
        (place.file, zlib.crc32(name.rpartition(".")[2].encode())): place
        for place in suspects
        for name, value in _read_named(place)
        if _NOTHING.fullmatch(value) and not _NOTHING.fullmatch(was.get((place.file, name), value))
    }
    idle = {(p.file, p.unit.scope) for p in suspects if p.unit.own in _IDLE}
    heads = {
        (file, scope, unit.exact): Place(unit, file, unit.first + 1)
        for file, scope in idle
        for unit in _list_idle_heads(change.get_new_units(file, scope))
        if _had_block(change, file, unit)
    }
    return Emptied(names, heads)


def _is_code(file: ChangedFile) -> bool:
    return bool(file.old) and is_product_code(file.path) and is_python_text(file.path, file.new)


def _had_block(change: Change, file: int, head: Unit) -> bool:
    """Tell whether a head stood before, and something was done in its block."""
    one = change.files[file]
    units = read_units(one.old_path, one.old, scopes={head.scope})
    same = [unit.exact for unit in units].count(head.exact)
    return same > [unit.exact for unit in _list_idle_heads(units)].count(head.exact)


def find_emptied(change: Change, hunk: FixHunk, file: int, emptied: Emptied) -> list[Place]:
    """Return the places where what a fix relies on becomes nothing, none where it does not.

    Args:
        change: what is done.
        hunk: what a fix did; its statements stand.
        file: the number of its file in the change.
        emptied: what the change makes nothing of.
    """
    if hunk.is_part or not hunk.added:
        return []
    for key in hunk.added:
        if place := emptied.heads.get((file, key[4], key[0])):
            return [place]
    named = [
        place
        for word in hunk.words[1]
        if (place := emptied.names.get((file, word))) and word not in hunk.words[0]
    ]
    if not named:
        return []
    stays = {
        (scope, unit.exact)
        for scope in {key[4] for key in hunk.added}
        for unit in change.get_new_units(file, scope)
    }
    return named[:1] if all((key[4], key[0]) in stays for key in hunk.added) else []


def _read_named(place: Place) -> Iterator[tuple[str, str]]:
    """Yield the one name that a statement sets, with its value."""
    for node in parse_line(place.unit.own.strip().decode("utf-8", "replace")) or ():
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value and len(targets) == 1 and read_last_name(targets[0]):
            yield ast.unparse(targets[0]), ast.unparse(value)


def _list_idle_heads(units: Sequence[Unit]) -> Iterator[Unit]:
    """Yield the heads in whose blocks nothing is done."""
    for number, unit in enumerate(units[:-1]):
        inner = units[number + 1]
        after = units[number + 2] if number + 2 < len(units) else None
        is_idle = inner.own in _IDLE and inner.depth == unit.depth + 1
        is_kept = unit.own.startswith(_BLOCKS)
        if is_kept and is_idle and (after is None or after.depth <= unit.depth):
            yield unit
