"""Finds where a change undoes hunks of fixes: their old code is back, or their new code is gone.

What is left of a change without moved and renamed code is compared with the hunks of fixes: in the
same place first, then in a function of the same name, then anywhere if it is much.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from zlib import crc32

from devmatrix_guard.mining.undo.change import Change, Index, get_tail
from devmatrix_guard.mining.undo.commands import find_left_out, find_root_at_last
from devmatrix_guard.mining.undo.context import Context, ContextReader
from devmatrix_guard.mining.undo.edits import (
    FixHunk,
    Key,
    Place,
)
from devmatrix_guard.mining.undo.effects import find_lost_effect
from devmatrix_guard.mining.undo.emptied import Emptied, find_emptied, read_emptied
from devmatrix_guard.mining.undo.guards import find_lost_guard
from devmatrix_guard.mining.undo.imported import find_imported_again
from devmatrix_guard.mining.undo.late_guards import find_late_guard
from devmatrix_guard.mining.undo.lines import is_settings
from devmatrix_guard.mining.undo.loosened import find_loosened
from devmatrix_guard.mining.undo.lost_words import find_lost_words
from devmatrix_guard.mining.undo.passed_by import find_passed_by
from devmatrix_guard.mining.undo.renamed import read_defined
from devmatrix_guard.mining.undo.tokens import show_statement
from devmatrix_guard.mining.undo.twins import is_said_otherwise

# Shares and weights below which a match says nothing; chosen on the development histories.
_SHARE = 0.6
_INNER_SHARE = 0.5
_LIGHT = 4
_MIN_ANYWHERE = 2
_ANYWHERE = 12
_COPIED = 8
_COPIED_ELSEWHERE = 24
_REWRITTEN = 0.3
_REWRITTEN_ELSEWHERE = 0.6
_MOST_PER_KEY = 50

BOTH, PUT_BACK, REMOVED, COPIED = "both", "put-back", "removed", "copied"
LOOSENED = "loosened"
_ORDER = (BOTH, PUT_BACK, REMOVED, COPIED, LOOSENED)
_WORD = re.compile(rb"\w{2,}")
_ANY_WORD = re.compile(rb"\w+")
# What a statement is made of, without brackets and what only parts it.
_MARK = re.compile(rb"\w+|\"[^\"]*\"|'[^']*'|[^\w\s()\[\]{},;:.\x00-\x1f]+")


class Match(NamedTuple):
    """A hunk of a fix that a change undoes.

    `kind` is BOTH, PUT_BACK, REMOVED, COPIED or LOOSENED; `in_place` tells that it is in the
    function the fix was made in, `share` how much of the hunk it is, `line` where in the new file,
    from 1, and `context` what the change does beside.
    """

    hunk: FixHunk
    kind: str
    path: str
    line: int
    text: str
    in_place: bool
    share: float
    context: Context = Context()


def find_matches(change: Change, hunks: Iterable[FixHunk]) -> list[Match]:
    """Return the hunks of fixes that a change undoes.

    Args:
        change: what is done.
        hunks: what fixes did and what stands before the change, under the names files have then.
    """
    known = tuple(hunks)
    emptied = read_emptied(change)
    found = [
        match
        for hunk in known
        if (match := _find(change, hunk, emptied)) is not None
        and not is_said_otherwise(change, hunk, change.old_paths.get(hunk.path))
    ]
    found = _drop_parts(found)
    if not found:
        return []
    contexts = ContextReader(change, known, (match.hunk for match in found))
    return [match._replace(context=contexts.read(match.hunk)) for match in found]


def _find(change: Change, hunk: FixHunk, emptied: Emptied) -> Match | None:
    """Return the match of a hunk, of which the change may say nothing itself."""
    if _may_match(change, hunk) and (match := _match(change, hunk) or _match_less(change, hunk)):
        return match
    file = change.old_paths.get(hunk.path)
    if file is None:
        return None
    places = find_emptied(change, hunk, file, emptied) if emptied else []
    if not places and any((file, key[4]) in change.touched for key in hunk.added[:1]):
        places = find_late_guard(change, hunk, file)
    if not places and any((file, key[4]) in change.touched for key in hunk.added):
        places = find_passed_by(change, hunk, file) or find_root_at_last(change, hunk, file)
    return _make(change, hunk, LOOSENED, places, True, 0.0) if places else None


def _drop_parts(found: Sequence[Match]) -> list[Match]:
    """Return matches without those of parts of a hunk that is undone as a whole.

    A hunk of which a part is undone is not told to be loosened, too.
    """
    told = {(m.hunk.commit, m.hunk.path) for m in found if m.kind != LOOSENED}
    found = [m for m in found if m.kind != LOOSENED or (m.hunk.commit, m.hunk.path) not in told]
    whole: dict[tuple[str, str], set[Key]] = {}
    for match in found:
        if not match.hunk.is_part:
            keys = whole.setdefault((match.hunk.commit, match.hunk.path), set())
            keys.update(match.hunk.removed, match.hunk.added)
    return [
        match
        for match in found
        if not match.hunk.is_part
        or not {*match.hunk.removed, *match.hunk.added}
        <= whole.get((match.hunk.commit, match.hunk.path), set())
    ]


def _may_match(change: Change, hunk: FixHunk) -> bool:
    if not change.keys.isdisjoint(hunk.inner_added):
        return True
    return any(
        key[0] in change.keys or key[1] in change.keys for key in (*hunk.removed, *hunk.added)
    )


def _match(change: Change, hunk: FixHunk) -> Match | None:
    file = change.old_paths.get(hunk.path)
    if hunk.is_part:
        return _match_part(change, hunk, file)
    if hunk.is_moved:
        return _match_moved(change, hunk, file)
    if hunk.removed and hunk.added:
        return (
            _match_both(change, hunk, file)
            or _match_inner(change, hunk, file)
            or _match_copy(change, hunk, file)
        )
    if hunk.removed:
        return _match_put_back(change, hunk, file) or _match_copy(change, hunk, file)
    return _match_deletion(change, hunk, file)


def _match_less(change: Change, hunk: FixHunk) -> Match | None:
    """Return the match where a rewriting left out a guard, or what was put there does less."""
    file = change.old_paths.get(hunk.path)
    if file is None:
        return None
    if guard := find_lost_guard(change, hunk, file):
        return _make(change, hunk, REMOVED, guard, True, _INNER_SHARE)
    if hunk.is_part:
        return None
    if again := find_imported_again(change, hunk, file):
        return _make(change, hunk, BOTH, again, True, _INNER_SHARE)
    for find in (find_left_out, find_loosened, find_lost_words, find_lost_effect):
        if places := find(change, hunk, file):
            return _make(change, hunk, LOOSENED, places, True, 0.0)
    return None


def _match_part(change: Change, hunk: FixHunk, file: int | None) -> Match | None:
    """Return the match where a part of a hunk is undone in its place, all of it and to the letter.

    Less would say something of every second rewriting of a fixed function.
    """
    if file is None:
        return None
    if is_settings(hunk.path) and not change.files[file].new:
        return None  # the settings of a tool that is used no more
    if not hunk.removed:
        return _match_deletion(change, hunk, file)
    gone, share_gone = _find_in_place(change.removed_nearby, hunk.added, file)
    back, share_back = _find_in_place(change.added_nearby, hunk.removed, file)
    is_whole = min(share_gone, share_back) >= 1
    return _make(change, hunk, BOTH, back, True, 1.0) if gone and is_whole else None


# --- both sides


def _match_both(change: Change, hunk: FixHunk, file: int | None) -> Match | None:
    if file is not None:
        gone, share_gone = _find_in_place(change.removed_nearby, hunk.added, file)
        back, share_back = _find_in_place(change.added_nearby, hunk.removed, file)
        if min(share_gone, share_back) >= _SHARE:
            if _is_divided(change, gone, back, file, back[0].unit.scope):
                return None
            return _make(change, hunk, BOTH, back, True, min(share_gone, share_back))
    gone, share_gone = _find_namesake(change.removed_exact, hunk.added)
    back, share_back = _find_namesake(change.added_exact, hunk.removed)
    if min(share_gone, share_back) >= _SHARE and _is_same_place(gone, back, hunk):
        return _make(change, hunk, BOTH, back, False, min(share_gone, share_back))
    return _match_renamed(change, hunk, file)


def _is_divided(
    change: Change, gone: Sequence[Place], back: Sequence[Place], file: int, scope: str
) -> bool:
    """Tell whether what a fix brought into a statement is said beside the old one: in two steps."""
    lost = _count_marks(gone) - _count_marks(back)
    came = change.added_by_place.get((file, scope), ())
    others = [place for place in came if place not in back]
    is_in_steps = bool(back) or len(others) > 1
    return is_in_steps and bool(lost) and lost <= _count_marks(others)


def _count_marks(places: Sequence[Place]) -> Counter[bytes]:
    return Counter(mark for place in places for mark in _MARK.findall(place.unit.own))


def _match_renamed(change: Change, hunk: FixHunk, file: int | None) -> Match | None:
    """Return the match by loose keys, of what a hunk changed beside names."""
    rest = _drop_renamed(hunk)
    if not rest.removed or not rest.added:
        found = None
        if rest.removed:
            found = _match_put_back(change, rest, file)
        elif rest.added:
            found = _match_deletion(change, rest, file)
        return found and found._replace(hunk=hunk)
    gone, share_gone = _find_loose(change.removed_loose, rest.added, file)
    back, share_back = _find_loose(change.added_loose, rest.removed, file)
    if min(share_gone, share_back) < _SHARE or not _is_same_place(gone, back, hunk):
        return None
    if _is_divided(change, gone, back, back[0].file, back[0].unit.scope):
        return None
    is_here = file is not None and back[0].file == file
    return _make(change, hunk, BOTH, back, is_here, min(share_gone, share_back))


def _drop_renamed(hunk: FixHunk) -> FixHunk:
    """Return a hunk without the statements in which it changed nothing but local names."""
    both = Counter(key[1] for key in hunk.removed) & Counter(key[1] for key in hunk.added)
    sides = []
    for keys in (hunk.removed, hunk.added):
        left = Counter(both)
        kept = []
        for key in keys:
            if left[key[1]] > 0:
                left[key[1]] -= 1
            else:
                kept.append(key)
        sides.append(tuple(kept))
    return hunk._replace(removed=sides[0], added=sides[1])


def _match_inner(change: Change, hunk: FixHunk, file: int | None) -> Match | None:
    """Return the match where expressions are as before a fix, in statements that are not."""
    if file is None or not hunk.inner_added:
        return None
    for scope in dict.fromkeys(key[4] for key in hunk.added):
        gone = change.removed_inner.get((file, scope), frozenset())
        back = change.added_inner.get((file, scope), frozenset())
        if gone.issuperset(hunk.inner_added) and back.issuperset(hunk.inner_removed):
            places = change.added_by_place[file, scope]
            wanted = set(hunk.inner_removed)
            own = [
                place for place in places if wanted.intersection(key for key, _ in place.unit.parts)
            ]
            lost, _ = _find_in_place(change.removed_nearby, hunk.added, file)
            if not places or _is_divided(change, lost, own, file, scope):
                return None
            if not wanted and _is_all_said(hunk, lost, places):
                return None
            return _make(change, hunk, BOTH, own or places, True, _INNER_SHARE)
    return _match_inner_anywhere(change, hunk, file)


def _is_all_said(hunk: FixHunk, lost: Sequence[Place], came: Sequence[Place]) -> bool:
    """Tell whether all the words that a fix brought into its statements are in those that came."""
    brought = set(hunk.words[1]) - set(hunk.words[0])
    words = {word for word in _list_words(lost) if crc32(word) in brought}
    return bool(words) and words <= _list_words(came)


def _list_words(places: Sequence[Place]) -> set[bytes]:
    return {word for place in places for word in _ANY_WORD.findall(place.unit.own)}


def _match_inner_anywhere(change: Change, hunk: FixHunk, file: int) -> Match | None:
    """Return the match of expressions where the function they were in is written otherwise."""
    wanted = set(hunk.inner_removed)
    if len(wanted) < _MIN_ANYWHERE or any(
        (file, k[4]) in change.added_by_place for k in hunk.added
    ):
        return None
    lost, _ = _find_in_place(change.removed_nearby, hunk.added, file)
    own = [
        place
        for place in change.nearby[1]
        if place.file == file and wanted <= {key for key, _ in place.unit.parts}
    ]
    stays = {key for place in change.nearby[1] for key, _ in place.unit.parts}
    if len(lost) < len(hunk.added) or not own or stays & set(hunk.inner_added):
        return None
    return _make(change, hunk, BOTH, own, True, _INNER_SHARE)


def _is_same_place(gone: Sequence[Place], back: Sequence[Place], hunk: FixHunk) -> bool:
    """Tell whether what went and what came belong together: one function, or much of one kind."""
    if sum(p.unit.weight for p in back) + sum(p.unit.weight for p in gone) >= _ANYWHERE:
        return True
    scopes = {get_tail(key[4]) for key in (*hunk.removed, *hunk.added)}
    return any(get_tail(p.unit.scope) in scopes for p in back) and any(
        get_tail(p.unit.scope) in scopes for p in gone
    )


def _match_moved(change: Change, hunk: FixHunk, file: int | None) -> Match | None:
    """Return the match where statements that a fix put elsewhere are where they were before."""
    if file is None:
        return None
    gone, share_gone = _find_placed(change.removed_placed, hunk.added)
    back, share_back = _find_placed(change.added_placed, hunk.removed)
    if not gone or not back or not any(place.file == file for place in gone):
        return None
    return _make(change, hunk, BOTH, back, back[0].file == file, min(share_gone, share_back))


# --- one side


def _match_put_back(change: Change, hunk: FixHunk, file: int | None) -> Match | None:
    """Return the match where all that a fix only removed is back in its place."""
    if file is None:
        return None
    back, share = _find_loose(change.added_loose, hunk.removed, file)
    scopes = {get_tail(key[4]) for key in hunk.removed}
    if share < 1 or not any(get_tail(place.unit.scope) in scopes for place in back):
        return None
    is_here = all(place.file == file for place in back)
    if not is_here and not scopes & _find_moved_functions(change, file):
        return None
    if _weigh(hunk.removed) < _LIGHT and not _is_placed(change.added_placed, hunk.removed):
        return None
    return _make(change, hunk, PUT_BACK, back, is_here, share)


def _find_moved_functions(change: Change, file: int) -> set[str]:
    """Return the functions that a change removes from a file and writes elsewhere."""
    gone = change.functions[0].get(file, set())
    return {name for own in change.functions[1].values() for name in own} & gone - {""}


def _match_copy(change: Change, hunk: FixHunk, file: int | None) -> Match | None:
    """Return the match where code as it was before a fix is written once more, elsewhere."""
    weight = _weigh(hunk.removed)
    if weight < _COPIED or not any(key[4] for key in hunk.removed):
        return None
    back, share = _find_loose(change.added_loose, hunk.removed, file)
    if share < 1 or not back:
        return None
    scopes = {get_tail(key[4]) for key in hunk.removed} - {""}
    is_namesake = all(get_tail(place.unit.scope) in scopes for place in back)
    if not is_namesake and (weight < _COPIED_ELSEWHERE or len(back) < 2):
        return None
    if len({place.file for place in back}) > 1:
        return None
    is_fixed, share_fixed = _find_loose(change.added_loose, hunk.added, back[0].file)
    if hunk.added and share_fixed >= _SHARE and is_fixed[0].file == back[0].file:
        return None
    return _make(change, hunk, COPIED, back, False, share)


def _match_deletion(change: Change, hunk: FixHunk, file: int | None) -> Match | None:
    """Return the match where all that a fix only added is gone, and nothing like it came."""
    if file is None:
        return None
    gone, share = _find_loose(change.removed_loose, hunk.added, file)
    gone = [place for place in gone if place.file == file]
    scopes = {key[4] for key in hunk.added}
    if share < 1 or not gone or not any(place.unit.scope in scopes for place in gone):
        return None
    if _weigh(hunk.added) < _LIGHT and not _is_placed(change.removed_placed, hunk.added):
        return None
    if _has_lost_its_function(change, hunk, file) or _is_rewritten(change, gone, file):
        return None
    return _make(change, hunk, REMOVED, gone, True, share)


def _has_lost_its_function(change: Change, hunk: FixHunk, file: int) -> bool:
    """Tell whether the function that a fix added to was deleted as a whole, and not moved."""
    around = {get_tail(key[4]) for key in hunk.added if key[4]}
    own = {
        read_defined(place.unit.own)
        for key in hunk.added
        for place in change.removed_nearby.get((file, key[4], key[0]), ())
    }
    stays = {name for names in change.functions[1].values() for name in names}
    return bool(around & (change.functions[0].get(file, set()) - stays - own - {""}))


def _is_rewritten(change: Change, gone: Sequence[Place], file: int) -> bool:
    """Tell whether what went was written otherwise: nearby, or moved and changed."""
    words = _read_words(gone)
    if not words:
        return False
    scopes = {place.unit.scope for place in gone}
    near = [p for scope in scopes for p in change.added_by_scope.get((file, scope), ())]
    if owners := {place.unit.owner for place in gone} - {0}:
        near = [place for place in near if place.unit.owner in owners]
    if _is_like(words, near, _REWRITTEN):
        return True
    if sum(p.unit.weight for p in near) > 3 * sum(p.unit.weight for p in gone):
        return True
    return len(change.net[1]) < 2000 and any(
        _is_like(words, [place], _REWRITTEN_ELSEWHERE) for place in change.net[1]
    )


def _is_like(words: frozenset[bytes], places: Sequence[Place], share: float) -> bool:
    others = _read_words(places)
    return bool(words & others) and len(words & others) >= share * len(words)


def _read_words(places: Sequence[Place]) -> frozenset[bytes]:
    return frozenset(word for place in places for word in _WORD.findall(place.unit.own)) - _COMMON


_COMMON_WORDS = (
    b"if else elif for while with try except finally return raise def class self cls not and or in"
    b" is None True False import from as pass assert lambda yield"
)
_COMMON = frozenset(_COMMON_WORDS.split())


# --- looking up


def _weigh(keys: Iterable[Key]) -> int:
    return sum(key[3] for key in keys)


def _find_in_place(index: Index, keys: Sequence[Key], file: int) -> tuple[list[Place], float]:
    """Return the places of keys in their own functions, with the share of the weight they have."""
    return _look_up(keys, lambda key: index.get((file, key[4], key[0]), ()))


def _find_namesake(index: Index, keys: Sequence[Key]) -> tuple[list[Place], float]:
    """Return the places of exact keys in functions of the same name."""
    return _look_up(keys, lambda key: index.get((get_tail(key[4]), key[0]), ()))


def _find_placed(index: Index, keys: Sequence[Key]) -> tuple[list[Place], float]:
    return _look_up(keys, lambda key: index.get((get_tail(key[4]), key[2]), ()))


def _is_placed(index: Index, keys: Sequence[Key]) -> bool:
    return _find_placed(index, keys)[1] >= 1


def _find_loose(index: Index, keys: Sequence[Key], file: int | None) -> tuple[list[Place], float]:
    """Return the places of loose keys, those in the same file and function first."""

    def look(key: Key) -> Sequence[Place]:
        places = index.get(key[1], [])[:_MOST_PER_KEY]
        tail = get_tail(key[4])
        return sorted(
            places,
            key=lambda p: (
                p.file != file or p.unit.scope != key[4], get_tail(p.unit.scope) != tail,
                p.file != file, p.unit.exact != key[0],
            ),
        )  # fmt: skip

    return _look_up(keys, look)


def _look_up(
    keys: Sequence[Key], look: Callable[[Key], Sequence[Place]]
) -> tuple[list[Place], float]:
    used: set[int] = set()
    found: list[Place] = []
    weight = 0.0
    for key in keys:
        place = next((p for p in look(key) if id(p) not in used), None)
        if place is not None:
            used.add(id(place))
            found.append(place)
            weight += key[3] or 0.5
    total = sum(key[3] or 0.5 for key in keys)
    return found, weight / total if total else 0.0


def _make(
    change: Change, hunk: FixHunk, kind: str, places: Sequence[Place], in_place: bool, share: float
) -> Match:
    place = min(places, key=lambda p: (-p.unit.weight, p.line))
    path = change.files[place.file].path
    text = show_statement(place.unit.own) if kind == REMOVED else change.get_text(place)
    return Match(hunk, kind, path, place.line, text, in_place, share)


def order_match(match: Match) -> tuple[int, bool, float, int]:
    """Return a key by which the surest match comes first."""
    return _ORDER.index(match.kind), not match.in_place, -match.share, match.line
