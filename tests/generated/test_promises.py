"""What a spec says in its own words is kept: names of keys and logins, owners, formats, forms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devmatrix_guard.verify.smoke import smoke
from tests.generated.test_declared import CASES, Client, serve_spec
from tests.generator.specs import read_case
from tests.helpers_apps import PYTHON

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def guild(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "guild.yaml", tmp_path_factory.mktemp("guild"), **compiled)


def _join(guild: Client, sign: str) -> tuple[int, str]:
    given = {"callSign": sign, "passPhrase": "long enough", "kind": "administrator"}
    made = guild.call("POST /crafters/register", given)
    assert made.status == 201
    assert made.json.get("kind") is None  # who joins does not make himself an administrator
    assert "passPhrase" not in made.json
    sent = f"callSign={sign}&passPhrase=long+enough".encode()
    token = guild.call("POST /crafters/token", sent, Content_Type=FORM).json["token"]
    return made.json["crafterNo"], f"Bearer {token}"


def test_who_signs_in_by_other_names_has_a_name_of_his_own_and_no_power(guild: Client) -> None:
    number, ada = _join(guild, "ada")
    other, _ = _join(guild, "bo")
    taken = {"callSign": "ada", "passPhrase": "another one"}
    assert guild.call("POST /crafters/register", taken).status == 409
    wrong = b"callSign=ada&passPhrase=guessed"
    assert guild.call("POST /crafters/token", wrong, Content_Type=FORM).status == 401
    change = {"motto": "on", "kind": "administrator"}
    assert guild.call(f"PATCH /crafters/{other}", change, Authorization=ada).status == 403
    changed = guild.call(f"PATCH /crafters/{number}", change, Authorization=ada).json
    assert (changed["motto"], changed.get("kind")) == ("on", None)


def test_who_makes_a_row_is_its_author_whatever_he_says(guild: Client) -> None:
    number, cai = _join(guild, "cai")
    other, dan = _join(guild, "dan")
    forged = {"name": "ring", "grams": 2.5, "authorId": other}
    made = guild.call("POST /pieces", forged, Authorization=cai).json
    assert made["authorId"] == number
    assert made in guild.call("GET /pieces", Authorization=dan).json
    path = f"PUT /pieces/{made['serial']}"
    sent = f"name=band&grams=3.5&gilded=true&authorId={other}".encode()
    assert guild.call(path, sent, Authorization=dan, Content_Type=FORM).status == 403
    kept = guild.call(path, sent, Authorization=cai, Content_Type=FORM)
    assert kept.json == made | {"name": "band", "grams": 3.5, "gilded": True}


def test_a_form_of_what_is_json_elsewhere_is_held_to_its_schema_and_its_media_type(
    guild: Client,
) -> None:
    _, eve = _join(guild, "eve")
    made = guild.call("POST /pieces", {"name": "pin", "grams": 1}, Authorization=eve).json
    path = f"PUT /pieces/{made['serial']}"
    for sent in (b"name=pin&grams=heavy", b"name=pin&grams=0", b"grams=1"):
        assert guild.call(path, sent, Authorization=eve, Content_Type=FORM).status == 422
    assert guild.call(path, {"name": "pin", "grams": 1}, Authorization=eve).status == 415


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("address", "192.0.2.255", "192.0.2.256"),
        ("address6", "2001:db8::192.0.2.1", "2001:db8:::1"),
        ("host", "a-b.example", "-a.example"),
        ("opens_every", "P1DT2H", "PT"),
        ("mark", "Z3VhcmQ=", "Z3VhcmQ"),
    ],
)
def test_a_text_is_of_its_format(guild: Client, field: str, good: str, bad: str) -> None:
    made = guild.call("POST /chests", {"label": "x", field: good})
    assert (made.status, made.json[field]) == (201, good)
    assert guild.call("POST /chests", {"label": "x", field: bad}).status == 422


def test_a_row_that_holds_rows_of_its_kind_is_one_and_goes_with_them(guild: Client) -> None:
    outer = guild.call("POST /chests", {"label": "outer"}).json["id"]
    inner = guild.call(f"POST /chests/{outer}/chests", {"label": "inner"}).json["id"]
    innermost = guild.call(f"POST /chests/{inner}/chests", {"label": "innermost"}).json["id"]
    shown = guild.call(f"GET /chests/{outer}").json
    assert [chest["id"] for chest in shown["chests"]] == [inner]
    assert guild.call(f"DELETE /chests/{innermost}").status == 204
    assert guild.call(f"DELETE /chests/{outer}").status == 204
    assert guild.call(f"GET /chests/{inner}").status == 404


def test_a_reference_is_enforced_where_an_answer_speaks_of_it(guild: Client) -> None:
    number, _ = _join(guild, "fay")
    made = guild.call("POST /chests", {"label": "x", "keeper_crafter_id": number})
    assert made.status == 201
    assert guild.call("POST /chests", {"label": "x", "keeper_crafter_id": 999}).status == 422


def test_an_action_with_a_body_that_may_be_left_out_is_done_without_it(guild: Client) -> None:
    key = guild.call("POST /chests", {"label": "x"}).json["id"]
    assert guild.call(f"POST /chests/{key}/seal").json["sealed"] is True
    sealed = guild.call(f"POST /chests/{key}/seal", {"motive": "damp"}).json
    assert (sealed["sealed"], sealed["motive"]) == (True, "damp")


def test_a_list_holds_no_more_than_its_answer_may(guild: Client) -> None:
    for label in "abc":
        assert guild.call("POST /chests", {"label": label}).status == 201
    assert len(guild.call("GET /chests").json) == 2


def test_a_change_says_which_state_it_has_seen_and_comes_as_it_is_declared(guild: Client) -> None:
    merge = "application/merge-patch+json"
    key = guild.call("POST /chests", {"label": "old"}).json["id"]
    tag = guild.call(f"GET /chests/{key}").headers["etag"]
    path, sent = f"PATCH /chests/{key}", {"label": "new"}
    assert guild.call(path, sent, Content_Type=merge).status == 428
    assert guild.call(path, sent, Content_Type=merge, If_Match='"other"').status == 412
    assert guild.call(path, b"<label/>", Content_Type="text/xml", If_Match=tag).status == 415
    changed = guild.call(path, sent, Content_Type=merge, If_Match=tag)
    assert (changed.status, changed.json["label"]) == (200, "new")


def test_what_only_a_flow_makes_is_an_entity(guild: Client) -> None:
    key = guild.call("POST /chests", {"label": "x"}).json["id"]
    made = guild.call(f"POST /chests/{key}/loans", {"who": "gil"}).json
    assert (made["chest_id"], made["who"]) == (key, "gil")
    assert made["number"].startswith("L-0")
    assert guild.call(f"POST /chests/{key}/loans", {"who": "hal"}).status == 409


def test_an_envelope_and_a_text_say_what_their_examples_say(guild: Client) -> None:
    said = guild.call("POST /stalls", {"metres": 3}).json
    assert (said["status"], said["message"]) == ("fine", "Stall taken")
    assert said["data"]["stall"]["metres"] == 3
    assert guild.call("GET /version").body == b"1.4.2"


def test_what_is_in_a_form_that_is_not_read_is_told_and_no_error(guild: Client) -> None:
    assert guild.call("GET /labels/a,b").status == 501


def test_each_operation_answers_as_declared(guild: Client) -> None:
    outcomes = smoke(read_case("guild"), guild.base)
    assert [(o.operation, o.detail) for o in outcomes if o.status == "fail"] == []
