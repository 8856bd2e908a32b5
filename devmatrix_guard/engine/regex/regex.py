"""Regular expressions from rules: screened when compiled, bounded in time when run.

Semgrep uses PCRE on bytes. What Python's `re` reads differently is refused when a rule is
compiled. Nothing can interrupt `re` inside a thread, so an expression that may take long on a text
runs in a process of its own, which is ended when its time is up, and what it used is counted; all
others run right here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from devmatrix_guard.engine.budget import SECONDS, STEPS, Effort, TooMuchWorkError

Regex = tuple[str, int, bool, str]  # the expression, and its risk: see `regex_risk.Risk`
Spans = tuple[tuple[int, int], ...]  # of the match and its groups, (-1, -1) for one without text
_INLINE_STEPS = 20_000_000
_EXPONENTIAL = 9
_SHORT = 12
_STEPS_A_SECOND = STEPS / SECONDS  # all that a rule has in a file is worth these seconds

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


def translate(pattern: str) -> Regex:
    """Return the expression in Python's dialect, with its risk.

    Raises:
        RegexError: Python would read it differently.
    """
    from devmatrix_guard.engine.regex.complexity import assess_risk

    if _FOREIGN.search(pattern):
        raise RegexError("a regular expression with PCRE-only syntax")
    if _LATE_FLAGS.search(pattern):
        raise RegexError("a regular expression with flags that do not stand at its start")
    python = _END.sub(r"\\Z", _NAMED_GROUP.sub(r"(?P<\1>", pattern))
    try:
        re.compile(python, re.ASCII | re.MULTILINE)
        return (python, *assess_risk(python, re.ASCII | re.MULTILINE))
    except (re.error, OverflowError, RecursionError) as error:
        raise RegexError(f"a regular expression Python cannot read ({error})") from error


def match(regex: Regex, text: str, effort: Effort) -> tuple[str | None, ...] | None:
    """Match at the start of a text; return what the groups hold, None without a match.

    Raises:
        TooMuchWorkError: it took too long.
    """
    if _may_be_slow(regex, text, starts=1):
        found = _run_apart("match", regex, 0, text, effort)
        spans = found[0][1:] if found else ()
        return tuple(None if a < 0 else text[a:b] for a, b in spans) if found else None
    at_start = _compile_regex(regex[0], 0).match(text)
    return None if at_start is None else at_start.groups()


def search(regex: Regex, text: str, effort: Effort) -> bool:
    """Whether the expression matches anywhere in a text.

    Raises:
        TooMuchWorkError: it took too long.
    """
    if _may_be_slow(regex, text, starts=len(text)):
        return bool(_run_apart("search", regex, 0, text, effort))
    return _compile_regex(regex[0], 0).search(text) is not None


def find_matches(regex: Regex, text: str, effort: Effort) -> list[Spans]:
    """Return every match in a text; `^` and `$` stand for the ends of lines.

    Raises:
        TooMuchWorkError: it took too long.
    """
    if _may_be_slow(regex, text, starts=len(text)):
        return _run_apart("finditer", regex, re.MULTILINE, text, effort)
    return [found.regs for found in _compile_regex(regex[0], re.MULTILINE).finditer(text)]


def replace(regex: Regex, replacement: str, text: str, count: int) -> str:
    """Return the text with matches replaced, all of them when the count is 0.

    Raises:
        TooMuchWorkError: it took too long.
        re.error: the replacement is not valid for the expression.
    """
    if _may_be_slow(regex, text, starts=len(text)):
        re.sub(regex[0], replacement, "")  # a replacement that is not valid is said here
        from devmatrix_guard.engine.regex.process import run_in_process

        answer: str = run_in_process("sub", (regex[0], 0, text, replacement, count), SECONDS)[0]
        return answer
    return re.sub(regex[0], replacement, text, count=count)


def names_of_groups(regex: Regex) -> dict[int, str]:
    """Return the names of the groups that have one, by their numbers."""
    return {number: name for name, number in _compile_regex(regex[0], 0).groupindex.items()}


def _may_be_slow(regex: Regex, text: str, *, starts: int) -> bool:
    """Whether the worst case of an expression on a text is more than a moment's work."""
    _, power, in_lines, first = regex
    length = len(text)
    if power == _EXPONENTIAL:
        return length > _SHORT
    if starts * length**power <= _INLINE_STEPS:
        return False
    if in_lines:
        length = max(map(len, text.split("\n")))
    if first and starts > 1:
        starts = text.count(first)
    steps: int = starts * length**power
    return steps > _INLINE_STEPS


def _run_apart(kind: str, regex: Regex, flags: int, text: str, effort: Effort) -> list[Spans]:
    from devmatrix_guard.engine.regex.process import TOO_LONG, run_in_process

    request = (regex[0], int(flags | re.ASCII), text, "", 0)
    seconds = effort.left / _STEPS_A_SECOND
    if seconds <= 0:
        raise TooMuchWorkError(TOO_LONG)
    found, used = run_in_process(kind, request, min(seconds, SECONDS))
    effort.spend(min(effort.left, int(used * _STEPS_A_SECOND)))
    answer: list[Spans] = found
    return answer


@lru_cache(maxsize=1024)
def _compile_regex(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags | re.ASCII)
