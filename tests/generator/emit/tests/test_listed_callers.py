"""Where callers are among the rows of a list, the tests of its pages count them."""

from __future__ import annotations

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from tests.generator.specs import read

CREW = """
security: [{bearer: []}]
paths:
  /login:
    post:
      security: []
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [email, password], properties:
          {email: {type: string}, password: {type: string}}}}}}
      responses: {"200": {description: in, content: {application/json: {schema:
        {type: object, properties: {token: {type: string}}}}}}}
  /users:
    get:
      parameters:
        - {name: page, in: query, schema: {type: integer, default: 1}}
        - {name: limit, in: query, schema: {type: integer, default: 10}}
      responses: {"200": {description: some, content: {application/json: {schema:
        {type: array, items: {$ref: "#/components/schemas/User"}}}}}}
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [email, password], properties:
          {email: {type: string}, password: {type: string}}}}}}
      responses: {"201": {description: made, content: {application/json: {schema:
        {$ref: "#/components/schemas/User"}}}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    User: {type: object, required: [id, email], properties:
      {id: {type: integer}, email: {type: string}}}
"""


def test_the_caller_is_the_first_of_the_two_rows_on_the_pages_of_callers() -> None:
    files = generate_files(make_plan(read(CREW)), PatternBank())
    (text,) = (file.text for file in files if file.path == "tests/test_user_operations.py")
    paged = text.partition("goes_from_page_to_page")[2].partition("async def test_")[0]
    assert paged.count("await make_user(session") == 2
