from __future__ import annotations

import pytest

from tests.generator.specs import attribute, entity, operation, read, read_case

IR = read_case("tasks")


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("POST /tasks", "create"),
        ("PUT /tasks", "replace"),
        ("GET /tasks/{taskId}", "read"),
        ("PATCH /tasks/{taskId}", "update"),
        ("DELETE /tasks/{taskId}", "delete"),
        ("POST /tasks/{taskId}/complete", "flow"),
        ("POST /tasks/{taskId}/close", "flow"),
        ("POST /tasks/{taskId}/frobnicate", "not_implemented"),
        ("GET /tasks/count-by-status", "group_count"),
        ("PUT /tasks/{taskId}/status", "update"),
        ("GET /ping", "health"),
    ],
)
def test_what_an_operation_does_follows_from_method_path_and_shapes(call: str, kind: str) -> None:
    assert operation(IR, call).action.kind == kind


def test_a_row_replaced_without_a_path_parameter_is_found_by_the_key_in_the_body() -> None:
    (match,) = operation(IR, "PUT /tasks").action.by
    assert (match.attribute, match.parameter, match.field) == ("id", "", "id")


def test_a_part_of_a_row_is_changed_on_the_row_above_it() -> None:
    action = operation(IR, "PUT /tasks/{taskId}/status").action
    assert [(match.attribute, match.parameter) for match in action.by] == [("id", "task_id")]
    assert action.parents == ()


def test_a_key_that_requests_may_give_is_taken_from_them() -> None:
    assert attribute(IR, "Task.id").origin == "client_key"


def test_an_object_without_endpoints_of_its_own_is_a_value() -> None:
    assert attribute(IR, "Task.place").type.kind == "json"


def test_what_exists_already_tells_what_is_unique() -> None:
    assert [key.attributes for key in entity(IR, "Task").unique] == [("code",)]


def test_verbs_that_fit_a_flag_or_a_state_become_flows() -> None:
    flows = {flow.operations[0]: flow for flow in IR.behavior.flows}
    changes = [getattr(flow.steps[1], "settings", ()) for flow in flows.values()]
    assert {(s[0].attribute, s[0].value.text) for s in changes} == {
        ("done", "true"),
        ("status", "'closed'"),
    }


def test_what_is_not_understood_is_an_honest_501() -> None:
    found = operation(IR, "POST /tasks/{taskId}/frobnicate")
    assert "x-flow" in found.action.reason
    assert any(rule.cause == "not_implemented" and rule.status == 501 for rule in found.errors)
    assert [n.pointer for n in IR.notices if n.kind == "not-implemented"] == [found.pointer]


def test_errors_follow_what_is_declared() -> None:
    rules = {rule.cause: rule for rule in operation(IR, "POST /tasks").errors}
    assert (rules["invalid"].status, rules["invalid"].declared) == (400, True)
    assert rules["conflict"].status == 409
    read_rules = {rule.cause: rule for rule in operation(IR, "GET /tasks/{taskId}").errors}
    assert (read_rules["invalid"].status, read_rules["invalid"].declared) == (422, False)


def test_an_error_body_says_how_it_is_filled() -> None:
    (body,) = IR.api.error_bodies
    assert [(slot.path, slot.source) for slot in body.slots] == [
        (("code",), "code_number"),
        (("message",), "message"),
        (("errors",), "field_errors"),
    ]
    assert [slot.source for slot in body.slots[2].items] == ["field", "message"]


def test_an_operation_name_is_a_safe_identifier() -> None:
    ir = read(
        """
        paths:
          /a: {get: {operationId: 'class'}, put: {operationId: '../x; import os'}}
          /b: {get: {operationId: 'a-b'}, put: {operationId: 'a_b'}}
        """
    )
    names = [op.name for op in ir.api.operations]
    assert len(set(names)) == 4
    assert all(name.isidentifier() for name in names)


def test_operations_that_share_an_id_are_functions_of_their_own_and_it_is_said() -> None:
    ir = read("paths: {/a: {get: {operationId: x}}, /b: {get: {operationId: x}}}")
    assert [(op.wire, op.name) for op in ir.api.operations] == [("x", "x"), ("x", "x_2")]
    said = [n.message for n in ir.notices if n.pointer == "/paths/~1b/get/operationId"]
    assert said == ["the operationId x of GET /b is that of GET /a as well"]


def test_a_parameter_that_only_the_path_names_is_said() -> None:
    ir = read("paths: {'/a/{key}': {get: {responses: {'204': {description: no}}}}}")
    said = [n.message for n in ir.notices if n.kind == "ignored"]
    assert "GET /a/{key} declares no parameter key: it is any text" in said


def test_a_token_beside_what_a_sign_in_says_of_the_user_is_one() -> None:
    ir = read(
        """
        security: [{bearer: []}]
        paths:
          /login:
            post:
              security: []
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/Given'}}
              responses:
                '200':
                  description: in
                  content:
                    application/json: {schema: {$ref: '#/components/schemas/Success'}}
          /users:
            post:
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/Given'}}
              responses: {'201': {description: made}}
          /users/{username}:
            get:
              parameters: [{name: username, in: path, required: true, schema: {type: string}}]
              responses:
                '200':
                  description: one
                  content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}
        components:
          securitySchemes: {bearer: {type: http, scheme: bearer}}
          schemas:
            Given: {properties: {username: {type: string}, password: {type: string}}}
            Success: {properties: {username: {type: string}, token: {type: string}}}
            User: {properties: {username: {type: string}, email: {type: string}}}
        """
    )
    extras = operation(ir, "POST /login").payload.extras
    assert [(e.path, e.source) for e in extras] == [
        (("username",), "attribute"),
        (("token",), "token"),
    ]


def test_a_password_that_is_only_required_does_not_take_the_place_of_one_that_is_described() -> (
    None
):
    ir = read(
        """
        paths:
          /users:
            post:
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/User'}}
              responses: {'201': {description: made}}
          /login:
            post:
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/Given'}}
              responses: {'200': {description: in}, '401': {description: no}}
        components:
          schemas:
            User:
              type: object
              required: [email, pwd]
              properties: {email: {type: string}, password: {type: string}}
            Given:
              type: object
              required: [email, pwd]
              properties: {email: {type: string}, password: {type: string}}
        """
    )
    secret = operation(ir, "POST /login").action.secret
    assert secret is not None
    assert secret.field == "password"


def test_a_header_scheme_of_its_own_is_read_from_the_description() -> None:
    ir = read(
        """
        paths: {}
        components:
          securitySchemes:
            Custom:
              type: apiKey
              in: header
              name: Authorization
              description: "Send\\n\\n    Token xxx.yyy"
            Key: {type: apiKey, in: header, name: X-Key}
            Basic: {type: http, scheme: basic}
        """
    )
    found = {s.name: (s.kind, s.parameter, s.prefix) for s in ir.infrastructure.auth_schemes}
    assert found == {
        "custom": ("apiKey", "Authorization", "Token"),
        "key": ("apiKey", "X-Key", ""),
        "basic": ("http", "Authorization", "Basic"),
    }


def test_rows_that_are_called_yours_are_seen_by_their_owner_only() -> None:
    ir = read_case("notes")
    assert operation(ir, "POST /signup").action.kind == "register"
    listing = operation(ir, "GET /notes").action
    assert (listing.owner, listing.private) == ("owner", True)
    assert attribute(ir, "Note.owner_id").references == ("User", "id")


def test_a_health_check_says_any_plain_word_and_the_moment_of_the_answer() -> None:
    ir = read("""
    paths:
      /healthz:
        get:
          responses:
            "200":
              description: up
              content:
                application/json:
                  schema:
                    type: object
                    required: [status, service, timestamp]
                    properties:
                      status: {type: string}
                      service: {type: string, example: kilns}
                      timestamp: {type: string, format: date-time}
    """)
    found = operation(ir, "GET /healthz")
    assert found.action.kind == "health"
    said = {e.path[-1]: e.value.value if e.value else e.source for e in found.payload.extras}
    assert said == {"status": "ok", "service": "kilns", "timestamp": "now"}


def test_the_only_answer_of_an_operation_is_its_success_whatever_it_is_called() -> None:
    ir = read("""
    paths:
      /kilns:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Kiln"}}}}
          responses:
            default:
              description: Default error sample response
              content: {text/plain; charset=utf-8: {examples: {one: {value: Made}}}}
    components: {schemas: {Kiln: {type: object, properties: {name: {type: string}}}}}
    """)
    found = operation(ir, "POST /kilns")
    assert (found.action.kind, found.status) == ("create", 201)
    assert [e.value.value for e in found.payload.extras if e.value] == ["Made"]


def test_a_change_that_could_change_nothing_is_an_honest_501() -> None:
    ir = read("""
    paths:
      /login:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/User"}}}}
          responses: {"200": {description: in, content: {application/json: {schema:
            {type: object, properties: {token: {type: string}}}}}}}
      /users/{id}:
        get: {responses: {"200": &user {description: one, content: {application/json: {schema:
          {$ref: "#/components/schemas/User"}}}}}}
      /users/{id}/admin:
        put:
          requestBody: {content: {application/json: {schema:
            {type: object, properties: {is_admin: {type: boolean}}}}}}
          responses: {"200": *user}
    components:
      schemas:
        User:
          type: object
          properties: {id: {type: integer}, email: {type: string}, is_admin: {type: boolean},
            password: {type: string}}
    """)
    action = operation(ir, "PUT /users/{id}/admin").action
    assert (action.kind, "can be set by its callers" in action.reason) == ("not_implemented", True)


def test_what_a_score_calls_a_row_by_is_not_what_paths_address() -> None:
    ir = read("""
    paths:
      /jobs/{jobId}:
        get: {responses: {"200": {description: one, content: {application/json: {schema:
          {$ref: "#/components/schemas/Job"}}}}}}
      /match/jobs: {get: {responses: {"200": {description: ranked, content: {application/json:
        {schema: {type: array, items: {allOf: [{$ref: "#/components/schemas/Job"},
        {type: object, properties: {job_id: {type: string}, score: {type: number}}}]}}}}}}}}
    components:
      schemas: {Job: {type: object, properties: {id: {type: string}, title: {type: string}}}}
    """)
    assert operation(ir, "GET /jobs/{jobId}").action.by[0].attribute == "id"
    assert entity(ir, "Job").unique == ()


def test_a_declared_400_is_for_a_taken_value_only_where_it_says_so() -> None:
    spec = """
    paths:
      /kilns:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Kiln"}}}}
          responses: {"201": {description: a}, "400": {description: SAID}}
    components:
      schemas: {Kiln: {type: object, properties: {id: {type: string}, name: {type: string,
        x-unique: true}}}}
    """
    for said, status in (("bad request", 409), ("the name exists already", 400)):
        rules = operation(read(spec.replace("SAID", said)), "POST /kilns").errors
        assert [rule.status for rule in rules if rule.cause == "conflict"] == [status], said


def test_the_variables_of_a_server_have_their_defaults() -> None:
    ir = read("""
    servers: [{url: "{protocol}://x.org/v1", variables: {protocol: {default: https}}}]
    paths: {}
    """)
    assert ir.infrastructure.servers == ("https://x.org/v1",)


def test_the_status_of_a_row_is_not_that_of_the_application() -> None:
    ir = read("""
    paths:
      /claims/{id}:
        get: {responses: {"200": {description: one, content: {application/json: {schema:
          {$ref: "#/components/schemas/Claim"}}}}}}
      /claims/{id}/status:
        get: {responses: {"200": {description: one, content: {application/json: {schema:
          {type: object, properties: {status: {type: string, enum: [open, paid]}}}}}}}}
    components:
      schemas: {Claim: {type: object, properties: {id: {type: integer}, status: {type: string}}}}
    """)
    assert operation(ir, "GET /claims/{id}/status").action.kind != "health"
