"""What specs of strangers leave unsaid is still of use: rows, keys, tokens, and honest refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from devmatrix_guard.verify.smoke import smoke
from tests.generated.test_declared import CASES, PYTHON, Client, serve_spec
from tests.generator.specs import read_case

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
