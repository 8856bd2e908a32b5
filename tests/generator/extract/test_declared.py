"""Entities need evidence, and what is declared of them is in the IR."""

from __future__ import annotations

import pytest

from devmatrix_guard.ir.api import SELF
from tests.generator.specs import attribute, entity, operation, read, read_case

MARINA = read_case("marina")


def test_a_version_in_a_path_names_nothing() -> None:
    ir = read("""
        paths:
          /kites/v3:
            get:
              responses: {"200": {description: a, content: {application/json: {schema:
                {type: array, items: {type: object, properties:
                  {id: {type: integer}, tail: {type: string}}}}}}}}
          /v2/drums/v1alpha1:
            get:
              responses: {"200": {description: a, content: {application/json: {schema:
                {type: array, items: {type: object, properties:
                  {id: {type: integer}, skin: {type: string}}}}}}}}
    """)
    assert [e.name for e in ir.domain.entities] == ["Drum", "Kite"]
    assert [op.name for op in ir.api.operations] == ["get_kites", "get_drums"]


def test_a_reply_has_no_table_and_each_way_of_signing_up_makes_users() -> None:
    ir = read("""
        paths:
          /join/band:
            post:
              requestBody: {content: {application/json: {schema:
                {type: object, required: [email, password], properties:
                  {email: {type: string}, password: {type: string}}}}}}
              responses: {"200": {description: a, content: &outcome {application/json: {schema:
                {$ref: "#/components/schemas/Outcome"}}}}}
          /register/roadie:
            post:
              requestBody: {content: {application/json: {schema:
                {type: object, required: [email, password, van], properties:
                  {email: {type: string}, password: {type: string}, van: {type: string}}}}}}
              responses: {"200": {description: a, content: *outcome}}
          /sessions:
            post:
              requestBody: {content: {application/json: {schema:
                {type: object, required: [email, password], properties:
                  {email: {type: string}, password: {type: string}}}}}}
              responses: {"200": {description: a, content: {application/json: {schema:
                {type: object, properties: {token: {type: string}}}}}}}
        components:
          schemas:
            Outcome: {type: object, properties: {message: {type: string}, code: {type: integer}}}
    """)
    assert [e.name for e in ir.domain.entities] == ["User"]
    kinds = {op.path: op.action.kind for op in ir.api.operations}
    assert kinds == {"/join/band": "register", "/register/roadie": "register", "/sessions": "login"}
    assert attribute(ir, "User.van").nullable  # one way of signing up leaves it out


def test_inline_rows_of_the_same_noun_that_share_nothing_are_kept_apart() -> None:
    ir = read("""
        paths:
          /shop/items:
            get: {responses: {"200": {description: a, content: {application/json: {schema:
              {type: array, items: {type: object, properties: {sku: {type: string}}}}}}}}}
          /news/items:
            get: {responses: {"200": {description: a, content: {application/json: {schema:
              {type: array, items: {type: object, properties: {headline: {type: string}}}}}}}}}
    """)
    assert [e.name for e in ir.domain.entities] == ["Item", "NewsItem"]


@pytest.mark.parametrize(
    ("call", "private"),
    [("PUT /skippers/{handle}", False), ("DELETE /skippers/{handle}", True)],
)
def test_who_signs_in_owns_his_row_and_others_get_what_is_declared(
    call: str, private: bool
) -> None:
    action = operation(MARINA, call).action
    assert (action.owner, action.private) == (SELF, private)


def test_privileges_are_not_input_and_the_report_says_so() -> None:
    assert attribute(MARINA, "Skipper.role").origin == "privilege"
    assert attribute(MARINA, "Skipper.is_verified").origin == "privilege"
    said = [notice.message for notice in MARINA.notices if notice.kind == "assumed"]
    assert any("Skipper.role" in text for text in said)


def test_a_privilege_starts_as_the_least_there_is() -> None:
    ir = read("""
        paths:
          /signup:
            post:
              requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/N"}}}}
              responses: {"201": {description: a}}
        components:
          schemas:
            N:
              type: object
              required: [email, password, role]
              properties:
                email: {type: string}
                password: {type: string}
                role: {type: string, enum: [super_admin, member]}
    """)
    default = attribute(ir, "User.role").default
    assert default is not None
    assert default.value == "member"


def test_the_spec_may_give_a_privilege_back() -> None:
    overlay = """
        overlay: 1
        entities: {Skipper: {properties: {role: {x-writable-by: self}}}}
    """
    from devmatrix_guard.generator.extract.extract import extract
    from devmatrix_guard.generator.spec.load import load_spec
    from tests.generator.specs import CASES

    data = (CASES / "marina.yaml").read_bytes()
    ir = extract(load_spec(data, overlay.encode()))
    assert attribute(ir, "Skipper.role").origin == "input"


def test_lists_of_keys_relate_many_to_many_and_fill_the_other_side() -> None:
    boats = {r.wire: r for r in entity(MARINA, "Boat").relations if r.wire}
    ports = {r.wire: r for r in entity(MARINA, "Port").relations if r.wire}
    assert (boats["portIds"].kind, ports["boatIds"].kind) == ("many_to_many", "many_to_many")
    assert boats["portIds"].through == ports["boatIds"].through


def test_rows_of_their_own_kind_below_a_row_are_its_parts() -> None:
    below = next(r for r in entity(MARINA, "Region").relations if r.wire == "subregions")
    assert (below.kind, below.inverse) == ("one_to_many", "parent")


def test_kinds_of_rows_share_a_table_and_only_what_all_have_is_needed() -> None:
    berth = {a.name: a for a in entity(MARINA, "Berth").attributes}
    assert not berth["kind"].nullable
    assert berth["colour"].nullable
    assert berth["metres"].nullable


def test_what_a_path_says_of_rows_nobody_knows_keeps_rows_apart() -> None:
    ir = read("""
        paths:
          /guilds/{guild}/masks:
            parameters: [{name: guild, in: path, required: true, schema: {type: string}}]
            get: {responses: {"200": {description: a, content: {application/json: {schema:
              {type: array, items: {$ref: "#/components/schemas/Mask"}}}}}}}
            post:
              requestBody: {content: {application/json: {schema:
                {$ref: "#/components/schemas/Mask"}}}}
              responses: {"201": {description: a, content: {application/json: {schema:
                {$ref: "#/components/schemas/Mask"}}}}}
          /guilds/{guild}/masks/{id}:
            parameters:
              - {name: guild, in: path, required: true, schema: {type: string}}
              - {name: id, in: path, required: true, schema: {type: integer}}
            get: {responses: {"200": {description: a, content: {application/json: {schema:
              {$ref: "#/components/schemas/Mask"}}}}}}
        components: {schemas: {Mask: {type: object, properties:
          {id: {type: integer, readOnly: true}, face: {type: string}}}}}
    """)
    shown = operation(ir, "GET /guilds/{guild}/masks/{id}").action
    assert {match.attribute for match in shown.by} == {"id", "guild"}
    (kept,) = operation(ir, "GET /guilds/{guild}/masks").action.filters
    assert (kept.parameter, kept.path) == ("guild", ("guild",))
    made = operation(ir, "POST /guilds/{guild}/masks").action
    assert [(a.attribute, a.source) for a in made.assign] == [("guild", "parameter:guild")]


@pytest.mark.parametrize(
    ("call", "kind", "payload"),
    [
        ("GET /boats/v2/{boatId}.csv", "read", "table"),
        ("POST /boats/v2/{boatId}:retire", "flow", "flow"),
        ("GET /charts/{id}/scan", "download", "file"),
        ("POST /ports", "create", "extras"),
        ("GET /ping", "health", "extras"),
    ],
)
def test_suffixes_methods_files_and_keys_are_understood(call: str, kind: str, payload: str) -> None:
    found = operation(MARINA, call)
    assert (found.action.kind, found.payload.kind) == (kind, payload)
