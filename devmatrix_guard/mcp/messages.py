"""Says what is wrong with a message that is no JSON-RPC, which the SDK drops without an answer."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS = -32700, -32600, -32602
MOST_BYTES = 4 << 20  # as `guard serve` takes by default


class Refusal(NamedTuple):
    """The error that answers a message; `number` is its id where it has one that can be told."""

    number: str | int | None
    code: int
    text: str

    def write(self) -> bytes:
        """Return the answer as one line."""
        error = {"code": self.code, "message": self.text}
        answer = {"jsonrpc": "2.0", "id": self.number, "error": error}
        return json.dumps(answer).encode("ascii") + b"\n"


def judge_message(raw: bytes, most: int = MOST_BYTES) -> Refusal | None:
    """Return why a message cannot be passed on, None where it can.

    Args:
        raw: the message as it came.
        most: how many bytes one may have.
    """
    try:
        message = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
        if b"\\ud" in raw.lower():
            json.dumps(message, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is none
    except UnicodeError:
        return Refusal(None, PARSE_ERROR, "the message is not in UTF-8.")
    except (ValueError, RecursionError):
        return Refusal(None, PARSE_ERROR, "the message is no JSON.")
    if isinstance(message, list):
        return Refusal(None, INVALID_REQUEST, "send one message at a time: there are no batches.")
    if not isinstance(message, dict):
        return Refusal(None, INVALID_REQUEST, "a message is a JSON object.")
    number = message.get("id")
    is_number = isinstance(number, str | int) and not isinstance(number, bool)
    if len(raw) > most:
        return describe_size(most, number if is_number else None)
    if wrong := _find_mistake(message, is_number=is_number):
        code, text = wrong
        return Refusal(number if is_number else None, code, text)
    return None


def describe_size(most: int, number: str | int | None = None) -> Refusal:
    """Return the answer to a message that is too long."""
    return Refusal(number, INVALID_REQUEST, f"a message may have {most:,} bytes.")


def _find_mistake(message: dict[str, Any], *, is_number: bool) -> tuple[int, str] | None:
    if message.get("jsonrpc") != "2.0":
        return INVALID_REQUEST, '`jsonrpc` must be "2.0".'
    if "method" not in message and ("result" in message or "error" in message):
        return None  # answers are not answered, whatever they are like
    if not isinstance(message.get("method"), str):
        return INVALID_REQUEST, "`method` must be a text."
    if "id" in message and not is_number:
        return INVALID_REQUEST, "`id` must be a text or a whole number."
    if not isinstance(message.get("params"), dict | None):
        return INVALID_PARAMS, "`params` must be an object."
    return None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
