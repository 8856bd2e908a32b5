"""Finds what a fix achieved at a place and is achieved there no more: another value stands there.

A fix is read as what it made so: which value goes where, what is given back, what is done to a
value before it is used. A change loses that where the place is still there and holds something
else, as it stands or with new names read as what they stand for. What comes by a function or name
that the project gives is left alone, and so are texts, versions, and what is replaced in many
places alike.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.product_paths import is_product_code, is_test_path
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import FixHunk, Place
from devmatrix_guard.mining.undo.layout import is_python_text
from devmatrix_guard.mining.undo.lines import is_settings
from devmatrix_guard.mining.undo.marks import (
    HEAD,
    Call,
    Marks,
    contains,
    find_part,
    is_closed,
    is_closure,
    is_name,
    join_values,
    list_calls,
    list_names,
    put_in,
    read_binding,
    read_marks,
)
from devmatrix_guard.mining.undo.tokens import decode

_MOST = 12  # statements of a function that one is compared with
_LONGEST = 8  # marks that stand in the place of others
_MARKUP = (".html", ".htm", ".jinja", ".j2", ".vue", ".svg")
_TELLING = re.compile(r"log|logger|logging|console|print\w*|warn\w*|raise|throw|assert|panic")
_VERSION = re.compile(r"[\"'v^~<>=]*\d[\w.*+-]*[\"']?")
_PROSE = re.compile(r"[\"'`].*\w\s+\w+\s+\w.*[\"'`]", re.DOTALL)
_GIVING = ("return", "yield", "await", "raise", "throw", "defer")
_OPERATORS = ("==", "===", "!=", "!==", "-", "+", "*", "%", "<", ">", "<=", ">=")
_COMPARED_ALIKE = (".kt", ".kts", ".scala", ".cs", ".groovy", ".swift")
# Words for one and the same, the second at least as strong.
_ALIKE = frozenset((("lower", "casefold"), ("error", "exception"), ("append", "add")))
_TAKEN_BY_IDENTITY = re.compile(r"(?:remove|off|un|cancel|delete)\w*", re.IGNORECASE)
_PLACE = re.compile(r"%[sdr]|\{\w*\}")  # in a text, where something is put
_OPEN = frozenset(("write", "all", "any", "root", "none", "off", "always", "public", "admin"))
_LONG_TEXT = 60
_OFTEN = 3  # places where the same is replaced
_CALLED = ("(", ")")
_COMPARING = frozenset(("==", "!=", "===", "!==", "<", ">", "<=", ">="))
_RAISING = ("raise", "throw", "panic")
_NEGATING = ("not", "!")
_APART = frozenset((",", "=", "**", "...", ":="))
_QUOTES = ("'", '"', "`")


class _Edit(NamedTuple):
    """A statement of a fix that a change takes away, with what stands in its function then."""

    place: Place
    was: Marks
    came: tuple[tuple[Place, Marks], ...]
    brought: frozenset[int] | None
    suffix: str
    heads: tuple[Marks, ...]
    is_settings: bool

    def is_brought(self, marks: Sequence[str]) -> bool:
        """Tell whether one of some marks came with the fix."""
        return self.brought is None or any(
            zlib.crc32(word.encode()) in self.brought for word in list_names(marks)
        )


def find_lost_effect(change: Change, hunk: FixHunk, file: int) -> list[Place]:
    """Return the places that do otherwise what a fix made them do, none where it is not so.

    Args:
        change: what is done.
        hunk: what a fix did.
        file: the number of its file in the change.
    """
    if hunk.is_moved or not _is_read(hunk.path) or not change.files[file].new:
        return []
    brought: frozenset[int] | None = None
    if hunk.removed:  # where only marks changed both sides have the same words, and none came
        is_of_marks = bool(set(hunk.words[0]) & set(hunk.words[1]))
        brought = frozenset() if is_of_marks else frozenset(hunk.words[1])
    for edit in _list_edits(change, hunk, file, brought):
        for find in _WAYS:
            place = find(change, edit)
            if place is not None:
                return [place]
    return []


def _is_read(path: str) -> bool:
    return is_product_code(path) or is_settings(path) or (
        path.endswith(_MARKUP) and not is_test_path(path)
    )  # fmt: skip


def _list_edits(
    change: Change, hunk: FixHunk, file: int, brought: frozenset[int] | None
) -> Iterator[_Edit]:
    one = change.files[file]
    is_python = is_python_text(one.path, one.new)
    suffix = "." + one.path.rpartition(".")[2]
    for key in hunk.added:
        gone = change.removed_nearby.get((file, key[4], key[0]), ())
        places = change.added_by_place.get((file, key[4]), ())
        if not gone or not places or len(places) > _MOST:
            continue
        was = read_marks(gone[0].unit.own, is_python=is_python)
        if len(was) < 2 or HEAD.fullmatch(was[0]):
            continue
        if any(place.unit.loose == gone[0].unit.loose for place in places):
            continue  # other names of locals
        came = change.get_came(file)
        read = tuple(
            (place, join_values(put_in(came.marks[id(place)], came.named)))
            for place in places
            if came.marks[id(place)]
        )
        settings = is_settings(hunk.path)
        yield _Edit(gone[0], join_values(was), read, brought, suffix, came.heads, settings)


# --- another value in the place of the fix's


def _find_replaced(change: Change, edit: _Edit) -> Place | None:
    """Return the statement that is the fix's but for one thing the fix put there."""
    if edit.was[0] in _RAISING:
        return None  # of which error, and with which text, is left to the project
    for place, marks in edit.came:
        said = {
            word for other, rest in edit.came if other is not place for word in list_names(rest)
        }
        for now in dict.fromkeys((marks, _drop_unwrapping(edit.was, marks))):
            if _is_replaced(change, edit, now, said):
                return place
    return None


def _is_replaced(change: Change, edit: _Edit, now: Marks, said: set[str]) -> bool:
    """Tell whether a statement is one of a fix but for one thing the fix put there.

    Args:
        change: what is done.
        edit: the statement of the fix, and what is in its function now.
        now: the other statement.
        said: the words of what else came there.
    """
    before, after, lost, new = _cut_equal(edit.was, now)
    rest = (*edit.was[:before], *edit.was[len(edit.was) - after :])
    if lost == _CALLED and not new and is_name(edit.was[before - 1]) and edit.is_brought(rest):
        return True
    if not lost or not new or max(len(lost), len(new)) > _LONGEST:
        return False
    if not any(map(is_name, rest)) or not edit.is_brought(lost):
        return False
    if edit.is_settings and (
        after
        or edit.was[before - 1 : before] not in ((":",), ("=",))
        or (edit.brought is not None and not set(new) & _OPEN)
    ):
        return False  # one of several, or another value in the place of the one that was wrong
    brought = {word for word in list_names(lost) if edit.is_brought((word,))}
    return _is_other_value(lost, new, edit.was[:before]) and not (
        brought & ((said | list_names(new)) - list_names(rest))
        or _is_given(change, edit, new)
        or _is_written_out(change, edit, lost, new)
        or _is_replaced_often(change, lost, new)
    )


def _drop_unwrapping(was: Marks, now: Marks) -> Marks:
    """Return marks of Rust without what gives up where there is nothing."""
    end = (".", "unwrap", "(", ")")
    at = None if contains(was, end) else find_part(now, end)
    return now if at is None else (*now[:at], *now[at + len(end) :])


def _cut_equal(was: Marks, now: Marks) -> tuple[int, int, Marks, Marks]:
    """Return how many marks two statements share before and behind what only each of them has."""
    most = min(len(was), len(now))
    before = next((n for n in range(most) if was[n] != now[n]), most)
    most -= before
    after = next((n for n in range(most) if was[-1 - n] != now[-1 - n]), most)
    while after and not all(is_closed(side[before : len(side) - after]) for side in (was, now)):
        after -= 1
    return before, after, was[before : len(was) - after], now[before : len(now) - after]


def _is_other_value(lost: Marks, new: Marks, before: Marks) -> bool:
    """Tell whether marks stand for something else: no more of it, no text, no version."""
    if (lost[0], new[0]) in _ALIKE and len(lost) == len(new) == 1:
        return False
    if any(map(_is_text, (*lost, *new))) or {lost[0], new[0]} <= {*_GIVING}:
        return False
    if new in (("_",), ("True",), ("true",)):
        return False
    is_asked = not _COMPARING.isdisjoint(new) and _COMPARING.isdisjoint(lost)
    if lost[0] in _NEGATING or is_asked or not _APART.isdisjoint((*lost, *new)):
        return False  # asked, sorted or given in another way: not one value
    if "in" in before and all(mark.isdigit() for mark in (*lost, *new)):
        return True
    if all(map(_VERSION.fullmatch, lost)):
        return False
    words = [mark for mark in lost if is_name(mark) or mark[:1] in _QUOTES]
    if not words or not any(is_name(m) or m[:1] in _QUOTES or m.isdigit() for m in new):
        return False
    came = list_names(map(_fold, new))
    names = [word for word in list_names(map(_fold, lost)) if not word.isdigit()]
    return not all(any(word in other for other in came) for word in names)


def _is_text(mark: str) -> bool:
    """Tell whether a mark is a text that people read, or code."""
    return mark[:1] in _QUOTES and (len(mark) > _LONG_TEXT or bool(_PROSE.fullmatch(mark)))


def _fold(mark: str) -> str:
    """Return a mark without what says nothing else: letters that are large, underscores, places."""
    return _PLACE.sub("", mark).strip("_").lower()


def _find_other_function(_: Change, edit: _Edit) -> Place | None:
    """Return the statement that takes away a function made for it, which nobody ever gave."""
    for call in _list_brought(edit):
        if not _TAKEN_BY_IDENTITY.fullmatch(call.name):
            continue
        for place, marks in edit.came:
            for one in list_calls(marks):
                is_same = one.name == call.name and one.owner == call.owner
                if is_same and len(one.arguments) == len(call.arguments):
                    pairs = zip(call.arguments, one.arguments, strict=True)
                    if any(len(a) == 1 and a != b and is_closure(b) for a, b in pairs):
                        return place
    return None


def _is_given(change: Change, edit: _Edit, new: Marks) -> bool:
    """Tell whether what came is what the project names so: a function, a constant, an import."""
    one = change.files[edit.place.file]
    for at, mark in enumerate(new):
        is_owner = new[at + 1 : at + 2] == (".",) and mark.encode() in one.old
        if not is_name(mark) or is_owner:
            continue
        is_field = at > 0 and new[at - 1] == "."
        if not is_field and mark.encode() in change.get_defined(edit.place.file):
            return True
        if any(mark in names for names in change.functions[1].values()):
            return True
        if any(mark in head for head in edit.heads):
            return True
    return False


def _is_written_out(change: Change, edit: _Edit, lost: Marks, new: Marks) -> bool:
    """Tell whether the value of a name of the file stands where the name stood."""
    if len(lost) > 1 or len(new) > 1:
        return False
    name, value = (re.escape(side[0].encode()) for side in (lost, new))
    files = (change.files[edit.place.file].old, change.files[edit.place.file].new)
    given = re.compile(rb"\b" + name + rb"\b[^\n=]*=[ \t]*" + value + rb"\W")
    return any(map(given.search, files))


def _is_replaced_often(change: Change, lost: Marks, new: Marks) -> bool:
    """Tell whether a change puts the same in the place of the same elsewhere, too."""
    sides = ([word for word in list_names(marks) if not word.isdigit()] for marks in (lost, new))
    return all(
        len(set().union(*(index.get(word, ()) for word in words))) >= _OFTEN
        for words, index in zip(sides, change.places_of_words, strict=True)
    )


def _has_word(place: Place, word: bytes) -> bool:
    own = place.unit.own
    return word in own and bool(re.search(rb"\b" + re.escape(word) + rb"\b", own))


def _find_one_word(change: Change, edit: _Edit) -> Place | None:
    """Return the setting that is one word now where a fix wrote what is below its name."""
    if len(edit.was) != 2 or edit.was[1] != ":":
        return None
    (key, _), scope, file = edit.was, edit.place.unit.scope, edit.place.file
    inner = f"{scope}.{key}" if scope else key
    lost = {w for p in change.nearby[0] if (p.file, p.unit.scope) == (file, inner)
            for w in list_names((decode(p.unit.own),))}  # fmt: skip
    for place, marks in edit.came:
        values = {word for mark in marks[2:] for word in re.split(r"\W", mark)}
        if lost and marks[:2] == edit.was and any(map(is_name, values)) and not values & lost:
            return place
    return None


# --- what is given back no more


def _find_kept_back(change: Change, edit: _Edit) -> Place | None:
    """Return the statement that makes what a fix gave back, or waited for, and does not."""
    if edit.was[0] in _GIVING:
        rest = edit.was[1:]
    elif "await" in edit.was:
        at = edit.was.index("await")
        rest = (*edit.was[:at], *edit.was[at + 1 :])
    else:
        return None
    if len(rest) < 3 or not edit.is_brought(edit.was):
        return None
    for place, marks in edit.came:
        if marks[0] == edit.was[0]:
            return None
        bound = read_binding(marks)
        value = bound[1] if bound and edit.was[0] in _GIVING else marks
        is_made_later = edit.was[0] == "await" and contains(marks, ("=>", *rest))
        if value != rest and not is_made_later:
            continue
        scope = place.unit.scope
        others = change.get_new_units(place.file, scope)
        used = bound and sum(_has_word(Place(u, 0, 0), bound[0].encode()) for u in others) > 1
        if not used and not any(b"await" in one.own for one in others):
            return place
    return None


# --- a call of the fix's that is not made of what it was made of


def _find_bare(_: Change, edit: _Edit) -> Place | None:
    """Return the statement in which an operator stands between what a fix gave to a call."""
    for call in _list_brought(edit):
        operands = [call.owner, *call.arguments] if call.owner else [*call.arguments]
        if len(operands) != 2 or (call.name == "equals" and edit.suffix in _COMPARED_ALIKE):
            continue
        for place, marks in edit.came:
            for sign in _OPERATORS:
                one, other = operands
                if contains(marks, (*one, sign, *other)) or contains(marks, (*other, sign, *one)):
                    return place
    return None


def _find_unwrapped(_: Change, edit: _Edit) -> Place | None:
    """Return the statement that has what a fix made something of, and does not make it."""
    said = [marks for _, marks in edit.came]
    for call in _list_brought(edit):
        inner = call.owner if not call.arguments else call.arguments[0]
        if len(inner) < 3 or (call.owner and call.arguments):
            continue
        if any(call.name in marks for marks in said) or _is_given_by(edit, call):
            continue
        for place, marks in edit.came:
            at = find_part(marks, inner)
            if (
                at is None
                or ":=" in marks
                or _is_wrapped(marks, at, at + len(inner), set(edit.was))
            ):
                continue
            words = {mark for mark in edit.was if is_name(mark)} - {call.name}
            if len(words & set(marks)) >= 0.5 * len(words):
                return place
    return None


def _is_given_by(edit: _Edit, call: Call) -> bool:
    return any(one.name not in edit.was and call.name in one.name for _, marks in edit.came
               for one in list_calls(marks))  # fmt: skip


def _is_wrapped(marks: Marks, start: int, end: int, known: set[str]) -> bool:
    """Tell whether what stands in some marks is made something of by a new word."""
    after = marks[end : end + 2]
    if after[:1] == (".",) and after[1:] and after[1] not in known:
        return True
    return start >= 2 and marks[start - 1] == "(" and (
        is_name(marks[start - 2]) and marks[start - 2] not in known
    )  # fmt: skip


def _find_turned(_: Change, edit: _Edit) -> Place | None:
    """Return the statement in which what a fix put around a call is within that call."""
    for call in _list_brought(edit):
        inner = [one for part in call.arguments for one in list_calls(part)]
        for place, marks in edit.came:
            for one in list_calls(marks):
                within = {other.name for part in one.arguments for other in list_calls(part)}
                if call.name in within and any(
                    other.name == one.name and other.owner == one.owner for other in inner
                ):
                    outer = [o for o in list_calls(marks) if o.name == call.name]
                    if all(o.start > one.start and o.end <= one.end for o in outer):
                        return place
    return None


def _list_brought(edit: _Edit) -> Iterator[Call]:
    """Yield the calls of a statement that came with the fix."""
    return (call for call in list_calls(edit.was) if edit.is_brought((call.name,)))


# --- a value that is put into a text


def _find_spliced(_: Change, edit: _Edit) -> Place | None:
    """Return the statement that puts into a text what a fix gave beside it.

    The text is made of what the statement of the fix says, too, and tells nobody anything.
    """
    texts = {word for mark in edit.was if mark[:1] in "\"'`" for word in list_names((mark,))}
    if edit.brought is None or not texts:
        return None
    words = {w for w in texts if w[:1].isalpha() and len(w) > 1}
    for place, marks in edit.came:
        if any(map(_TELLING.fullmatch, marks)):
            continue
        for said, names in _list_spliced(marks):
            for name in filter(is_name, names):
                if name in edit.was and len(words & said) >= 2 and not _was_spliced(edit.was, name):
                    return place
    return None


def _was_spliced(marks: Marks, name: str) -> bool:
    return any(name in names for _, names in _list_spliced(marks))


def _list_spliced(marks: Marks) -> Iterator[tuple[set[str], set[str]]]:
    """Yield the words of each text that is put together, and the names that are put into it."""
    for at, mark in enumerate(marks):
        after = marks[at + 1 : at + 3]
        if mark in ("f", "rf") and after[:1] in (('"',), ("'",)):
            end = next((n for n in range(at + 2, len(marks)) if marks[n] == after[0]), len(marks))
            inside = marks[at + 2 : end]
            names = {inside[n + 1] for n, m in enumerate(inside[:-1]) if m == "{"}
            if not set(inside) - names <= {"%", "_", "*", "{", "}"}:  # no pattern around a word
                yield list_names(inside), names
        elif mark[:1] in "\"'" and len(mark) > 1:
            if after[:1] == ("%",):
                rest = marks[at + 2 :]
                yield list_names((mark,)), {word for word in rest if is_name(word)}
            elif after == (".", "format"):
                yield list_names((mark,)), {word for word in marks[at + 3 :] if is_name(word)}
            elif after[:1] == ("+",) and after[1:]:
                yield list_names((mark,)), {after[1]}
            elif marks[at - 1 : at] == ("+",) and at > 1:
                yield list_names((mark,)), {marks[at - 2]}


_Way = Callable[[Change, _Edit], "Place | None"]
_WAYS: tuple[_Way, ...] = (
    _find_replaced, _find_other_function, _find_one_word, _find_kept_back, _find_bare,
    _find_unwrapped, _find_turned, _find_spliced,
)  # fmt: skip
