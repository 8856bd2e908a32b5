"""The framing of the Language Server Protocol: JSON with a header that tells its length.

A length that is missing or wrong costs the message it belongs to: the next header is looked for.
"""

from __future__ import annotations

import json
import re
from typing import Any, BinaryIO, Protocol

from devmatrix_guard.commands.json_rpc import (
    INVALID_REQUEST,
    PARSE_ERROR,
    MessageError,
    parse_message,
)

_MAX_BYTES = 64 << 20
_MAX_HEADER = 4096
# At the end of a line, for what is left of a message may stand before it.
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,20})[ \t]*\r?\n\Z", re.IGNORECASE)
_LONGEST_FIELD = 64


class Readable(Protocol):
    """What messages are read from."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, fewer at the end."""

    def readline(self, size: int, /) -> bytes:
        """Return the rest of a line, or so many bytes of it."""


class EndOfStreamError(Exception):
    """The client has gone."""


def read_message(stream: Readable) -> dict[str, Any]:
    """Return the next message.

    Raises:
        EndOfStreamError: there is none.
        MessageError: it cannot be taken; the next one can be read.
    """
    length = _read_length(stream)
    if length > _MAX_BYTES:
        raise MessageError(INVALID_REQUEST, f"a message may have {_MAX_BYTES:,} bytes.")
    body = stream.read(length)
    if len(body) < length:
        raise EndOfStreamError
    return parse_message(body)


def _read_length(stream: Readable) -> int:
    """Read up to the end of the next header; return the length it tells."""
    length: int | None = None
    before = b""
    while part := stream.readline(_MAX_HEADER):
        line = before + part
        before = b"" if line.endswith(b"\n") else line[-_LONGEST_FIELD:]
        if found := _LENGTH.search(line):
            length = int(found[1])
        elif not line.strip():
            if length is None:
                raise MessageError(PARSE_ERROR, "a message begins with `Content-Length: NUMBER`.")
            return length
    raise EndOfStreamError


def write_message(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message and let it go."""
    body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=True).encode("ascii")
    stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    stream.flush()
