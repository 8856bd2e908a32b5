"""What is common in specs written by hand or by a framework, and was not understood at first."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.emit.api.routes import emit_routes, group_operations
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.specs import attribute, entity, operation, read

WRAPPED = """
paths:
  /notes:
    get:
      responses: {"200": {description: all, content: {application/json: {schema:
        {type: object, properties: {status: {type: integer}, success:
          {$ref: "#/components/schemas/Notes"}}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/NoteInput"}}}}
      responses: {"200": {description: made, content: {application/json: {schema:
        {$ref: "#/components/schemas/NoteResponse"}}}}}
  /notes/{noteId}:
    get:
      parameters: [{name: noteId, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: one, content: {application/json: {schema:
        {$ref: "#/components/schemas/NoteResponse"}}}}}
components:
  schemas:
    Notes: {type: array, items: {$ref: "#/components/schemas/Note"}}
    Note: {type: object, required: [id, text], properties: {id: {type: integer}, text:
      {type: string}}}
    NoteInput: {type: object, required: [text], properties: {text: {type: string}}}
    NoteResponse:
      type: object
      required: [success]
      properties: {status: {type: integer, default: 200}, success:
        {$ref: "#/components/schemas/Note"}}
"""


def test_rows_under_a_word_that_else_only_wraps_are_found() -> None:
    ir = read(WRAPPED)
    assert [item.name for item in ir.domain.entities] == ["Note"]
    for text, kind in (("GET /notes", "list"), ("GET /notes/{noteId}", "read")):
        found = operation(ir, text)
        assert (found.action.kind, found.payload.view) == (kind, "Note")
        assert found.payload.path == ("success",)
    assert operation(ir, "POST /notes").action.kind == "create"


NUMBERS = """
paths:
  /pens:
    get:
      responses: {"200": {description: all, content: {application/json: {schema:
        {type: array, items: {$ref: "#/components/schemas/Pen"}}}}}}
    post:
      requestBody: {content: {application/json: {schema:
        {type: object, required: [name], properties: {name: {type: string}}}}}}
      responses: {"201": {description: made, content: {application/json: {schema:
        {$ref: "#/components/schemas/Pen"}}}}}
components:
  schemas:
    Pen: {type: object, required: [id, name, penId], properties: {
      id: {type: number}, name: {type: string}, penId: {type: string}}}
"""


def test_a_key_that_is_called_a_number_counts_rows() -> None:
    ir = read(NUMBERS)
    assert entity(ir, "Pen").key == "id"
    assert attribute(ir, "Pen.id").type.kind == "bigint"
    assert operation(ir, "POST /pens").action.kind == "create"


def test_a_code_called_after_its_own_row_refers_to_no_row() -> None:
    text = NUMBERS.replace("required: [name]", "required: [name, penId]").replace(
        "{name: {type: string}}", "{name: {type: string}, penId: {type: string}}"
    )
    ir = read(text)
    assert attribute(ir, "Pen.pen_id").references is None


def test_a_function_is_not_called_as_what_its_module_imports() -> None:
    ir = read("""
    security: [{token: []}]
    paths:
      /check: {post: {operationId: authenticate, responses: {"200": {description: ok}}}}
      /pens: {get: {operationId: router, responses: {"200": {description: ok}}}}
    components: {securitySchemes: {token: {type: http, scheme: bearer}}}
    """)
    plan = make_plan(ir)
    for group, operations in group_operations(plan).items():
        text = emit_routes(plan, group, operations)
        assert "def authenticate(" not in text
        assert "def router(" not in text
    assert [op.wire for op in ir.api.operations] == ["authenticate", "router"]


def test_the_status_of_rows_is_not_that_of_the_application() -> None:
    ir = read("""
    paths:
      /comments/status: {get: {responses: {"200": {description: some}}}}
      /api/status: {get: {responses: {"200": {description: up}}}}
      /status: {get: {responses: {"200": {description: up}}}}
    """)
    kinds = [operation(ir, f"GET {p}").action.kind for p in ("/api/status", "/status")]
    assert kinds == ["health", "health"]
    assert operation(ir, "GET /comments/status").action.kind == "not_implemented"


def test_another_name_of_a_schema_leaves_it_the_name_of_its_class() -> None:
    ir = read("""
    paths:
      /users:
        get: {responses: {"200": {description: all, content: {application/json: {schema:
          {type: array, items: {$ref: "#/components/schemas/user"}}}}}}}
    components:
      schemas:
        User: {$ref: "#/components/schemas/user"}
        user: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    """)
    assert [item.name for item in ir.domain.entities] == ["User"]


LIMITS = """
paths:
  /portions:
    post:
      requestBody: {content: {application/json: {schema:
        {type: object, required: [amount, state], properties: {
          amount: {type: integer}, state: {type: string}}}}}}
      responses: {"201": {description: made, content: {application/json: {schema:
        {$ref: "#/components/schemas/Portion"}}}}}
components:
  schemas:
    Portion: {type: object, required: [id, amount, state], properties: {
      id: {type: integer}, amount: {type: integer, minimum: 50}, state: {type: string,
        enum: [open, shut]}}}
"""


def test_what_may_not_be_shown_may_not_be_stored() -> None:
    limits = attribute(read(LIMITS), "Portion.amount").constraints
    assert [(limit.kind, limit.value) for limit in limits] == [("ge", 50)]


PARTS = """
paths:
  /users:
    get: {responses: {"200": {description: all, content: {application/json: {schema:
      {type: array, items: {$ref: "#/components/schemas/User"}}}}}}}
  /posts:
    get: {responses: {"200": {description: all, content: {application/json: {schema:
      {type: array, items: {$ref: "#/components/schemas/Post"}}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [title, steps],
        properties: {
        title: {type: string},
        photo: {type: string, format: binary},
        steps: {type: array, items: {type: object, properties: {id: {type: integer}}}}}}}}}
      responses: {"201": {description: made, content: {application/json: {schema:
        {$ref: "#/components/schemas/Post"}}}}}
components:
  schemas:
    User: {type: object, required: [id, name], properties: {id: {type: integer}, name:
      {type: string}}}
    Post:
      type: object
      required: [id, title]
      properties:
        id: {type: integer}
        title: {type: string}
        photo: {type: string}
        user: {type: object, properties: {id: {type: integer}, name: {type: string}}}
        steps: {type: array, items: {type: object, required: [id, label],
          properties: {id: {type: integer}, label: {type: string}}}}
"""


def test_an_object_with_a_key_and_what_a_row_has_shows_that_row() -> None:
    post = entity(read(PARTS), "Post")
    assert [(item.name, item.target) for item in post.relations] == [("user", "User")]


def test_a_picture_is_kept_as_bytes_where_answers_show_a_text() -> None:
    assert attribute(read(PARTS), "Post.photo").type.kind == "bytes"


def test_objects_given_with_less_than_is_shown_are_not_kept() -> None:
    ir = read(PARTS)
    body = operation(ir, "POST /posts").body
    assert body is not None
    view = next(view for view in ir.domain.views if view.schema == body.view)
    assert {b.wire: b.kind for b in view.bindings}["steps"] == "ignored"
    assert any("given without label" in notice.message for notice in ir.notices)


BY_QUERY = """
swagger: "2.0"
info: {title: Chores, version: "1"}
paths:
  /chore:
    post:
      summary: Create a chore
      parameters: [{name: request, in: body, required: true, schema:
        {$ref: "#/definitions/register.Request"}}]
      responses: {"200": {description: made, schema: {$ref: "#/definitions/register.Response"}}}
    get:
      parameters: [{name: id, in: query, required: true, type: integer}]
      responses: {"200": {description: one, schema: {$ref: "#/definitions/readone.Response"}}}
    put:
      parameters:
        - {name: id, in: query, required: true, type: integer}
        - {name: request, in: body, required: true, schema:
          {$ref: "#/definitions/register.Request"}}
      responses: {"200": {description: one, schema: {$ref: "#/definitions/models.Chore"}}}
    delete:
      parameters: [{name: id, in: query, required: true, type: integer}]
      responses: {"200": {description: gone, schema: {$ref: "#/definitions/delete.Response"}}}
  /chore/{id}/cancel:
    patch:
      parameters: [{name: id, in: path, required: true, type: integer}]
      responses: {"200": {description: one, schema: {$ref: "#/definitions/models.Chore"}}}
definitions:
  models.Chore: {type: object, properties: {id: {type: integer}, title: {type: string},
    status: {type: string, description: "pending, cancelled or done"}}}
  readone.Response: {type: object, properties: {error: {type: string}, id: {type: string},
    title: {type: string}}}
  register.Request: {type: object, required: [title], properties: {title: {type: string}}}
  register.Response: {type: object, properties: {error: {type: string}, id: {type: string}}}
  delete.Response: {type: object, properties: {error: {type: string}}}
"""


def _read_chores(tmp_path: Path) -> ApplicationIR:
    (tmp_path / "chores.yaml").write_text(BY_QUERY, "utf-8")
    return read_application(tmp_path / "chores.yaml")


def test_a_query_that_must_hold_the_key_names_one_row(tmp_path: Path) -> None:
    ir = _read_chores(tmp_path)
    assert [item.name for item in ir.domain.entities] == ["Chore"]
    for method, kind in (("GET", "read"), ("PUT", "replace"), ("DELETE", "delete")):
        found = operation(ir, f"{method} /chore")
        assert found.action.kind == kind
        assert [(match.attribute, match.parameter) for match in found.action.by] == [("id", "id")]
        assert [p.role for p in found.parameters] == ["lookup"]


def test_a_status_of_any_text_becomes_the_word_that_its_description_lists(tmp_path: Path) -> None:
    ir = _read_chores(tmp_path)
    assert operation(ir, "PATCH /chore/{id}/cancel").action.kind == "flow"
    (flow,) = ir.behavior.flows
    assert "cancelled" in repr(flow.steps)


def test_a_header_called_authorization_is_how_callers_say_who_they_are() -> None:
    ir = read("""
    paths:
      /pens:
        get:
          parameters: [{name: Authorization, in: header, required: true, schema: {type: string}}]
          responses: {"200": {description: all, content: {application/json: {schema:
            {type: array, items: {$ref: "#/components/schemas/Pen"}}}}}}
    components:
      schemas: {Pen: {type: object, properties: {id: {type: integer}, name: {type: string}}}}
    """)
    found = operation(ir, "GET /pens")
    assert (found.auth.mode, found.auth.declared) == ("required", False)
    assert [p.role for p in found.parameters] == ["credential"]


def test_a_key_in_the_header_authorization_is_the_token_of_a_sign_in() -> None:
    ir = read("""
    paths:
      /users/register:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Login"}}}}
          responses: {"201": {description: made, content: {application/json: {schema:
            {$ref: "#/components/schemas/User"}}}}}
      /users/login:
        post:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Login"}}}}
          responses: {"200": {description: in, content: {application/json: {schema:
            {type: object, properties: {token: {type: string}}}}}}}
      /users/{id}:
        get:
          security: [{BearerAuth: []}]
          parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
          responses: {"200": {description: one, content: {application/json: {schema:
            {$ref: "#/components/schemas/User"}}}}}
    components:
      securitySchemes: {BearerAuth: {type: apiKey, in: header, name: Authorization}}
      schemas:
        Login: {type: object, required: [email, password],
          properties: {email: {type: string}, password: {type: string}}}
        User: {type: object, properties: {id: {type: integer}, email: {type: string}}}
    """)
    (scheme,) = ir.infrastructure.auth_schemes
    assert (scheme.prefix, scheme.issuer) == ("Bearer", "token")


def test_components_of_two_packages_are_called_by_what_they_are_for() -> None:
    ir = read("""
    paths:
      /plays:
        post:
          requestBody: {content: {application/json: {schema:
            {$ref: "#/components/schemas/app_models_requests.Play"}}}}
          responses: {"201": {description: made, content: {application/json: {schema:
            {$ref: "#/components/schemas/app_models_responses.Play"}}}}}
    components:
      schemas:
        app_models_requests.Play: {type: object, required: [title], properties: {title:
          {type: string}}}
        app_models_responses.Play: {type: object, properties: {id: {type: string}, title:
          {type: string}}}
    """)
    assert [item.name for item in ir.domain.entities] == ["Play"]
    assert {s.name for s in ir.api.schemas} >= {"PlayRequest", "PlayResponse"}


def test_a_row_that_must_be_named_may_be_left_out_of_what_requests_require() -> None:
    ir = read("""
    paths:
      /shows:
        get: {responses: {"200": {description: all, content: {application/json: {schema:
          {type: array, items: {$ref: "#/components/schemas/Show"}}}}}}}
      /seats:
        post:
          requestBody: {content: {application/json: {schema: {type: object, properties:
            {show_id: {type: string}}}}}}
          responses:
            "201": {description: made, content: {application/json: {schema:
              {$ref: "#/components/schemas/Seat"}}}}
            "404": {description: no such show}
    components:
      schemas:
        Show: {type: object, required: [id], properties: {id: {type: string}, name: {type: string}}}
        Seat: {type: object, required: [id, show_id], properties: {id: {type: string}, show_id:
          {type: string}}}
    """)
    assert operation(ir, "POST /seats").action.kind == "create"
    named = attribute(ir, "Seat.show_id")
    assert (named.references, named.default) == (("Show", "id"), None)


GREETINGS = """
paths:
  /:
    get: {responses: {"200": {description: here, content: {application/json: {schema: {}}}}}}
  /api:
    get:
      responses: {"200": {description: here, content: {application/json: {schema: {type: object,
        properties: {message: {type: string}, version: {type: string}}}}}}}
  /page:
    get: {responses: {"200": {description: here, content: {text/html: {schema: {type: string}}}}}}
  /health:
    get: {responses: {"200": {description: up, content: {application/json: {schema: {}}}}}}
  /healthz:
    get: {responses: {"200": {description: up, content: {application/json: {schema:
      {type: object, additionalProperties: {type: string}}}}}}}
  /ready:
    get:
      responses: {"200": {description: up, content: {application/json: {schema: {type: object,
        required: [status, since, store], properties: {status: {type: string}, since:
          {type: string, format: date-time}, store: {type: object, required: [status],
          properties: {status: {type: string}}}}}}}}}
  /live:
    get: {responses: {"200": {description: up, content: {application/json: {schema:
      {type: object, additionalProperties: {type: array, items: {type: string}}}}}}}}
"""


def test_an_application_says_that_it_is_there_where_the_answer_is_left_open() -> None:
    ir = read(GREETINGS)
    said = {
        op.path: {
            ".".join(e.path): e.value.value if e.value else e.source for e in op.payload.extras
        }
        for op in ir.api.operations
        if op.action.kind == "health" and op.payload.kind == "extras"
    }
    assert said == {
        "/": {"": {"message": "ok"}},
        "/api": {"message": "OK"},
        "/health": {"": {"status": "ok"}},
        "/healthz": {"": {"status": "ok"}},
        "/ready": {"status": "ok", "since": "now", "store.status": "ok"},
    }
    refused = {op.path for op in ir.api.operations if op.action.kind == "not_implemented"}
    assert refused == {"/page", "/live"}


TOLD = """
paths:
  /alerts:
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [text], properties: {text: {type: string}}}}}}
      responses: {"201": {description: made, content: {application/json: {schema:
        {$ref: "#/components/schemas/AlertOut"}}}}}
  /alerts/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: one, content: {application/json: {schema:
      {$ref: "#/components/schemas/AlertOut"}}}}}}
  /alerts/{id}/ack:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post: {responses: {"200": {description: seen, content: {application/json: {schema:
      {type: object, required: [id, is_ack], properties:
        {id: {type: integer}, is_ack: {type: boolean}}}}}}}}
  /alerts/{id}/cancel:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post: {responses: {"200": {description: gone, content: {application/json: {schema:
      {type: object, properties: {message: {type: string, example: Gone}}}}}}}}
  /alerts/{id}/close:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post: {responses: {"200": {description: gone, content: {application/json: {schema:
      {type: object, required: [bill], properties: {bill: {type: number}}}}}}}}
components:
  schemas:
    AlertOut:
      type: object
      required: [id, text, is_ack, status]
      properties:
        id: {type: integer}
        text: {type: string}
        is_ack: {type: boolean}
        status: {type: string, enum: [open, cancelled, closed]}
"""


def test_a_word_about_a_row_may_be_answered_with_a_part_of_it_or_with_a_message() -> None:
    ir = read(TOLD)
    words = {word: operation(ir, f"POST /alerts/{{id}}/{word}") for word in ("ack", "cancel")}
    assert {word: found.action.kind for word, found in words.items()} == {
        "ack": "flow",
        "cancel": "flow",
    }
    told = {flow.name: flow.returns for flow in ir.behavior.flows}
    assert set(told.values()) == {"object"}
    assert operation(ir, "POST /alerts/{id}/close").action.kind == "not_implemented"


OTHERS = """
  /alerts/{id}/notes:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post:
      operationId: addNote
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [text], properties: {text: {type: string}}}}}}
      responses: {"201": {description: made, content: {application/json: {schema: ANSWER}}}}
components:"""
ANSWERS = {
    "a part of both": "{type: object, properties: {id: {type: integer}, text: {type: string}}}",
    "a message": "{type: object, properties: {message: {type: string, example: Added}}}",
    "a schema of its own": '{$ref: "#/components/schemas/Note"}',
}
NOTE = """
    Note:
      type: object
      required: [id, text]
      properties: {id: {type: integer}, text: {type: string}}
"""


@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_what_is_added_below_a_row_does_not_change_the_row(answer: str) -> None:
    more = OTHERS.replace("ANSWER", ANSWERS[answer])
    ir = read(TOLD.replace("\ncomponents:", more) + NOTE)
    added = operation(ir, "POST /alerts/{id}/notes")
    assert added.action.kind in ("create", "not_implemented")
    assert added.action.entity != "Alert"
    assert "add_note" not in {flow.name for flow in ir.behavior.flows}


SINGULAR = """
paths:
  /poet:
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [name], properties: {name: {type: string}}}}}}
      responses: {"200": {description: made, content: {application/json: {schema: {}}}}}
  /poet/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: one, content: {application/json: {schema:
      {type: object, additionalProperties: true}}}}}}
    delete: {responses: {"200": {description: gone, content: {application/json: {schema:
      {type: object, additionalProperties: {type: string}}}}}}}
  /poets:
    get: {responses: {"200": {description: all, content: {application/json: {schema:
      {type: array, items: {type: object}}}}}}}
  /verse:
    get: {responses: {"200": {description: all, content: {application/json: {}}}}}
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [line], properties: {line: {type: string}}}}}}
      responses: {"201": {description: made}}
  /verse/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: one}}}
"""


def test_rows_are_listed_at_the_plural_or_beside_their_keys_and_words_answer_a_removal() -> None:
    ir = read(SINGULAR)
    assert [item.name for item in ir.domain.entities] == ["Poet", "Verse"]
    kinds = {f"{op.method} {op.path}": op.action.kind for op in ir.api.operations}
    assert "not_implemented" not in kinds.values()
    assert (kinds["GET /poets"], kinds["GET /verse"]) == ("list", "list")
    (said,) = operation(ir, "DELETE /poet/{id}").payload.extras
    assert (said.path, said.value.value if said.value else "") == (("message",), "OK")


KEYED = """
paths:
  /konto:
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {$ref: "#/components/schemas/CreateKontoRequest"}}}}
      responses: {"201": {description: made, content: {application/json: {schema:
        {$ref: "#/components/schemas/CreateKontoResponse"}}}}}
  /buchung:
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {$ref: "#/components/schemas/BuchungRequest"}}}}
      responses:
        "201": {description: made, content: {application/json: {schema:
          {$ref: "#/components/schemas/Buchung"}}}}
        "404": {description: no such account}
  /buchung/{idBuchung}:
    parameters: [{name: idBuchung, in: path, required: true, schema: {type: string}}]
    get: {responses: {"200": {description: one, content: {application/json: {schema:
      {$ref: "#/components/schemas/Buchung"}}}}}}
  /buchung/{idBuchung}/details:
    parameters: [{name: idBuchung, in: path, required: true, schema: {type: string}}]
    get: {responses: {"200": {description: one, content: {application/json: {schema:
      {$ref: "#/components/schemas/Buchung"}}}}}}
components:
  schemas:
    CreateKontoRequest: {type: object, required: [iban], properties: {iban: {type: string}}}
    CreateKontoResponse: {type: object, required: [id_konto], properties:
      {id_konto: {type: string}}}
    BuchungRequest: {type: object, required: [id_konto], properties: {id_konto: {type: string}}}
    Buchung: {type: object, required: [id_buchung, id_konto], properties:
      {id_buchung: {type: string}, id_konto: {type: string}}}
"""


def test_a_key_may_be_called_by_its_row_behind_the_word_id() -> None:
    ir = read(KEYED)
    assert {item.name: item.key for item in ir.domain.entities} == {
        "Konto": "id_konto",
        "Buchung": "id_buchung",
    }
    assert attribute(ir, "Konto.iban").nullable is False  # made, though only its key is answered
    assert attribute(ir, "Buchung.id_konto").references == ("Konto", "id_konto")
    found = operation(ir, "GET /buchung/{idBuchung}/details").action
    assert (found.kind, found.by[0].attribute) == ("read", "id_buchung")


SAID_BY_BODY = """
paths:
  /auth/register:
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [email, password, boat_name], properties:
          {email: {type: string}, password: {type: string}, boat_name: {type: string}}}}}}
      responses: {"201": {description: in, content: {application/json: {schema:
        {type: object, properties: {token: {type: string}}}}}}}
  /skippers/me:
    get: {security: [{bearer: []}], responses: {"200": {description: own, content:
      {application/json: {schema: {$ref: "#/components/schemas/Skipper"}}}}}}
  /users/me:
    get: {security: [{bearer: []}], responses: {"200": {description: own, content:
      {application/json: {schema: {$ref: "#/components/schemas/User"}}}}}}
    patch:
      security: [{bearer: []}]
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [oldPassword, newPassword], properties:
          {oldPassword: {type: string}, newPassword: {type: string}}}}}}
      responses: {"200": {description: done, content: {application/json: {schema:
        {type: object, properties: {message: {type: string}}}}}}}
  /skippers:
    get: {responses: {"200": {description: all, content: {application/json: {schema:
      {type: array, items: {$ref: "#/components/schemas/Skipper"}}}}}}}
  /users:
    get: {responses: {"200": {description: all, content: {application/json: {schema:
      {type: array, items: {$ref: "#/components/schemas/User"}}}}}}}
  /boats:
    get: {responses: {"200": {description: all, content: {application/json: {schema:
      {type: array, items: {$ref: "#/components/schemas/Boat"}}}}}}}
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [name], properties: {name: {type: string}}}}}}
      responses: {"201": {description: made, content: {application/json: {schema:
        {$ref: "#/components/schemas/Boat"}}}}}
    delete:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, required: [id], properties: {id: {type: integer}}}}}}
      responses: {"204": {description: gone}}
  /boats/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": {description: one, content: {application/json: {schema:
      {$ref: "#/components/schemas/Boat"}}}}}}
    patch: {operationId: toggleMooredOfBoat, responses: {"200": {description: done, content:
      {application/json: {schema: {type: object, properties: {message: {type: string}}}}}}}}
  /boats/delete:
    post:
      requestBody: {required: true, content: {application/json: {schema:
        {type: object, properties: {id: {type: integer}}}}}}
      responses: {"200": {description: gone}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    User: {type: object, required: [id, email], properties:
      {id: {type: integer}, email: {type: string}}}
    Skipper: {type: object, required: [id, boat_name], properties:
      {id: {type: integer}, boat_name: {type: string}, email: {type: string}}}
    Boat: {type: object, required: [id, name, moored], properties:
      {id: {type: integer}, name: {type: string}, moored: {type: boolean, readOnly: true}}}
"""


def test_users_sign_in_where_others_are_shown_to_their_own_as_well() -> None:
    ir = read(SAID_BY_BODY)
    assert ir.infrastructure.principal is not None
    assert ir.infrastructure.principal.entity == "User"
    assert operation(ir, "GET /users/me").action.kind == "current"
    assert operation(ir, "PATCH /users/me").action.kind == "current_password"


def test_a_row_is_removed_by_the_key_in_a_body_and_toggled_by_the_name_of_an_operation() -> None:
    ir = read(SAID_BY_BODY)
    for text in ("DELETE /boats", "POST /boats/delete", "PATCH /boats/{id}"):
        assert operation(ir, text).action.kind == "flow", text


def test_a_key_that_may_be_left_out_is_compared_as_one_value() -> None:
    files = generate_files(make_plan(read(SAID_BY_BODY)), PatternBank())
    (text,) = (file.text for file in files if file.path == "src/workflows/post_boats_delete.py")
    assert "BoatEntity.id == (data.id if data.id is not None else 0)" in text


def test_a_flag_that_may_be_null_is_toggled_as_one_writes_it_by_hand() -> None:
    spec = SAID_BY_BODY.replace("[id, name, moored]", "[id, name]")
    files = generate_files(make_plan(read(spec)), PatternBank())
    (text,) = (f.text for f in files if f.path == "src/workflows/toggle_moored_of_boat.py")
    assert "found.moored = found.moored is not True" in text
