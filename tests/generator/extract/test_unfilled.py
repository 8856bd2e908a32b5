"""What no request gives may be null, or leaves the create to people: never a refusal each time."""

from __future__ import annotations

import re

import pytest

from devmatrix_guard.ir.application import ApplicationIR
from tests.generator.specs import attribute, operation, read


def _read(text: str) -> ApplicationIR:
    schema = r"{application/json: {schema: {$ref: '#/components/schemas/\1'}}}"
    return read(re.sub(r"<(\w+)>", schema, text))


TWO_WAYS = """
paths:
  /halls:
    post:
      requestBody: {required: true, content: <NewHall>}
      responses: {'201': {description: made, content: <Hall>}}
  /halls/{hallId}/guests:
    parameters: [{name: hallId, in: path, required: true, schema: {type: integer}}]
    post:
      requestBody: {required: true, content: <NewGuest>}
      responses: {'201': {description: made, content: <Guest>}}
  /tickets:
    post:
      requestBody: {required: true, content: <NewHall>}
      responses: {'201': {description: made, content: <Ticket>}}
    get: {responses: {'200': {description: all, content: <Tickets>}}}
  /tickets/{ticketId}/guests:
    parameters: [{name: ticketId, in: path, required: true, schema: {type: integer}}]
    post:
      requestBody: {required: true, content: <NewGuest>}
      responses: {'201': {description: made, content: <Guest>}}
components:
  schemas:
    NewHall: {type: object, required: [name], properties: {name: {type: string}}}
    Hall: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    Ticket: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    Tickets: {type: array, items: {$ref: '#/components/schemas/Ticket'}}
    NewGuest: {type: object, required: [email], properties: {email: {type: string}}}
    Guest: {type: object, properties: {id: {type: integer}, email: {type: string}}}
"""
PAPERS = """
paths:
  /papers:
    post:
      requestBody: {required: true, content: <NewPaper>}
      responses: {'201': {description: made, content: <Paper>}}
    get: {responses: {'200': {description: all, content: <Papers>}}}
  /papers/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {'200': {description: one, content: <Paper>}}}
components:
  schemas:
    NewPaper: {type: object, required: [name], properties: {name: {type: string}}}
    Papers: {type: array, items: {$ref: '#/components/schemas/Paper'}}
    Paper:
      type: object
      required: [id, name, due]
      properties: {id: {type: integer}, name: {type: string}, due: <DUE>}
"""


def test_rows_made_below_either_of_two_others_need_only_one_of_them() -> None:
    ir = _read(TWO_WAYS)
    for call in ("POST /halls/{hallId}/guests", "POST /tickets/{ticketId}/guests"):
        assert operation(ir, call).action.kind == "create"
    assert attribute(ir, "Guest.hall_id").nullable
    assert attribute(ir, "Guest.ticket_id").nullable


def test_a_create_is_left_where_an_answer_must_show_what_nothing_gives() -> None:
    due = "{type: string, format: email}"
    action = operation(_read(PAPERS.replace("<DUE>", due)), "POST /papers").action
    assert action.kind == "not_implemented"
    assert action.reason == "nothing gives due, which a Paper must have"


def test_a_first_value_keeps_to_the_limits_of_what_it_is_of() -> None:
    long = _read(PAPERS.replace("<DUE>", "{type: string, minLength: 3}"))
    assert attribute(long, "Paper.due").default is None
    free = attribute(_read(PAPERS.replace("<DUE>", "{type: string}")), "Paper.due").default
    assert free is not None
    assert free.value == ""


@pytest.mark.parametrize(
    ("shape", "empty"),
    [
        ("{type: object, properties: {day: {type: string}}}", "{}"),
        ("{type: object, properties: {day: {type: string}}, required: [day]}", None),
        ("{oneOf: [{type: object, properties: {day: {type: string}}, required: [day]}]}", None),
        ("{type: object, additionalProperties: true, minProperties: 1}", None),
        ("{oneOf: [{type: string}, {type: integer}]}", None),
        ("{type: array, items: {type: string}}", "[]"),
        ("{type: array, items: {type: string}, minItems: 1}", None),
    ],
)
def test_an_object_or_a_list_starts_empty_only_where_it_may_be(
    shape: str, empty: str | None
) -> None:
    default = attribute(_read(PAPERS.replace("<DUE>", shape)), "Paper.due").default
    assert (default.text if default is not None else None) == empty


def test_a_row_that_nothing_makes_refers_to_what_is_shown_whole() -> None:
    ir = _read("""
    paths:
      /shows/{id}:
        parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
        get: {responses: {'200': {description: one, content: <Show>}}}
      /halls/{id}:
        parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
        get: {responses: {'200': {description: one, content: <Hall>}}}
    components:
      schemas:
        Hall: {type: object, required: [id], properties: {id: {type: integer}}}
        Show:
          type: object
          required: [id, hall]
          properties: {id: {type: integer}, hall: {$ref: '#/components/schemas/Hall'}}
    """)
    assert not attribute(ir, "Show.hall_id").nullable


def test_rows_within_a_request_need_no_more_than_it_says_of_them() -> None:
    ir = _read("""
    paths:
      /theatres:
        post:
          requestBody: {required: true, content: <Theatre>}
          responses: {'201': {description: made, content: <Theatre>}}
      /theatres/{theatreId}/halls:
        parameters: [{name: theatreId, in: path, required: true, schema: {type: integer}}]
        post:
          requestBody: {required: true, content: <Hall>}
          responses: {'201': {description: made, content: <Hall>}}
    components:
      schemas:
        Theatre:
          type: object
          required: [halls]
          properties:
            id: {type: integer}
            halls: {type: array, items: {$ref: '#/components/schemas/HallView'}}
        HallView:
          type: object
          required: [number]
          properties: {id: {type: integer}, number: {type: integer}}
        Hall:
          type: object
          required: [number, rows]
          properties: {id: {type: integer}, number: {type: integer}, rows: {type: object}}
    """)
    assert operation(ir, "POST /theatres").action.kind == "create"
    assert attribute(ir, "Hall.rows").nullable


@pytest.mark.parametrize(
    ("shown", "stored", "words"),
    [
        ("{type: integer}", "bigint", "given as a text and shown as a whole number"),
        ("{type: string, format: date}", "date", "given as any text and shown as a date"),
    ],
)
def test_what_is_given_as_a_text_and_shown_otherwise_is_not_kept(
    shown: str, stored: str, words: str
) -> None:
    text = PAPERS.replace("<DUE>", shown).replace(
        "properties: {name: {type: string}}}",
        "properties: {name: {type: string}, due: {type: string}}}",
        1,
    )
    ir = _read(text)
    assert operation(ir, "POST /papers").action.kind == "create"
    assert attribute(ir, "Paper.due").type.kind == stored
    said = [notice.message for notice in ir.notices if notice.kind == "ignored"]
    assert any(words in message for message in said)


def test_a_first_value_is_one_of_those_that_a_change_allows() -> None:
    change = """    patch:
      requestBody: {required: true, content: <Change>}
      responses: {'200': {description: changed, content: <Paper>}}
components:
  schemas:
    Change: {type: object, properties: {due: {type: string, enum: [SOON, NOW]}}}
"""
    text = PAPERS.replace("<DUE>", "{type: string}").replace("components:\n  schemas:\n", change)
    default = attribute(_read(text), "Paper.due").default
    assert default is not None
    assert default.value == "SOON"


@pytest.mark.parametrize(("given", "kind"), [("integer", "bigint"), ("number", "number")])
def test_a_number_that_is_shown_as_a_text_is_stored_as_a_number(given: str, kind: str) -> None:
    text = PAPERS.replace("<DUE>", "{type: string}").replace(
        "properties: {name: {type: string}}}",
        f"properties: {{name: {{type: string}}, due: {{type: {given}}}}}}}",
        1,
    )
    assert attribute(_read(text), "Paper.due").type.kind == kind


def test_a_path_that_can_name_no_row_is_left_with_its_reason() -> None:
    ir = _read("""
    paths:
      /jars/{id}:
        parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
        get: {responses: {'200': {description: one, content: <Jar>}}}
      /pots/{id}:
        parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
        get: {responses: {'200': {description: one, content: <Pot>}}}
    components:
      schemas:
        Jar: {type: object, properties: {id: {type: string, format: uuid}, size: {type: integer}}}
        Pot: {type: object, properties: {id: {type: string}, size: {type: integer}}}
    """)
    jar = operation(ir, "GET /jars/{id}").action
    assert jar.kind == "not_implemented"
    assert jar.reason == "its path takes a whole number, and id of Jar is a UUID"
    assert operation(ir, "GET /pots/{id}").action.kind == "read"
    assert attribute(ir, "Pot.id").type.format == "uuid"


def test_what_a_request_says_of_a_row_makes_none() -> None:
    ir = _read(
        PAPERS.replace("<DUE>", "{type: string}").replace(
            "components:",
            """  /papers/{id}/assign:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    post:
      requestBody: {required: true, content: <Assign>}
      responses: {'200': {description: one, content: <Paper>}}
components:""",
        )
        + "    Assign: {type: object, required: [name], properties: {name: {type: string}}}\n"
    )
    roles = {view.schema: view.roles for view in ir.domain.views}
    assert "create" not in roles["Assign"]


def test_a_row_that_nothing_makes_has_what_answers_show_and_paths_find_it_by() -> None:
    ir = _read("""
    paths:
      /books/{isbn}:
        parameters:
          - {name: isbn, in: path, required: true, schema: {type: string, pattern: '^[0-9]{10}$'}}
        get: {responses: {'200': {description: one, content: <Book>}}}
      /shelf:
        get: {responses: {'200': {description: all, content: <Shelf>}}}
    components:
      schemas:
        Shelf: {type: array, items: {$ref: '#/components/schemas/BookOnShelf'}}
        Book: {type: object, properties: {isbn: {type: string}, title: {type: string}}}
        BookOnShelf:
          type: object
          required: [title]
          properties: {isbn: {type: string}, title: {type: string}}
    """)
    values = {name: v.value for seed in ir.seeds for name, v in seed.values}
    assert re.fullmatch("[0-9]{10}", str(values["isbn"]))


def test_a_request_says_the_form_of_a_text_that_answers_only_show() -> None:
    text = PAPERS.replace("<DUE>", "{type: string}").replace(
        "properties: {name: {type: string}}}",
        "properties: {name: {type: string}, due: {type: string, format: email}}}",
        1,
    )
    assert attribute(_read(text), "Paper.due").type.format == "email"


def test_a_list_given_as_objects_and_shown_as_texts_is_not_kept() -> None:
    shown = "{type: array, items: {type: string}}"
    text = PAPERS.replace("<DUE>", shown).replace(
        "properties: {name: {type: string}}}",
        "properties: {name: {type: string}, due: {type: array, items: {type: object,"
        " properties: {day: {type: string}}}}}}",
        1,
    )
    said = [notice.message for notice in _read(text).notices if notice.kind == "ignored"]
    assert any("given as objects and shown as plain values" in message for message in said)


@pytest.mark.parametrize(
    ("pattern", "kind"), [("^trf_[0-9a-z]{10}$", "create"), ("^P-[0-9]{4}$", "not_implemented")]
)
def test_a_text_key_is_made_within_its_pattern_or_left_to_people(pattern: str, kind: str) -> None:
    ir = _read(PAPERS.replace("id: {type: integer}", f"id: {{type: string, pattern: '{pattern}'}}"))
    assert operation(ir, "POST /papers").action.kind == kind


def test_a_password_that_answers_must_have_may_be_left_out_of_a_new_row() -> None:
    ir = _read("""
    paths:
      /crew:
        post:
          requestBody: {required: true, content: <NewSailor>}
          responses: {'201': {description: made, content: <Sailor>}}
      /login:
        post:
          requestBody: {required: true, content: <NewSailor>}
          responses: {'200': {description: in}}
    components:
      schemas:
        NewSailor:
          type: object
          properties: {username: {type: string}, password: {type: string}}
        Sailor:
          type: object
          required: [id, password]
          properties: {id: {type: integer}, username: {type: string}, password: {type: string}}
    """)
    assert operation(ir, "POST /crew").action.kind in ("create", "register")
    assert attribute(ir, "Sailor.password_hash").nullable
