"""Tells what does the same in other words from what takes a fix back.

A copy made otherwise, an empty container that is called for, a handler that catches all that the
other caught, a lock by its new name, a guard clause that became the head of what it guarded, a
program that ends by `SystemExit`, methods of texts and attributes of tags in another order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.undo.carried import (
    is_bound_otherwise,
    is_carried,
    is_import_without_use,
)
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.conditions import is_opposite
from devmatrix_guard.mining.undo.copies import (
    ANY,
    is_new_of,
    read_built,
    read_copy,
    read_default,
    read_empty,
    read_exit,
    read_text_methods,
)
from devmatrix_guard.mining.undo.defaults import catches_all_of, catches_everything
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.layout import Statement, list_statements
from devmatrix_guard.mining.undo.parts import describe_python, parse_line

_JUMP = re.compile(rb"\x01?(?:return|raise|throw|continue|break)\b")
_MARKUP = (".html", ".htm", ".xhtml", ".jinja", ".j2", ".xml", ".svg", ".vue")
_ATTRIBUTE = re.compile(rb"[\w:.@-]+\s*=\s*(?:\"[^\"]*\"|'[^']*')|[^\s\x00]+")
_WITH = (ast.With, ast.AsyncWith)
_WIDEST = ("except", "except Exception", "except BaseException")

Renamed = frozenset[tuple[str, str]]


def is_said_otherwise(change: Change, hunk: FixHunk, file: int | None) -> bool:
    """Tell whether all that a change takes of a fix stands there in other words.

    It does not where anything of what the fix replaced is back.

    Args:
        change: what is done.
        hunk: what a fix did.
        file: the number of its file in the change, None where it is not in it.
    """
    if file is None or hunk.is_moved:
        return False
    replaced = {key for one in hunk.removed for key in one[:2]}
    gone = [
        place
        for key in hunk.added
        for place in change.removed_nearby.get((file, key[4], key[0]), ())[:1]
    ]
    scopes = {key[4] for key in hunk.added}
    came = [place for scope in scopes for place in change.added_by_place.get((file, scope), ())]
    if gone and (
        is_bound_otherwise(gone, came)
        or (not hunk.removed and all(is_import_without_use(change, one) for one in gone))
    ):
        return True
    if not gone or any({one.unit.exact, one.unit.loose} & replaced for one in came):
        return False
    if is_carried(change, hunk, gone, came):
        return True
    renamed = _list_renamed(change, file)
    turned = [one for one in gone if any(_is_turned(change, one, other) for other in came)]
    is_markup = hunk.path.endswith(_MARKUP)
    managed = [one for one in gone if any(_is_managed(one, other) for other in came)]
    return all(
        one in turned
        or one in managed
        or (bool(turned or managed) and bool(_JUMP.match(one.unit.own)))
        or any(_is_twin(one, other, renamed, replaced) for other in came)
        or any(_is_awaited(one, other) for other in came)
        or (is_markup and any(_is_reordered(one, other) for other in came))
        for one in gone
    )


def _is_twin(was: Place, now: Place, renamed: Renamed, replaced: set[int]) -> bool:
    if was.unit.scope != now.unit.scope:
        return False
    one, other = _parse(was), _parse(now)
    if not one or len(one) != len(other):
        return False
    ends = [read_exit(node) for node in (one[0], other[0])]
    if all(ends) and ends[0] == ends[1]:
        return True
    if isinstance(one[0], ast.ExceptHandler) and isinstance(other[0], ast.ExceptHandler):
        return catches_all_of(one[0], other[0]) and not (
            catches_everything(other[0]) and replaced & _hash_widest(one[0], other[0])
        )
    copied = read_copy(one[0].value) if isinstance(one[0], ast.Assign) else None
    if copied and isinstance(other[0], ast.Return) and other[0].value:
        return is_new_of(other[0].value, copied[1])
    return all(_is_same(a, b, renamed) for a, b in zip(one, other, strict=True))


def _is_reordered(was: Place, now: Place) -> bool:
    """Tell whether two tags are the same but for the order of their attributes."""
    sides = (sorted(_ATTRIBUTE.findall(one.unit.own.replace(b">", b" > "))) for one in (was, now))
    one, other = sides
    return one == other


def _is_awaited(was: Place, now: Place) -> bool:
    """Tell whether what was waited for by `await` is waited for by `.then()` now."""
    one, other = (place.unit.own.split(b"\x00") for place in (was, now))
    return (
        one[0] == b"\x01await"
        and other[0] == b"\x01return"
        and (other[1 : len(one)] == one[1:] and b"\x01then" in other[len(one) :])
    )


def _is_managed(was: Place, now: Place) -> bool:
    """Tell whether an arm of a `try` is what a `with` does now: it cleans up, or suppresses."""
    own = was.unit.own
    nodes = _parse(now) if now.unit.own.startswith((b"with", b"async")) else []
    if was.unit.scope != now.unit.scope or not nodes or not isinstance(nodes[0], _WITH):
        return False
    if own.startswith((b"try", b"finally")):
        return True
    handler = _parse(was) if own.startswith(b"except") else []
    calls = [item.context_expr for item in nodes[0].items]
    caught = [arg for call in calls if isinstance(call, ast.Call) for arg in call.args]
    is_suppressed = any("suppress" in ast.unparse(call) for call in calls)
    return (
        is_suppressed
        and bool(handler)
        and isinstance(handler[0], ast.ExceptHandler)
        and catches_all_of(handler[0], ast.ExceptHandler(ast.Tuple(caught), None, []))
    )


def _hash_widest(*handlers: ast.ExceptHandler) -> set[int]:
    """Return the keys of handlers of everything: a fix that replaced one wanted it narrower."""
    ends = {"", *(f" as {one.name}" for one in handlers if one.name)}
    texts = (f"{head}{end}:".encode() for head in _WIDEST for end in ends)
    return {parts.hash_exact() for text in texts for parts in describe_python(text)}


def _parse(place: Place) -> list[ast.AST]:
    found = parse_line(place.unit.own.strip().decode("utf-8", "replace"))
    return [node for node in found or () if isinstance(node, ast.AST)]


def _is_same(was: object, now: object, renamed: Renamed) -> bool:
    """Tell whether two trees are equal but for copies, empty containers and new names."""
    if isinstance(was, list) and isinstance(now, list):
        pairs = zip(was, now, strict=False)
        return len(was) == len(now) and all(_is_same(a, b, renamed) for a, b in pairs)
    if not isinstance(was, ast.AST) or not isinstance(now, ast.AST):
        return was == now
    if isinstance(was, ast.expr) and isinstance(now, ast.expr):
        if (_dump(was), _dump(now)) in renamed or _is_same_value(was, now):
            return True
        texts = read_text_methods(was), read_text_methods(now)
        if all(texts) and texts[0] == texts[1]:
            return True
        one, other = read_copy(was), read_copy(now)
        if one and other and (one[0] == other[0] or ANY in (one[0], other[0])):
            return _is_same(one[1], other[1], renamed)
        if one and is_new_of(now, one[1]):
            return True
    return type(was) is type(now) and all(
        _is_same(value, getattr(now, field, None), renamed)
        for field, value in ast.iter_fields(was)
        if field != "ctx"
    )


def _is_same_value(was: ast.expr, now: ast.expr) -> bool:
    """Tell whether both are empty or built containers of a kind, or a default for the same."""
    kind, default = read_empty(was), read_default(was)
    built = read_built(was)
    return (
        (bool(kind) and kind == read_empty(now))
        or (default is not None and default == read_default(now))
        or (built is not None and built == read_built(now))
    )


def _list_renamed(change: Change, file: int) -> Renamed:
    """Return what a change gives another name: what was made by the same call, or set to the old.

    Values that are written out are left aside: two names of one number need not be of one thing.
    """
    olds, news = (list(_list_named(side, file)) for side in change.nearby)
    pairs = {
        (_dump(one), _dump(other))
        for one, value in olds
        for other, made in news
        if isinstance(value, ast.Call) and _dump(value) == _dump(made)
    }
    return frozenset(pairs | {(_dump(value), _dump(target)) for target, value in news})


def _list_named(places: Iterable[Place], file: int) -> Iterator[tuple[ast.expr, ast.expr]]:
    for place in places:
        if place.file != file or b"=" not in place.unit.own:
            continue
        for node in _parse(place):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.Assign) and _is_name(targets):
                yield targets[0], node.value


def _is_name(targets: Sequence[ast.expr]) -> bool:
    return len(targets) == 1 and isinstance(targets[0], ast.Name | ast.Attribute)


def _dump(node: ast.expr) -> str:
    return ast.unparse(node)


# --- guards turned round


class _Head(NamedTuple):
    """The head of a block, with the first statement in it and the one after it."""

    first: bytes
    after: bytes

    @property
    def is_guard(self) -> bool:
        return bool(_JUMP.match(self.first))


def _is_turned(change: Change, was: Place, now: Place) -> bool:
    """Tell whether a guard clause is the opposite head of what it guarded now, or the reverse."""
    if was.unit.scope != now.unit.scope or not is_opposite(was.unit.own, now.unit.own):
        return False
    file = change.files[was.file]
    old = _read_head(file.old_path, file.old, was.unit.first)
    new = _read_head(file.path, file.new, now.line - 1)
    if old is None or new is None or old.is_guard == new.is_guard:
        return False
    guard, block = (old, new) if old.is_guard else (new, old)
    return bool(guard.after) and guard.after == block.first


def _read_head(path: str, text: bytes, row: int) -> _Head | None:
    statements: Sequence[Statement] = list_statements(path, text, None)
    number = next((n for n, one in enumerate(statements) if one.first == row), None)
    if number is None:
        return None
    first = next((one.text for one in statements if one.parent == number), b"")
    after = (one for one in statements if one.previous == number)
    return _Head(first, next((one.text for one in after), b""))
