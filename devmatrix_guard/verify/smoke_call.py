"""One request of a smoke run: how its body is written, and what came back."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, NamedTuple

from devmatrix_guard.ir.api import Content, Operation, is_list_of_edits
from devmatrix_guard.ir.sample import write_text

_SECONDS = 15
_BOUNDARY = "smoke-smoke-smoke"
_SHOWN = 200


class Answer(NamedTuple):
    """What came back: `code` is 0 when there was no answer, `body` then says why."""

    code: int
    body: Any
    milliseconds: float

    def shorten(self) -> str:
        """Return the body as a short text."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def choose_content(operation: Operation) -> Content | None:
    """Return which of the bodies of an operation is sent: a list of edits only if it must."""
    contents = operation.body.content if operation.body else ()
    described = [content for content in contents if content.shape is not None]
    return min(described, key=lambda c: is_list_of_edits(c.media_type), default=None)


def choose_media_type(operation: Operation) -> str:
    """Return as what an operation's body is sent."""
    content = choose_content(operation)
    named = content.media_type if content is not None else "*/*"
    return "application/json" if "*" in named else named  # any of a range may be sent


def call(method: str, url: str, headers: dict[str, str], body: Any, media_type: str) -> Answer:
    """Send a request, and return what came back or why nothing did."""
    data = None
    if body is not None:
        form = media_type == "application/x-www-form-urlencoded"
        if isinstance(body, bytes):
            data = body
        elif media_type.startswith("multipart/"):
            data = _write_parts(body)
            media_type = f"{media_type.partition(';')[0]}; boundary={_BOUNDARY}"
        else:
            data = (_write_fields(body) if form else json.dumps(body)).encode()
        headers = {**headers, "Content-Type": media_type}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 (our own address)
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            code, content = response.status, response.read()
    except urllib.error.HTTPError as error:
        code, content = error.code, error.read()
    except OSError as error:
        return Answer(0, f"no answer: {error}", 0.0)
    return Answer(code, _decode(content), (time.perf_counter() - started) * 1000)


def _write_fields(body: dict[str, Any]) -> str:
    """Return a body as the fields of a form; a list is one for each of its values."""
    listed = ((name, v if isinstance(v, list) else [v]) for name, v in body.items())
    pairs = [(name, write_text(value)) for name, values in listed for value in values]
    return urllib.parse.urlencode(pairs)


def _write_parts(body: dict[str, Any]) -> bytes:
    """Return a body as the parts of a form; what holds a file is one."""
    lines = []
    for name, value in body.items():
        file = '; filename="file.bin"' if isinstance(value, bytes) else ""
        lines.append(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n')
        text = value.decode() if isinstance(value, bytes) else write_text(value)
        lines.append(f"\r\n{text}\r\n")
    return "".join([*lines, f"--{_BOUNDARY}--\r\n"]).encode()


def _decode(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")
