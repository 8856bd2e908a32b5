"""A query says numbers as texts: those of a list of values are read as numbers, too."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.emit.api.routes import emit_routes, group_operations
from devmatrix_guard.generator.emit.tests.factories import emit_factories
from devmatrix_guard.generator.plan import make_plan
from tests.generator.specs import attribute, operation, read

SPEC = """
paths:
  /towns/{townId}/kites:
    parameters: [{name: townId, in: path, required: true, schema: {type: string}}]
    get:
      parameters:
        - {name: size, in: query, schema: {$ref: "#/components/schemas/Size"}}
        - {name: age, in: query, schema: {type: integer, enum: [1, 2]}}
      responses:
        "200":
          description: kites
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Kite"}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/New"}}}}
      responses:
        "201":
          description: made
          content: {application/json: {schema: {$ref: "#/components/schemas/Kite"}}}
components:
  schemas:
    Size: {type: integer, enum: [0, 1]}
    New:
      type: object
      required: [mark]
      properties:
        mark: {type: string, minLength: 12, maxLength: 12}
        size: {$ref: "#/components/schemas/Size"}
        age: {type: integer, enum: [1, 2]}
    Kite:
      allOf:
        - $ref: "#/components/schemas/New"
        - type: object
          required: [id, town_id]
          properties: {id: {type: integer}, town_id: {type: string}}
"""
IR = read(SPEC)


@pytest.mark.parametrize("values", ["[0, 1]", "[1, 2]"])
def test_a_listed_number_is_read_from_a_text(values: str) -> None:
    plan = make_plan(IR)
    ((group, operations),) = group_operations(plan).items()
    text = "".join(emit_routes(plan, group, operations).split())
    assert f"Annotated[Literal{values},text_any_whole]".replace(" ", "") in text


def test_a_made_up_text_is_as_long_as_it_must_be_whatever_its_number() -> None:
    assert 'f"mark {number}".ljust(12, "x")' in emit_factories(make_plan(IR))


def test_what_a_path_says_of_rows_and_rows_show_is_said_by_the_path_alone() -> None:
    assert attribute(IR, "Kite.town_id").origin == "parent"
    made = operation(IR, "POST /towns/{townId}/kites").action
    assert ("town_id", "parameter:town_id") in [(a.attribute, a.source) for a in made.assign]
