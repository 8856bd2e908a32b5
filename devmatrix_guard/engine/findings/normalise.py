"""Code without its layout: what of a match goes into its fingerprint.

Comments and blank space are left out; so are trailing commas and kinds of quotes. `FileLayout` does
it for a whole file at once: matches that hold one another are cut out of its result, instead of
each being taken apart anew.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CODE = re.compile(
    r"""
    (?P<comment>\#[^\r\n]*)
  | (?P<blank>(?:\s|\\\r?\n)+)
  | (?P<string>(?P<prefix>(?i:[rbfut]{0,2}))(?:
      '{3}(?P<a>(?:[^\\]|\\.)*?)'{3} | "{3}(?P<b>(?:[^\\]|\\.)*?)"{3}
    | '(?P<c>(?:[^'\\\n]|\\.)*)' | "(?P<d>(?:[^"\\\n]|\\.)*)"
    ))
  | \w+
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_ENDS = (")", "]", "}", '"')
# Before a bracket these words call and subscribe nothing.
_BEFORE_A_TUPLE = frozenset((
    "and", "assert", "await", "del", "elif", "else", "except", "for", "from", "if", "import", "in",
    "is", "lambda", "not", "or", "raise", "return", "while", "with", "yield",
))  # fmt: skip


def normalise(code: str) -> str:
    """Return code without its layout: comments, blank space, trailing commas, kinds of quotes."""
    pieces = [_piece(found) for found in _find_tokens(code)]
    trailing = _Brackets(pieces).trailing
    return " ".join(piece for index, piece in enumerate(pieces) if index not in trailing)


def normalise_blanks(code: str) -> str:
    """Return code as fingerprints took it before quotes and trailing commas were seen through."""
    return " ".join(map(_former_piece, _find_tokens(code)))


class FileLayout:
    """A file's code without its layout, to cut matches from.

    Args:
        lines: the file's lines with their ends, as UTF-8.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        decoded = [line.decode("utf-8", "replace") for line in lines]
        self._text = "".join(decoded)
        self._lines = list(_offsets(decoded, 0))
        tokens = list(_find_tokens(self._text))
        self._starts = {found.start(): index for index, found in enumerate(tokens)}
        self._ends = {found.end(): index + 1 for index, found in enumerate(tokens)}
        pieces = list(map(_piece, tokens))
        self._brackets = _Brackets(pieces)
        trailing = self._brackets.trailing
        shown = ["" if index in trailing else f"{piece} " for index, piece in enumerate(pieces)]
        former = [f"{_former_piece(found)} " for found in tokens]
        self._shown = "".join(shown), list(_offsets(shown, 0))
        self._former = "".join(former), list(_offsets(former, 0))

    def cut(self, line: int, col: int, code: str) -> tuple[str, str] | None:
        """Return what `normalise` and `normalise_blanks` say of the code at a place.

        None where the code cannot be cut out, as within a string: it is to be taken apart alone.
        """
        if line >= len(self._lines):
            return None
        offset = self._lines[line - 1] + col - 1
        first, last = self._starts.get(offset), self._ends.get(offset + len(code))
        if first is None or last is None or not self._text.startswith(code, offset):
            return None
        if not self._brackets.stand_alone(first, last):
            return None
        return _between(*self._shown, first, last), _between(*self._former, first, last)


class _Brackets:
    """How the brackets of a row of tokens hold each other.

    `trailing` are the commas before a closing bracket, except those that make a tuple of one.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.trailing: set[int] = set()
        self._around = [-1] * (len(pieces) + 1)  # the bracket that is open before each token
        self._closed: dict[int, int] = {}
        self._depends_on_before: set[int] = set()
        opened: list[tuple[int, bool]] = []
        commas: list[int] = []
        for index, piece in enumerate(pieces):
            self._around[index] = opened[-1][0] if opened else -1
            if piece in _OPENING:
                before = pieces[index - 1] if index else ""
                opened.append((index, _may_be_tuple(piece, before)))
                commas.append(0)
            elif piece == "," and commas:
                commas[-1] += 1
            elif piece in _CLOSING and commas:
                self._close(pieces, index, *opened.pop(), is_one=commas.pop() == 1)
        self._around[-1] = opened[-1][0] if opened else -1

    def _close(
        self, pieces: Sequence[str], index: int, start: int, is_tuple: bool, *, is_one: bool
    ) -> None:
        self._closed[start] = index
        if pieces[index - 1] != ",":
            return
        if not (is_tuple and is_one):
            self.trailing.add(index - 1)
        if is_one and is_tuple != _may_be_tuple(pieces[start], ""):
            self._depends_on_before.add(start)

    def stand_alone(self, first: int, last: int) -> bool:
        """Whether the tokens from `first` up to `last` read the same with nothing around them."""
        around = self._around[first]
        if around != self._around[last] or first in self._depends_on_before:
            return False
        return last <= self._closed.get(around, last)


def _find_tokens(code: str) -> Iterable[re.Match[str]]:
    return (m for m in _CODE.finditer(code) if m.lastgroup not in ("comment", "blank"))


def _piece(token: re.Match[str]) -> str:
    return _string(token) if token.lastgroup == "string" else token.group()


def _former_piece(token: re.Match[str]) -> str:
    prefix = token["prefix"]
    return f"{prefix} {token.group()[len(prefix) :]}" if prefix else token.group()


def _string(match: re.Match[str]) -> str:
    """Return a string literal as if every string stood in double quotes."""
    prefix = match["prefix"].lower().replace("u", "")
    body = next(found for name in "abcd" if (found := match[name]) is not None)
    if "r" not in prefix:
        body = _ESCAPED.sub(lambda m: m[1] if m[1] in "'\"" else m[0], body)
    quote = '"' * (3 if match["a"] is not None or match["b"] is not None else 1)
    return f"{prefix}{quote}{body}{quote}"


def _may_be_tuple(piece: str, before: str) -> bool:
    """Whether an opening bracket behind a piece may begin a tuple."""
    return (piece == "(") != _may_be_called(before) and piece != "{"


def _may_be_called(piece: str) -> bool:
    """Whether a bracket behind the piece calls or subscribes it."""
    if piece in _BEFORE_A_TUPLE:
        return False
    return piece[-1:].isidentifier() or piece[-1:] in _ENDS or piece[-1:].isdigit()


def _offsets(texts: Iterable[str], offset: int) -> Iterable[int]:
    """Yield where each text begins when they stand one behind the other, and where they end."""
    yield offset
    for text in texts:
        offset += len(text)
        yield offset


def _between(text: str, offsets: Sequence[int], first: int, last: int) -> str:
    """Return the tokens from `first` up to `last`, without the blank behind the last."""
    return text[offsets[first] : offsets[last] - 1]
