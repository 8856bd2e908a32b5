"""Shows code before and after as diff lines, for examples and patterns."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.reports.escape import split_visible_lines
from devmatrix_guard.reports.layout import Line, Piece
from devmatrix_guard.reports.preview import compare_lines
from devmatrix_guard.reports.redact import redact

_STYLES = {"-": "removed", "+": "added", " ": "plain"}


def write_diff_lines(before: str, after: str, *, margin: str = "    ") -> Iterator[Line]:
    """Yield what is taken away and what is added, with the lines that stay."""
    old, new = split_visible_lines(redact(before)), split_visible_lines(redact(after))
    for line in compare_lines(old if before else [], new if after else []):
        yield (Piece(f"{margin}{line}".rstrip(), _STYLES[line[0]]),)


def strip_stand_in(before: str, after: str) -> tuple[str, str]:
    """Leave out the body `pass` that both sides of a mined statement's head end with."""
    old, new = before.rstrip().splitlines(), after.rstrip().splitlines()
    if old[1:] and new[1:] and old[-1] == new[-1] and old[-1].strip() == "pass":
        return "\n".join(old[:-1]), "\n".join(new[:-1])
    return before, after


def write_code_lines(code: str, *, margin: str = "      ") -> Iterator[Line]:
    """Yield code as it stands."""
    for line in split_visible_lines(redact(code)):
        yield (Piece(margin), Piece(line, "code")) if line.strip() else ()
