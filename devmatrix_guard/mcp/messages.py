"""Turns away what is no message, which the SDK would drop without an answer."""

from __future__ import annotations

import json

from devmatrix_guard.commands.json_rpc import (
    INVALID_REQUEST,
    PARSE_ERROR,
    MessageError,
    parse_message,
    read_number,
)

MOST_BYTES = 4 << 20  # as `guard serve` takes by default


def refuse_message(raw: bytes, most: int = MOST_BYTES) -> bytes | None:
    """Return the line that answers what is no message, None where it may be passed on.

    Args:
        raw: the message as it came.
        most: how many bytes one may have.
    """
    try:
        message = parse_message(raw)
        if len(raw) > most:
            raise MessageError(INVALID_REQUEST, _describe_limit(most), read_number(message))
        if b"\\ud" in raw.lower():
            json.dumps(message, ensure_ascii=False).encode("utf-8")
    except MessageError as error:
        return _write(error)
    except UnicodeError:  # half of a surrogate pair, which the SDK cannot read
        return _write(MessageError(PARSE_ERROR, "the message is not in UTF-8."))
    return None


def refuse_length(most: int = MOST_BYTES) -> bytes:
    """Return the line that answers what is too long to be read for its id."""
    return _write(MessageError(INVALID_REQUEST, _describe_limit(most)))


def _describe_limit(most: int) -> str:
    return f"a message may have {most:,} bytes."


def _write(error: MessageError) -> bytes:
    return json.dumps(error.describe()).encode("ascii") + b"\n"
