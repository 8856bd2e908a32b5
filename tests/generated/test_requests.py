"""What a generated application answers to requests at the edge of what its spec allows."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devmatrix_guard.commands.generate import run_generate
from devmatrix_guard.verify.checks import Surroundings, serving

PYTHON = Path(__file__).parents[2] / ".tools" / "app" / "bin" / "python"
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
        content: {application/json: {schema: {$ref: '#/components/schemas/NewNote'}}}
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
components:
  schemas:
    NewNote:
      type: object
      required: [title]
      properties:
        title: {type: string, minLength: 1, pattern: '^[^#]'}
        author: {type: string, pattern: "^[\\p{L}' -]+$"}
        rank: {type: integer, format: int32}
    Note:
      type: object
      required: [id, title]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string, minLength: 1, pattern: '^[^#]'}
        author: {type: string, pattern: "^[\\p{L}' -]+$"}
        rank: {type: integer, format: int32}
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

    def send(self, method: str, path: str, body: object = None) -> Answer:
        data = None if body is None else json.dumps(body)
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            connection.request(method, path, data, {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            return Answer(answer.status, answer.headers, json.loads(text) if text else None)
        finally:
            connection.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("requests")
    (folder / "notes.yaml").write_text(SPEC, "utf-8")
    run_generate(folder / "notes.yaml", folder / "notes")
    place = Surroundings(folder / "notes", PYTHON, folder, {"LOG_LEVEL": "WARNING"})
    with serving(place, place.sqlite_url("notes")) as base:
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
