"""What unseen specs taught: defaults that narrow, orders of several things, other tongues."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.generator.spec.load import read_spec
from devmatrix_guard.verify.openapi import find_differences
from devmatrix_guard.verify.smoke import smoke
from tests.generated.test_declared import CASES, Client, serve_spec
from tests.generator.specs import read_case
from tests.helpers_apps import PYTHON

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stacks")


@pytest.fixture(scope="module")
def stacks(folder: Path, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "stacks.yaml", folder, **compiled)


def _read_outbox(folder: Path, username: str) -> list[str]:
    """Return the tokens for a new password that wait to be sent to somebody."""
    (path,) = folder.glob("*.db")
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT payload FROM outbox_events ORDER BY created_at").fetchall()
    told = [json.loads(payload) for (payload,) in rows]
    return [event["token"] for event in told if event["username"] == username]


def _put_up(stacks: Client, label: str, **more: Any) -> None:
    shelf = {"label": label, "kind": "closed", "builtAt": "2026-05-01T00:00:00Z", **more}
    assert stacks.call("POST /shelves", shelf).status == 201


def _list_labels(stacks: Client, own: tuple[str, ...], query: str = "") -> list[str]:
    """Return which of a test's own shelves are listed, in their order."""
    labels = [shelf["label"] for shelf in stacks.call(f"GET /shelves{query}").json]
    return [label for label in labels if label in own]


def test_defaults_of_parameters_are_served_as_they_are_declared(stacks: Client) -> None:
    declared = read_spec(CASES / "stacks.yaml").root
    assert [*find_differences(declared, stacks.call("GET /openapi.json").json)] == []


def test_what_is_declared_for_a_parameter_that_is_left_out_narrows_a_list(stacks: Client) -> None:
    own = ("new", "old", "open")
    _put_up(stacks, "new")
    _put_up(stacks, "old", builtAt="2025-05-01T00:00:00Z")
    _put_up(stacks, "open", kind="open")
    assert _list_labels(stacks, own) == ["new"]
    assert _list_labels(stacks, own, "?since=2020-01-01T00:00:00Z") == ["new", "old"]
    assert _list_labels(stacks, own, "?kind=open") == ["open"]


def test_a_list_is_sorted_by_several_things_each_in_its_own_way(stacks: Client) -> None:
    own = ("wide", "narrow", "twin")
    for label, width in (("wide", 9), ("narrow", 3), ("twin", 9)):
        _put_up(stacks, label, width=width, shade="green")
    ways = "?shade=green&sort=width,desc&sort=label"
    assert _list_labels(stacks, own, ways) == ["twin", "wide", "narrow"]
    assert _list_labels(stacks, own, "?shade=green&sort=-label") == ["wide", "twin", "narrow"]


def test_who_registers_and_signs_in_is_known_in_other_tongues(stacks: Client) -> None:
    clerk = {"username": "eva", "password": "long enough", "phone": 5}
    assert stacks.call("POST /registro", clerk).status == 200
    assert stacks.call("GET /login?username=eva&password=long%20enough").json["token"]
    assert stacks.call("GET /login?username=eva&password=wrong%20one").status == 401


def test_a_forgotten_password_is_replaced_once_by_who_is_handed_a_token(
    stacks: Client, folder: Path
) -> None:
    stacks.call("POST /registro", {"username": "ida", "password": "long enough"})
    assert stacks.call("POST /password/forgot", {"username": "ida"}).status == 202
    assert stacks.call("POST /password/forgot", {"username": "ida"}).status == 202
    assert stacks.call("POST /password/forgot", {"username": "nobody"}).status == 202
    first, second = _read_outbox(folder, "ida")
    assert _read_outbox(folder, "nobody") == []
    given = {"token": first, "newPassword": "another one"}
    assert stacks.call("POST /password/reset", given).status == 200
    assert stacks.call("GET /login?username=ida&password=another%20one").status == 200
    assert stacks.call("GET /login?username=ida&password=long%20enough").status == 401
    assert stacks.call("POST /password/reset", given).status == 400
    assert stacks.call("POST /password/reset", given | {"token": second}).status == 400
    stacks.call("POST /password/forgot", {"username": "ida"})
    (*_, third) = _read_outbox(folder, "ida")
    path = f"PUT /password/recover/{third}"
    assert stacks.call(path, {"password": "short"}).status == 422
    assert stacks.call(path, {"password": "a third one"}).status == 204
    assert stacks.call(path, {"password": "a fourth one"}).status == 401
    assert stacks.call("GET /login?username=ida&password=a%20third%20one").status == 200


def test_a_smoke_run_of_the_stacks_passes(stacks: Client) -> None:
    outcomes = smoke(read_case("stacks"), stacks.base)
    assert [(o.operation, o.detail) for o in outcomes if o.status != "pass"] == []


@pytest.mark.parametrize("name", ["club", "notes", "pens"])
def test_a_smoke_run_passes_and_the_document_is_the_declared_one(
    name: str, tmp_path: Any, compiled: dict[str, str]
) -> None:
    for served in serve_spec(CASES / f"{name}.yaml", tmp_path, seeded=name == "notes", **compiled):
        declared = read_spec(CASES / f"{name}.yaml").root
        assert [*find_differences(declared, served.call("GET /openapi.json").json)] == []
        outcomes = smoke(read_case(name), served.base, secret="x" * 40)
        assert [(o.operation, o.detail) for o in outcomes if o.status != "pass"] == []
