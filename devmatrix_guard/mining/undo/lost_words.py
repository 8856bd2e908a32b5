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
from itertools import islice

from devmatrix_guard.engine.tree.parse import list_nodes
from devmatrix_guard.mining.product_paths import is_product_code
from devmatrix_guard.mining.undo.change import Change, get_tail
from devmatrix_guard.mining.undo.edits import ChangedFile, FixHunk, Place, is_indexed
from devmatrix_guard.mining.undo.parts import parse_line
from devmatrix_guard.mining.undo.renamed import read_defined
from devmatrix_guard.mining.undo.tokens import KEYWORDS
from devmatrix_guard.mining.undo.units import Unit, read_units

# This share of the words of a statement, without the fix's, has to be there.
_SAME = 0.5
_LEAST = 2
_MOST_STATEMENTS = 40
_WORD = re.compile(rb"[^\W\d]\w+")
_PART = re.compile(rb"[A-Z]?[a-z]{3,}")
_IMPORT = re.compile(rb"\x01?(?:import|from|use|require|export\x00\x01?\*)\b")
_MORE = "self cls format append extend add update join"  # what loops and texts are made with
_NOTHING = (b"nil", b"null", b"None", b"undefined")  # one of the values of a `return` of Go
_NAMED = re.compile(rb"\x01?(?:(?:const|let|var)\x00\x01)?(\w+)[\x00 ]*=")
_GIVEN = rb"[ \t]*(?::[^\n=]*)?=[ \t]*%s\b"
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
    pairs = [(place, own, _select_lost(own, brought)) for place in gone if (own := _read(place))]
    pairs = [(place, own, lost) for place, own, lost in pairs if lost]
    if not pairs or _count_came(change, file) > _MOST_STATEMENTS:
        return []
    came = _list_came(change, file)
    said = {word for place in came for word in _read(place)}
    for place, own, lost in pairs:
        if _lower(lost) & _lower(said):
            lost = {word for word in lost - said if _has_keyword(place, {word})}
            if not lost:
                continue
        rest = own - lost - _PLAIN
        if not rest:
            nothing = [one for one in came if one.unit.own.lstrip(b"\x01") in _NOTHING]
            if any(one.unit.scope == place.unit.scope for one in nothing):
                return nothing
        if len(rest) < _LEAST or len(rest & said) < _SAME * len(rest):
            continue
        told = [one for one in came if _read(one) & rest and _is_near(one, place, change)]
        if any(b"**" in one.unit.own for one in told):
            continue  # what is spread into a call may hold it
        if any(_is_by_value(change.files[file], word, told) for word in lost):
            continue
        most = len(lost) if _has_keyword(place, lost) else 0
        fresh = _list_fresh(change, told, file) - _list_defined(came)
        if told and (len(fresh) <= most or _is_negated(lost, fresh)):
            return [max(told, key=lambda one: len(_read(one) & rest))]
    return []


def _select_lost(own: set[bytes], brought: set[int]) -> set[bytes]:
    return {word for word in own if zlib.crc32(word) in brought} - _PLAIN


def _count_came(change: Change, file: int) -> int:
    """Return how many statements come to a file, imports left out; one too many stands for more."""
    places = (place for place in change.nearby[1] if place.file == file)
    own = (place for place in places if not _IMPORT.match(place.unit.own))
    return sum(1 for _ in islice(own, _MOST_STATEMENTS + 1))


def _list_came(change: Change, file: int) -> list[Place]:
    """Return what a change adds to a file and to others of its language."""
    suffix = change.files[file].path.rpartition(".")[2]
    return [
        place
        for place in change.nearby[1]
        if change.files[place.file].path.endswith(suffix) and not _IMPORT.match(place.unit.own)
    ]


def _list_fresh(change: Change, told: Sequence[Place], file: int) -> set[bytes]:
    """Return the words of some statements that the file did not have."""
    known = _lower(set(_WORD.findall(change.files[file].old)))
    return {w for one in told for w in _read(one) - _PLAIN if w.lower() not in known}


def _is_negated(lost: set[bytes], fresh: set[bytes]) -> bool:
    """Tell whether a word that came says the opposite of one that went: `unsafe_load`."""
    opposites = {
        prefix + part.lower()
        for word in lost
        for part in _PART.findall(word)
        for prefix in (b"un", b"in", b"non", b"no_", b"not_")
    }
    return any(opposite in word.lower() for word in fresh for opposite in opposites)


def _is_by_value(one: ChangedFile, name: bytes, told: Sequence[Place]) -> bool:
    """Tell whether what a name of a file stands for is in a statement, or its new name is."""
    match = re.search(rb"\b" + name + _GIVEN % rb"(\w+)", one.old)
    if match is None or not match[1][:1].isdigit():
        return False
    names = re.findall(rb"(\w+)" + _GIVEN % re.escape(match[1]), one.new)
    words = {word for place in told for word in re.findall(rb"\w+", place.unit.own)}
    return bool(words & {match[1], *names})


def _read(place: Place) -> set[bytes]:
    return set(_WORD.findall(place.unit.own))


def _read_all(units: Sequence[Unit]) -> set[bytes]:
    """Return the words of some statements but for imports."""
    owns = (unit.own for unit in units if not _IMPORT.match(unit.own))
    return {word for own in owns for word in _WORD.findall(own)}


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


def _has_keyword(place: Place, words: set[bytes]) -> bool:
    """Tell whether one of some words was given to a call by its name."""
    return any(
        isinstance(part, ast.keyword) and (part.arg or "").encode() in words
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
    said = _read_all(new)
    old = read_units(one.old_path, one.old)
    for place in gone:
        names = _read(place) - _PLAIN
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
