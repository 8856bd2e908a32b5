"""What specs of strangers leave unsaid is still of use: rows, keys, tokens, and honest refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from devmatrix_guard.verify.smoke import smoke
from tests.generated.test_declared import CASES, Client, serve_spec
from tests.generator.specs import read_case
from tests.helpers_apps import PYTHON

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
PASSWORD = "long enough"


@pytest.fixture(scope="module")
def halls(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "strangers.yaml", tmp_path_factory.mktemp("halls"), **compiled)


def _sign_in(halls: Client, email: str) -> str:
    assert halls.call("POST /users", {"email": email, "password": PASSWORD}).status == 201
    answer = halls.call("POST /auth/login", {"login": email, "password": PASSWORD})
    return f"Bearer {answer.json['token']}"


def test_a_row_is_shown_and_addressed_where_no_answer_is_described(halls: Client) -> None:
    token = _sign_in(halls, "a-b@c.de")
    made = halls.call("POST /halls", {"town": "Ulm"}, Authorization=token).json
    assert made["town"] == "Ulm"
    listed = halls.call("GET /halls", Authorization=token).json
    assert made in listed
    assert halls.call(f"GET /halls/{made['id']}", Authorization=token).json == made


def test_a_path_narrows_a_list(halls: Client) -> None:
    token = _sign_in(halls, "narrow@c.de")
    for town in ("Bonn", "Trier", "Bonn"):
        halls.call("POST /halls", {"town": town}, Authorization=token)
    found = halls.call("GET /halls/town/Bonn", Authorization=token).json
    assert [hall["town"] for hall in found] == ["Bonn", "Bonn"]
    assert halls.call("GET /halls/town/Nowhere", Authorization=token).json == []


def test_a_row_that_points_to_itself_can_be_removed(halls: Client) -> None:
    token = _sign_in(halls, "self@c.de")
    key = halls.call("POST /halls", {"town": "Ulm"}, Authorization=token).json["id"]
    own = {"town": "Ulm", "part_of": key}
    assert halls.call(f"PATCH /halls/{key}", own, Authorization=token).json["part_of"] == key
    assert halls.call(f"DELETE /halls/{key}", Authorization=token).status == 204
    assert halls.call(f"GET /halls/{key}", Authorization=token).status == 404


def test_who_is_not_known_gets_401_where_403_is_for_those_who_are(halls: Client) -> None:
    assert halls.call("DELETE /halls/1").status == 401


def test_a_pattern_with_a_hyphen_behind_a_class_is_checked(halls: Client) -> None:
    refused = halls.call("POST /users", {"email": "a+b@c.de", "password": PASSWORD})
    assert refused.status == 422


def test_a_health_check_tells_the_moment(halls: Client) -> None:
    said = halls.call("GET /health").json
    assert said.pop("timestamp") > (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    assert said == {"status": "ok", "service": "halls"}


def test_a_smoke_run_keeps_its_caller_and_finds_each_row_below_its_own(halls: Client) -> None:
    outcomes = smoke(read_case("strangers"), halls.base)
    assert [(o.operation, o.detail) for o in outcomes if o.status != "pass"] == []


@pytest.fixture(scope="module")
def kennel(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "kennel.yaml", tmp_path_factory.mktemp("kennel"), **compiled)


def _walk(kennel: Client, name: str) -> str:
    given = {"contactEmail": f"{name}@example.com", "password": PASSWORD, "name": name}
    assert kennel.call("POST /v1/auth/register", given).status == 201
    said = kennel.call("POST /v1/auth/login", given).json
    assert said["success"] is True
    return f"Bearer {said['data']['token']}"


def test_rows_lie_in_an_envelope_that_may_hold_anything(kennel: Client) -> None:
    token = _walk(kennel, "ada")
    made = kennel.call("POST /v1/dogs", {"name": "Rex"}, Authorization=token).json["data"]
    assert made["name"] == "Rex"
    path = f"/v1/dogs/{made['id']}"
    assert kennel.call(f"GET {path}", Authorization=token).json["data"] == made
    changed = kennel.call(f"PATCH {path}", {"name": "Max"}, Authorization=token).json["data"]
    assert changed == made | {"name": "Max"}
    home = kennel.call(f"POST {path}/adopt", Authorization=token).json["data"]
    changed = changed | {"adopted": True}
    assert home == changed
    assert changed in kennel.call("GET /v1/dogs", Authorization=token).json["data"]
    assert kennel.call(f"DELETE {path}", Authorization=token).json["data"] == {}
    assert kennel.call(f"GET {path}", Authorization=token).status == 404


def test_rows_are_shown_where_any_object_may_be(kennel: Client) -> None:
    token = _walk(kennel, "bo")
    made = kennel.call("POST /v1/boxes", {"height": 3}, Authorization=token).json
    assert made["height"] == 3
    assert made in kennel.call("GET /v1/boxes", Authorization=token).json
    path = f"/v1/boxes/{made['id']}"
    assert kennel.call(f"GET {path}", Authorization=token).json == made
    assert kennel.call(f"DELETE {path}", Authorization=token).json == {}


def test_a_user_keeps_rows_that_are_there_for_all(kennel: Client) -> None:
    ada, cai = _walk(kennel, "ada2"), _walk(kennel, "cai")
    key = kennel.call("POST /v1/dogs", {"name": "Fido"}, Authorization=ada).json["data"]["id"]
    assert kennel.call(f"POST /v1/me/dogs/{key}", Authorization=cai).status == 201
    assert [d["name"] for d in kennel.call("GET /v1/me/dogs", Authorization=cai).json] == ["Fido"]
    assert kennel.call("GET /v1/me/dogs", Authorization=ada).json == []
    assert kennel.call(f"DELETE /v1/me/dogs/{key}", Authorization=cai).status == 204
    assert kennel.call("GET /v1/me/dogs", Authorization=cai).json == []
    assert kennel.call(f"GET /v1/dogs/{key}", Authorization=cai).status == 200


def test_a_text_with_a_number_for_its_default_may_be_left_out(kennel: Client) -> None:
    token = _walk(kennel, "dot")
    for path in ("/v1/dogs?size=1", "/v1/dogs?size=1&page=2"):
        assert kennel.call(f"GET {path}", Authorization=token).status == 200


def test_a_smoke_run_of_what_is_left_open_passes(kennel: Client) -> None:
    outcomes = smoke(read_case("kennel"), kennel.base)
    assert [(o.operation, o.detail) for o in outcomes if o.status != "pass"] == []


@pytest.fixture(scope="module")
def pantry(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "pantry.yaml", tmp_path_factory.mktemp("pantry"), **compiled)


def _enter(pantry: Client, name: str) -> str:
    given = {"email": f"{name}@example.com", "password": PASSWORD}
    assert pantry.call("POST /accounts/register", given).status == 201
    said = pantry.call("POST /accounts/authenticate", given).json
    assert "nickname" not in said  # he has none, and null is not declared
    return f"Bearer {said['jwtToken']}"


def _fill_jar(pantry: Client, token: str, name: str) -> int:
    given = {"name": name, "grams": 70, "state": "full"}
    key: int = pantry.call("POST /jars", given, Authorization=token).json["success"]["id"]
    return key


def test_a_line_put_below_a_row_or_taken_out_answers_with_that_row(pantry: Client) -> None:
    token = _enter(pantry, "ada")
    path = f"/jars/{int(_fill_jar(pantry, token, 'salt'))}/spoons"
    jar = pantry.call(f"POST {path}", {"size": 3}, Authorization=token).json["success"]
    assert (jar["name"], [spoon["size"] for spoon in jar["spoons"]]) == ("salt", [3])
    gone = pantry.call(f"DELETE {path}/{jar['spoons'][0]['id']}", Authorization=token)
    assert gone.json["success"] == jar | {"spoons": []}


def test_what_could_not_be_shown_is_refused(pantry: Client) -> None:
    token = _enter(pantry, "bo")
    given = {"name": "rice", "grams": 70, "state": "full"}
    for change in ({"grams": 2}, {"state": "lost"}, {"name": "x"}):
        assert pantry.call("POST /jars", given | change, Authorization=token).status in (409, 422)


def test_a_picture_is_shown_as_a_link_that_holds_it(pantry: Client) -> None:
    token = _enter(pantry, "cai")
    key = int(_fill_jar(pantry, token, "mint"))
    head = b'--p\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n'
    part = head + b"\r\nPNG\r\n--p--"
    kind = "multipart/form-data; boundary=p"
    headers = {"Authorization": token, "Content-Type": kind}
    jar = pantry.call(f"PUT /jars/{key}/label", part, **headers).json["success"]
    assert jar["picture"] == "data:application/octet-stream;base64,UE5H"


def test_a_row_is_named_within_an_object_without_a_schema(pantry: Client) -> None:
    token = _enter(pantry, "dot")
    key = _fill_jar(pantry, token, "dill")
    given = {"shelfId": "S-1", "jar": {"id": key}}
    made = pantry.call("POST /shelves", given, Authorization=token).json
    assert (made["shelfId"], made["jar"]) == ("S-1", {"id": key, "name": "dill"})
    lost = {"shelfId": "S-2", "jar": {"id": 9999}}
    assert pantry.call("POST /shelves", lost, Authorization=token).status in (404, 409, 422)


def test_a_smoke_run_sends_what_rows_may_hold(pantry: Client) -> None:
    outcomes = smoke(read_case("pantry"), pantry.base)
    open_ = ["POST /accounts/forgot-password"]
    assert [o.operation for o in outcomes if o.status != "pass"] == open_
