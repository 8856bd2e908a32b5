"""Shows code before and after as diff lines, for examples and patterns."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from devmatrix_guard.reports.escape import visible_lines
from devmatrix_guard.reports.layout import Line, Piece
from devmatrix_guard.reports.redact import redact

_STYLES = {"-": "removed", "+": "added", " ": "plain"}


def diff_lines(before: str, after: str, *, margin: str = "    ") -> Iterator[Line]:
    """Yield what is taken away and what is added, with the lines that stay."""
    old, new = visible_lines(redact(before)), visible_lines(redact(after))
    for line in difflib.ndiff(old if before else [], new if after else []):
        if line[0] in _STYLES:
            yield (Piece(f"{margin}{line}".rstrip(), _STYLES[line[0]]),)


def without_stand_in(before: str, after: str) -> tuple[str, str]:
    """Leave out the body `pass` that both sides of a mined statement's head end with."""
    old, new = before.rstrip().splitlines(), after.rstrip().splitlines()
    if old[1:] and new[1:] and old[-1] == new[-1] and old[-1].strip() == "pass":
        return "\n".join(old[:-1]), "\n".join(new[:-1])
    return before, after


def code_lines(code: str, *, margin: str = "      ") -> Iterator[Line]:
    """Yield code as it stands."""
    for line in visible_lines(redact(code)):
        yield (Piece(margin), Piece(line, "code")) if line.strip() else ()
