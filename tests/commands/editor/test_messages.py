"""The framing of messages is bounded, whatever a client says of itself."""

from __future__ import annotations

import io

import pytest

from devmatrix_guard.commands.editor.messages import EndOfStreamError, read_message, write_message


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"Content-Length: 99999999999\r\n\r\n{}", id="too long"),
        pytest.param(b"Content-Length: " + b"9" * 4000 + b"\r\n\r\n{}", id="a number without end"),
        pytest.param(b"Content-Length: -1\r\n\r\n{}", id="negative"),
        pytest.param(b"Content-Length: 1e9\r\n\r\n{}", id="no number"),
        pytest.param(b"\r\n{}", id="no length"),
        pytest.param(b"Content-Length: 10\r\n\r\n{}", id="cut off"),
        pytest.param(b"x" * 100_000, id="a header without end"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_no_bounded_message_ends_the_conversation(raw: bytes) -> None:
    with pytest.raises(EndOfStreamError):
        read_message(io.BytesIO(raw))


def test_a_message_comes_back_as_it_was_written() -> None:
    stream = io.BytesIO()
    write_message(stream, {"method": "é\u202e\n\r\n", "id": 1})
    stream.seek(0)
    assert read_message(stream) == {"jsonrpc": "2.0", "method": "é\u202e\n\r\n", "id": 1}
