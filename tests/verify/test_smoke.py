"""What a smoke run sends, seen by a server that only listens: it says yes and takes notes."""

from __future__ import annotations

import base64
import hmac
import http.server
import json
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.verify.smoke import smoke
from tests.generator.specs import read, sign_in_body
from tests.helpers_servers import serve_in_thread

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
      requestBody: <SIGN_IN>
      responses: {'200': {description: in}, '401': {description: no}}
components:
  schemas:
    User:
      type: object
      required: [email, password]
      properties: {email: {type: string, format: email}, password: {type: string}}
""".replace("<SIGN_IN>", sign_in_body("login"))
RENEWALS = """
paths:
  /users: {post: {requestBody: <User>, responses: {'201': {description: made}}}}
  /login: {post: {requestBody: <User>, responses: <Tokens>}}
  /refresh: {post: {requestBody: <Refresh>, responses: <Tokens>}}
  /users/me/password:
    post:
      security: [{bearer: []}]
      requestBody: <Change>
      responses: {'200': {description: changed}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    User:
      type: object
      required: [email, password]
      properties: {email: {type: string, format: email}, password: {type: string}}
    Tokens: {type: object, properties: {token: {type: string}, refresh_token: {type: string}}}
    Refresh: {type: object, required: [refresh_token], properties: {refresh_token: {type: string}}}
    Change:
      type: object
      required: [current_password, new_password]
      properties: {current_password: {type: string}, new_password: {type: string}}
"""


def _read(text: str) -> ApplicationIR:
    schema = r"{application/json: {schema: {$ref: '#/components/schemas/\1'}}}"
    return read(re.sub(r"<(\w+)>", schema, text))


class Listener(http.server.ThreadingHTTPServer):
    """Answers as declared, with what was sent and a key, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, Any]] = []
        self.headers: list[tuple[str, Any]] = []
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
        self.server.headers.append((self.path, self.headers))
        row = {"id": len(self.server.asked), **(sent or {})}
        code = {"DELETE": 204, "POST": 201}.get(self.command, 200)
        body: Any = [] if self.command == "GET" else row
        if self.path == "/login":
            token = f"t{len(self.server.asked)}"  # of one login each
            code, body = 200, {"token": token, "refresh_token": "r"}
        if self.server.forbidden.match(self.path):
            code, body = 403, {}
        text = b"" if code == 204 else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    with serve_in_thread(server):
        yield server


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


def test_a_refresh_token_and_the_password_are_those_that_were_given(listener: Listener) -> None:
    schema = r"content: {application/json: {schema: {$ref: '#/components/schemas/\1'}}}"
    text = re.sub(r"<(Tokens)>", f"{{'200': {{description: in, {schema}}}}}", RENEWALS)
    smoke(read(re.sub(r"<(\w+)>", f"{{required: true, {schema}}}", text)), listener.base)
    sent = {path: body for _, path, body in listener.asked}
    assert sent["/refresh"] == {"refresh_token": "r"}
    known = next(body for _, path, body in listener.asked if path == "/users")["password"]
    assert sent["/users/me/password"] == {"current_password": known, "new_password": known}


def test_a_body_of_any_kind_is_sent_as_json(listener: Listener) -> None:
    spec = SHELVES.replace("FIRST", "1").replace(
        "content: <Shelf>}\n      responses",
        "content: {'*/*': {schema: {$ref: '#/components/schemas/Shelf'}}}}\n      responses",
    )
    smoke(_read(spec), listener.base)
    kinds = {headers["Content-Type"] for path, headers in listener.headers if path == "/shelves"}
    assert kinds - {None} == {"application/json"}


def test_a_body_that_may_be_any_text_is_what_its_answer_can_show(listener: Listener) -> None:
    spec = """
paths:
  /plans:
    get: {responses: {"200": {description: all, content: <Plans>}}}
    post:
      requestBody: {required: true, content: <PlanInput>}
      responses: {'201': {description: made, content: <Plan>}}
components:
  schemas:
    Plans: {type: array, items: {$ref: "#/components/schemas/Plan"}}
    PlanInput:
      type: object
      properties: {title: {type: string}, rules: {type: array, items: {type: string}}}
    Plan:
      type: object
      properties:
        id: {type: integer}
        title: {type: string}
        rules: {type: array, items: {type: string, pattern: '^R[0-9]$'}}
"""
    smoke(_read(spec), listener.base)
    rules = [rule for _, _, body in listener.asked if body for rule in body["rules"]]
    assert rules
    assert all(re.fullmatch("R[0-9]", rule) for rule in rules)


def test_where_no_operation_gives_a_token_one_is_signed_as_the_application_does(
    listener: Listener,
) -> None:
    spec = USERS.replace(
        "components:",
        """  /desks:
    get:
      security: [{bearer: []}]
      responses: {'200': {description: all, content: <Desks>}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}""",
    ).replace(
        "      responses: {'200': {description: in}, '401': {description: no}}",
        "      responses: {'200': {description: in, content: <User>}}",
    )
    spec += """    Desks: {type: array, items: {$ref: '#/components/schemas/Desk'}}
    Desk: {type: object, properties: {id: {type: integer}, place: {type: string}}}
"""
    ir = _read(spec)
    assert [seed.entity for seed in ir.seeds if seed.entity == "User"] == ["User"]
    smoke(ir, listener.base, secret="kept")
    sent = next(headers["Authorization"] for path, headers in listener.headers if path == "/desks")
    signed, _, signature = sent.removeprefix("Bearer ").rpartition(".")
    made = hmac.digest(b"kept", signed.encode(), "sha256")
    assert base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)) == made


def test_who_may_be_removed_by_a_word_is_removed_last(listener: Listener) -> None:
    more = """  /users/delete:
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [id], properties: {id: {type: integer}}}}}}
      responses: {'200': {description: gone}}
  /desks:
    post:
      requestBody: {required: true, content: <Desk>}
      responses: {'201': {description: made, content: <Desk>}}
  /desks/{deskId}:
    parameters: [{name: deskId, in: path, required: true, schema: {type: integer}}]
    delete: {responses: {'204': {description: gone}}}
components:"""
    spec = (
        USERS.replace("components:", more, 1)
        + """    Desk: {type: object, properties:
      {id: {type: integer, readOnly: true}, place: {type: string}}}
"""
    )
    key = "properties: {id: {type: integer, readOnly: true}, email:"
    smoke(_read(spec.replace("properties: {email:", key)), listener.base)
    asked = [path for _, path, _ in listener.asked]
    places = [at for at, path in enumerate(asked) if path.startswith("/desks/")]
    assert asked.index("/users/delete") > max(places)


def test_a_row_is_removed_before_what_it_refers_to(listener: Listener) -> None:
    spec = """
paths:
  /areas:
    post:
      requestBody: {required: true, content: <Area>}
      responses: {'201': {description: made, content: <Area>}}
  /areas/{areaId}:
    parameters: [{name: areaId, in: path, required: true, schema: {type: integer}}]
    delete: {responses: {'204': {description: gone}}}
  /spots:
    post:
      requestBody: {required: true, content: <Spot>}
      responses: {'201': {description: made, content: <Spot>}, '404': {description: no area}}
  /spots/{spotId}:
    parameters: [{name: spotId, in: path, required: true, schema: {type: integer}}]
    delete: {responses: {'204': {description: gone}}}
components:
  schemas:
    Area: {type: object, properties: {id: {type: integer, readOnly: true}, name: {type: string}}}
    Spot:
      type: object
      required: [area_id]
      properties:
        id: {type: integer, readOnly: true}
        area_id: {type: integer, x-references: Area.id}
"""
    smoke(_read(spec), listener.base)
    removed = [path.split("/")[1] for path in listener.list_asked("DELETE")]
    assert removed.index("spots") < removed.index("areas")


def test_an_answer_without_content_passes_though_its_spec_describes_a_body(
    listener: Listener,
) -> None:
    gone = "'204': {description: gone, content: {application/json: {schema: {type: string}}}}"
    spec = SHELVES.replace("FIRST", "1").replace("'204': {description: gone}", gone)
    outcomes = smoke(_read(spec), listener.base)
    removed = [o.status for o in outcomes if o.operation.startswith("DELETE")]
    assert removed == ["pass", "pass"]


ACCOUNTS = (
    """
paths:
  /users:
    post:
      requestBody: {required: true, content: <User>}
      responses: {'201': {description: made, content: <User>}}
  /users/{userId}:
    parameters: [{name: userId, in: path, required: true, schema: {type: integer}}]
    put:
      security: [{bearer: []}]
      requestBody: {required: true, content: <User>}
      responses: {'200': {description: changed, content: <User>}, '403': {description: not you}}
    delete:
      security: [{bearer: []}]
      responses: {'204': {description: gone}, '403': {description: not you}}
  /login:
    post:
      requestBody: <SIGN_IN>
      responses: {'200': {description: in, content: <Tokens>}, '401': {description: no}}
  /desks:
    post:
      security: [{bearer: []}]
      requestBody: {required: true, content: <Desk>}
      responses: {'201': {description: made, content: <Desk>}}
x-seed:
  User: [{id: 71, email: a@example.com}, {id: 72, email: b@example.com}]
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Tokens: {type: object, properties: {token: {type: string}, refresh_token: {type: string}}}
    Desk: {type: object, properties: {id: {type: integer, readOnly: true}, place: {type: string}}}
    User:
      type: object
      required: [email, password]
      properties:
        id: {type: integer, readOnly: true}
        email: {type: string, format: email}
        password: {type: string, writeOnly: true}
"""
).replace("<SIGN_IN>", sign_in_body("email"))


def test_the_caller_is_known_again_after_his_row_has_changed(listener: Listener) -> None:
    smoke(_read(ACCOUNTS), listener.base)
    changed = listener.list_asked("PUT")[0]
    known = [path for path in listener.list_asked("DELETE") if path.startswith("/users/")]
    number = next(i for i, (_, path, _) in enumerate(listener.asked, 1) if path == changed)
    assert changed not in ("/users/71", "/users/72")  # those were there before
    assert known[0] == f"/users/{number}"  # as which the change was answered


def test_who_was_removed_is_followed_by_another_caller(listener: Listener) -> None:
    listener.forbidden = re.compile("/desks")
    smoke(_read(ACCOUNTS), listener.base)
    asked = [path for _, path, _ in listener.asked]
    sent = [headers["Authorization"] for path, headers in listener.headers if path == "/desks"]
    gone = next(at for at, (method, _, _) in enumerate(listener.asked) if method == "DELETE")
    login = asked.index("/login", gone) + 1
    assert login < len(asked) - asked[::-1].index("/desks")
    assert sent[-1] == f"Bearer t{login}"
    assert sent[0] != sent[-1]


def test_a_login_is_what_was_sent_by_other_names(listener: Listener) -> None:
    spec = USERS.replace("required: [email, password]", "required: [user_name, pass_phrase]")
    given = "{user_name: {type: string}, pass_phrase: {type: string}}"
    spec = spec.replace(
        "{email: {type: string, format: email}, password: {type: string}}", given
    ).replace(sign_in_body("login"), sign_in_body("username"))
    smoke(_read(spec), listener.base)
    made = next(body for _, path, body in listener.asked if path == "/users")
    sent = next(body for _, path, body in listener.asked if path == "/login")
    assert sent == {"username": made["user_name"], "password": made["pass_phrase"]}
