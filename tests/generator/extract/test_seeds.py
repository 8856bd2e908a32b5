"""Rows to try an application with: given, taken from examples, or made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.emit.models.seeds import emit_seeds
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.codec import read_json, write_json
from tests.generator.specs import sign_in_body

LENDING = Path(__file__).parents[2] / "cases" / "specs" / "lending.yaml"
SIGNS_IN = """
openapi: 3.0.3
info: {title: Desk, version: "1"}
paths:
  /login:
    post:
      requestBody: <SIGN_IN>
      responses: {"200": {description: in, content: {application/json: {schema: {type: object}}}}}
  /desks:
    get:
      responses:
        "200":
          description: all
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Desk"}}}
components:
  schemas:
    Desk:
      type: object
      required: [id, name, floor]
      properties:
        id: {type: integer}
        name: {type: string, example: By the window}
        floor: {type: integer, minimum: 2}
""".replace("<SIGN_IN>", sign_in_body("email", is_required=False))


def _extract(spec: str, **more: Any) -> ApplicationIR:
    return extract(load_spec(yaml.safe_dump(yaml.safe_load(spec) | more).encode()))


def _find_values(ir: ApplicationIR, entity: str) -> list[dict[str, Any]]:
    return [{n: v.value for n, v in s.values} for s in ir.seeds if s.entity == entity]


def test_what_no_operation_makes_is_taken_from_examples() -> None:
    ir = _extract(SIGNS_IN)
    (desk,) = _find_values(ir, "Desk")
    assert desk["name"] == "By the window"
    assert "floor" not in desk, "its default is made of its minimum"
    assert {seed.source for seed in ir.seeds if seed.entity == "Desk"} == {"example"}


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ("type: string, format: uuid", "4f4e4e1-c824-4d63-b37a-d8d698862f1d"),
        ("type: string, format: date", "2024-02-30"),
        ("type: string, format: date-time", "2024-02-01 10:00"),
        ("type: string, format: time", "25:00:00"),
        ("type: string, format: decimal", "a lot"),
        ("type: string, pattern: '^[A-Z]+$'", "lower"),
        ("type: string, maxLength: 3", "four"),
        ("type: integer, maximum: 5", 6),
        ("type: number, minimum: 0", -1),
    ],
)
def test_an_example_that_does_not_fit_its_schema_is_not_stored(schema: str, example: Any) -> None:
    spec = yaml.safe_load(SIGNS_IN)
    extra = yaml.safe_load(f"{{{schema}}}") | {"example": example}
    desk = spec["components"]["schemas"]["Desk"]
    desk["properties"]["extra"] = extra
    desk["required"].append("extra")
    (row,) = _find_values(extract(load_spec(yaml.safe_dump(spec).encode())), "Desk")
    assert row["name"] == "By the window"
    assert row.get("extra") != example


def test_who_signs_in_without_signing_up_is_a_seed() -> None:
    (user,) = _find_values(_extract(SIGNS_IN), "User")
    assert user["password_hash"]
    assert user["email"]
    text = emit_seeds(make_plan(_extract(SIGNS_IN)))
    assert "password_hash=hash_password(" in text


def test_rows_that_others_need_come_before_them() -> None:
    ir = _extract(LENDING.read_text("utf-8"))
    order = [seed.entity for seed in ir.seeds]
    assert order.index("Book") < order.index("Loan") < order.index("Fine")
    assert "loan_id=loan.id" in emit_seeds(make_plan(ir))


def test_given_rows_are_stored_as_they_are() -> None:
    rows = [{"id": 7, "name": "Left", "floor": 3}, {"id": 9, "name": "Right", "floor": 4}]
    ir = _extract(SIGNS_IN, **{"x-seed": {"Desk": rows}})
    assert _find_values(ir, "Desk") == rows
    assert "_count_on" in emit_seeds(make_plan(ir))
    assert read_json(write_json(ir)) == ir


@pytest.mark.parametrize(
    ("given", "words", "pointer"),
    [
        ({"Dsk": []}, "did you mean 'Desk'", "/x-seed/Dsk"),
        ({"Desk": [{"nam": "x"}]}, "did you mean 'name'", "/x-seed/Desk/0/nam"),
        ({"Desk": [{"floor": "two"}]}, "floor is integer, not str", "/x-seed/Desk/0/floor"),
        ({"Desk": [{"floor": True}]}, "floor is integer, not bool", "/x-seed/Desk/0/floor"),
        ({"Desk": [{"name": None}]}, "name is never null", "/x-seed/Desk/0/name"),
        ({"Desk": {}}, "a list", "/x-seed/Desk"),
    ],
)
def test_a_wrong_seed_is_refused_where_it_stands(given: Any, words: str, pointer: str) -> None:
    with pytest.raises(SpecError) as caught:
        _extract(SIGNS_IN, **{"x-seed": given})
    assert words in str(caught.value)
    assert caught.value.pointer == pointer


def test_where_operations_make_every_row_nothing_is_stored() -> None:
    shop = (Path(__file__).parents[3] / "examples" / "shop" / "shop.yaml").read_text("utf-8")
    assert _extract(shop).seeds == ()
    assert emit_seeds(make_plan(_extract(shop))) == ""


def test_who_can_only_be_made_by_one_who_has_signed_in_is_stored() -> None:
    spec = yaml.safe_load(SIGNS_IN)
    spec["components"].setdefault("securitySchemes", {})["b"] = {"type": "http", "scheme": "bearer"}
    user = {
        "type": "object",
        "required": ["email", "password"],
        "properties": {"email": {"type": "string"}, "password": {"type": "string"}},
    }
    body = {"content": {"application/json": {"schema": user}}}
    made: dict[str, Any] = {"requestBody": body, "responses": {"201": {"description": "made"}}}
    spec["paths"]["/users"] = {"post": made}
    assert all(s.entity != "User" for s in extract(load_spec(yaml.safe_dump(spec).encode())).seeds)
    made["security"] = [{"b": []}]
    assert any(s.entity == "User" for s in extract(load_spec(yaml.safe_dump(spec).encode())).seeds)


def test_a_row_whose_key_no_answer_tells_is_stored() -> None:
    spec = yaml.safe_load(SIGNS_IN)
    del spec["paths"]["/login"]
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Desk"}}}}
    done = {"description": "done"}
    spec["components"]["schemas"]["Desk"]["properties"].pop("id")
    spec["components"]["schemas"]["Desk"]["required"] = ["name"]
    spec["paths"]["/desks"]["post"] = {"requestBody": body, "responses": {"202": done}}
    assert [s.entity for s in extract(load_spec(yaml.safe_dump(spec).encode())).seeds] == []
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    spec["paths"]["/desks/{id}"] = {"delete": {"parameters": [key], "responses": {"204": done}}}
    assert [s.entity for s in extract(load_spec(yaml.safe_dump(spec).encode())).seeds] == ["Desk"]


BELOW = """
openapi: 3.0.3
info: {title: Prints, version: "1"}
paths:
  /films/{filmId}/frames/{number}:
    parameters:
      - {name: filmId, in: path, required: true, schema: {type: integer}}
      - {name: number, in: path, required: true, schema: {type: integer, minimum: 0}}
    get:
      responses:
        "200":
          description: a frame
          content: {application/json: {schema: {$ref: "#/components/schemas/Frame"}}}
  /films/{filmId}:
    parameters: [{name: filmId, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        "200":
          description: a film
          content: {application/json: {schema: {$ref: "#/components/schemas/Film"}}}
components:
  schemas:
    Film: {type: object, required: [id], properties: {id: {type: integer}, name: {type: string}}}
    Frame: {type: object, properties: {number: {type: integer}, url: {type: string}}}
"""


def test_a_row_has_what_paths_address_it_by() -> None:
    seeds = extract(load_spec(BELOW.encode())).seeds
    frame = next(seed for seed in seeds if seed.entity == "Frame")
    assert "number" in dict(frame.values)
