"""The framing of messages is bounded, and finds its way back, whatever a client says of itself."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_guard.commands.editor.messages import EndOfStreamError, read_message, write_message
from devmatrix_guard.commands.json_rpc import MessageError
from tests.commands.editor.test_server import Editor
from tests.matrix.world import BAD, World

_NEXT = b'{"jsonrpc": "2.0", "id": 7, "method": "guard/unknown"}'
_WHOLE = b"Content-Length: %d\r\n\r\n%b" % (len(_NEXT), _NEXT)
DAMAGED = [
    pytest.param(b"Content-Length: 99999999999\r\n\r\n{}", -32600, id="too long"),
    pytest.param(b"Content-Length: 67108865\r\n\r\n" + b"x" * 67_108_865, -32600, id="64 MiB"),
    pytest.param(b"Content-Length: " + b"9" * 4000 + b"\r\n\r\n{}", -32700, id="endless number"),
    pytest.param(b"Content-Length: -1\r\n\r\n{}", -32700, id="negative"),
    pytest.param(b"Content-Length: 1e9\r\n\r\n{}", -32700, id="no number"),
    pytest.param(b"Content-Length:\r\n\r\n{}", -32700, id="nothing"),
    pytest.param(b"\r\n{}", -32700, id="no header"),
    pytest.param(b'X: 1\r\n\r\n{"id": 1}', -32700, id="other header"),
    pytest.param(b"Content-Length: 1\r\n\r\n{}", -32700, id="too small"),
    pytest.param(b"Content-Length: 0\r\n\r\n", -32700, id="zero"),
    pytest.param(b"Content-Length: 2\r\n\r\n\xff\xfe", -32700, id="not UTF-8"),
    pytest.param(b"Content-Length: 2\r\n\r\n[]", -32600, id="batch"),
    pytest.param(b'Content-Length: 10\r\n\r\n{"id": "a"}', -32700, id="cut by one"),
]


@pytest.mark.parametrize(("raw", "code"), DAMAGED)
def test_what_is_no_bounded_message_costs_that_message(raw: bytes, code: int) -> None:
    stream = io.BytesIO(raw + _WHOLE)
    with pytest.raises(MessageError) as caught:
        read_message(stream)
    assert caught.value.code == code
    assert read_message(stream) == json.loads(_NEXT)
    with pytest.raises(EndOfStreamError):
        read_message(stream)


@pytest.mark.parametrize("size", [1, 4096 - 20, 4096, 100_000])
def test_what_stands_before_a_header_is_passed_over(size: int) -> None:
    assert read_message(io.BytesIO(b"x" * size + _WHOLE)) == json.loads(_NEXT)


@pytest.mark.parametrize("raw", [b"", b"x" * 100_000, b"Content-Length: 10\r\n\r\n{}"])
def test_where_nothing_more_comes_the_conversation_ends(raw: bytes) -> None:
    with pytest.raises(EndOfStreamError):
        read_message(io.BytesIO(raw))


def test_a_length_that_is_too_large_costs_the_next_message_and_not_the_one_after() -> None:
    stream = io.BytesIO(b"Content-Length: 30\r\n\r\n{}" + _WHOLE + _WHOLE)
    with pytest.raises(MessageError):
        read_message(stream)
    assert read_message(stream) == json.loads(_NEXT)


def test_a_message_comes_back_as_it_was_written() -> None:
    stream = io.BytesIO()
    write_message(stream, {"method": "é\u202e\n\r\n", "id": 1})
    stream.seek(0)
    assert read_message(stream) == {"jsonrpc": "2.0", "method": "é\u202e\n\r\n", "id": 1}


@pytest.mark.parametrize(("raw", "code"), DAMAGED)
def test_a_damaged_message_is_answered_over_a_pipe_and_the_next_one_too(
    editor: Editor, raw: bytes, code: int
) -> None:
    editor.send_raw(raw + _WHOLE)
    first, second = editor.receive_answer(None), editor.receive_answer(7)
    assert first["error"]["code"] == code
    assert second["error"]["code"] == -32601
    assert editor.open(BAD) == ["0:4 no-old-call"]
    assert editor.leave() == 0


def test_an_editor_that_stops_reading_is_noticed(tmp_path: Path) -> None:
    guard = Path(sys.executable).parent / "guard"
    process = subprocess.Popen(
        [guard, "lsp"],
        cwd=World.make(tmp_path / "world").root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(_WHOLE)
    process.stdin.flush()
    assert process.wait(20) == 1
    assert process.stderr.read() == b""
    process.stdin.close()
    process.stderr.close()
