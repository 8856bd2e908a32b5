"""Paths that name what belongs to a row before the row are read in the order of belonging."""

from __future__ import annotations

from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.specs import read

SPEC = """
paths:
  /kilns/{kilnId}:
    get: {responses: {"200": &kiln {description: a, content: {application/json: {schema:
      {$ref: "#/components/schemas/Kiln"}}}}}}
  /kilns:
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Kiln"}}}}
      responses: {"201": *kiln}
  /firings/{kilnId}:
    get: {responses: {"200": {description: a, content: {application/json: {schema:
      {type: array, items: {$ref: "#/components/schemas/Firing"}}}}}}}
    post:
      requestBody: &sent {content: {application/json: {schema:
        {type: object, properties: {degrees: {type: integer}}}}}}
      responses: {"201": &firing {description: a, content: {application/json: {schema:
        {$ref: "#/components/schemas/Firing"}}}}}
  /firings/{kilnId}/f/{firingId}:
    get: {responses: {"200": *firing, "404": {description: none}}}
    put: {requestBody: *sent, responses: {"200": *firing}}
    delete: {responses: {"204": {description: gone}}}
  /glazes/{glazeId}:
    get: {responses: {"200": {description: a, content: {application/json: {schema:
      {type: object, properties: {id: {type: integer}, name: {type: string}}}}}}}}
components:
  schemas:
    Kiln: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    Firing: {type: object, properties: {id: {type: integer}, degrees: {type: integer}}}
"""


def _read() -> ApplicationIR:
    return read(SPEC)


def test_what_stands_before_the_key_of_another_row_belongs_to_that_row() -> None:
    ir = _read()
    assert [entity.name for entity in ir.domain.entities] == ["Firing", "Glaze", "Kiln"]
    found = {f"{op.method} {op.path}": op.action for op in ir.api.operations}
    assert all(action.kind != "not_implemented" for action in found.values())
    for name in ("GET /firings/{kilnId}", "POST /firings/{kilnId}"):
        assert found[name].entity == "Firing"
        assert [parent.entity for parent in found[name].parents] == ["Kiln"], name


def test_a_marker_between_two_keys_is_no_collection() -> None:
    found = {f"{op.method} {op.path}": op for op in _read().api.operations}
    for method, kind in (("GET", "read"), ("PUT", "update"), ("DELETE", "delete")):
        operation = found[f"{method} /firings/{{kilnId}}/f/{{firingId}}"]
        assert (operation.action.entity, operation.action.kind) == ("Firing", kind)
        assert [parent.entity for parent in operation.action.parents] == ["Kiln"]


def test_a_path_to_one_of_its_own_rows_stays_as_it_is() -> None:
    found = {op.path: op.action for op in _read().api.operations}
    assert found["/glazes/{glazeId}"].entity == "Glaze"
    assert not found["/glazes/{glazeId}"].parents


def test_a_key_in_a_path_is_the_one_that_answers_show() -> None:
    ir = read("""
    paths:
      /firings/{firingId}:
        get: {responses: {"200": &one {description: a, content: {application/json: {schema:
          {$ref: "#/components/schemas/Firing"}}}}}}
        put:
          requestBody: {content: {application/json: {schema:
            {type: object, properties: {degrees: {type: integer}, firing_id: {type: string}}}}}}
          responses: {"200": *one}
    components:
      schemas:
        Firing: {type: object, properties: {id: {type: string}, degrees: {type: integer}}}
    """)
    (firing,) = ir.domain.entities
    assert firing.key == "id"
    assert firing.unique == ()
    assert all(op.action.by[0].attribute == "id" for op in ir.api.operations)


def test_a_verb_that_the_method_says_already_is_no_part_of_a_path() -> None:
    ir = read("""
    paths:
      /kilns/show: {get: {responses: {"200": {description: a, content: {application/json: {schema:
        {type: array, items: {$ref: "#/components/schemas/Kiln"}}}}}}}}
      /kilns/new: {post: {requestBody: &sent {content: {application/json: {schema:
        {type: object, properties: {name: {type: string}}}}}}, responses: {"201": &one
        {description: a, content: {application/json: {schema:
        {$ref: "#/components/schemas/Kiln"}}}}}}}
      /kilns/update/{id}: {put: {requestBody: *sent, responses: {"200": *one}}}
      /kilns/{id}/delete: {delete: {responses: {"204": {description: gone}}}}
      /kilns/{id}: {delete: {responses: {"204": {description: gone}}}}
      /kilns/remove/{id}: {delete: {responses: {"204": {description: gone}}}}
      /kilns/{id}/update: {get: {responses: {"200": {description: when}}}}
    components:
      schemas: {Kiln: {type: object, properties: {id: {type: integer}, name: {type: string}}}}
    """)
    assert [entity.name for entity in ir.domain.entities] == ["Kiln"]
    found = {f"{op.method} {op.path}": op.action.kind for op in ir.api.operations}
    assert found["GET /kilns/show"] == "list"
    assert found["POST /kilns/new"] == "create"
    assert found["PUT /kilns/update/{id}"] == "update"
    assert found["DELETE /kilns/{id}"] == "delete"


def test_a_verb_joined_to_what_it_is_about_is_taken_off() -> None:
    ir = read("""
    paths:
      /getKilns: {get: {responses: {"200": {description: a, content: {application/json: {schema:
        {type: array, items: {$ref: "#/components/schemas/Kiln"}}}}}}}}
      /createKiln: {post: {requestBody: &sent {content: {application/json: {schema:
        {type: object, properties: {name: {type: string}}}}}}, responses: {"201": &one
        {description: a, content: {application/json: {schema:
        {$ref: "#/components/schemas/Kiln"}}}}}}}
      /getKiln/{id}: {get: {responses: {"200": *one}}}
      /updatekiln/{id}: {put: {requestBody: *sent, responses: {"200": *one}}}
      /kilns/id/{id}: {delete: {responses: {"204": {description: gone}}}}
      /getaway: {get: {responses: {"200": {description: a, content: {application/json: {schema:
        {type: object, properties: {seats: {type: integer}}}}}}}}}
    components:
      schemas: {Kiln: {type: object, properties: {id: {type: integer}, name: {type: string}}}}
    """)
    found = {f"{op.method} {op.path}": op.action for op in ir.api.operations}
    assert found["GET /getKilns"].kind == "list"
    assert found["POST /createKiln"].kind == "create"
    assert found["GET /getKiln/{id}"].kind == "read"
    assert found["PUT /updatekiln/{id}"].kind == "update"
    assert found["DELETE /kilns/id/{id}"].kind == "delete"
    assert found["GET /getaway"].kind == "not_implemented"
    assert [entity.name for entity in ir.domain.entities] == ["Kiln"]
