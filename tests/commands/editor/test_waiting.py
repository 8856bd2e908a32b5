"""What an editor has sent and guard has not answered, and what is open, is bounded by its bytes."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.editor.messages import EndOfStreamError, read_message
from devmatrix_guard.commands.editor.server import Server
from devmatrix_guard.commands.editor.texts import Text
from devmatrix_guard.commands.editor.waiting import WaitingMessages, read_all
from tests.helpers import make_repo


def frame(message: dict[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Modest(Server):
    most_bytes = 20_000


def converse(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what comes back of a conversation."""
    sent = [{"id": 1, "method": "initialize", "params": {}}, *messages, {"method": "exit"}]
    answers = io.BytesIO()
    Modest(io.BytesIO(b"".join(map(frame, sent))), answers).run()
    answers.seek(0)
    found = []
    while True:
        try:
            found.append(read_message(answers))
        except EndOfStreamError:
            return found


def list_warnings(answers: list[dict[str, Any]]) -> list[str]:
    return [a["params"]["message"] for a in answers if a.get("method") == "window/logMessage"]


def test_no_more_is_read_than_the_bytes_that_may_wait() -> None:
    waiting = WaitingMessages(10_000)
    many = [{"method": "x", "params": {"n": n, "text": "y" * 3000}} for n in range(50)]
    stream = io.BytesIO(b"".join(map(frame, many)))
    reader = threading.Thread(target=read_all, args=(stream, waiting))
    reader.start()
    seen: list[int] = []
    while isinstance(message := waiting.get()[0], dict):
        assert stream.tell() <= 3200 * (len(seen) + 6)
        seen.append(message["params"]["n"])
    reader.join()
    assert seen == list(range(50))


def test_texts_beyond_the_bytes_that_may_be_open_are_told_of_and_not_checked(
    tmp_path: Path,
) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})

    def open_text(name: str, size: int) -> dict[str, Any]:
        document = {"uri": (repo / name).as_uri(), "version": 1, "text": "#" * size}
        return {"method": "textDocument/didOpen", "params": {"textDocument": document}}

    (told,) = list_warnings(converse(open_text("a.py", 15_000), open_text("b.py", 15_000)))
    assert "b.py is not checked" in told
    closing = {"textDocument": {"uri": (repo / "a.py").as_uri()}}
    closed = {"method": "textDocument/didClose", "params": closing}
    more = (open_text("a.py", 15_000), closed, open_text("b.py", 15_000))
    assert not list_warnings(converse(*more))
    change = {"contentChanges": [{"text": "#" * 30_000}]} | closing
    grown = {"method": "textDocument/didChange", "params": change}
    (told,) = list_warnings(converse(open_text("a.py", 15_000), grown))
    assert "a.py is not checked" in told


def test_the_size_of_a_text_is_that_of_its_lines_after_every_change() -> None:
    text = Text("one\ntwo\nthree\n")
    place = {"start": {"line": 0, "character": 1}, "end": {"line": 2, "character": 2}}
    text.change([{"range": place, "text": "é\n\n😀"}])
    assert text.size == Text(text.content.decode()).size
    text.change([{"text": "x"}])
    assert text.size == Text("x").size
