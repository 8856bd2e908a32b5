"""Reads a statement of any language as marks, and the calls and bindings among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from devmatrix_guard.mining.undo.tokens import decode, read_tokens
from devmatrix_guard.model.language import PYTHON

MOST_MARKS = 200  # of a statement; a longer one is data
HEAD = re.compile(
    r"def|class|import|from|export|function|fn|func|package|use|using|interface|struct|@.*"
)
_PIECE = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"[^\W\d]\w*")
_PLAIN = re.compile(r",|\d[\w.]*|[\"'].*", re.DOTALL)
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_DOTS = (".", "?.", "->", "::")
_BINDING = frozenset(("const", "let", "var", "final", "auto", "val", "mut"))

Marks = tuple[str, ...]


class Call(NamedTuple):
    """A call among marks: its last name, what it is called on, its arguments, where it stands."""

    name: str
    owner: Marks
    arguments: tuple[Marks, ...]
    start: int
    end: int


def read_marks(own: bytes, *, is_python: bool) -> Marks:
    """Return the marks of a statement; what a text puts together is read as code.

    Args:
        own: the statement, as source of Python or as tokens of another language.
        is_python: which of the two.
    """
    if is_python:
        words = [word for _, word, _ in read_tokens(PYTHON, decode(own)) if word not in "\n\\"]
    else:
        words = [word.removeprefix("\x01") for word in decode(own).split("\x00")]
    found: list[str] = []
    for number, word in enumerate(words):
        is_put = (word[:1] == "`" and "${" in word) or (
            word[:1] in "\"'" and "{" in word and words[number - 1 : number] in (["f"], ["rf"])
        )
        found += _PIECE.findall(word) if is_put else [word]
        if len(found) > MOST_MARKS:
            return ()
    return tuple(word for word in found if word)


def is_name(mark: str) -> bool:
    """Tell whether a mark is a word that may name something."""
    return bool(_WORD.fullmatch(mark))


def is_closure(marks: Marks) -> bool:
    """Tell whether marks are a function that is written where it is given."""
    return "=>" in marks or marks[0] in ("lambda", "function")


def list_names(marks: Iterable[str]) -> set[str]:
    """Return the words in some marks, those in texts included."""
    return {word for mark in marks for word in re.findall(r"\w+", mark)}


def list_calls(marks: Marks) -> Iterator[Call]:
    """Yield the calls among some marks, the outer one of several first."""
    for at, mark in enumerate(marks[:-1]):
        if marks[at + 1] != "(" or not is_name(mark):
            continue
        end = find_end(marks, at + 1)
        if end is None:
            continue
        start = _find_owner(marks, at)
        arguments = _split(marks[at + 2 : end])
        yield Call(mark, marks[start : max(start, at - 1)], arguments, start, end + 1)


def find_end(marks: Marks, start: int) -> int | None:
    """Return where the bracket at `start` is closed, None where it is not."""
    depth = 0
    for at in range(start, len(marks)):
        depth += (marks[at] in _OPENING) - (marks[at] in _CLOSING)
        if not depth:
            return at
    return None


def is_closed(marks: Marks) -> bool:
    """Tell whether all brackets among some marks are opened and closed there."""
    depth = 0
    for mark in marks:
        depth += (mark in _OPENING) - (mark in _CLOSING)
        if depth < 0:
            return False
    return not depth


def _find_owner(marks: Marks, at: int) -> int:
    """Return where the expression begins of which the name at `at` is the last part."""
    start = at
    while start >= 2 and marks[start - 1] in _DOTS:
        start -= 2
        while start > 0 and marks[start] in _CLOSING:
            depth = 0
            while start >= 0:
                depth += (marks[start] in _CLOSING) - (marks[start] in _OPENING)
                if not depth:
                    break
                start -= 1
            if start > 0 and (is_name(marks[start - 1]) or marks[start - 1] in _CLOSING):
                start -= 1
            else:
                break
        start = max(start, 0)
    return start


def _split(marks: Marks) -> tuple[Marks, ...]:
    """Return what stands between commas that are in no bracket."""
    found: list[Marks] = []
    depth = begin = 0
    for at, mark in enumerate(marks):
        depth += (mark in _OPENING) - (mark in _CLOSING)
        if mark == "," and not depth:
            found.append(marks[begin:at])
            begin = at + 1
    rest = marks[begin:]
    return tuple(found) + ((rest,) if rest else ())


def read_binding(marks: Marks) -> tuple[str, Marks] | None:
    """Return the one name that a statement gives a value, and that value."""
    for sign in ("=", ":="):
        if sign in marks:
            at = marks.index(sign)
            names = [mark for mark in marks[:at] if mark not in _BINDING]
            if at and 0 < len(names) <= 2 and all(map(is_name, names)) and marks[at + 1 :]:
                return names[-1], marks[at + 1 :]
            return None
    return None


def put_in(marks: Marks, values: Mapping[str, Marks]) -> Marks:
    """Return marks with what names stand for in place of the names, but for fields so called."""
    found: list[str] = []
    for at, mark in enumerate(marks):
        is_used = mark in values and not (at and marks[at - 1] in (*_DOTS, "="))
        is_used = is_used and marks[at + 1 : at + 2] not in (("=",), (":=",))
        found += values[mark] if is_used else (mark,)
    return tuple(found[: 2 * MOST_MARKS])


def contains(marks: Marks, part: Marks) -> bool:
    """Tell whether some marks stand among others in their order, side by side."""
    return find_part(marks, part) is not None


def find_part(marks: Marks, part: Marks) -> int | None:
    """Return where some marks stand among others, None where they do not."""
    size = len(part)
    for at in range(len(marks) - size + 1):
        if size and marks[at] == part[0] and marks[at : at + size] == part:
            return at
    return None


def join_values(marks: Marks) -> Marks:
    """Return marks with containers of plain values in one form, whatever kind each is of."""
    found = list(marks)
    at = 0
    while at < len(found):
        if found[at] in ("[", "{") and (end := find_end(tuple(found), at)) is not None:
            inner = found[at + 1 : end]
            if "," in inner and all(_PLAIN.fullmatch(mark) for mark in inner):
                found[at], found[end] = "(", ")"
                is_called = found[at - 2 : at] in (["frozenset", "("], ["set", "("], ["tuple", "("])
                if at >= 2 and is_called and found[end + 1 : end + 2] == [")"]:
                    del found[end + 1]
                    del found[at - 2 : at]
                    at -= 2
        at += 1
    return tuple(found)
