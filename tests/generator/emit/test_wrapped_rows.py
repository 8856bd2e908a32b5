"""A row that a body wraps may be left out: what is written asks for it first, its tests send it."""

from __future__ import annotations

from devmatrix_guard.generator.emit.api.routes import emit_routes, group_operations
from devmatrix_guard.generator.emit.tests.requests import make_body
from devmatrix_guard.generator.plan import make_plan
from tests.generator.specs import operation, read

VETS = """
paths:
  /users:
    get: {responses: {"200": {description: all of them}}}
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                user:
                  type: object
                  required: [name, password]
                  properties: {name: {type: string}, password: {type: string}}
      responses: {"201": {description: made}}
  /login:
    post:
      requestBody:
        content: {application/json: {schema: {type: object, properties:
          {name: {type: string}, password: {type: string}}}}}
      responses: {"200": {description: in}}
"""


def test_a_route_reads_a_wrapped_row_only_where_there_is_one() -> None:
    plan = make_plan(read(VETS))
    text = "".join(emit_routes(plan, *group) for group in group_operations(plan).items())
    assert "body.user if body is not None else None" in text
    assert "body is not None and body.user is not None and body.user.password is not None" in text


def test_a_generated_test_sends_the_row_that_a_body_wraps() -> None:
    plan = make_plan(read(VETS))
    body = make_body(plan, operation(plan.ir, "POST /users"))
    assert set(body["user"]) == {"name", "password"}
