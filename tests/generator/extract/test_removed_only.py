"""Paths that only remove rows: whose rows they are is told by what they are called."""

from __future__ import annotations

from devmatrix_guard.ir.api import SELF
from tests.generator.specs import operation, read, sign_in_body

PEOPLE = """
openapi: 3.1.0
info: {title: People, version: "1"}
security: [{bearer: []}]
paths:
  /register:
    post:
      security: []
      requestBody: <SIGN_IN>
      responses: {"201": &one {description: one, content: {application/json: {schema:
        {$ref: "#/components/schemas/Person"}}}}}
  /login:
    post:
      security: []
      requestBody: <SIGN_IN>
      responses: {"200": {description: in, content: {application/json: {schema:
        {type: object, required: [token], properties: {token: {type: string}}}}}}}
  /people/me: {get: {responses: {"200": *one}}}
  /people/{id}:
    delete:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: gone}, "404": {description: none}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Person: {type: object, required: [id, email],
      properties: {id: {type: integer}, email: {type: string}, name: {type: string}}}
""".replace("<SIGN_IN>", sign_in_body("email"))


def test_users_remove_themselves_and_nobody_else() -> None:
    removal = operation(read(PEOPLE), "DELETE /people/{id}").action
    assert (removal.kind, removal.entity, removal.owner) == ("delete", "Person", SELF)
    assert removal.private  # the rows of others are none, as no 403 is declared
