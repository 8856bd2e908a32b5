"""Finds statements that say all a fixed one said but for what the fix brought into it.

The call goes through another method, a text is put together otherwise, a helper is made of it: the
words of the old statement are there, none of the fix's is, and nothing new stands in its place. A
decorator is lost where what it was for is still there.
"""

from __future__ import annotations

import ast
import builtins
import re
import zlib
from collections.abc import Sequence

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change, get_tail
from devmatrix_guard.mining.undo.edits import FixHunk, Place, is_indexed
from devmatrix_guard.mining.undo.parts import parse_line
from devmatrix_guard.mining.undo.renamed import read_defined
from devmatrix_guard.mining.undo.tokens import KEYWORDS
from devmatrix_guard.mining.undo.units import Unit, read_units

# This share of the words of a statement, without the fix's, has to be there.
_SAME = 0.5
_LEAST = 2
_MOST_STATEMENTS = 40
_WORD = re.compile(rb"[^\W\d]\w+")
_IMPORT = re.compile(rb"\x01?(?:import|from|use|require|export\x00\x01?\*)\b")
_MORE = "self cls format append extend add update join"  # what loops and texts are made with
_NOTHING = (b"nil", b"null", b"None", b"undefined")  # one of the values of a `return` of Go
_NAMED = re.compile(rb"\x01?(?:(?:const|let|var)\x00\x01)?(\w+)[\x00 ]*=")
_PLAIN = frozenset(word.encode() for word in (*KEYWORDS, *dir(builtins), *_MORE.split()))


def find_lost_words(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the statements that stand for a fixed one without what the fix brought into it.

    Args:
        change: what is done.
        hunk: what a fix did.
        file: the number of its file in the change.
    """
    if hunk.is_moved or not is_product_code(hunk.path) or not is_indexed(hunk.path):
        return []
    gone = [
        place
        for key in hunk.added
        for place in change.removed_nearby.get((file, key[4], key[0]), ())[:1]
    ]
    if not gone or not change.files[file].new:
        return []
    brought = set(hunk.words[1]) - set(hunk.words[0])
    if not hunk.removed:
        return _find_lost_decorator(change, gone, file)
    if not brought or set(hunk.words[0]) & set(hunk.words[1]):
        return []
    return _find_statements(change, gone, brought, file)


def _find_statements(
    change: Change, gone: Sequence[Place], brought: set[int], file: int
) -> list[Place]:
    suffix = change.files[file].path.rpartition(".")[2]
    came = [
        place
        for place in change.nearby[1]
        if change.files[place.file].path.endswith(suffix) and not _IMPORT.match(place.unit.own)
    ]
    if sum(place.file == file for place in came) > _MOST_STATEMENTS:
        return []
    said = {word for place in came for word in _read(place.unit)}
    known = {word.lower() for word in _WORD.findall(change.files[file].old)}
    scopes = {place.unit.scope for place in gone}
    stays: set[bytes] | None = None
    for place in gone:
        own = _read(place.unit)
        lost = {word for word in own if zlib.crc32(word) in brought} - _PLAIN
        rest = own - lost - _PLAIN
        if lost and not rest and not _lower(lost) & _lower(said):
            nothing = [one for one in came if one.unit.own.lstrip(b"\x01") in _NOTHING]
            if any(one.unit.scope == place.unit.scope for one in nothing):
                return nothing
        if not lost or len(rest) < _LEAST or _lower(lost) & _lower(said):
            continue
        stays = _read_functions(change, scopes, file) if stays is None else stays
        if lost & stays or len(rest & said) < _SAME * len(rest):
            continue
        told = [one for one in came if _read(one.unit) & rest and _is_near(one, place, change)]
        if any(b"**" in one.unit.own for one in told):
            continue  # what is spread into a call may hold it
        fresh = {w for one in told for w in _read(one.unit) - _PLAIN if w.lower() not in known}
        most = len(lost) if _has_lost_keyword(place, lost) else 0
        if told and len(fresh - _list_defined(came)) <= most:
            return [max(told, key=lambda one: len(_read(one.unit) & rest))]
    return []


def _read(unit: Unit) -> set[bytes]:
    return set(_WORD.findall(unit.own))


def _lower(words: set[bytes]) -> set[bytes]:
    return {word.lower() for word in words}


def _is_near(one: Place, gone: Place, change: Change) -> bool:
    """Tell whether a statement is in the function of another, or in one that the change makes."""
    if one.file != gone.file:
        return not change.files[one.file].old
    scope = get_tail(one.unit.scope)
    return f"{one.unit.scope}.".startswith(f"{gone.unit.scope}.") or any(
        scope in names for names in change.functions[1].values()
    )


def _list_defined(places: Sequence[Place]) -> set[bytes]:
    """Return the names that a change gives to helpers, and to values of the module."""
    values = [place.unit.own for place in places if not place.unit.scope]
    named = {match[1] for own in values if (match := _NAMED.match(own))}
    return named | {read_defined(place.unit.own).encode() for place in places}


def _read_functions(change: Change, scopes: set[str], file: int) -> set[bytes]:
    one = change.files[file]
    units = read_units(one.path, one.new, scopes=scopes)
    return {word for unit in units if not _IMPORT.match(unit.own) for word in _read(unit)}


def _has_lost_keyword(place: Place, lost: set[bytes]) -> bool:
    """Tell whether what is lost was given to a call by its name."""
    return any(
        isinstance(part, ast.keyword) and (part.arg or "").encode() in lost
        for node in parse_line(place.unit.own.decode("utf-8", "replace")) or ()
        if isinstance(node, ast.AST)
        for part in list_nodes(node)
    )


def _find_lost_decorator(change: Change, gone: Sequence[Place], file: int) -> list[Place]:
    """Return a decorator that a fix added and nothing has any more, though its function is there.

    It may stand under another name, or as a method, and the decorator be called.
    """
    if any(not place.unit.own.startswith(b"@") for place in gone):
        return []
    one = change.files[file]
    new = read_units(one.path, one.new)
    said = {w for unit in new if not _IMPORT.match(unit.own) for w in _read(unit)}
    old = read_units(one.old_path, one.old)
    for place in gone:
        names = _read(place.unit) - _PLAIN
        name = next(
            (
                read_defined(unit.own)
                for unit in old
                if unit.first > place.unit.first and not unit.own.startswith(b"@")
            ),
            "",
        )
        body = {unit.exact for unit in old if name and get_tail(unit.scope) == name}
        stands = body & {unit.exact for unit in new}
        if names and not names & said and len(stands) > len(body) / 2:
            return [place]
    return []
