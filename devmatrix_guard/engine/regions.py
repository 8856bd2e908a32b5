"""Find the top-level statements around changed lines without parsing the file.

A match never reaches over the end of a top-level statement, so a rule whose words are not in the
statements around the change cannot match there. Only functions and classes are taken for the
borders: `def` and `class` at the start of a line can stand inside nothing but a string. Imports
nothing that is slow to load.
"""

from __future__ import annotations

from bisect import bisect_right

from devmatrix_guard.engine.prefilter import in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Spans = list[tuple[int, int]]

_HEADS = (b"\ndef ", b"\nclass ", b"\nasync def ")
_TRIPLES = (b'"""', b"'''")
_QUOTES = (b'"', b"'")
_UNCLEAR = -1


def words_near(data: bytes, lines: Sequence[tuple[int, int]]) -> set[bytes] | None:
    """Return the words of the top-level statements that touch the lines, aliases seen through.

    None when that cannot be told without parsing.
    """
    if data.count(b"\r") != data.count(b"\r\n"):
        return None
    texts = multi_line_strings(data)
    if texts is None:
        return None
    words: set[bytes] = set()
    rows = data.split(b"\n")
    for first, last in lines:
        end = _offset(rows, last)
        start = _behind_blanks(data, _offset(rows, first - 1), end, texts)
        head = _head_before(data, start, texts)
        begin = _with_decorators(data, head, texts)
        words.update(in_words(data[begin : _border_after(data, head, end, texts)]))
    return words | _originals(data, words) if b"as" in data else words


def _offset(rows: Sequence[bytes], row: int) -> int:
    return sum(map(len, rows[:row])) + row


def _behind_blanks(data: bytes, start: int, end: int, texts: Spans) -> int:
    """Pass the blank lines before a head: they belong to no statement."""
    blanks = end - start - len(data[start:end].lstrip())
    code = start + blanks
    if not data.startswith(_HEADS, code - 1) or _around(texts, code) is not None:
        return start
    return code


def multi_line_strings(data: bytes) -> Spans | None:
    """Return where the triple-quoted strings are, None for one without an end."""
    found: Spans = []
    position = 0
    while (start := _first(data, _TRIPLES, position)) >= 0:
        line = max(position, _logical_line(data, start))
        passed = _passed(data, line, start)
        if passed == _UNCLEAR:
            return None
        if passed is None:
            end = _closing(data, data[start : start + 3], start + 3)
            if end < 0:
                return None
            found.append((start, end))
            passed = end
        position = passed
    return found


def _first(data: bytes, tokens: Sequence[bytes], position: int, end: int | None = None) -> int:
    """Return where the first of the tokens stands, -1 if none does."""
    places = [place for token in tokens if (place := data.find(token, position, end)) >= 0]
    return min(places, default=-1)


def _logical_line(data: bytes, position: int) -> int:
    """Return where the line begins, with the lines a backslash joins to it."""
    start = data.rfind(b"\n", 0, position)
    while start > 0 and data[:start].removesuffix(b"\r").endswith(b"\\"):
        start = data.rfind(b"\n", 0, start)
    return start + 1


def _passed(data: bytes, position: int, goal: int) -> int | None:
    """Return the end of the comment or one-line string the goal stands in, None if in neither."""
    while (start := _first(data, (*_QUOTES, b"#"), position, goal)) >= 0:
        quote = data[start : start + 1]
        if quote == b"#":
            position = data.find(b"\n", start)
        else:
            position = _closing(data, quote, start + 1)
            if _is_broken(data[start:position]):
                return _UNCLEAR
        if position < 0:
            return len(data)
        if position > goal:
            return position
    return None


def _is_broken(text: bytes) -> bool:
    """Whether a line ends in the text without a backslash."""
    return b"\n" in text and b"\n" in text.replace(b"\\\r\n", b"").replace(b"\\\n", b"")


def _closing(data: bytes, quote: bytes, position: int) -> int:
    """Return the offset behind the quote that ends a string, -1 if there is none."""
    while (end := data.find(quote, position)) >= 0:
        before = data[position:end]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return end + len(quote)
        position = end + 1
    return -1


def _with_decorators(data: bytes, head: int, texts: Spans) -> int:
    """Return where the statement of a head begins."""
    if head <= 0:
        return 0
    decorator = data.find(b"\n@", max(0, _head_before(data, head - 1, texts)), head)
    return head if decorator < 0 else decorator


def _head_before(data: bytes, position: int, texts: Spans) -> int:
    """Return the last line break before a head that starts at or before the position."""
    end = position
    while True:
        found = max(data.rfind(head, 0, end + len(head) - 1) for head in _HEADS)
        text = _around(texts, found)
        if text is None:
            return found
        end = text[0]


def _border_after(data: bytes, head: int, position: int, texts: Spans) -> int:
    """Return the next head that is not decorated by the lines before the position, or the end."""
    decorator = data.find(b"\n@", max(0, head), position)
    found = _head_after(data, position, texts)
    return found if decorator < 0 else _head_after(data, found + 2, texts)


def _head_after(data: bytes, position: int, texts: Spans) -> int:
    start = max(0, position - 1)
    while (found := _first(data, _HEADS, start)) >= 0:
        text = _around(texts, found)
        if text is None:
            return found
        start = text[1]
    return len(data)


def _around(texts: Spans, position: int) -> tuple[int, int] | None:
    """Return the string a position is in."""
    index = bisect_right(texts, (position, position)) - 1
    return texts[index] if index >= 0 and position < texts[index][1] else None


def _originals(data: bytes, words: set[bytes]) -> set[bytes]:
    """Return the names the file gives another name by `as`, for those among the words."""
    every = in_words(data)
    found: set[bytes] = set()
    position = -1
    for _ in range(every.count(b"as")):
        position = every.index(b"as", position + 1)
        if position and position + 1 < len(every) and every[position + 1] in words:
            found.add(every[position - 1])
    return found
