"""Rows of generated tests fit what shows them."""

from __future__ import annotations

from devmatrix_guard.generator.emit.tests.factories import emit_factories
from devmatrix_guard.generator.plan import make_plan
from tests.generator.specs import read


def test_a_nested_object_has_what_its_schema_demands() -> None:
    ir = read("""
    paths:
      /kilns:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Kiln"}}}}
          responses: {"201": {description: a, content: {application/json: {schema:
            {$ref: "#/components/schemas/Kiln"}}}}}
    components:
      schemas:
        Place: {type: object, required: [town], properties: {town: {type: string}}}
        Kiln:
          type: object
          required: [id, place]
          properties:
            id: {type: integer, readOnly: true}
            place: {$ref: "#/components/schemas/Place"}
    """)
    text = emit_factories(make_plan(ir))
    assert '"place": {"town": ' in text


def test_a_column_called_number_is_no_use_of_the_running_number() -> None:
    ir = read("""
    paths:
      /kilns:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Kiln"}}}}
          responses: {"201": {description: a, content: {application/json: {schema:
            {$ref: "#/components/schemas/Kiln"}}}}}
    components:
      schemas:
        Kiln:
          type: object
          required: [id, shelf_number]
          properties: {id: {type: integer, readOnly: true}, shelf_number: {type: integer}}
    """)
    assert "number = next(_numbers)" not in emit_factories(make_plan(ir))


def test_a_row_has_what_paths_find_it_by() -> None:
    ir = read("""
    paths:
      /kilns:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Kiln"}}}}
          responses: {"201": {description: a, content: {application/json: {schema:
            {$ref: "#/components/schemas/Kiln"}}}}}
      /kilns/{town}/{street}:
        parameters:
          - {name: town, in: path, required: true, schema: {type: string}}
          - {name: street, in: path, required: true, schema: {type: string}}
        get: {responses: {"200": {description: a, content: {application/json: {schema:
          {$ref: "#/components/schemas/Kiln"}}}}}}
    components:
      schemas:
        Kiln: {type: object, properties: {town: {type: string}, street: {type: string}}}
    """)
    text = emit_factories(make_plan(ir))
    assert '"town": f"town {number}"' in text
    assert '"street": f"street {number}"' in text


def test_a_row_of_several_kinds_says_that_it_is_of_the_kind_it_is_filled_for() -> None:
    ir = read("""
    paths:
      /kilns:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Kiln"}}}}
          responses: {"201": {description: a, content: {application/json: {schema:
            {$ref: "#/components/schemas/Kiln"}}}}}
      /kilns/{id}:
        parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
        get:
          responses: {"200": {description: a, content: {application/json: {schema:
            {$ref: "#/components/schemas/Kiln"}}}}}
    components:
      schemas:
        Kiln:
          oneOf: [{$ref: "#/components/schemas/Gas"}, {$ref: "#/components/schemas/Wood"}]
          discriminator:
            propertyName: fuel
            mapping: {gas: "#/components/schemas/Gas", wood: "#/components/schemas/Wood"}
        Gas:
          type: object
          required: [fuel, pressure]
          properties:
            {id: {type: integer, readOnly: true}, fuel: {type: string}, pressure: {type: integer}}
        Wood:
          type: object
          required: [fuel, cords]
          properties:
            {id: {type: integer, readOnly: true}, fuel: {type: string}, cords: {type: integer}}
    """)
    text = emit_factories(make_plan(ir))
    assert '"fuel": "gas"' in text
    assert '"pressure": ' in text
