"""What a generated application answers to requests at the edge of what its spec allows."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from email.message import Message
from typing import Any, NamedTuple

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.verify.checks import serve
from tests.helpers_apps import PYTHON, place_application

SPEC = r"""
openapi: 3.1.0
info: {title: Notes, version: 1.0.0}
paths:
  /notes/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
    get:
      tags: [notes]
      operationId: getNote
      responses:
        '200':
          description: done
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
        '404': {description: none}
    delete:
      tags: [notes]
      operationId: deleteNote
      responses:
        '204': {description: gone}
        '404': {description: none}
  /notes:
    get:
      tags: [notes]
      operationId: listNotes
      parameters:
        - {name: offset, in: query, schema: {type: integer}}
        - {name: title, in: query, schema: {type: string}}
      responses:
        '200':
          description: done
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Note'}}
    post:
      tags: [notes]
      operationId: createNote
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/NewNote'}}
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/NewNote'}}
          application/xml: {schema: {$ref: '#/components/schemas/NewNote'}}
      responses:
        '201':
          description: made
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
        '422': {description: refused}
  /notes/latest:
    get:
      tags: [overview]
      operationId: countNotes
      responses:
        '200': {description: done}
  /labels:
    post:
      operationId: createLabel
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewLabel'}}}
      responses:
        '201':
          description: made
          content: {application/json: {schema: {$ref: '#/components/schemas/Label'}}}
        '401': {description: no valid token}
  /labels/{id}:
    get:
      operationId: getLabel
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: done
          content: {application/json: {schema: {$ref: '#/components/schemas/Label'}}}
  /secrets:
    get:
      operationId: tellSecrets
      security: [{login: []}]
      responses: {'200': {description: done, content: {text/plain: {}}}}
components:
  securitySchemes:
    login: {type: http, scheme: basic}
  schemas:
    NewLabel: {type: object, required: [name], properties: {name: {type: string}}}
    Label:
      type: object
      required: [id, name]
      properties: {id: {type: string}, name: {type: string}}
    NewNote:
      type: object
      required: [title]
      properties:
        title: {type: string, minLength: 1, pattern: '^[^#]'}
        author: {type: string, pattern: "^[\\p{L}' -]+$"}
        rank: {type: integer, format: int32}
        words: {type: array, items: {type: string}, x-sorted: true}
    Note:
      type: object
      required: [id, title]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string, minLength: 1, pattern: '^[^#]'}
        author: {type: string, pattern: "^[\\p{L}' -]+$"}
        rank: {type: integer, format: int32}
        words: {type: array, items: {type: string}, x-sorted: true}
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first"),
]


class Answer(NamedTuple):
    """A status, headers, and the body if it is JSON."""

    status: int
    headers: Message
    body: Any


class Client:
    """Sends requests to one application."""

    def __init__(self, base: str) -> None:
        self._host = base.removeprefix("http://")

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        headers = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
            return Answer(answer.status, answer.headers, json.loads(text) if text else None)
        finally:
            connection.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("requests")
    (folder / "notes.yaml").write_text(SPEC, "utf-8")
    run_generate(folder / "notes.yaml", folder / "notes")
    place = place_application(folder / "notes", API_KEYS="ada:pw", **compiled)
    with serve(place, place.make_sqlite_url("notes")) as base:
        yield Client(base)


def test_a_literal_path_wins_over_a_template_of_another_tag(client: Client) -> None:
    assert client.send("GET", "/notes/latest").status != 422


def test_a_method_of_the_template_is_refused_on_the_literal_path(client: Client) -> None:
    answer = client.send("DELETE", "/notes/latest")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_allow_names_every_method_of_the_path_and_no_other(client: Client) -> None:
    assert client.send("PUT", "/notes").headers["allow"] == "GET, POST"


def test_a_number_beyond_every_row_is_no_mistake_where_none_is_declared(client: Client) -> None:
    assert client.send("GET", f"/notes?offset={10**40}").body == []
    assert client.send("GET", f"/notes/{10**40}").status == 404


@pytest.mark.parametrize("rank", [2**31, -(2**31) - 1])
def test_an_int32_has_32_bits(client: Client, rank: int) -> None:
    assert client.send("POST", "/notes", {"title": "a", "rank": rank}).status == 422


def test_nul_is_stored_as_the_replacement_character(client: Client) -> None:
    made = client.send("POST", "/notes", {"title": "a\0b"})
    assert (made.status, made.body["title"]) == (201, "a\ufffdb")
    assert client.send("GET", "/notes?title=%00").status == 200


@pytest.mark.parametrize(("author", "status"), [("Łucja d'Été", 201), ("R2D2", 422)])
def test_patterns_know_the_letters_of_every_script(
    client: Client, author: str, status: int
) -> None:
    assert client.send("POST", "/notes", {"title": "a", "author": author}).status == status


def test_a_key_that_is_text_is_made_where_no_request_gives_one(client: Client) -> None:
    first, second = (client.send("POST", "/labels", {"name": "a"}).body for _ in range(2))
    assert first["id"] != second["id"]
    assert client.send("GET", f"/labels/{first['id']}").body == first


def test_what_is_wrong_with_a_body_is_never_a_missing_sign_in(client: Client) -> None:
    assert client.send("POST", "/labels", {}).status == 422


def test_a_configured_login_is_read_from_basic_credentials(client: Client) -> None:
    known = base64.b64encode(b"ada:pw").decode()
    assert client.send("GET", "/secrets", authorization=f"Basic {known}").status == 501
    wrong = base64.b64encode(b"ada:wrong").decode()
    assert client.send("GET", "/secrets", authorization=f"Basic {wrong}").status == 401


def test_a_sorted_list_is_kept_sorted(client: Client) -> None:
    made = client.send("POST", "/notes", {"title": "a", "words": ["pear", "fig"]}).body
    assert made["words"] == ["fig", "pear"]


FORM, XML = "application/x-www-form-urlencoded", "application/xml"


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (FORM, "title=7&rank=3&words=fig&words=8"),
        (XML, "<n><title>7</title><rank>3</rank><words><w>fig</w><w>8</w></words></n>"),
        (XML, "<n rank='3'><title>7</title><words>fig</words><words>8</words></n>"),
    ],
)
def test_a_declared_form_or_xml_is_read_like_json(
    client: Client, media_type: str, body: str
) -> None:
    made = client.send("POST", "/notes", body, content_type=media_type)
    assert made.status == 201
    assert (made.body["title"], made.body["rank"], made.body["words"]) == ("7", 3, ["8", "fig"])


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (FORM, "title=a&rank=high"),
        (FORM, "rank=1"),
        (XML, "<n><title>a</title>"),
        (XML, "<n>a</n>"),
        (XML, "<!DOCTYPE n [<!ENTITY a 'b'>]><n><title>&a;</title></n>"),
    ],
)
def test_a_wrong_form_or_xml_is_refused_like_json(
    client: Client, media_type: str, body: str
) -> None:
    assert client.send("POST", "/notes", body, content_type=media_type).status == 422
