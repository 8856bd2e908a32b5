"""Finds what a fix's code relies on and a change makes nothing: a lock, a limit, a block.

The fix stands to the letter, and what its names stand for is None, False or a context that does
nothing; or what it guards has left its block. Python only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.defaults import read_last_name
from devmatrix_guard.mining.undo.edits import FixHunk, Key, Place
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
_WORD = re.compile(rb"\w+")


def may_empty(place: Place) -> bool:
    """Tell whether a new statement may make nothing of what a fix relies on."""
    return bool(_MAY_EMPTY.search(place.unit.own))


def find_emptied(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the places where what a fix relies on becomes nothing, none where it does not.

    Args:
        change: what is done.
        hunk: what a fix did; its statements stand.
        file: the number of its file in the change.
    """
    one = change.files[file]
    came = [place for place in change.nearby[1] if place.file == file]
    suspects = [place for place in came if may_empty(place)]
    if not suspects or hunk.is_part or not hunk.added or not is_product_code(hunk.path):
        return []
    if not is_python_text(one.path, one.new):
        return []
    scopes = {key[4] for key in hunk.added}
    new = read_units(one.path, one.new, scopes=scopes)
    standing = _select(new, hunk.added)
    if len(standing) < len(hunk.added):
        return []
    if emptied := _find_names(change, suspects, standing, file):
        return emptied
    old = read_units(one.old_path, one.old, scopes=scopes)
    was = {unit.exact for unit in _list_idle_heads(old)}
    heads = [unit for unit in _list_idle_heads(new) if unit in standing and unit.exact not in was]
    return [Place(unit, file, unit.first + 1) for unit in heads[:1]]


def _select(units: Sequence[Unit], keys: Sequence[Key]) -> list[Unit]:
    wanted = {(key[4], key[0]) for key in keys}
    return [unit for unit in units if (unit.scope, unit.exact) in wanted]


def _find_names(
    change: Change, suspects: Sequence[Place], standing: Sequence[Unit], file: int
) -> list[Place]:
    """Return where a name that a fix's statements use was something, and is nothing now."""
    used = {word.decode("utf-8", "replace") for u in standing for word in _WORD.findall(u.own)}
    known = dict(
        pair
        for place in change.nearby[0]
        if place.file == file and b"=" in place.unit.own
        for pair in _read_named(place)
    )
    return [
        place
        for place in suspects
        for name, value in _read_named(place)
        if name.rpartition(".")[2] in used
        and name in known
        and _NOTHING.fullmatch(value)
        and not _NOTHING.fullmatch(known[name])
    ]


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
        if unit.is_head and is_idle and (after is None or after.depth <= unit.depth):
            yield unit
