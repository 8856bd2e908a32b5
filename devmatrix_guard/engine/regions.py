"""Find the top-level statements around changed lines without parsing the file.

A match never reaches over the end of a top-level statement, so a rule whose words are not in the
statements around the change cannot match there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from devmatrix_guard.engine.prefilter import words_of

_LITERAL = re.compile(
    rb"""[rRbBuUfF]{0,2}(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\""""
    rb"""|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|\#[^\n]*""",
    re.S,
)
_ALIAS = re.compile(rb"([A-Za-z_]\w*)\s+as\s+([A-Za-z_]\w*)")
_INNER = (b"else", b"elif", b"except", b"finally")
_START = re.compile(rb"^(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*|[^\s#)\]}])", re.M)
_OPENING, _CLOSING = (b"(", b"[", b"{"), (b")", b"]", b"}")


def words_near(data: bytes, lines: Sequence[tuple[int, int]]) -> set[bytes] | None:
    """Return the words of the top-level statements that touch the lines, aliases seen through.

    None when that cannot be told without parsing.
    """
    # A line that continues the one before starts no statement: give it a leading blank.
    masked = _LITERAL.sub(_blank, data).replace(b"\\\n", b"\n ").replace(b"\\\r\n", b"\n ")
    if b"'''" in masked or b'"""' in masked or b"\\" in masked:
        return None
    starts = _statement_starts(masked)
    words: set[bytes] = set()
    originals = data.split(b"\n")
    for first, last in lines:
        begin, end = _around(starts, first - 1, last - 1, len(originals))
        words |= words_of(b"\n".join(originals[begin:end]))
    if b" as " in data:
        for original, alias in _ALIAS.findall(data):
            if alias in words:
                words.add(original)
    return words


def _blank(match: re.Match[bytes]) -> bytes:
    """Replace a literal by as many lines of nothing that can be taken for code."""
    text = match.group()
    return b"" if text[:1] == b"#" else b"0" + b"\n " * text.count(b"\n")


def _statement_starts(masked: bytes) -> list[int]:
    """Return the rows where a top-level statement begins, decorators joined to what they adorn."""
    starts: list[int] = []
    depth = row = before = 0
    decorated = False
    for match in _START.finditer(masked):
        chunk = masked[before : match.start()]
        depth += sum(map(chunk.count, _OPENING)) - sum(map(chunk.count, _CLOSING))
        row += chunk.count(b"\n")
        before = match.start()
        if depth <= 0 and not _is_inner(match.group()):
            depth = 0
            if not decorated:
                starts.append(row)
            decorated = match.group() == b"@"
    return starts


def _is_inner(word: bytes) -> bool:
    return word in _INNER


def _around(starts: Sequence[int], first: int, last: int, count: int) -> tuple[int, int]:
    from bisect import bisect_right

    index = bisect_right(starts, first)
    begin = starts[index - 1] if index else 0
    after = bisect_right(starts, last)
    end = starts[after] if after < len(starts) else count
    return begin, end
