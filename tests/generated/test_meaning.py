"""What a generated application does that its spec only says by names and shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.verify.checks import serve
from tests.generated.test_requests import Answer, Client
from tests.generator.specs import CASES
from tests.helpers_apps import PYTHON, place_application

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first"),
]


class Caller(NamedTuple):
    """Somebody who has signed in."""

    client: Client
    token: str

    def send(self, method: str, path: str, body: object = None) -> Answer:
        return self.client.send(method, path, body, authorization=f"Bearer {self.token}")

    def made(self, path: str, **fields: object) -> Any:
        answer = self.send("POST", path, fields)
        assert answer.status == 201, answer
        return answer.body


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("meaning")
    run_generate(CASES / "club.yaml", folder / "club")
    place = place_application(folder / "club", **compiled)
    with serve(place, place.make_sqlite_url("club")) as base:
        yield Client(base)


def _signed_in(client: Client, name: str) -> Caller:
    credentials = {"username": name, "password": "secret"}
    assert client.send("POST", "/signup", credentials).status == 201
    return Caller(client, client.send("POST", "/login", credentials).body["token"])


@pytest.fixture(scope="module")
def ada(client: Client) -> Caller:
    return _signed_in(client, "ada")


@pytest.fixture(scope="module")
def bob(client: Client) -> Caller:
    return _signed_in(client, "bob")


@pytest.fixture
def cards(ada: Caller) -> str:
    """The path of the cards of a new board of Ada's."""
    return f"/boards/{ada.made('/boards', name='Work')['id']}/cards"


def _titles(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [card["title"] for card in answer.body]


def test_rows_of_others_are_not_there(ada: Caller, bob: Caller, cards: str) -> None:
    assert ada.send("GET", cards).status == 200
    assert cards.split("/")[2] not in [str(row["id"]) for row in bob.send("GET", "/boards").body]
    assert bob.send("GET", cards.removesuffix("/cards")).status == 404


def test_what_is_below_a_row_of_others_is_not_there_either(
    ada: Caller, bob: Caller, cards: str
) -> None:
    card = ada.made(cards, title="Mine")
    assert bob.send("GET", cards).status == 404
    assert bob.send("POST", cards, {"title": "Intruder"}).status == 404
    assert bob.send("GET", f"{cards}/{card['id']}").status == 404
    assert bob.send("GET", f"{cards}/{card['id']}/remarks").status == 404
    assert bob.send("DELETE", cards).status == 404
    assert _titles(ada.send("GET", cards)) == ["Mine"]


def test_an_operation_with_a_scheme_nobody_described_is_closed(client: Client, ada: Caller) -> None:
    assert client.send("PUT", "/devices/x1", {"place": "hall"}).status == 201
    assert client.send("GET", "/devices/x1").status == 401
    assert ada.send("GET", "/devices/x1").body["place"] == "hall"


def test_put_says_whether_it_made_or_replaced(client: Client) -> None:
    made = client.send("PUT", "/devices/a%20b", {"place": "hall", "options": [{"name": "x"}]})
    assert (made.status, made.headers["location"]) == (201, "/devices/a%20b")
    replaced = client.send("PUT", "/devices/a%20b", {"place": "roof"})
    assert (replaced.status, replaced.body["options"]) == (200, [])


def test_an_answer_says_where_the_new_row_is(ada: Caller, cards: str) -> None:
    answer = ada.send("POST", cards, {"title": "Here"})
    assert answer.headers["location"] == f"{cards}/{answer.body['id']}"
    assert ada.send("GET", answer.headers["location"]).body["title"] == "Here"


def test_a_required_time_nobody_gives_is_that_of_the_making(ada: Caller, cards: str) -> None:
    assert ada.made(cards, title="Now")["filedAt"].startswith("20")


@pytest.fixture
def three(ada: Caller, cards: str) -> str:
    """The path of three cards: A is due last and was remarked on; C is done."""
    first = ada.made(cards, title="A", due="2026-03-01", tags=["x", "y"], color="green")
    ada.made(cards, title="B", due="2026-02-01", tags=["y"], urgency=2)
    last = ada.made(cards, title="C", due="2026-01-01", tags=["z"])
    ada.made(f"{cards}/{first['id']}/remarks", text="Well")
    assert ada.send("POST", f"/cards/{last['id']}/finish").status == 200
    return cards


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        pytest.param("", ["A", "B"], id="the default of a filter and of a direction hold"),
        ("state=all", ["A", "B", "C"]),
        ("state=done", ["C"]),
        ("direction=asc", ["B", "A"]),
        ("sort=title", ["B", "A"]),
        ("sort=title&direction=asc", ["A", "B"]),
        pytest.param("sort=remarks", ["A", "B"], id="a number of rows is sorted by"),
        ("sort=remarks&direction=asc", ["B", "A"]),
        pytest.param("color=green", ["A"], id="the default of new rows is no filter"),
        ("until=2026-02-01", ["B"]),
        ("after=2026-02-01", ["A"]),
        ("filter[title]=A", ["A"]),
        ("filter[title]=A&filter[color]=red", []),
        ("limit=1", ["A"]),
        ("limit=1&offset=1", ["B"]),
    ],
)
def test_a_list_is_narrowed_and_sorted(
    ada: Caller, three: str, query: str, titles: list[str]
) -> None:
    assert _titles(ada.send("GET", f"{three}?{quote(query, safe='=&')}")) == titles


def test_a_list_says_how_much_there_is_and_what_comes_next(ada: Caller, three: str) -> None:
    answer = ada.send("GET", f"{three}?state=all&limit=1&offset=1")
    assert answer.headers["x-total-count"] == "3"
    before, after = answer.headers["link"].split(", ")
    assert before.endswith('offset=0>; rel="prev"')
    assert after.endswith('offset=2>; rel="next"')


def test_rows_are_deleted_as_the_query_says(ada: Caller, three: str) -> None:
    assert ada.send("DELETE", f"{three}?state=done").status == 204
    assert _titles(ada.send("GET", f"{three}?state=all")) == ["A", "B"]


def test_an_action_happens_once_and_says_when(ada: Caller, bob: Caller, cards: str) -> None:
    card = ada.made(cards, title="Once")
    answer = ada.send("POST", f"/cards/{card['id']}/finish")
    assert (answer.status, answer.body["state"]) == (200, "done")
    assert answer.body["finishedAt"]
    assert ada.send("POST", f"/cards/{card['id']}/finish").status == 409


def test_an_action_sets_what_its_body_says(ada: Caller, cards: str) -> None:
    card = ada.made(cards, title="Later")
    answer = ada.send("POST", f"/cards/{card['id']}/postpone", {"due": "2027-01-01"})
    assert (answer.status, answer.body["due"]) == (200, "2027-01-01")


def test_rows_of_another_collection_are_linked_by_path_and_by_keys(ada: Caller, cards: str) -> None:
    labels = cards.removesuffix("cards") + "labels"
    red, blue = ada.made(labels, name="red"), ada.made(labels, name="blue")
    card = ada.made(cards, title="Coloured", label_ids=[red["id"]])
    assert [label["name"] for label in card["labels"]] == ["red"]
    answer = ada.send("PUT", f"{cards}/{card['id']}/labels/{blue['id']}")
    assert sorted(label["name"] for label in answer.body["labels"]) == ["blue", "red"]
    assert ada.send("DELETE", f"{cards}/{card['id']}/labels/{red['id']}").status == 204
    shown = ada.send("GET", f"{cards}/{card['id']}").body
    assert [label["name"] for label in shown["labels"]] == ["blue"]


def test_a_remark_answers_only_one_that_is_there(ada: Caller, cards: str) -> None:
    remarks = f"{cards}/{ada.made(cards, title='Talk')['id']}/remarks"
    first = ada.made(remarks, text="First")
    assert ada.made(remarks, text="Second", parentId=first["id"])["parentId"] == first["id"]
    assert ada.send("POST", remarks, {"text": "Third", "parentId": 4711}).status == 404


def test_who_signs_in_joins_and_leaves(ada: Caller, bob: Caller) -> None:
    room = f"/rooms/{ada.made('/rooms', name='Hall')['id']}"
    assert bob.send("POST", f"{room}/join").status == 204
    assert bob.send("POST", f"{room}/join").status == 204
    assert [user["username"] for user in ada.send("GET", f"{room}/members").body] == ["bob"]
    counts = {row["name"]: row["memberCount"] for row in ada.send("GET", "/rooms").body}
    assert counts["Hall"] == 1
    assert bob.send("POST", f"{room}/leave").status == 204
    assert ada.send("GET", f"{room}/members").body == []


def test_what_a_user_owns_goes_with_him(client: Client) -> None:
    guest = _signed_in(client, "guest")
    guest.made("/boards", name="Short")
    assert guest.send("DELETE", "/me").status == 204
    assert guest.send("GET", "/boards").status == 401


def test_a_list_in_one_text_is_read(ada: Caller, three: str) -> None:
    assert _titles(ada.send("GET", f"{three}?tags=x,z&state=all")) == ["A", "C"]
