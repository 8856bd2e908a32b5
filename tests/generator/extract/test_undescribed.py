"""Answers that a spec announces and does not describe show the rows, the key and the token."""

from __future__ import annotations

from devmatrix_guard.generator.emit.api.routes import emit_routes, group_operations
from devmatrix_guard.generator.plan import make_plan
from tests.generator.specs import entity, operation, read

SPEC = """
paths:
  /auth/login:
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Login"}}}}
      responses: {"200": {description: signed in}}
  /auth/register:
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Login"}}}}
      responses: {"201": {description: made}}
  /stalls:
    get: {responses: {"200": {description: the stalls}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/StallDto"}}}}
      responses: {"201": {description: made}}
  /stalls/{stallId}:
    parameters: [{name: stallId, in: path, required: true, schema: {type: string, format: uuid}}]
    get: {responses: {"200": {description: the stall}, "404": {description: none}}}
    delete: {responses: {"204": {description: gone}}}
  /audit:
    get: {responses: {"200": {description: nobody knows}}}
  /stalls/{stallId}/audit:
    post: {responses: {"200": {description: audited}}}
components:
  schemas:
    Login:
      type: object
      required: [email, password]
      properties: {email: {type: string}, password: {type: string}}
    StallDto:
      type: object
      required: [name]
      properties: {name: {type: string}, pin: {type: string, writeOnly: true}}
"""


def test_rows_are_shown_as_requests_give_them_with_their_key() -> None:
    ir = read(SPEC)
    stall = entity(ir, "Stall")
    assert stall.key == "id"
    assert operation(ir, "GET /stalls").action.kind == "list"
    assert operation(ir, "GET /stalls/{stallId}").action.kind == "read"
    made = operation(ir, "POST /stalls")
    assert (made.action.kind, made.payload.kind) == ("create", "item")
    shown = next(schema for schema in ir.api.schemas if schema.name == made.payload.view)
    assert [field.wire for field in shown.shape.fields] == ["id", "name"]
    assert shown.shape.fields[0].shape.format == "uuid"


def test_a_sign_in_without_a_described_body_gives_a_token() -> None:
    login = operation(read(SPEC), "POST /auth/login")
    assert login.action.kind == "login"
    assert [(extra.path, extra.source) for extra in login.payload.extras] == [(("token",), "token")]


def test_what_is_about_no_collection_stays_open() -> None:
    assert operation(read(SPEC), "GET /audit").action.kind == "not_implemented"


def test_the_row_of_another_answer_is_preferred() -> None:
    ir = read("""
    paths:
      /stalls:
        get: {responses: {"200": {description: all, content: {application/json: {schema:
          {type: array, items: {$ref: "#/components/schemas/Stall"}}}}}}}
      /stalls/{id}:
        get: {responses: {"200": {description: the stall}}}
    components:
      schemas:
        Stall: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    """)
    assert operation(ir, "GET /stalls/{id}").payload.view == "Stall"


def test_the_choice_is_told_and_marked_where_it_is_served() -> None:
    ir = read(SPEC)
    told = [notice.message for notice in ir.notices if notice.kind == "assumed"]
    chosen = "GET /stalls declares no body for its 200; it answers with a list of StallResponse"
    assert chosen in told
    plan = make_plan(ir)
    routes = emit_routes(plan, "stall", group_operations(plan)["stall"])
    assert 'responses={200: {"content": {"application/json": {"x-undeclared": True}}}}' in routes


def test_a_password_of_a_known_row_is_no_row_and_is_kept_nowhere() -> None:
    ir = read(
        """
        paths:
          /users:
            post:
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/User'}}
              responses: {'201': {description: made}}
          /users/checkpassword:
            post:
              requestBody:
                content:
                  application/json:
                    schema: {properties: {id: {type: string}, password: {type: string}}}
              responses: {'201': {description: right}}
          /doctors:
            post:
              requestBody:
                content:
                  application/json:
                    schema: {properties: {name: {type: string}, password: {type: string}}}
              responses: {'201': {description: made}}
        components:
          schemas:
            User:
              properties: {email: {type: string}, password: {type: string}}
        """
    )
    assert {entity.name for entity in ir.domain.entities} == {"User", "Doctor"}
    assert operation(ir, "POST /users/checkpassword").action.kind == "not_implemented"
    assert [a.name for a in entity(ir, "Doctor").attributes] == ["id", "name"]
    assert any("password of Doctor is not kept" in notice.message for notice in ir.notices)


EXAMPLES = """
paths:
  /birds:
    get:
      responses:
        '200':
          description: all
          content:
            application/json:
              example: {ok: true, data: [{birdId: 3, hatched: '2024-01-02', ring: null}], total: 3}
    post:
      requestBody:
        content: {application/json: {schema: {type: object, properties: {hatched: {type: string}}}}}
      responses:
        '201': {description: made, content: {application/json: {example: {birdId: 3, tags: [a]}}}}
  /birds/summary:
    get: {responses: {'200': {description: so, content: {application/json: {schema: {}}}}}}
"""


def test_an_answer_is_what_its_example_shows() -> None:
    ir = read(EXAMPLES)
    bird = entity(ir, "Bird")
    kinds = {a.name: a.type.kind for a in bird.attributes}
    assert kinds["bird_id"] in ("integer", "bigint")
    assert kinds["hatched"] == "date"
    listed = operation(ir, "GET /birds")
    assert (listed.action.kind, listed.payload.path) == ("list", ("data",))
    assert (("total",), "total") in [(e.path, e.source) for e in listed.payload.extras]
    assert operation(ir, "POST /birds").action.kind == "create"


def test_an_open_answer_about_no_rows_stays_open() -> None:
    assert operation(read(EXAMPLES), "GET /birds/summary").action.kind == "not_implemented"


def test_any_object_answers_what_shows_no_row() -> None:
    free = "{description: gone, content: {application/json: {schema: {type: object}}}}"
    ir = read(f"""
    paths:
      /stalls:
        get: {{responses: {{"200": {{description: all, content: {{application/json: {{schema:
          {{type: array, items: {{$ref: "#/components/schemas/Stall"}}}}}}}}}}}}}}
      /stalls/{{id}}:
        delete: {{responses: {{"200": {free}}}}}
    components:
      schemas:
        Stall: {{type: object, properties: {{id: {{type: integer}}, name: {{type: string}}}}}}
    """)
    gone = operation(ir, "DELETE /stalls/{id}")
    assert (gone.action.kind, gone.payload.kind) == ("delete", "extras")


def test_rows_below_another_row_and_keys_in_longer_paths_are_known_in_an_open_envelope() -> None:
    answer = "{description: so, content: {application/json: {schema: {properties: {data: {}}}}}}"
    body = "{content: {application/json: {schema: {properties: {name: {type: string}}}}}}"
    uuid = "{name: id, in: path, required: true, schema: {type: string, format: uuid}}"
    ir = read(f"""
    paths:
      /owners:
        post: {{requestBody: {body}, responses: {{'201': {answer}}}}}
      /owners/{{id}}/pets:
        get: {{parameters: [{uuid}], responses: {{'200': {answer}}}}}
      /pets:
        post:
          requestBody: {body.replace("{name:", "{ownerId: {type: string, format: uuid}, name:")}
          responses: {{'201': {answer}}}
      /pets/{{id}}/rename:
        patch: {{parameters: [{uuid}], requestBody: {body}, responses: {{'200': {answer}}}}}
    """)
    for name in ("Owner", "Pet"):
        assert next(a for a in entity(ir, name).attributes if a.name == "id").type.kind == "uuid"
    listed = operation(ir, "GET /owners/{id}/pets")
    assert (listed.action.kind, listed.action.entity) == ("list", "Pet")
    assert operation(ir, "PATCH /pets/{id}/rename").action.kind in ("update", "flow")
