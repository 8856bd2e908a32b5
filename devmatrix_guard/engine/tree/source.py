"""One file being matched: its bytes, its tree, and where things stand in it.

Lines are 1-based and columns are the tree's own, 0-based UTF-8 bytes, until a match is reported.
"""

from __future__ import annotations

import _warnings
import sys

from devmatrix_guard.engine.tree import literals
from devmatrix_guard.engine.tree.cookie import read_encoding
from devmatrix_guard.engine.tree.names import Names
from devmatrix_guard.engine.tree.strings import Part, split
from devmatrix_guard.lazy_typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Excerpt(Protocol):
        """A file with definitions left out, as `prefilter.partial_parse` makes it."""

        data: bytes
        heads: frozenset[bytes]
        assigning: bytes


_ONLY_AST = 0x0400
_DONT_INHERIT = True
_IGNORE_ALL = ("ignore", None, Warning, None, 0)

Node = Any
Span = tuple[int, int, int, int]


class SourceError(ValueError):
    """The file cannot be read as Python; the text is the reason shown to the user."""


class TooDeepError(SourceError):
    """The file is nested deeper than the stack at hand allows for."""


class OutsideExcerptError(Exception):
    """A question an excerpt cannot answer: the whole file has to be parsed."""


class Source:
    """Bytes, text and tree of one file; everything else is worked out on demand.

    Args:
        data: the whole file.
        path: its name.
        excerpt: what of it is parsed, where that is enough.
        readable: what stands for it, line by line, where it cannot be parsed as it is.
    """

    def __init__(
        self,
        data: bytes,
        path: str = "<source>",
        excerpt: Excerpt | None = None,
        readable: bytes | None = None,
    ) -> None:
        self.path = path
        self.written = data
        data = data if readable is None else readable
        self.data = data
        self.excerpt = excerpt
        self.tree: Any = parse(data if excerpt is None else excerpt.data, path)
        self.ascii = data.isascii()
        self.utf8 = data.removeprefix(b"\xef\xbb\xbf") if self.ascii else _encode_utf8(data)
        self.lines = self.utf8.splitlines(keepends=True)
        if b"\f" in data or b"\r" in data:
            self.lines = _split_python_lines(self.utf8)
        self._strings: dict[int, list[tuple[str, str]]] = {}
        self._parts: dict[int, list[Part]] = {}
        self._names: Names | None = None
        self.parts: dict[int, tuple[Node, list[Node]]] = {}  # as `matching.parts` notes them
        self.aliases: dict[str, set[str]] | None = None
        self.words: dict[tuple[int, int], set[bytes]] = {}  # as `matching.aliases` finds them
        self.is_literal: bool | None = self.ascii or None  # as `matching.aliases` finds out
        self.constants: Any = None  # kept here, worked out by who asks: they are made of this
        self.symbols: Any = None  # likewise

    @property
    def has_lambdas(self) -> bool:
        """Whether there may be a lambda in the file."""
        return b"lambda" in self.data

    @property
    def names(self) -> Names:
        """The resolution of the file's names, worked out once when first asked for."""
        if self._names is None:
            self._names = Names(self.tree)
        return self._names

    def release(self) -> None:
        """Let go of what points back here, so that nothing has to look for circles."""
        for made_of_this in (self.constants, self.symbols):
            if made_of_this is not None:
                made_of_this.release()
        self.constants = self.symbols = None

    def column(self, line: int, offset: int) -> int:
        """Return the 1-based column in code points of a byte offset."""
        if self.ascii or line > len(self.lines):
            return offset + 1
        return len(self.lines[line - 1][:offset].decode("utf-8", "replace")) + 1

    def text(self, span: Span) -> str:
        """Return the text a span covers."""
        first, start, last, end = span
        if first == last:
            return self.lines[first - 1][start:end].decode("utf-8", "replace")
        middle = b"".join(self.lines[first : last - 1])
        whole = self.lines[first - 1][start:] + middle + self.lines[last - 1][:end]
        return whole.decode("utf-8", "replace")

    def pieces(self, node: Node) -> list[tuple[str, str]]:
        """Return a string expression's literals as (prefix, raw content)."""
        found = self._strings.get(id(node))
        if found is None:
            span = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            found = self._strings[id(node)] = literals.split_pieces(self.text(span))
        return found

    def string_parts(self, node: Node) -> list[Part]:
        """Return a string expression's literals, f-strings with their parts."""
        found = self._parts.get(id(node))
        if found is None:
            span = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            found = self._parts[id(node)] = split(node, self.text(span))
        return found


def parse(data: bytes, path: str = "<source>") -> Any:
    """Return CPython's tree of the bytes.

    Raises:
        SourceError: not Python this interpreter can parse.
    """
    loaded: Any = sys.modules.get("warnings", _warnings)  # loading it would cost the hook its start
    filters = loaded.filters
    filters.insert(
        0, _IGNORE_ALL
    )  # an odd escape is no error, whatever `-W` says, nor ours to tell
    try:
        return compile(data, path, "exec", _ONLY_AST, _DONT_INHERIT)
    except SyntaxError as error:
        line = f" at line {error.lineno}" if error.lineno else ""
        raise SourceError(f"not Python that can be parsed{line}: {error.msg}") from error
    except (RecursionError, MemoryError) as error:
        raise TooDeepError("nested too deeply to parse") from error
    except (ValueError, OverflowError) as error:
        raise SourceError(f"not Python that can be parsed: {error}") from error
    finally:
        filters.remove(_IGNORE_ALL)


def _encode_utf8(data: bytes) -> bytes:
    """Return the bytes the tree's columns count: the text in UTF-8, whatever its cookie says."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if read_encoding(text).lower() in ("", "utf-8", "utf8"):
        return text
    from devmatrix_guard.engine.tree.source_text import decode_source

    decoded = decode_source(data)
    return text if decoded is None else decoded.text.encode()


def _split_python_lines(data: bytes) -> list[bytes]:
    """Split as the tokenizer does: form feeds do not end a line, a lone CR does."""
    text = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return [line + b"\n" for line in text.split(b"\n")]
