"""APIs that say all by POST: the word is in the path and the key of the row in the body."""

from __future__ import annotations

import pytest

from tests.generator.specs import entity, operation, read

SPEC = """
paths:
  /kites.create:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [name], properties: {name: {type: string}}}
      responses: &kite
        "200":
          description: a kite
          content:
            application/json:
              schema:
                type: object
                required: [ok, kite]
                properties:
                  ok: {type: boolean}
                  kite: {$ref: "#/components/schemas/Kite"}
  /kites.get: {post: {requestBody: &key {required: true, content: {application/json: {schema:
    {type: object, required: [id], properties: {id: {type: string, format: uuid}}}}}},
    responses: *kite}}
  /kites.close: {post: {requestBody: *key, responses: *kite}}
  /kites.delete:
    post:
      requestBody: *key
      responses:
        "200":
          description: gone
          content:
            application/json:
              schema: {type: object, required: [ok], properties: {ok: {type: boolean}}}
  /kites.rename:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [id]
              properties: {id: {type: string, format: uuid}, name: {type: string}}
      responses: *kite
  /kites.repaint: {post: {requestBody: *key, responses: *kite}}
  /ask:
    post:
      requestBody:
        content: {application/json: {schema: {type: object, properties: {query: {type: string}}}}}
      responses:
        "200":
          description: anything
          content:
            application/json: {schema: {type: object, properties: {data: {type: object}}}}
components:
  schemas:
    Kite:
      type: object
      required: [id, name, is_open]
      properties:
        id: {type: string, format: uuid}
        name: {type: string}
        is_open: {type: boolean, default: true}
"""
IR = read(SPEC)


@pytest.mark.parametrize(
    ("word", "steps"),
    [
        ("get", ["Load", "Return"]),
        ("close", ["Load", "Set", "Return"]),
        ("rename", ["Load", "Set", "Return"]),
        ("delete", ["Load", "Delete", "Return"]),
    ],
)
def test_a_word_behind_a_dot_is_done_with_the_row_that_the_body_names(
    word: str, steps: list[str]
) -> None:
    action = operation(IR, f"POST /kites.{word}").action
    flow = next(flow for flow in IR.behavior.flows if flow.name == action.flow)
    assert [type(step).__name__ for step in flow.steps] == steps


def test_a_word_that_makes_is_a_create() -> None:
    assert operation(IR, "POST /kites.create").action.kind == "create"
    assert {a.name for a in entity(IR, "Kite").attributes} == {"id", "name", "is_open"}


@pytest.mark.parametrize("path", ["/kites.repaint", "/ask"])
def test_what_nothing_tells_is_left_to_people(path: str) -> None:
    assert operation(IR, f"POST {path}").action.kind == "not_implemented"
    assert [e.name for e in IR.domain.entities] == ["Kite"]
