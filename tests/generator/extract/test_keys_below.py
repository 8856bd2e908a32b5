from __future__ import annotations

from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.specs import attribute, entity, read

_SPEC = """
paths:
  /events/{id}:
    get: {responses: {"200": {description: one, content: <Event>}}}
  /events/{id}/guests:
    post: {requestBody: {content: <Guest>}, responses: {"201": {description: a, content: <Guest>}}}
  PATH:
    get: {responses: {"200": {description: one, content: <Guest>}}}
components:
  schemas:
    Event: {type: object, properties: {id: {type: integer}, title: {type: string}}}
    Guest: {type: object, required: [email], properties: {email: {type: stringMORE}}}
"""


def _read(path: str, more: str = "") -> ApplicationIR:
    spec = _SPEC.replace("PATH", path).replace("MORE", more)
    for name in ("Event", "Guest"):
        schema = f"{{application/json: {{schema: {{$ref: '#/components/schemas/{name}'}}}}}}"
        spec = spec.replace(f"<{name}>", schema)
    return read(spec)


def test_what_paths_tell_rows_below_another_row_by_is_unique_below_that_row() -> None:
    ir = _read("/events/{id}/guests/{email}")
    assert [key.attributes for key in entity(ir, "Guest").unique] == [("event_id", "email")]
    assert not attribute(ir, "Guest.email").unique
    claims = [i.claim for i in ir.inferences if "is unique" in i.claim]
    assert claims == [
        "is unique by event_id, email, as rows are told apart by email below another row"
    ]


def test_what_a_path_of_its_own_tells_rows_by_is_unique_in_all() -> None:
    ir = _read("/guests/{email}")
    assert [key.attributes for key in entity(ir, "Guest").unique] == [("email",)]


def test_what_the_spec_calls_unique_is_unique_in_all() -> None:
    ir = _read("/events/{id}/guests/{email}", ", x-unique: true")
    assert [key.attributes for key in entity(ir, "Guest").unique] == [("email",)]


def test_what_has_one_value_only_tells_no_rows_apart() -> None:
    ir = read("""
    paths:
      /crates:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Crate"}}}}
          responses: {"201": {description: a}, "409": {description: "such an object exists"}}
    components:
      schemas: {Crate: {type: object, properties: {object: {type: string, enum: [crate]}, sku:
        {type: string}}}}
    """)
    assert [key.attributes for key in entity(ir, "Crate").unique] == [("sku",)]
