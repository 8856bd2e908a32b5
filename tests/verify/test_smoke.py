"""What a smoke run sends, seen by a server that only listens: it says yes and takes notes."""

from __future__ import annotations

import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.verify.smoke import smoke
from tests.generator.specs import read

SHELVES = """
paths:
  /shelves:
    get:
      parameters:
        - {name: page, in: query, required: true, schema: {type: integer, minimum: FIRST}}
        - {name: size, in: query, schema: {type: integer}}
      responses: {'200': {description: all, content: <Shelfs>}}
    post:
      requestBody: {required: true, content: <Shelf>}
      responses: {'201': {description: made, content: <Shelf>}}
  /shelves/{shelfId}:
    parameters: [{name: shelfId, in: path, required: true, schema: {type: integer}}]
    delete: {responses: {'204': {description: gone}}}
  /shelves/{shelfId}/books:
    parameters: [{name: shelfId, in: path, required: true, schema: {type: integer}}]
    post:
      requestBody: {required: true, content: <Book>}
      responses: {'201': {description: made, content: <Book>}}
  /shelves/{shelfId}/books/{bookId}:
    parameters:
      - {name: shelfId, in: path, required: true, schema: {type: integer}}
      - {name: bookId, in: path, required: true, schema: {type: integer}}
    delete: {responses: {'204': {description: gone}}}
components:
  schemas:
    Shelf: {type: object, properties: {id: {type: integer, readOnly: true}, name: {type: string}}}
    Book: {type: object, properties: {id: {type: integer, readOnly: true}, title: {type: string}}}
    Shelfs: {type: array, items: {$ref: '#/components/schemas/Shelf'}}
"""
USERS = """
paths:
  /users:
    post:
      requestBody: {required: true, content: <User>}
      responses: {'201': {description: made}}
  /login:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [login, password]
              properties: {login: {type: string}, password: {type: string}}
      responses: {'200': {description: in}, '401': {description: no}}
components:
  schemas:
    User:
      type: object
      required: [email, password]
      properties: {email: {type: string, format: email}, password: {type: string}}
"""


def _read(text: str) -> ApplicationIR:
    schema = r"{application/json: {schema: {$ref: '#/components/schemas/\1'}}}"
    return read(re.sub(r"<(\w+)>", schema, text))


class Listener(http.server.ThreadingHTTPServer):
    """Answers as declared, with what was sent and a key, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, Any]] = []
        self.forbidden = re.compile(r"\Z.")  # what of the paths is answered by 403

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def list_asked(self, method: str) -> list[str]:
        """Return the paths that were asked for with a method."""
        return [path for asked, path, _ in self.asked if asked == method]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Listener

    def _answer(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        sent = json.loads(data) if data else None
        self.server.asked.append((self.command, self.path, sent))
        row = {"id": len(self.server.asked), **(sent or {})}
        code = {"DELETE": 204, "POST": 201}.get(self.command, 200)
        body: Any = [] if self.command == "GET" else row
        if self.path == "/login":
            code, body = 200, {"token": "t"}
        if self.server.forbidden.match(self.path):
            code, body = 403, {}
        text = b"" if code == 204 else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("first", ["0", "1"])
def test_a_page_that_must_be_named_is_the_first_one(listener: Listener, first: str) -> None:
    smoke(_read(SHELVES.replace("FIRST", first)), listener.base)
    addresses = [urllib.parse.urlsplit(path) for path in listener.list_asked("GET")]
    pages = [urllib.parse.parse_qs(address.query)["page"] for address in addresses]
    assert pages
    assert all(page == [first] for page in pages)


def test_a_row_is_removed_before_the_one_it_lies_below(listener: Listener) -> None:
    outcomes = smoke(_read(SHELVES.replace("FIRST", "1")), listener.base)
    assert {outcome.status for outcome in outcomes} == {"pass"}
    removed = [path.count("/") for path in listener.list_asked("DELETE")]
    assert removed == [4, 2]


def test_what_has_no_rows_yet_is_asked_for_below_where_its_parent_lies(listener: Listener) -> None:
    pages = """
  /shelves/{shelfId}/books/{bookId}/pages:
    parameters:
      - {name: shelfId, in: path, required: true, schema: {type: integer}}
      - {name: bookId, in: path, required: true, schema: {type: integer}}
    get: {responses: {'200': {description: all, content: <Pages>}}}
components:
  schemas:
    Pages: {type: array, items: {$ref: '#/components/schemas/Page'}}
    Page: {type: object, properties: {id: {type: integer}, text: {type: string}}}
"""
    listener.forbidden = re.compile(r"/shelves/(?!1/)\d+/books$")  # those of another
    spec = SHELVES.replace("FIRST", "1").replace("\ncomponents:\n  schemas:\n", pages)
    smoke(_read(spec), listener.base)
    asked = [path for path in listener.list_asked("GET") if path.endswith("/pages")]
    assert asked
    assert {path.split("/")[2] for path in asked} == {"1"}


def test_a_login_is_what_was_sent_as_email(listener: Listener) -> None:
    smoke(_read(USERS), listener.base)
    made = next(body for _, path, body in listener.asked if path == "/users")
    given = next(body for _, path, body in listener.asked if path == "/login")
    assert given == {"login": made["email"], "password": made["password"]}
