"""What specs pass over: whose a row is, what an answer shows, which state a word stands for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devmatrix_guard.generator.spec.load import read_spec
from devmatrix_guard.verify.openapi import find_differences
from devmatrix_guard.verify.smoke import smoke
from devmatrix_guard.verify.smoke_tokens import issue_token
from tests.generated.test_declared import CASES, Client, serve_spec
from tests.generator.specs import read_case
from tests.helpers_apps import PYTHON

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
SECRET = "x" * 40  # that of the applications which `serve_spec` serves


def _check(name: str, served: Client) -> None:
    """Serve what is declared, and pass a smoke run."""
    declared = read_spec(CASES / f"{name}.yaml").root
    assert [*find_differences(declared, served.call("GET /openapi.json").json)] == []
    outcomes = smoke(read_case(name), served.base, secret=SECRET)
    assert [(o.operation, o.detail) for o in outcomes if o.status != "pass"] == []


@pytest.fixture(scope="module")
def lockers(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "lockers.yaml", tmp_path_factory.mktemp("lockers"), **compiled)


def test_only_whom_a_token_names_has_what_lies_below_him(lockers: Client) -> None:
    members = []
    for name in ("ada", "bo"):
        given = {"email": f"{name}@example.org", "password": "long enough"}
        members.append(lockers.call("POST /members", given).json["id"])
    ada, bo = members
    own, other = (f"Bearer {issue_token(str(key), SECRET)}" for key in (ada, bo))
    path = f"/members/{ada}/lockers"
    made = lockers.call(f"POST {path}", {"label": "left"}, Authorization=own)
    assert made.status == 201
    one = f"{path}/{made.json['id']}"
    assert lockers.call(f"PUT {one}", {"label": "right"}, Authorization=own).status == 200
    assert lockers.call(f"GET {one}", Authorization=own).json["label"] == "right"
    assert lockers.call(f"POST {path}", {"label": "mine"}, Authorization=other).status == 404
    for line in (f"GET {path}", f"GET {one}", f"DELETE {one}"):
        assert lockers.call(line, Authorization=other).status == 404
    assert lockers.call(f"DELETE {one}", Authorization=own).status == 204
    assert lockers.call(f"GET {path}", Authorization=own).json == []


def test_a_smoke_run_of_the_lockers_passes(lockers: Client) -> None:
    _check("lockers", lockers)


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "bookstall.yaml", tmp_path_factory.mktemp("stall"), **compiled)


def test_rows_are_shown_where_no_answer_is_described(stall: Client) -> None:
    person = {"email": "ada@example.org", "password": "long enough"}
    joined = stall.call("POST /auth/register", person | {"name": "Ada"})
    assert (joined.status, joined.json["name"]) == (201, "Ada")
    assert "password" not in joined.json
    tokens = stall.call("POST /auth/login", person).json
    renewed = stall.call("POST /auth/refresh", {"refreshToken": tokens["refreshToken"]})
    assert (renewed.status, sorted(renewed.json)) == (200, ["refreshToken", "token"])
    assert stall.call("POST /auth/refresh", {"refreshToken": "another"}).status == 401
    own = {"Authorization": f"Bearer {renewed.json['token']}"}
    assert stall.call("PATCH /users/me", {"name": "Ida"}, **own).status == 200
    for path in ("/auth/me", "/users/me"):
        assert stall.call(f"GET {path}", **own).json == joined.json | {"name": "Ida"}
        assert stall.call(f"GET {path}").status == 401
    made = stall.call("POST /books", {"title": "Dune", "status": "draft"}, **own).json
    stall.call("POST /books", {"title": "Emma", "status": "draft"}, **own)
    found = stall.call("GET /books/search?q=dun", **own).json
    assert [book["title"] for book in found] == ["Dune"]
    review = stall.call(f"POST /books/{made['id']}/reviews", {"text": "long"}, **own).json
    assert stall.call(f"GET /reviews/{review['id']}", **own).json == review
    for word, status in (("publish", "published"), ("archive", "archived"), ("purchase", "sold")):
        method = "PATCH" if word == "publish" else "POST"
        assert stall.call(f"{method} /books/{made['id']}/{word}", **own).status == 200
        assert stall.call(f"GET /books/{made['id']}", **own).json["status"] == status


def test_a_smoke_run_of_the_stall_passes(stall: Client) -> None:
    _check("bookstall", stall)


@pytest.fixture(scope="module")
def chores(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "chores.yaml", tmp_path_factory.mktemp("chores"), **compiled)


def test_what_a_change_takes_is_what_makes_a_row(chores: Client) -> None:
    made = chores.call("POST /tasks", {"title": "sweep"}).json
    one = f"/tasks/{made['id']}"
    assert chores.call(f"PUT {one}", {"title": "mop"}).json["title"] == "mop"
    assert chores.call(f"PUT {one}", {}).status == 422
    assert chores.call(f"PATCH {one}", {}).status == 200
    assert chores.call(f"PATCH {one}", {"title": "dust"}).status == 200
    assert chores.call(f"GET {one}").json["title"] == "dust"
    assert chores.call(f"PATCH {one}", {"title": None}).status == 422
    document = chores.call("GET /openapi.json").json
    assert document["paths"]["/tasks/{id}"]["put"]["requestBody"]["x-undeclared"] is True


def test_a_word_says_when_it_was_done_and_is_taken_back(chores: Client) -> None:
    one = f"/tasks/{chores.call('POST /tasks', {'title': 'iron'}).json['id']}"
    assert chores.call(f"POST {one}/complete").json["status"] == "done"
    assert chores.call(f"POST {one}/archive").status == 200
    assert chores.call(f"PUT {one}/approve").status == 200
    shown = chores.call(f"GET {one}").json
    assert shown["archivedAt"]
    assert shown["approvedAt"]
    assert chores.call(f"POST {one}/restore").status == 200
    assert chores.call(f"GET {one}").json["status"] == "open"
    assert chores.call("POST /tasks/999999/archive").status == 404


def test_rows_are_removed_by_a_list_of_their_keys(chores: Client) -> None:
    keys = [chores.call("POST /tasks", {"title": "wash"}).json["id"] for _ in range(3)]
    assert chores.call("DELETE /tasks", {"ids": [*keys[:2], 999999]}).status == 204
    assert [chores.call(f"GET /tasks/{key}").status for key in keys] == [404, 404, 200]
    assert chores.call("DELETE /tasks", {"ids": []}).status == 204
    assert chores.call("DELETE /tasks", {"ids": ["x"]}).status == 422


def test_a_smoke_run_of_the_chores_passes(chores: Client) -> None:
    _check("chores", chores)
