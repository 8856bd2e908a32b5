"""How long a regular expression may take at worst, told from its text alone.

The risk is the power of the text's length that bounds one attempt to match. A repetition without a
small bound adds one if it may end at several places from which the rest is tried; those that what
follows can only begin behind add one together, for the way they go. Repetitions in which the same
text can be divided in several ways may take exponential time.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, NamedTuple

EXPONENTIAL = 9
_MANY = 10
_ASCII = 128
_OTHER = chr(_ASCII)
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class Risk(NamedTuple):
    """What a regular expression may take.

    `power` is that of the length of the text, or of its longest line where `in_lines` says that no
    repetition goes on over the end of a line; `first` is the character every match begins with.
    """

    power: int
    in_lines: bool
    first: str


def assess_risk(pattern: str, flags: int) -> Risk:
    """Return the risk of an expression that Python can compile."""
    parsed: Any = importlib.import_module("re._parser").parse(pattern, flags)
    state = parsed.state.flags
    items = _inline(parsed)
    first = ""
    if items and str(items[0][0]) == "LITERAL" and not state & re.IGNORECASE:
        first = chr(items[0][1])
    screen = _Screen(state)
    return Risk(min(screen.power(items, set()), EXPONENTIAL), screen.in_lines, first)


class _Screen:
    def __init__(self, flags: int) -> None:
        self.flags = flags
        self.in_lines = True

    def power(self, items: Any, behind: set[str]) -> int:
        """Return the power of parts that follow each other.

        Args:
            items: the parts.
            behind: what may begin behind them; empty where the match is made then.
        """
        several = one_way = 0
        parts = _inline(items)
        for number, (name, argument) in enumerate(parts):
            follows = self._first(parts[number + 1 :], behind)
            ways = self._of(str(name), argument, follows)
            if ways == 1 and str(name) in _REPEATS and not self._may_end_early(argument, follows):
                one_way = 1
            else:
                several += ways
        return several + one_way

    def _of(self, name: str, argument: Any, follows: set[str]) -> int:
        if name in _REPEATS:
            return self._repeat(*argument)
        if name == "SUBPATTERN":
            return self.power(argument[-1], _EVERY)
        if name == "ATOMIC_GROUP":
            return self.power(argument, _EVERY)
        if name in ("ASSERT", "ASSERT_NOT"):
            return self.power(argument[1], set())
        if name == "BRANCH":
            return max(self.power(branch, follows) for branch in argument[1])
        if name == "GROUPREF_EXISTS":
            return max(self.power(part, _EVERY) for part in argument[1:] if part is not None)
        return 0

    def _may_end_early(self, repeat: Any, follows: set[str]) -> bool:
        """Whether what follows may begin with a character that the repetition may also take."""
        body = _inline(repeat[2])
        return (
            len(body) != 1 or not _is_single(body[0]) or bool(self._characters(body[0]) & follows)
        )

    def _first(self, parts: list[Any], behind: set[str]) -> set[str]:
        """Return the characters that parts may begin with, and what is behind if they are empty."""
        found: set[str] = set()
        for name, argument in parts:
            if str(name) == "AT":
                continue
            if _is_single((name, argument)):
                return found | self._characters((name, argument))
            if str(name) not in _REPEATS:
                return _EVERY
            body = _inline(argument[2])
            if not body or not _is_single(body[0]):
                return _EVERY
            found |= self._characters(body[0])
            if argument[0]:
                return found
        return found | behind

    def _repeat(self, _low: Any, high: Any, body: Any) -> int:
        inner = self.power(body, _EVERY)
        if int(high) < _MANY:
            return inner * max(1, int(high))
        parts = _flatten(body)
        if any(_OTHER_LINE in self._characters(part) for part in parts):
            self.in_lines = False
        if all(_is_single(part) for part in parts):
            return 1
        return 1 + inner if self._is_divided_one_way(parts) else EXPONENTIAL

    def _is_divided_one_way(self, parts: list[Any]) -> bool:
        """Whether rounds begin or end with a character that nothing else in them can be."""
        if len(parts) < 2:
            return False
        for mark, rest in ((parts[0], parts[1:]), (parts[-1], parts[:-1])):
            if not _is_single(mark):
                continue
            own = self._characters(mark)
            varying = [part for part in rest if not _is_single(part)]
            if len(varying) == 1 and not own & self._characters(varying[0]):
                return _is_simple_repeat(varying[0])
        return False

    def _characters(self, part: Any) -> set[str]:
        """Return the ASCII characters a part may hold, and one for all the others."""
        name, argument = str(part[0]), part[1]
        if name == "LITERAL":
            return self._either_case({_classify_character(chr(argument))})
        if name == "NOT_LITERAL":
            return _EVERY - ({chr(argument)} if argument < _ASCII else set())
        if name == "ANY":
            return _EVERY if self.flags & re.DOTALL else _EVERY - {_OTHER_LINE}
        if name == "IN":
            return self._either_case(_expand_class(argument))
        if name in _REPEATS:
            return {c for inner in _flatten(argument[2]) for c in self._characters(inner)}
        return set() if name == "AT" else _EVERY

    def _either_case(self, found: set[str]) -> set[str]:
        if self.flags & re.IGNORECASE:
            return found | {_classify_character(c.swapcase()) for c in found} | {_OTHER}
        return found


_OTHER_LINE = "\n"
_CATEGORIES = {
    "DIGIT": "0123456789",
    "SPACE": " \t\n\r\f\v",
    "WORD": "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
_EVERY = {chr(number) for number in range(_ASCII)} | {_OTHER}


def _inline(items: Any) -> list[Any]:
    """Return the parts of a sequence, those of groups that only group in place of the groups."""
    parts: list[Any] = []
    for part in items:
        if str(part[0]) == "SUBPATTERN" and not part[1][1] and not part[1][2]:
            parts += _inline(part[1][-1])
        else:
            parts.append(part)
    return parts


def _flatten(body: Any) -> list[Any]:
    """Return the parts of a body; a plain group is seen through."""
    parts: list[Any] = []
    for part in body:
        if str(part[0]) == "SUBPATTERN":
            parts += _flatten(part[1][-1])
        elif str(part[0]) != "AT":
            parts.append(part)
    return parts


def _is_single(part: Any) -> bool:
    """Whether a part is exactly one character."""
    return str(part[0]) in ("LITERAL", "NOT_LITERAL", "ANY", "IN")


def _is_simple_repeat(part: Any) -> bool:
    if str(part[0]) not in _REPEATS:
        return False
    inner = _flatten(part[1][2])
    return len(inner) == 1 and _is_single(inner[0])


def _classify_character(character: str) -> str:
    return character if ord(character) < _ASCII else _OTHER


def _expand_class(items: Any) -> set[str]:
    found: set[str] = set()
    negated = False
    for kind, value in items:
        name = str(kind)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found.add(_classify_character(chr(value)))
        elif name == "RANGE":
            found.update(chr(n) for n in range(value[0], min(value[1], _ASCII - 1) + 1))
            found.update({_OTHER} if value[1] >= _ASCII else ())
        else:
            found |= _expand_category(str(value))
    if not negated:
        return found
    return (_EVERY - found) | {_OTHER}


def _expand_category(name: str) -> set[str]:
    kind = name.removeprefix("CATEGORY_").removeprefix("NOT_")
    if kind not in _CATEGORIES:
        return _EVERY
    found = {_classify_character(c) for c in _CATEGORIES[kind]}
    return _EVERY - found if "NOT_" in name else found
