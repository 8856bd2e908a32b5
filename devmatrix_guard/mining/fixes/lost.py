"""Tells what of a fix stands in a file no more, as far as the lines it is remembered by tell."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from devmatrix_guard.mining.outline import read_outline
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit

_CUT = "…"
_TELLING = 12
_REWRITTEN = 0.5
_MAX_EDITS = 3  # as many as are remembered of a function
_WORD = re.compile(r"\w+")
# A line that reads as code, which a comment and most of a documentation do not.
_CODE = re.compile(
    r"(?!#|//|/?\*|\.\.|:|\"|')(?:.*[:{\\]$|return\b|raise\b|throw\b|.*[=(\[])(?<!::)"
)
_COMMON = frozenset(
    {*keyword.kwlist, "self", "cls", "this", "null", "true", "false", "const", "let", "var"}
)


class Standing:
    """A file as it stands, asked for the lines that a function has or reaches.

    Args:
        path: its name, which tells the language.
        source: its content.
    """

    def __init__(self, path: str, source: bytes) -> None:
        self._rows = [row.strip() for row in source.decode("utf-8", "replace").splitlines()]
        self._outline = read_outline(path, source)
        self._functions = {one.name for one in self._outline.definitions if not one.is_class}
        self.lines = frozenset(self._rows)

    def find_own(self, function: str) -> list[str] | None:
        """Return the lines of a function; of none, those of the file; None where it is gone."""
        if not function:
            return self._rows
        span = self._outline.find_lines(function)
        return None if span is None else self._rows[span[0] - 1 : span[1]]

    def find_reached(self, function: str) -> list[str] | None:
        """Return the lines of a function and of those it names, where its code may have gone.

        None where there is no such function: a class or a file changes for too many reasons.
        """
        own = self.find_own(function)
        if own is None or function not in self._functions:
            return None
        words = _list_words(own)
        reached = list(own)
        for definition in self._outline.definitions:
            if definition.name.rpartition(".")[2] in words and not definition.is_class:
                reached += self._rows[definition.start - 1 : definition.end]
        return reached


def find_lost(fix: FixUnit, functions: Sequence[FixedFunction], standing: Standing) -> str:
    """Return what of a fix is no longer there, in words; nothing where it is.

    Args:
        fix: the fix.
        functions: those of its functions that are asked about, of one file.
        standing: that file.
    """
    for function in functions:
        for before, after in function.edits:
            if before and after:
                if _is_back(before, after, standing.lines):
                    return "what it removed stands there again"
            elif after and _is_gone(after, standing.find_reached(function.name)):
                return "what it added is gone"
        if _is_put_back(function, standing.find_own(function.name)):
            return "what it removed stands there again"
    if fix.tests and not any(test.is_there for test in fix.tests):
        return "its test is gone"
    return ""


def _is_back(before: str, after: str, lines: frozenset[str]) -> bool:
    """Whether the lines before an edit stand there and none of those after it."""
    old, new = _list_telling(before), _list_telling(after)
    is_whole = _CUT not in before + after and old and new
    is_back = all(part in lines for part in old)
    return bool(is_whole) and is_back and not any(part in lines for part in new)


def _is_put_back(function: FixedFunction, own: list[str] | None) -> bool:
    """Whether a named function has again what an edit only took away from it."""
    if own is None or not function.name or len(function.edits) >= _MAX_EDITS:
        return False
    added = "\n".join(after for _, after in function.edits)
    for before, after in function.edits:
        old = _list_telling(before)
        is_whole = old and not after and _CUT not in before + added
        if is_whole and all(part in own and part not in added for part in old):
            return True
    return False


def _is_gone(after: str, reached: list[str] | None) -> bool:
    """Whether nothing of what an edit only added stands there, in other words neither."""
    if reached is None:
        return False
    # A text that is cut ends within a line.
    rows = [row.strip() for row in after.split("\n")]
    rows = rows[:-1] if after.endswith(_CUT) else rows
    code = filter(_CODE.match, rows)
    own = [(row, words) for row in code if (words := _list_words([row])) - _COMMON]
    if not own:
        return False  # too little to say that it is gone
    there = frozenset(reached)
    known = [_list_words([row]) for row in there]
    return not any(
        row in there or any(len(words & other) >= _REWRITTEN * len(words) for other in known)
        for row, words in own
    )


def _list_telling(text: str) -> list[str]:
    return [row for part in text.split("\n") if len(row := part.strip()) > _TELLING]


def _list_words(rows: Sequence[str]) -> frozenset[str]:
    return frozenset(word for row in rows for word in _WORD.findall(row) if not word.isdecimal())
