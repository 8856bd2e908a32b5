"""Pages of rows, what else stands in them, and things that only look like pages."""

from __future__ import annotations

import pytest

from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.specs import entity, operation, read

SPEC = """
paths:
  /stalls:
    get:
      responses:
        "200":
          description: stalls
          content:
            application/json:
              schema:
                type: object
                required: [kind, rows]
                properties:
                  kind: {const: list}
                  notes: {type: array, items: {type: string}}
                  rows: {type: array, items: {$ref: "#/components/schemas/Stall"}}
                  nextPageToken: {type: string}
                  syncMark: {type: string}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Stall"}}}}
      responses:
        "201":
          description: made
          content: {application/json: {schema: {$ref: "#/components/schemas/Stall"}}}
  /stall-pages/{pageId}:
    parameters: [{name: pageId, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        "200":
          description: a page about stalls
          content: {application/json: {schema: {$ref: "#/components/schemas/StallPage"}}}
  /stall-pages:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/StallPage"}}}
      responses:
        "201":
          description: made
          content: {application/json: {schema: {$ref: "#/components/schemas/StallPage"}}}
  /stall-pages/{pageId}/visits:
    parameters: [{name: pageId, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        "200":
          description: visits
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Visit"}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Visit"}}}}
      responses:
        "201":
          description: made
          content: {application/json: {schema: {$ref: "#/components/schemas/Visit"}}}
  /visits/{visitId}:
    parameters: [{name: visitId, in: path, required: true, schema: {type: integer}}]
    delete:
      responses:
        "200":
          description: gone
          content:
            application/json:
              schema:
                type: object
                required: [id, kind, deleted]
                properties:
                  id: {type: integer}
                  kind: {type: string, enum: [visit]}
                  deleted: {type: boolean}
    patch:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [guest, operations]
              properties:
                guest: {type: string}
                operations:
                  type: array
                  items: {type: object, properties: {op: {type: string}}}
      responses:
        "200":
          description: changed
          content: {application/json: {schema: {$ref: "#/components/schemas/Visit"}}}
  /stall-pages/{pageId}/visits/{visitId}/finish:
    parameters:
      - {name: pageId, in: path, required: true, schema: {type: integer}}
      - {name: visitId, in: path, required: true, schema: {type: integer}}
    post: {responses: {"204": {description: finished}}}
components:
  schemas:
    Stall:
      type: object
      required: [name]
      properties: {id: {type: integer, readOnly: true}, name: {type: string}}
    StallPage:
      type: object
      required: [text]
      properties: {id: {type: integer, readOnly: true}, text: {type: string}}
    Visit:
      type: object
      required: [guest]
      properties:
        id: {type: integer, readOnly: true}
        guest: {type: string}
        finished: {type: boolean, default: false}
"""


@pytest.fixture(scope="module")
def ir() -> ApplicationIR:
    return read(SPEC)


def test_a_page_may_say_what_no_page_says(ir: ApplicationIR) -> None:
    listed = operation(ir, "GET /stalls")
    assert (listed.action.kind, listed.action.entity) == ("list", "Stall")
    assert listed.payload.path == ("rows",)


def test_what_paths_address_is_no_page_of_something_else(ir: ApplicationIR) -> None:
    assert {e.name for e in ir.domain.entities} == {"Stall", "StallPage", "Visit"}
    assert {a.name for a in entity(ir, "Stall").attributes} == {"id", "name"}
    made = operation(ir, "POST /stall-pages/{pageId}/visits").action
    assert (made.kind, [p.entity for p in made.parents]) == ("create", ["StallPage"])


def test_a_row_made_below_another_is_removed_by_its_own_path(ir: ApplicationIR) -> None:
    removed = operation(ir, "DELETE /visits/{visitId}")
    assert (removed.action.kind, removed.action.entity) == ("delete", "Visit")
    assert removed.payload.kind == "extras"


def test_a_list_of_what_to_do_is_not_stored(ir: ApplicationIR) -> None:
    assert operation(ir, "PATCH /visits/{visitId}").action.kind == "not_implemented"
    assert "operations" not in {a.name for a in entity(ir, "Visit").attributes}


def test_a_word_about_a_row_below_another_is_of_a_row_of_that_other(ir: ApplicationIR) -> None:
    action = operation(ir, "POST /stall-pages/{pageId}/visits/{visitId}/finish").action
    assert action.kind == "flow"
