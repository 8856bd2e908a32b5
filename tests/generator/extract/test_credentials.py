"""Refresh tokens and changed passwords, where the shape of a body is plain."""

from __future__ import annotations

import pytest

from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.specs import operation, read, sign_in_body

SPEC = """
paths:
  /auth/login:
    post:
      requestBody: <SIGN_IN>
      responses: {'200': {description: in, content: {application/json: {schema: <TOKENS>}}}}
  /auth/refresh:
    post:
      requestBody: {required: true, content: {application/json: {schema: <REFRESH>}}}
      responses:
        '200': {description: in, content: {application/json: {schema: <TOKENS>}}}
        '401': {description: it is not known}
  /users/me/password:
    post:
      security: [{bearer: []}]
      requestBody: {required: true, content: {application/json: {schema: <CHANGE>}}}
      responses: {'204': {description: changed}, '400': {description: the password is wrong}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
"""
TOKENS = "{type: object, properties: {accessToken: {type: string}, refreshToken: {type: string}}}"
REFRESH = "{type: object, required: [refreshToken], properties: {refreshToken: {type: string}}}"
CHANGE = """{type: object, required: [oldPassword, newPassword],
  properties: {oldPassword: {type: string}, newPassword: {type: string, minLength: 8}}}"""


def read_spec(tokens: str = TOKENS, refresh: str = REFRESH, change: str = CHANGE) -> ApplicationIR:
    filled = SPEC.replace("<TOKENS>", tokens).replace("<REFRESH>", refresh)
    filled = filled.replace("<SIGN_IN>", sign_in_body("email"))
    return read(filled.replace("<CHANGE>", change))


def test_a_refresh_token_gives_new_tokens() -> None:
    found = operation(read_spec(), "POST /auth/refresh")
    assert found.action.kind == "refresh"
    assert found.action.secret is not None
    assert found.action.secret.field == "refreshToken"
    assert {extra.source for extra in found.payload.extras} == {"token", "refresh_token"}
    assert ("bad_credentials", 401) in {(rule.cause, rule.status) for rule in found.errors}


@pytest.mark.parametrize(
    ("tokens", "refresh"),
    [
        ("{type: object, properties: {accessToken: {type: string}}}", REFRESH),
        (TOKENS, REFRESH.replace("refreshToken: {", "refreshToken: {format: uuid, ")),
        (TOKENS, REFRESH.replace("refreshToken: {", "refreshToken: {maxLength: 40, ")),
        (TOKENS, REFRESH.replace("[refreshToken]", "[refreshToken, device]")),
    ],
    ids=["none is given", "a UUID", "too short", "asks for more"],
)
def test_a_refresh_token_that_is_none_of_ours_is_left(tokens: str, refresh: str) -> None:
    refresh = refresh.replace("properties: {", "properties: {device: {type: string}, ")
    action = operation(read_spec(tokens, refresh), "POST /auth/refresh").action
    assert action.kind == "not_implemented"


def test_a_password_is_changed_by_who_knows_the_old_one() -> None:
    found = operation(read_spec(), "POST /users/me/password")
    assert found.action.kind == "current_password"
    assert found.action.secret is not None
    assert found.action.secret.field == "oldPassword"
    assert found.action.new_secret is not None
    assert found.action.new_secret.field == "newPassword"
    assert ("bad_credentials", 400) in {(rule.cause, rule.status) for rule in found.errors}
    assert [entity.name for entity in read_spec().domain.entities] == ["User"]


@pytest.mark.parametrize(
    "change",
    [
        CHANGE.replace("oldPassword", "otp"),
        CHANGE.replace("properties: {", "properties: {confirmPassword: {type: string}, "),
        CHANGE.replace("[oldPassword, newPassword]", "[newPassword]"),
    ],
    ids=["no old one", "one to confirm", "the old one may be left out"],
)
def test_a_password_changed_in_another_way_is_left(change: str) -> None:
    action = operation(read_spec(change=change), "POST /users/me/password").action
    assert action.kind != "current_password"


FORGOTTEN = """
paths:
  /auth/login:
    post:
      requestBody: <SIGN_IN>
      responses: {'200': {description: in, content: {application/json: {schema: <TOKENS>}}}}
  /auth/forgot-password:
    post:
      requestBody: {required: true, content: {application/json: {schema: <ASKED>}}}
      responses: {'200': {description: sent}}
  /auth/reset-password:
    post:
      requestBody: {required: true, content: {application/json: {schema: <RESET>}}}
      responses: {'200': {description: changed}}
"""
ASKED = "{type: object, required: [email], properties: {email: {type: string}}}"
RESET = """{type: object, required: [token, password],
  properties: {token: {type: string}, password: {type: string}}}"""


def read_forgotten(asked: str = ASKED, reset: str = RESET) -> dict[str, str]:
    filled = FORGOTTEN.replace("<SIGN_IN>", sign_in_body("email")).replace("<TOKENS>", TOKENS)
    ir = read(filled.replace("<ASKED>", asked).replace("<RESET>", reset))
    return {op.path: op.action.kind for op in ir.api.operations if op.path != "/auth/login"}


def test_a_forgotten_password_is_replaced_by_a_token() -> None:
    kinds = {"/auth/forgot-password": "ask_reset", "/auth/reset-password": "reset_password"}
    assert read_forgotten() == kinds
    asked = ASKED.replace("}}}", "}, captcha: {type: string}}}")
    assert set(read_forgotten(asked).values()) == {"not_implemented"}


@pytest.mark.parametrize(
    "reset",
    [
        RESET.replace("token: {", "token: {maxLength: 6, "),
        RESET.replace("token: {", "token: {pattern: '^[0-9]{6}$', "),
        RESET.replace("[token, password]", "[password]"),
        RESET.replace("token: {", "device: {type: string}, token: {"),
    ],
    ids=["a code of six", "digits", "perhaps no token", "asks for more"],
)
def test_what_no_token_can_be_is_left_to_people(reset: str) -> None:
    assert set(read_forgotten(reset=reset).values()) == {"not_implemented"}


def test_a_token_is_a_users_own_though_nothing_signs_in() -> None:
    found = read(f"""
        paths:
          /users:
            post:
              requestBody: {sign_in_body("email")}
              responses: {{'201': {{description: made}}}}
          /users/{{userId}}/orders:
            post:
              security: [{{bearer: []}}]
              parameters: [{{name: userId, in: path, required: true, schema: {{type: string}}}}]
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {{type: object, properties: {{sum: {{type: number}}}}}}
              responses: {{'201': {{description: made}}}}
        components: {{securitySchemes: {{bearer: {{type: http, scheme: bearer}}}}}}
    """)
    assert [scheme.issuer for scheme in found.infrastructure.auth_schemes] == ["token"]
    made = operation(found, "POST /users/{userId}/orders").action.assign
    assert [given.attribute for given in made].count("user_id") == 1
