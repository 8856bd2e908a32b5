"""Places in a source file: exact decoding, line tables, and columns in bytes and code points.

Offsets index the decoded text without its byte order mark. Lines are CPython's: they end with
`\\n`, `\\r\\n` or a lone `\\r`, never with a form feed or U+2028. Lines and columns are 1-based and
columns count code points, except where a name says bytes.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from typing import NamedTuple

from devmatrix_guard.engine.tree.cookie import normalise_encoding

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:[#\r\n]|$)")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_BOM = codecs.BOM_UTF8


class SourceText(NamedTuple):
    """A decoded file that encodes back to exactly the same bytes.

    `starts` holds the offset at which each line begins; `text` has no byte order mark.
    """

    text: str
    encoding: str
    bom: bytes
    starts: tuple[int, ...]

    def offset(self, line: int, col: int) -> int:
        """Return the offset of a position; a column past the line's end means the next line."""
        if line > len(self.starts):
            return len(self.text)
        return min(self.starts[line - 1] + col - 1, len(self.text))

    def position(self, offset: int) -> tuple[int, int]:
        """Return the (line, column) of an offset."""
        index = bisect_right(self.starts, offset) - 1
        return index + 1, offset - self.starts[index] + 1

    def line(self, number: int) -> str:
        """Return one line with its terminator; empty when there is no such line."""
        if not 1 <= number <= len(self.starts):
            return ""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end]

    def offset_of_bytes(self, line: int, col_bytes: int) -> int:
        """Return the offset of an AST position: a 1-based line and a 0-based UTF-8 byte column."""
        text = self.line(line)
        if not text.isascii():
            col_bytes = len(text.encode()[:col_bytes].decode(errors="ignore"))
        return self.starts[line - 1] + col_bytes

    def encode(self, text: str) -> bytes:
        """Return the file's bytes for another text.

        Raises:
            UnicodeEncodeError: the file's encoding has no place for a character of the text.
        """
        return self.bom + text.encode(self.encoding)


def decode_source(source: bytes) -> SourceText | None:
    """Return the text of a Python file, or None when it cannot be decoded and re-encoded exactly.

    The encoding is what PEP 263 says: the byte order mark or the cookie in the first two lines,
    else UTF-8.
    """
    bom = _BOM if source.startswith(_BOM) else b""
    body = source[len(bom) :]
    encoding = _find_encoding(body, has_bom=bool(bom))
    if encoding is None:
        return None
    try:
        text = body.decode(encoding)
        exact = text.encode(encoding) == body
    except (UnicodeError, LookupError):
        return None
    return SourceText(text, encoding, bom, find_line_starts(text)) if exact else None


def encode_source(text: str) -> SourceText:
    """Return a text that never was a file, such as an example in a rule, as UTF-8 source."""
    return SourceText(text, "utf-8", b"", find_line_starts(text))


def find_line_starts(text: str) -> tuple[int, ...]:
    """Return the offset at which each line begins; a final newline opens one more, empty line."""
    return (0, *(match.end() for match in _NEWLINE.finditer(text)))


def find_newline(text: str, near: int = 0) -> str:
    """Return the newline that ends the line at `near`, else the text's first one, else `\\n`."""
    match = _NEWLINE.search(text, near) or _NEWLINE.search(text)
    return match.group() if match else "\n"


def _find_encoding(body: bytes, *, has_bom: bool) -> str | None:
    """Return the codec named by the cookie; None when it is unknown or no text encoding."""
    lines = re.split(rb"\r\n|\n|\r", body[:4096], maxsplit=2)[:2]
    for line in lines:
        found = _COOKIE.match(line)
        if found:
            return _find_codec(found.group(1).decode("ascii"), has_bom=has_bom)
        if not _BLANK.match(line):
            break
    return "utf-8"


def _find_codec(name: str, *, has_bom: bool) -> str | None:
    try:
        info = codecs.lookup(normalise_encoding(name))
    except LookupError:
        return None
    codec = "utf-8" if info.name == "utf-8-sig" else info.name
    is_text = getattr(info, "_is_text_encoding", True)
    return codec if is_text and (codec == "utf-8" or not has_bom) else None
