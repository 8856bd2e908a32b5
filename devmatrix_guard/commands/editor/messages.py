"""The framing of the Language Server Protocol: JSON with a header that tells its length."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

_MAX_BYTES = 64 << 20
_MAX_HEADER = 4096


class EndOfStreamError(Exception):
    """The client has gone, or what it sent cannot be told apart any more."""


def read_message(stream: BinaryIO) -> dict[str, Any]:
    """Return the next message.

    Raises:
        EndOfStreamError: there is none, or its header is damaged.
        ValueError: it is no JSON object; the next one can be read.
    """
    length = -1
    while line := stream.readline(_MAX_HEADER):
        name, _, value = line.partition(b":")
        if not line.strip():
            break
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
    if not 0 <= length <= _MAX_BYTES:
        raise EndOfStreamError
    body = stream.read(length)
    if len(body) < length:
        raise EndOfStreamError
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("a message is no JSON") from error
    if not isinstance(message, dict):
        raise ValueError("a message is no JSON object")
    return message


def write_message(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message and let it go."""
    body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=True).encode("ascii")
    stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    stream.flush()
