"""Reads messages of JSON-RPC, and says by the protocol's own errors what is wrong with one."""

from __future__ import annotations

import json
from typing import Any

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603


class MessageError(ValueError):
    """A message that cannot be taken.

    Args:
        code: the protocol's number of the error.
        text: what is wrong.
        number: the id of the message, where it has one that can be told.
    """

    def __init__(self, code: int, text: str, number: str | int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.number = number

    def describe(self) -> dict[str, Any]:
        """Return the answer to the message."""
        return make_failure(self.number, self.code, str(self))


def make_failure(number: str | int | None, code: int, text: str) -> dict[str, Any]:
    """Return the answer to a request that failed."""
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}}


def parse_message(raw: bytes) -> dict[str, Any]:
    """Return a request, a notification, or an answer; of the last nothing is asked.

    Raises:
        MessageError: it is none of them.
    """
    try:
        message = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeError:
        raise MessageError(PARSE_ERROR, "the message is not in UTF-8.") from None
    except (ValueError, RecursionError):
        raise MessageError(PARSE_ERROR, "the message is no JSON.") from None
    if isinstance(message, list):
        raise MessageError(INVALID_REQUEST, "send one message at a time: there are no batches.")
    if not isinstance(message, dict):
        raise MessageError(INVALID_REQUEST, "a message is a JSON object.")
    if wrong := _find_mistake(message):
        raise MessageError(*wrong, read_number(message))
    return message


def read_number(message: dict[str, Any]) -> str | int | None:
    """Return the id of a message, None where it has none that can be answered."""
    number = message.get("id")
    return number if isinstance(number, str | int) and not isinstance(number, bool) else None


def is_answer(message: dict[str, Any]) -> bool:
    """Tell whether a message answers another; it is not answered in its turn, however it is."""
    return "method" not in message and ("result" in message or "error" in message)


def _find_mistake(message: dict[str, Any]) -> tuple[int, str] | None:
    if message.get("jsonrpc") != "2.0":
        return INVALID_REQUEST, '`jsonrpc` must be "2.0".'
    if is_answer(message):
        return None
    if not isinstance(message.get("method"), str):
        return INVALID_REQUEST, "`method` must be a text."
    if "id" in message and ("result" in message or "error" in message):
        return INVALID_REQUEST, "a message is a request or an answer, not both."
    if "id" in message and read_number(message) is None:
        return INVALID_REQUEST, "`id` must be a text or a whole number."
    if not isinstance(message.get("params"), dict | None):
        return INVALID_PARAMS, "`params` must be an object."
    return None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
