"""A small server that speaks the protocols of two providers, faults included."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, NamedTuple

from tests.helpers_servers import serve_in_thread


class Fault(NamedTuple):
    """An answer that is none: a status, and a body that may be nonsense."""

    status: int
    body: bytes = b'{"type": "error", "error": {"type": "api_error", "message": "no"}}'
    seconds: float = 0.0


class ModelServer:
    """Answers what it was told to, in order, and keeps what it was asked.

    Attributes:
        url: its address.
        asked: the bodies of the requests.
        keys: the credentials they came with.
    """

    def __init__(self, answers: Sequence[str | Fault]) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.asked.append(json.loads(self.rfile.read(length)))
                key = self.headers.get("X-Api-Key") or self.headers.get("Authorization") or ""
                outer.keys.append(key)
                answer = outer.answers.pop(0) if outer.answers else Fault(500)
                status, body = outer._write(self.path, answer)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("retry-after-ms", "1")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def _write(self, path: str, answer: str | Fault) -> tuple[int, bytes]:
        if isinstance(answer, Fault):
            time.sleep(answer.seconds)
            return answer.status, answer.body
        if path == "/v1/messages":
            record: dict[str, Any] = {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "claude-test",
                "content": [{"type": "text", "text": answer}],
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {"input_tokens": 1000, "output_tokens": 100},
            }
        else:
            assert path == "/v1/chat/completions"
            record = {
                "choices": [{"index": 0, "message": {"role": "assistant", "content": answer}}],
                "usage": {"prompt_tokens": 1000, "completion_tokens": 100},
            }
        return 200, json.dumps(record).encode()


@contextmanager
def raw_server(*said: bytes) -> Iterator[str]:
    """Give the address of a server that answers each request with these bytes, and hangs up."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.request.recv(1 << 16)
            self.wfile.write(left.pop(0) if left else b"")

    left = list(said)
    server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    with serve_in_thread(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


@contextmanager
def model_server(*answers: str | Fault) -> Iterator[ModelServer]:
    """Give a server that answers these, one after the other."""
    server = ModelServer(answers)
    with serve_in_thread(server.server):
        yield server
