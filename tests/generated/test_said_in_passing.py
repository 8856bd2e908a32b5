"""What a spec says in passing is kept: orders of lists, cursors, multiples, words of errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.verify.smoke import smoke
from tests.generated.test_declared import CASES, Client, serve_spec
from tests.generator.specs import read_case
from tests.helpers_apps import PYTHON

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")


@pytest.fixture(scope="module")
def jukebox(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "jukebox.yaml", tmp_path_factory.mktemp("jukebox"), **compiled)


def _record(jukebox: Client, *titles: str) -> list[str]:
    made = [jukebox.call("POST /tracks", {"title": title}) for title in titles]
    return [answer.json["id"] for answer in made]


def test_a_list_of_keys_comes_back_in_its_order(jukebox: Client) -> None:
    a, b, c = _record(jukebox, "a", "b", "c")
    made = jukebox.call("POST /playlists", {"name": "x", "track_ids": [c, a, b]}).json
    assert made["track_ids"] == [c, a, b]
    path = f"/playlists/{made['id']}"
    for changed in ([b, a, c], [a, c], [c, b, a]):
        sent = {"name": "x", "track_ids": changed}
        assert jukebox.call(f"PUT {path}", sent).json["track_ids"] == changed
        assert jukebox.call(f"GET {path}").json["track_ids"] == changed


def test_a_list_goes_on_behind_the_row_that_a_key_names(jukebox: Client) -> None:
    made = _record(jukebox, *"pqrst")
    page = jukebox.call(f"GET /tracks?starting_after={made[0]}&limit=3").json
    assert [track["id"] for track in page["data"]] == made[1:4]
    assert (page["has_more"], page["next_cursor"]) == (True, made[3])
    page = jukebox.call(f"GET /tracks?starting_after={page['next_cursor']}").json
    assert [track["id"] for track in page["data"]] == made[4:]
    assert (page["has_more"], page["next_cursor"]) == (False, None)
    nobody = "00000000-0000-4000-8000-000000000000"
    assert jukebox.call(f"GET /tracks?starting_after={nobody}").status == 422


def test_a_list_that_does_not_say_where_it_goes_on_does_so_behind_a_key(jukebox: Client) -> None:
    made = [jukebox.call("POST /playlists", {"name": name}).json["id"] for name in "xyz"]
    listed = jukebox.call(f"GET /playlists?after={made[0]}").json
    assert [playlist["id"] for playlist in listed] == made[1:]


@pytest.mark.parametrize("gain", [0.05, 0.15, 0.3, -1.1, 0, 1e300])
def test_a_multiple_of_a_fraction_is_taken_as_it_is_written(jukebox: Client, gain: float) -> None:
    assert jukebox.call("POST /tracks", {"title": "x", "gain": gain}).status == 201


@pytest.mark.parametrize("gain", [5e-324, 0.07, 0.05000000001, 123456789.01])
def test_what_is_nearly_a_multiple_is_none(jukebox: Client, gain: float) -> None:
    assert jukebox.call("POST /tracks", {"title": "x", "gain": gain}).status == 422


def test_an_error_says_the_status_of_its_example(jukebox: Client) -> None:
    lost = jukebox.call("GET /tracks/00000000-0000-4000-8000-000000000000")
    assert (lost.status, lost.json["status"]) == (404, "fail")


def test_who_is_made_with_a_mail_and_a_password_signs_in_with_them(jukebox: Client) -> None:
    given = {"mail": "a@example.com", "password": "long enough"}
    assert jukebox.call("POST /staff", given).status == 201
    assert jukebox.call("POST /auth/login", given).json["token"]
    wrong = given | {"password": "guessed"}
    assert jukebox.call("POST /auth/login", wrong).status == 401


def test_keys_within_a_list_that_is_kept_as_it_comes_are_told_not_to_be_looked_up() -> None:
    notices = {notice.message for notice in read_case("jukebox").notices}
    assert "x-references Track.id within JSON is not enforced" in notices


def test_a_smoke_run_calls_each_operation(jukebox: Client) -> None:
    outcomes = smoke(read_case("jukebox"), jukebox.base)
    assert [(o.operation, o.detail) for o in outcomes if o.status != "pass"] == []


def test_a_smoke_run_knows_its_caller_among_others_after_his_row_has_changed(
    tmp_path: Path, compiled: dict[str, str]
) -> None:
    for clinic in serve_spec(CASES / "clinic.yaml", tmp_path, seeded=True, **compiled):
        outcomes = smoke(read_case("clinic"), clinic.base)
        assert [(o.operation, o.detail) for o in outcomes if o.status != "pass"] == []


@pytest.fixture(scope="module")
def guides(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "guides.yaml", tmp_path_factory.mktemp("guides"), **compiled)


def test_a_row_of_another_kind_is_that_of_whoever_calls(guides: Client) -> None:
    callers = []
    for name in ("ada", "bo"):
        given = {"email": f"{name}@example.com", "password": "long enough"}
        assert guides.call("POST /auth/register", given).status == 201
        token = guides.call("POST /auth/login", given).json["token"]
        callers.append(f"Bearer {token}")
        assert guides.call("GET /guides/me", Authorization=callers[-1]).status == 404
        guides.call("POST /guides", {"subject": name}, Authorization=callers[-1])
    ada, bo = callers
    assert guides.call("GET /guides/me", Authorization=ada).json["subject"] == "ada"
    assert guides.call("GET /guides/latest").json["subject"] == "bo"
    assert guides.call("GET /guides/total").json == {"total": 2}
    changed = guides.call("PATCH /guides/me", {"subject": "sea"}, Authorization=ada).json
    assert changed["subject"] == "sea"
    assert guides.call("DELETE /guides/me", Authorization=ada).status == 204
    assert guides.call("GET /guides/me", Authorization=ada).status == 404  # she is still there
    assert guides.call("GET /guides/me", Authorization=bo).json["subject"] == "bo"
    assert guides.call("GET /guides/me").status == 401
