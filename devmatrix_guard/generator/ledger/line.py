"""Lines of the ledger: a promise, the code that keeps it, and whether that code is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from devmatrix_guard.model.named_value import NamedValue

State: TypeAlias = Literal["implemented", "by hand", "not"]


class Evidence(NamedValue):
    """Where code must stand for a promise to be kept.

    Attributes:
        path: the file.
        scope: the function or class in it; "" for all of it.
        argument: the argument or field in that; "" for all of it.
        needle: a regular expression that the text there must match.
        inside: the head of the function does not count.
    """

    path: str
    scope: str = ""
    argument: str = ""
    needle: str = ""
    inside: bool = False


class Promise(NamedValue):
    """One thing that a spec says.

    Attributes:
        subject: the operation (`GET /pets`) or the schema it is said of.
        kind: operation, parameter, request, response, header, status, security, scope, format,
            constraint or note.
        name: which of that kind.
        evidence: all of this must be there; none where nothing is written for it.
        by_hand: it is left to a person.
        reason: why it is not implemented.
    """

    subject: str
    kind: str
    name: str
    evidence: tuple[Evidence, ...] = ()
    by_hand: bool = False
    reason: str = ""


class Line(NamedValue):
    """A promise with what was found of it."""

    subject: str
    kind: str
    name: str
    state: State
    reason: str = ""


class Finder:
    """Looks for evidence in the files of an application; a scope is cut out once."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._scopes: dict[str, dict[str, str]] = {}

    def judge(self, promise: Promise) -> Line:
        """Return the line of a promise: implemented only if all its evidence is found."""
        state: State = "by hand" if promise.by_hand else "not"
        reason = promise.reason
        if promise.evidence:
            found = all(map(self.has, promise.evidence))
            state = "implemented" if found else "not"
            reason = "" if found else promise.reason or "no code for it was found"
        return Line(promise.subject, promise.kind, promise.name, state, reason)

    def has(self, evidence: Evidence) -> bool:
        """Tell whether a piece of evidence is there."""
        text = self._files.get(evidence.path, "")
        if evidence.scope:
            if evidence.path not in self._scopes:
                self._scopes[evidence.path] = _cut_scopes(text)
            text = self._scopes[evidence.path].get(evidence.scope, "")
        if evidence.inside:
            text = _drop_head(text)
        if evidence.argument:
            text = _cut_argument(text, evidence.argument)
        return bool(text) and _matches(evidence.needle, text)


_PLAIN = re.compile(r"(?:[\w \"':,/<>=-]|\\[().+\[])*")
_DEFINED = re.compile(r"^( *)(?:async def|def|class) (\w+)", re.MULTILINE)


# Two forms that nearly every promise has, each with a name of its own in it.
_WORD = re.compile(r"\\b(\w+)(\\b)?")
_ENTRY = re.compile(r'("\w+": )\\\{\[\^\}\]\*("\w+")')


def _matches(needle: str, text: str) -> bool:
    """Tell whether a regular expression is found; what can be told without is not compiled."""
    if _PLAIN.fullmatch(needle):
        return needle.replace("\\", "") in text
    if word := _WORD.fullmatch(needle):
        return _has_word(text, word[1], whole=word[2] is not None)
    if entry := _ENTRY.fullmatch(needle):
        return _has_entry(text, f"{entry[1]}{{", entry[2])
    return re.search(needle, text) is not None


def _has_word(text: str, word: str, *, whole: bool) -> bool:
    """Tell whether a word is there, or where it is not `whole`, one that begins with it."""
    start = text.find(word)
    while start >= 0:
        around = text[start - 1 : start] if start else ""
        end = start + len(word)
        around += text[end : end + 1] if whole else ""
        if not any(c == "_" or c.isalnum() for c in around):
            return True
        start = text.find(word, start + 1)
    return False


def _has_entry(text: str, key: str, word: str) -> bool:
    """Tell whether a word stands in a table, between its key with a brace and the next brace."""
    start = text.find(key)
    while start >= 0:
        end = text.find("}", start + len(key))
        if word in text[start + len(key) : end if end >= 0 else len(text)]:
            return True
        start = text.find(key, start + 1)
    return False


def _cut_scopes(text: str) -> dict[str, str]:
    """Return the text of each function and class, its decorators included, by its name."""
    lines = text.split("\n")
    found: dict[str, str] = {}
    begin = 0
    for number, line in enumerate(lines):
        if not line.strip():
            begin = number + 1
            continue
        match = _DEFINED.match(line)
        if match is None:
            continue
        end = number + 1
        inside = (f"{match[1]} ", f"{match[1]})")
        while end < len(lines) and (not lines[end] or lines[end].startswith(inside)):
            end += 1
        found.setdefault(match[2], "\n".join(lines[min(begin, number) : end]))
    return found


def _drop_head(text: str) -> str:
    """Return a function without its decorators, its arguments and its docstring."""
    head, _, rest = text.partition(" -> ")
    body = rest.partition(":\n")[2]
    docstring = re.match(r'\s*"""', body)
    return body.split('"""', 2)[-1] if docstring and head else body


def _find_argument(text: str, name: str) -> int:
    """Return where the text of an argument or a field begins, below zero where there is none.

    One at the beginning of a line comes first. Expressions with the name in them would have to be
    compiled, each of which takes longer than all of its searches.
    """
    sought, inside = f"{name}: ", -1
    place = text.find(sought)
    while place >= 0:
        margin = text[text.rfind("\n", 0, place) + 1 : place]
        if margin and not margin.strip():
            return place + len(sought)
        if inside < 0 and text[place - 1 : place] in ("(", ",", " "):
            inside = place + len(sought)
        place = text.find(sought, place + 1)
    return inside


def _cut_argument(text: str, name: str) -> str:
    """Return the text of one argument of a function, or of one field of a class."""
    start = _find_argument(text, name)
    if start < 0:
        return ""
    rest = text[start:]
    depth = 0
    for place, character in enumerate(rest):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        closed = depth < 0 or (depth == 0 and character in ",\n")
        if closed:
            return rest[:place]
    return rest
