"""What a spec says and no application does is said, each with its place."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.ledger.ledger import make_ledger
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.generator.strata import generate_files

SPEC = """
openapi: 3.2.0
info: {title: Ferries, version: "1"}
servers:
  - url: https://{port}.example.org/v1
    variables: {port: {default: north}}
webhooks:
  sailed: {post: {responses: {"200": {description: taken note}}}}
paths:
  /ferries:
    servers: [{url: https://quay.example.org}]
    query: {responses: {"200": {description: found}}}
    additionalOperations:
      MOOR: {responses: {"204": {description: moored}}}
    parameters:
      - {name: deck, in: query, allowEmptyValue: true, schema: {type: string}}
      - name: whole
        in: querystring
        content: {application/x-www-form-urlencoded: {schema: {type: object}}}
    get:
      responses:
        "200":
          description: all
          links: {first: {operationId: listFerries}}
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Ferry"}}}
      operationId: listFerries
    post:
      servers: [{url: https://yard.example.org}]
      callbacks:
        launched:
          "{$request.body#/url}": {post: {responses: {"200": {description: cheers}}}}
      requestBody:
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Ferry"}
            encoding: {name: {contentType: text/plain}}
      responses:
        "201":
          description: launched
          content: {application/json: {schema: {$ref: "#/components/schemas/Ferry"}}}
components:
  schemas:
    Ferry:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, not: {const: Titanic}}
        log: {type: string, contentSchema: {type: object}}
"""


def _find_notes(spec: Any) -> dict[str, str]:
    plan = make_plan(extract(load_spec(yaml.safe_dump(spec).encode())))
    files = {file.path: file.text for file in generate_files(plan, PatternBank())}
    lines = make_ledger(plan, files)
    assert all(line.state == "not" and line.reason for line in lines if line.kind == "note")
    return {line.subject: line.name for line in lines if line.kind == "note"}


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("/webhooks/sailed", "the webhook sailed"),
        ("/servers/0/variables/port", "the variable port"),
        ("/paths/~1ferries/servers", "servers of its own"),
        ("/paths/~1ferries/query", "QUERY /ferries is documented, and not served"),
        ("/paths/~1ferries/additionalOperations/MOOR", "MOOR /ferries"),
        ("/paths/~1ferries/parameters/0/allowEmptyValue", "an empty value of the parameter deck"),
        ("/paths/~1ferries/parameters/1", "the query string is not read as a whole, as whole says"),
        ("/paths/~1ferries/get/responses/200/links/first", "the link first of GET /ferries"),
        ("/paths/~1ferries/post/servers", "servers of its own"),
        ("/paths/~1ferries/post/callbacks/launched", "the callback launched of POST /ferries"),
        (
            "/paths/~1ferries/post/requestBody/content/application~1json/encoding/name",
            "how name is encoded",
        ),
        ("/components/schemas/Ferry/properties/name/not", "not is documented, and not checked"),
        ("/components/schemas/Ferry/properties/log/contentSchema", "contentSchema"),
    ],
)
def test_what_nothing_does_has_a_line_of_the_ledger(pointer: str, words: str) -> None:
    assert words in _find_notes(yaml.safe_load(SPEC))[pointer]


def test_a_spec_without_such_promises_has_no_such_lines() -> None:
    spec = yaml.safe_load(SPEC)
    del spec["webhooks"], spec["servers"]
    path = spec["paths"]["/ferries"]
    for key in ("servers", "query", "additionalOperations", "parameters", "post"):
        del path[key]
    del path["get"]["responses"]["200"]["links"]
    properties = spec["components"]["schemas"]["Ferry"]["properties"]
    del properties["name"]["not"], properties["log"]
    assert _find_notes(spec) == {}
