"""Signing in as strangers describe it: other names, deep tokens, users whom nothing makes."""

from __future__ import annotations

from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.specs import attribute, operation, read, sign_in_body

LOGIN = """
paths:
  /session/login:
    post:
      requestBody: <SIGN_IN>
      responses:
        '200':
          description: in
          content: {application/json: {schema: <ANSWER>}}
  /desks:
    get:
      security: [{bearer: []}]
      responses:
        '200':
          description: all
          content:
            application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Desk'}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Desk: {type: object, properties: {id: {type: integer}, place: {type: string}}}
""".replace("<SIGN_IN>", sign_in_body("staffCode", ", minLength: 4"))
TOKEN = "{type: object, properties: {userId: {type: string}, accessToken: {type: string}}}"
NO_TOKEN = "{type: object, properties: {userId: {type: string}, role: {type: string}}}"
DEEP = """{type: object, properties: {data: {type: object, properties: {
  access_token: {type: string}, teams: {type: array, items: {type: object, properties: {
  id: {type: integer}, title: {type: string}}}}}}}}"""


def _read(answer: str) -> ApplicationIR:
    return read(LOGIN.replace("<ANSWER>", answer))


def test_a_login_knows_users_by_the_one_word_it_takes_beside_the_password() -> None:
    ir = _read(TOKEN)
    action = operation(ir, "POST /session/login").action
    assert action.kind == "login"
    assert [match.field for match in action.login] == ["staffCode"]
    assert attribute(ir, "User.staff_code").unique


def test_users_whom_nothing_makes_are_there_to_sign_in() -> None:
    for answer in (TOKEN, NO_TOKEN):
        seed = next(seed for seed in _read(answer).seeds if seed.entity == "User")
        assert {"password_hash", "staff_code"} <= {name for name, _ in seed.values}


def test_who_signs_in_is_known_by_a_user_id_whatever_his_answer_is_called() -> None:
    answer = "{$ref: '#/components/schemas/SignUpAnswer'}"
    bare = "{type: object, properties: {accessToken: {type: string}}}"
    ir = read(
        LOGIN.replace("<ANSWER>", bare).replace(
            "  /desks:",
            f"""  /session/register:
    post:
      requestBody: {sign_in_body("staffCode")}
      responses: {{'201': {{description: up, content: {{application/json: {{schema: {answer}}}}}}}}}
  /desks:""",
        )
        + """
    SignUpAnswer:
      type: object
      required: [user_id, staffCode]
      properties: {user_id: {type: string}, staffCode: {type: string}}
"""
    )
    assert ir.infrastructure.principal is not None
    named = ir.infrastructure.principal.entity
    who = next(entity for entity in ir.domain.entities if entity.name == named)
    assert who.key == "user_id"
    assert not who.relations


def test_a_token_is_found_deep_in_the_answer() -> None:
    payload = operation(_read(DEEP), "POST /session/login").payload
    assert ("data", "access_token") in [e.path for e in payload.extras if e.source == "token"]


def test_a_row_without_a_name_of_its_own_is_shown_by_its_envelope() -> None:
    ir = read("""
    paths:
      /teams:
        post:
          requestBody:
            required: true
            content: {application/json: {schema: {$ref: '#/components/schemas/CreateTeam'}}}
          responses:
            '201':
              description: made
              content: {application/json: {schema: {$ref: '#/components/schemas/TeamResponse'}}}
    components:
      schemas:
        CreateTeam: {type: object, required: [name], properties: {name: {type: string}}}
        TeamResponse:
          type: object
          properties:
            data:
              type: object
              properties:
                id: {type: string, format: uuid}
                name: {type: string}
                size: {type: integer}
    """)
    assert attribute(ir, "Team.id").type.kind == "uuid"
    assert operation(ir, "POST /teams").payload.path == ("data",)


def test_nobody_is_found_by_a_password() -> None:
    ir = read("""
    paths:
      /admins:
        post:
          requestBody:
            required: true
            content: {application/json: {schema: {$ref: '#/components/schemas/Admin'}}}
          responses: {'201': {description: made}}
      /admins/{password}:
        parameters: [{name: password, in: path, required: true, schema: {type: string}}]
        get:
          responses:
            '200':
              description: one
              content: {application/json: {schema: {$ref: '#/components/schemas/Admin'}}}
    components:
      schemas:
        Admin:
          type: object
          properties: {id: {type: string}, name: {type: string}, password: {type: string}}
    """)
    assert operation(ir, "GET /admins/{password}").action.kind == "not_implemented"


def test_the_user_beside_the_token_is_the_user_whatever_his_schema_is_called() -> None:
    answer = """{type: object, required: [accessToken, profile], properties: {
      accessToken: {type: string}, expiresIn: {type: integer},
      profile: {$ref: '#/components/schemas/WhoIs'}}}"""
    text = LOGIN.replace("<ANSWER>", answer).replace(
        "  schemas:\n",
        "  schemas:\n    WhoIs: {type: object, properties: {id: {type: integer},"
        " email: {type: string}}}\n",
    )
    ir = read(text.replace("staffCode", "email"))
    payload = operation(ir, "POST /session/login").payload
    assert payload.path == ("profile",)
    assert payload.view == "WhoIs"


ENDING = """{type: object, required: [token, expiresAt], properties: {
  token: {type: string}, expiresAt: {type: string, format: date-time}}}"""


def test_a_path_that_names_a_token_signs_in_and_tells_when_the_token_ends() -> None:
    ir = read(LOGIN.replace("/session/login", "/session/get-token").replace("<ANSWER>", ENDING))
    login = operation(ir, "POST /session/get-token")
    assert login.action.kind == "login"
    said = [(extra.path, extra.source) for extra in login.payload.extras]
    assert said == [(("token",), "token"), (("expiresAt",), "expires_at")]


def test_a_voucher_that_ends_some_day_is_a_row() -> None:
    ir = read("""
    paths:
      /vouchers:
        post:
          requestBody: {content: {application/json: {schema:
            {$ref: '#/components/schemas/Voucher'}}}}
          responses: {'201': {description: made, content: {application/json: {schema:
            {$ref: '#/components/schemas/Voucher'}}}}}
    components:
      schemas:
        Voucher: {type: object, properties: {name: {type: string}, expiresAt: {type: string}}}
    """)
    assert operation(ir, "POST /vouchers").action.kind == "create"
