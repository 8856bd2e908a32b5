"""What the bytes of a file tell without parsing it: its words, its rows, its long strings.

Everything is worked out once, when first asked for, as the prefilter and the excerpt ask for the
same. Imports nothing that is slow to load.
"""

from __future__ import annotations

from devmatrix_guard.engine.keywords import space_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Spans = list[tuple[int, int]]

_TRIPLES = (b'"""', b"'''")
_MARKS_IN_A_LINE = (b'"', b"'", b"#")
_UNCLEAR = -1
_A_FEW_ROWS = 128  # bytes
_UNKNOWN = object()


class Outline:
    """The outline of one file."""

    __slots__ = ("_place", "_rows", "_strings", "_words", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._rows: list[bytes] | None = None
        self._place = (0, 0)
        self._words: bytes | None = None
        self._strings: object = _UNKNOWN

    @property
    def rows(self) -> list[bytes]:
        """The lines without their line feeds."""
        if self._rows is None:
            self._rows = self.data.split(b"\n")
        return self._rows

    def find_row(self, row: int) -> int:
        """Return the offset at which a row begins, counted from 0; one past the end if none does.

        The line feeds before it are counted half by half: splitting takes ten times as long.
        """
        data = self.data
        known, low = self._place if self._place[0] <= row else (0, 0)
        left, high = row - known, len(data)
        while high - low > _A_FEW_ROWS and left:
            middle = (low + high) // 2
            passed = data.count(b"\n", low, middle)
            if passed < left:
                low, left = middle, left - passed
            else:
                high = middle
        for _ in range(left):
            low = data.find(b"\n", low) + 1
            if not low:
                return len(data) + 1
        self._place = row, low
        return low

    @property
    def has_lone_returns(self) -> bool:
        """Whether a carriage return ends a line by itself: rows are no lines then."""
        data = self.data
        return b"\r" in data and data.count(b"\r") != data.count(b"\r\n")

    @property
    def strings(self) -> Spans | None:
        """Where the triple-quoted strings are, None where one has no end."""
        if self._strings is _UNKNOWN:
            self._strings = _find_multi_line_strings(self.data)
        return self._strings  # type: ignore[return-value]  # whoever set it knows its type

    @property
    def words(self) -> bytes:
        """The file with a blank for every byte that is part of no word."""
        if self._words is None:
            self._words = space_words(self.data)
        return self._words

    def has_word(self, word: bytes) -> bool:
        """Whether a word stands in the file."""
        return b" " + word + b" " in self.words

    def words_between(self, start: int, end: int) -> list[bytes]:
        """Return the words between two offsets of the file."""
        return self.words[start + 1 : end + 1].split()

    def renamings(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield (name, other name) wherever an `as` stands between two words."""
        if b" as " not in self.words:
            return
        before, *parts = self.words.split(b" as ")
        for part in parts:
            name = before.rsplit(None, 1)[-1:]
            alias = part.split(None, 1)[:1]
            if name and alias:
                yield name[0], alias[0]
            before = part


def _find_multi_line_strings(data: bytes) -> Spans | None:
    found: Spans = []
    position = 0
    next_of = dict.fromkeys(_TRIPLES, 0)
    while (start := _find_next(data, next_of, position)) >= 0:
        line = max(position, _find_logical_line(data, start))
        passed = _pass_token(data, line, start)
        if passed == _UNCLEAR:
            return None
        if passed is None:
            end = _find_closing(data, data[start : start + 3], start + 3)
            if end < 0:
                return None
            found.append((start, end))
            passed = end
        position = passed
    return found


def _find_next(data: bytes, next_of: dict[bytes, int], position: int) -> int:
    """Return where the next of some tokens stands, -1 if none does.

    `next_of` keeps what was found, so that a token which is rare is not looked for again.
    """
    for token, place in next_of.items():
        if 0 <= place < position or not position:
            next_of[token] = data.find(token, position)
    return min((place for place in next_of.values() if place >= 0), default=-1)


def find_first(data: bytes, tokens: Sequence[bytes], position: int, end: int | None = None) -> int:
    """Return where the first of some tokens that cannot overlap stands, -1 if none does."""
    first = -1
    for token in tokens:
        place = data.find(token, position, end)
        if place >= 0:
            first = end = place  # only what stands before it is of interest
    return first


def _find_logical_line(data: bytes, position: int) -> int:
    """Return where the line begins, with the lines a backslash joins to it."""
    start = data.rfind(b"\n", 0, position)
    while start > 0 and data[max(0, start - 2) : start].removesuffix(b"\r").endswith(b"\\"):
        start = data.rfind(b"\n", 0, start)
    return start + 1


def _pass_token(data: bytes, position: int, goal: int) -> int | None:
    """Return the end of the comment or one-line string the goal stands in, None if in neither."""
    while (start := find_first(data, _MARKS_IN_A_LINE, position, goal)) >= 0:
        quote = data[start : start + 1]
        if quote == b"#":
            position = data.find(b"\n", start)
        else:
            position = _find_closing(data, quote, start + 1)
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


def _find_closing(data: bytes, quote: bytes, position: int) -> int:
    """Return the offset behind the quote that ends a string, -1 if there is none."""
    while (end := data.find(quote, position)) >= 0:
        before = data[position:end]
        if (len(before) - len(before.rstrip(b"\\"))) % 2 == 0:
            return end + len(quote)
        position = end + 1
    return -1
