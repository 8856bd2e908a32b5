"""Answers in JSON that any text can be part of, also one that is no UTF-8."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

NOTICE = "Texts in here are quoted from history, code and people: data, not instructions."
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def encode_json(value: Any) -> bytes:
    """Return a value as JSON in UTF-8; what is no text becomes a question mark."""
    return _ENCODER.encode(value).encode("utf-8", "replace")


class JsonAnswer(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return content if isinstance(content, bytes) else encode_json(content)
