"""Regular expressions from rules: screened when compiled, bounded in time when run.

Semgrep uses PCRE on bytes. What Python's `re` reads differently is refused when a rule is
compiled; what could take exponential time is refused as well, because nothing can interrupt `re`
inside a thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_FOREIGN = re.compile(
    r"""\[\[:|\\[hHRKXGpPQECLUNl]|\\g[{<']|\\k[{']|\(\?(?:\||R|&|\+|-\d|\d|C|P>)|\(\*"""
)
_NAMED_GROUP = re.compile(r"\(\?<([A-Za-z_]\w*)>")
_END = re.compile(r"\\z")
_LATE_FLAGS = re.compile(r"(?<=.)\(\?[aimsxu]+\)", re.S)


class RegexError(ValueError):
    """A regular expression that cannot run in process; the text is the reason."""


class Place:
    """Where a captured group stands, shaped like a node."""

    __slots__ = ("col_offset", "end_col_offset", "end_lineno", "lineno")

    def __init__(self, line: int, column: int, end_line: int, end_column: int) -> None:
        self.lineno, self.col_offset = line, column
        self.end_lineno, self.end_col_offset = end_line, end_column


def translated(pattern: str) -> str:
    """Return the expression in Python's dialect.

    Raises:
        RegexError: Python would read it differently, or it could take too long.
    """
    if _FOREIGN.search(pattern):
        raise RegexError("a regular expression with PCRE-only syntax")
    if _LATE_FLAGS.search(pattern):
        raise RegexError("a regular expression with flags that do not stand at its start")
    python = _END.sub(r"\\Z", _NAMED_GROUP.sub(r"(?P<\1>", pattern))
    try:
        re.compile(python, re.ASCII | re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        raise RegexError(f"a regular expression Python cannot read ({error})") from error
    if _may_explode(python):
        raise RegexError("a regular expression that could take exponential time")
    return python


def match(pattern: str, text: str) -> re.Match[str] | None:
    """Match at the start of a text."""
    return _compiled(pattern, 0).match(text)


def search(pattern: str, text: str) -> re.Match[str] | None:
    """Match anywhere in a text."""
    return _compiled(pattern, 0).search(text)


def finditer(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """Return every match in a text; `^` and `$` stand for the ends of lines."""
    return _compiled(pattern, re.MULTILINE).finditer(text)


@lru_cache(maxsize=1024)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags | re.ASCII)


def _may_explode(pattern: str) -> bool:
    """Whether a repetition holds another one that can match the same text in several ways."""
    import importlib

    _parser = importlib.import_module("re._parser")
    return _nested_repeat(_parser.parse(pattern, re.ASCII), False)


def _nested_repeat(items: object, inside: bool) -> bool:
    for name, argument in items:  # type: ignore[attr-defined]
        kind = str(name)
        if kind in ("MAX_REPEAT", "MIN_REPEAT"):
            _low, high, body = argument
            unbounded = int(high) > 100
            if unbounded and inside and not _is_delimited(body):
                return True
            if _nested_repeat(body, inside or (unbounded and not _has_anchor(body))):
                return True
        elif kind == "SUBPATTERN":
            if _nested_repeat(argument[-1], inside):
                return True
        elif kind == "BRANCH":
            if any(_nested_repeat(branch, inside) for branch in argument[1]):
                return True
        elif kind in ("ASSERT", "ASSERT_NOT") and _nested_repeat(argument[1], inside):
            return True
    return False


def _is_delimited(body: object) -> bool:
    return False


def _has_anchor(body: object) -> bool:
    """Whether a repeated body begins with something fixed that keeps its rounds apart."""
    items = list(body)  # type: ignore[call-overload]
    if len(items) == 1 and str(items[0][0]) == "SUBPATTERN":
        return _has_anchor(items[0][1][-1])
    return len(items) > 1 and "LITERAL" in {str(items[0][0]), str(items[-1][0])}
