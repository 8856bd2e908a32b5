"""What a spec declares is enforced: owners, privileges, scopes, preconditions, files, kinds."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.verify.checks import serve
from tests.helpers_apps import place_application

CASES = Path(__file__).parents[1] / "cases" / "specs"
VAULT = """
openapi: 3.0.3
info: {title: Vault, version: "1"}
paths:
  /coins:
    get:
      security: [{oauth: ["coins:see"]}]
      responses:
        "200":
          description: all
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Coin"}}}
        "403": {description: not for you}
    post:
      security: [{oauth: ["coins:mint"]}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Coin"}}}
      responses:
        "201":
          description: minted
          content: {application/json: {schema: {$ref: "#/components/schemas/Coin"}}}
        "403": {description: not for you}
components:
  schemas:
    Coin:
      type: object
      required: [face]
      properties: {id: {type: integer, readOnly: true}, face: {type: string}}
  securitySchemes:
    oauth:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://example.org/t
          scopes: {"coins:see": see, "coins:mint": mint}
"""


class Answer(NamedTuple):
    """What came back: the status, the headers and the body as it is."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


class Client:
    """Calls an application with JSON."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._host = base.removeprefix("http://")

    def call(self, line: str, body: Any = None, **headers: str) -> Answer:
        """Call `METHOD /path`; bytes go out as they are."""
        method, path = line.split(" ", 1)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        finally:
            connection.close()


def serve_spec(
    spec: Path, folder: Path, *, seeded: bool = False, **variables: str
) -> Iterator[Client]:
    """Generate the application of a spec, serve it, and yield who calls it."""
    app = folder / "app"
    run_generate(spec, app)
    place = place_application(app, SECRET_KEY="x" * 40, **variables)
    with serve(place, place.make_sqlite_url("declared"), seeded=seeded) as base:
        yield Client(base)


@pytest.fixture(scope="module")
def marina(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "marina.yaml", tmp_path_factory.mktemp("marina"), **compiled)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("vault")
    (folder / "vault.yaml").write_text(VAULT, "utf-8")
    yield from serve_spec(folder / "vault.yaml", folder, API_KEYS="all,some coins:see", **compiled)


def _sign_up(marina: Client, handle: str) -> str:
    given = {"handle": handle, "password": "a long secret"}
    assert marina.call("POST /signup", given).status == 201
    token: str = marina.call("POST /signin", given).json["token"]
    return f"Bearer {token}"


def test_who_signs_in_changes_and_deletes_only_himself(marina: Client) -> None:
    ada, _ = _sign_up(marina, "ada"), _sign_up(marina, "bo")
    change = {"handle": "bo", "motto": "mine now"}
    assert marina.call("PUT /skippers/bo", change, Authorization=ada).status == 403
    assert marina.call("DELETE /skippers/bo", Authorization=ada).status == 404  # no 403 declared
    own = marina.call("PUT /skippers/ada", {"handle": "ada", "motto": "ahoy"}, Authorization=ada)
    assert (own.status, own.json["motto"]) == (200, "ahoy")


def test_privileges_are_not_for_oneself_to_set(marina: Client) -> None:
    cai = _sign_up(marina, "cai")
    asked = {"handle": "cai", "role": "harbourmaster admin", "isVerified": True}
    answer = marina.call("PUT /skippers/cai", asked, Authorization=cai)
    assert answer.status == 200
    assert answer.json["role"] == "guest"
    assert not answer.json.get("isVerified")


def test_a_sign_in_without_a_body_is_refused(marina: Client) -> None:
    assert marina.call("POST /signin").status == 401


def test_a_time_of_day_is_kept_as_it_came(marina: Client) -> None:
    made = marina.call("POST /boats/v2", {"name": "Elsa", "sailsAt": "06:30:00Z"})
    assert marina.call(f"GET /boats/v2/{made.json['id']}").json["sailsAt"] == "06:30:00Z"
    assert marina.call("POST /boats/v2", {"name": "Elsa", "sailsAt": "25:99"}).status == 422


@pytest.mark.parametrize(("rig", "status"), [("ketch", 201), ("", 201), (None, 201), ("raft", 422)])
def test_the_values_of_all_alternatives_and_no_others_are_taken(
    marina: Client, rig: str | None, status: int
) -> None:
    assert marina.call("POST /boats/v2", {"name": "Mia", "rig": rig}).status == status


@pytest.mark.parametrize(
    ("query", "alike"),
    [("page=-1", ""), ("page=0.5", ""), ("size=1.5", "size=1"), ("size=-3", "size=0")],
)
def test_a_number_that_counts_no_page_is_the_least_where_no_refusal_is_declared(
    marina: Client, query: str, alike: str
) -> None:
    for _ in range(2):
        marina.call("POST /boats/v2", {"name": "Ann"})
    listed = marina.call(f"GET /boats/v2?{query}")
    assert (listed.status, listed.json) == (200, marina.call(f"GET /boats/v2?{alike}").json)
    assert marina.call("GET /boats/v2?page=1e400").status in (400, 422)


def test_references_in_a_list_must_be_there_and_are_seen_from_the_other_side(
    marina: Client,
) -> None:
    port = marina.call("POST /ports", {"name": "Oban"}).json
    boat = marina.call("POST /boats/v2", {"name": "Ida", "portIds": [port]})
    assert boat.json["portIds"] == [port]
    assert boat.json["id"] in marina.call(f"GET /ports/{port}").json["boatIds"]
    assert marina.call("POST /boats/v2", {"name": "Ida", "portIds": [port, 404]}).status == 422


def test_a_stale_tag_changes_nothing(marina: Client) -> None:
    key = marina.call("POST /boats/v2", {"name": "Una"}).json["id"]
    tag = marina.call(f"GET /boats/v2/{key}").headers["etag"]
    known = marina.call(f"GET /boats/v2/{key}", If_None_Match=tag)
    assert (known.status, known.body) == (304, b"")
    fresh = marina.call(f"PUT /boats/v2/{key}", {"name": "Una II"}, If_Match=tag)
    stale = marina.call(f"PUT /boats/v2/{key}", {"name": "Una III"}, If_Match=tag)
    assert (fresh.status, stale.status) == (200, 412)
    assert marina.call(f"GET /boats/v2/{key}").json["name"] == "Una II"


def test_a_suffix_and_a_custom_method_are_routes_of_their_own(marina: Client) -> None:
    key = marina.call("POST /boats/v2", {"name": "Oda"}).json["id"]
    table = marina.call(f"GET /boats/v2/{key}.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert b"Oda" in table.body
    assert marina.call(f"POST /boats/v2/{key}:retire").json["retired"] is True


def test_rows_below_a_row_belong_to_it(marina: Client) -> None:
    below = {"name": "Lorn", "subregions": [{"name": "Nether Lorn"}]}
    made = marina.call("POST /regions", {"name": "Argyll", "subregions": [below]}).json
    shown = marina.call(f"GET /regions/{made['id']}").json
    assert shown["subregions"][0]["subregions"][0]["name"] == "Nether Lorn"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "buoy", "colour": "red"}, 201),
        ({"kind": "quay", "metres": 30}, 201),
        ({"kind": "quay", "colour": "red"}, 422),
        ({"kind": "raft", "colour": "red"}, 422),
    ],
)
def test_each_kind_is_held_to_its_own_schema(
    marina: Client, body: dict[str, Any], status: int
) -> None:
    answer = marina.call("POST /berths", body)
    assert answer.status == status
    if status == 201:
        assert marina.call(f"GET /berths/{answer.json['id']}").json == answer.json
        assert body.items() <= answer.json.items()


def test_a_file_that_is_sent_can_be_fetched_again(marina: Client) -> None:
    head = b'--cut\r\nContent-Disposition: form-data; name="'
    parts = [
        head + b'title"\r\n\r\nSound of Mull\r\n',
        head + b'scan"; filename="s.pdf"\r\n\r\n\xff\x00\r\n',
        b"--cut--\r\n",
    ]
    form = "multipart/form-data; boundary=cut"
    made = marina.call("POST /charts", b"".join(parts), Content_Type=form)
    assert (made.status, made.json["title"]) == (201, "Sound of Mull")
    scan = marina.call(f"GET /charts/{made.json['id']}/scan")
    assert (scan.headers["content-type"], scan.body) == ("application/pdf", b"\xff\x00")


def test_a_reply_says_what_the_example_says_and_names_the_row(marina: Client) -> None:
    reply = marina.call("POST /knots", {"name": "bowline"}).json
    assert reply["message"] == "Knot tied"
    listed = marina.call("GET /knots").json["knots"]
    assert {"id": reply["id"], "name": "bowline"} in listed


def test_a_declared_text_is_sent(marina: Client) -> None:
    answer = marina.call("GET /ping")
    assert (answer.status, answer.body) == (200, b"pong")
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_key_without_the_scope_gets_the_declared_refusal(vault: Client) -> None:
    coin = {"face": "a wren"}
    assert vault.call("POST /coins", coin, Authorization="Bearer some").status == 403
    assert vault.call("GET /coins", Authorization="Bearer some").status == 200
    assert vault.call("POST /coins", coin, Authorization="Bearer all").status == 201
    # Whom nobody knows is asked to sign in; the declared refusal is for who may not.
    assert vault.call("POST /coins", coin, Authorization="Bearer other").status == 401
