"""Stands in for GitHub's API: it keeps the comments of one pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.helpers_servers import serve_in_thread


class GitHub(ThreadingHTTPServer):
    """Keeps comments as GitHub's API does, and what was asked of it.

    `refusal` is a status to answer with, `answer` data to give instead of the comments.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refusal = 0
        self.answer: object = ...


class _Handler(BaseHTTPRequestHandler):
    server: GitHub

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, data: Any) -> None:
        body = json.dumps(data).encode()
        self.send_response(self.server.refusal or 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> str:
        size = int(self.headers["Content-Length"])
        text: str = json.loads(self.rfile.read(size))["body"]
        return text

    def do_GET(self) -> None:
        self.server.asked.append(f"GET {self.headers['Authorization']}")
        if self.server.answer is not ...:
            self._answer(self.server.answer)
            return
        page = int(self.path.rpartition("=")[2])
        self._answer(self.server.comments[(page - 1) * 100 : page * 100])

    def do_POST(self) -> None:
        self.server.asked.append(f"POST {self.path}")
        entry = {"id": 99, "body": self._body(), "user": {"type": "Bot"}}
        if not self.server.refusal:
            self.server.comments.append(entry)
        self._answer(entry)

    def do_PATCH(self) -> None:
        self.server.asked.append(f"PATCH {self.path}")
        number = int(self.path.rpartition("/")[2])
        (entry,) = [c for c in self.server.comments if c["id"] == number]
        entry["body"] = self._body()
        self._answer(entry)


@contextmanager
def github_server() -> Iterator[GitHub]:
    """Run the server for as long as the block lasts."""
    server = GitHub()
    with serve_in_thread(server):
        yield server
