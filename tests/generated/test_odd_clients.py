"""What a client tries that people do not: unshown values, the rows of others, values too great."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
CRATE = {"weight": 2.5, "lock": "1234", "labelCodes": []}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("depot")


@pytest.fixture(scope="module")
def depot(folder: Path, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "depot.yaml", folder, **compiled)


def _hire(depot: Client, badge: str) -> tuple[dict[str, Any], str]:
    given = {"badge": badge, "secret": "long enough", "clearance": "vault", "creditsLeft": 9}
    hired = depot.call("POST /clerks", given)
    assert hired.status == 201
    token = depot.call("POST /sessions", {"badge": badge, "secret": "long enough"}).json["token"]
    return hired.json, f"Bearer {token}"


def _find_lines(folder: Path, subject: str) -> list[dict[str, str]]:
    ledger = json.loads((folder / "app" / "ledger.json").read_text("utf-8"))["promises"]
    lines: list[dict[str, str]] = ledger[subject]
    return lines


def test_what_is_required_and_never_shown_is_taken_and_not_shown(depot: Client) -> None:
    clerk, ada = _hire(depot, "ada")
    assert clerk == {"clerkId": clerk["clerkId"], "badge": "ada"}
    slip = {"key": "k", "note": "n"}
    made = depot.call("POST /crates", CRATE | {"slip": slip}, Authorization=ada)
    assert (made.status, made.json["slip"], "lock" in made.json) == (201, {"note": "n"}, False)
    path = f"/crates/{made.json['crateNo']}"
    assert depot.call(f"GET {path}", Authorization=ada).json == made.json
    kept = depot.call(f"PUT {path}", CRATE | {"weight": 3}, Authorization=ada)
    assert (kept.status, kept.json["weight"]) == (200, 3)
    for wrong in ({"weight": 1, "labelCodes": []}, CRATE | {"lock": "12345"}, CRATE | {"slip": {}}):
        assert depot.call("POST /crates", wrong, Authorization=ada).status == 422


def test_rights_and_makers_by_other_names_are_not_taken_from_requests(depot: Client) -> None:
    bo, token = _hire(depot, "bo")
    cai, other = _hire(depot, "cai")
    forged = CRATE | {"custodianId": cai["clerkId"]}
    made = depot.call("POST /crates", forged, Authorization=token)
    assert made.json["custodianId"] == bo["clerkId"]
    path = f"PUT /crates/{made.json['crateNo']}"
    assert depot.call(path, CRATE, Authorization=other).status == 403
    kept = depot.call(path, forged, Authorization=token)
    assert (kept.status, kept.json["custodianId"]) == (200, bo["clerkId"])


def test_a_row_below_another_shows_its_key_by_the_name_of_that_key(depot: Client) -> None:
    _, ada = _hire(depot, "dan")
    number = depot.call("POST /crates", CRATE, Authorization=ada).json["crateNo"]
    sealed = depot.call(f"POST /crates/{number}/seals", {"wax": "red"}, Authorization=ada)
    assert sealed.json["crateNo"] == number


def test_a_list_of_keys_is_known_by_the_name_of_the_key(depot: Client) -> None:
    _, ada = _hire(depot, "eve")
    for code in ("hot", "wet"):
        made = depot.call("POST /labels", {"code": code, "text": "x"}, Authorization=ada)
        assert made.json["crateNos"] == []
    crate = depot.call("POST /crates", CRATE | {"labelCodes": ["wet", "hot"]}, Authorization=ada)
    assert crate.json["labelCodes"] == ["wet", "hot"]
    shown = depot.call("GET /labels/hot", Authorization=ada).json
    assert shown["crateNos"] == [crate.json["crateNo"]]
    unknown = CRATE | {"labelCodes": ["nobody"]}
    assert depot.call("POST /crates", unknown, Authorization=ada).status == 422
    path = f"PUT /crates/{crate.json['crateNo']}"
    without = {key: value for key, value in CRATE.items() if key != "labelCodes"}
    assert depot.call(path, without, Authorization=ada).json["labelCodes"] == []
    assert depot.call("GET /labels/hot", Authorization=ada).json["crateNos"] == []


def test_a_list_of_keys_keeps_its_order_whatever_the_other_side_is_called(depot: Client) -> None:
    _, ada = _hire(depot, "lou")
    bays = [
        depot.call("POST /bays", {"name": name}, Authorization=ada).json["id"] for name in "abcdef"
    ]
    for ids in (bays[::-1], bays[3:] + bays[:3], bays[::2] + bays[1::2]):
        made = depot.call("POST /lanes", {"name": "x", "bayIds": ids}, Authorization=ada)
        assert made.json["bayIds"] == ids


def test_what_is_answered_to_a_key_of_no_row_is_documented(depot: Client) -> None:
    _, ada = _hire(depot, "jon")
    sent = {"name": "x", "bayIds": [404]}
    status = depot.call("POST /lanes", sent, Authorization=ada).status
    said = depot.call("GET /openapi.json").json["paths"]["/lanes"]["post"]["responses"]
    assert status == 404
    assert said["404"]["x-undeclared"] is True


def test_values_that_are_too_great_are_no_defects(depot: Client) -> None:
    _, ada = _hire(depot, "fay")
    far = depot.call("GET /crates?offset=99999999999999999999", Authorization=ada)
    assert (far.status, far.json["items"]) == (200, [])
    for moment in ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"):
        path = f"GET /crates?packed_after={moment.replace('+', '%2B')}"
        assert depot.call(path, Authorization=ada).status == 400
        packed = depot.call("POST /crates", CRATE | {"packed": moment}, Authorization=ada)
        assert packed.status == 422
    half = {"badge": "\ud800", "secret": "long enough"}
    assert depot.call("POST /sessions", half).status == 422
    assert depot.call("POST /clerks", half).status == 422


@pytest.mark.parametrize("query", ["offset=0.5", "limit=1.5", "offset=-1"])
def test_a_number_that_counts_no_row_is_refused_where_that_is_declared(
    depot: Client, query: str
) -> None:
    _, ada = _hire(depot, f"ida {query}")
    assert depot.call(f"GET /crates?{query}", Authorization=ada).status == 400


def test_whole_numbers_are_documented_as_they_are_kept(depot: Client) -> None:
    schemas = depot.call("GET /openapi.json").json["components"]["schemas"]
    assert schemas["Seal"]["properties"]["sealNo"]["format"] == "int64"


def test_a_probe_says_what_its_answer_may(depot: Client) -> None:
    assert depot.call("GET /ping").json == {"status": "UP"}


def test_what_lies_above_a_row_is_not_what_lies_below_it(depot: Client) -> None:
    _, ada = _hire(depot, "gil")
    top = depot.call("POST /bays", {"name": "top"}, Authorization=ada).json["id"]
    low = depot.call("POST /bays", {"name": "low", "parentId": top}, Authorization=ada).json
    below = depot.call(f"GET /bays/{top}/children", Authorization=ada).json
    assert below == [low]
    assert depot.call(f"GET /bays/{low['id']}/ancestors", Authorization=ada).status == 501


def test_no_row_comes_to_stand_below_itself(depot: Client) -> None:
    _, ada = _hire(depot, "kim")
    top = depot.call("POST /bays", {"name": "top"}, Authorization=ada).json["id"]
    low = depot.call("POST /bays", {"name": "low", "parentId": top}, Authorization=ada).json["id"]
    for above in (top, low):
        moved = depot.call(f"PUT /bays/{top}", {"name": "x", "parentId": above}, Authorization=ada)
        assert (moved.status, b"below itself" in moved.body) == (422, True)
    moved = depot.call(f"PUT /bays/{low}", {"name": "low", "parentId": None}, Authorization=ada)
    assert (moved.status, moved.json["parentId"]) == (200, None)


def test_no_parent_lies_below_its_child_where_children_are_not_shown(depot: Client) -> None:
    _, ada = _hire(depot, "meg")
    top = depot.call("POST /lanes", {"name": "top"}, Authorization=ada).json["id"]
    given = {"name": "low", "parentLaneId": top}
    low = depot.call("POST /lanes", given, Authorization=ada).json["id"]
    path = f"PATCH /lanes/{top}"
    moved = depot.call(path, {"parentLaneId": low}, Authorization=ada)
    assert (moved.status, b"below itself" in moved.body) == (422, True)


def test_what_a_change_may_say_and_no_row_may_have_is_told_with_its_field(depot: Client) -> None:
    _, ada = _hire(depot, "ned")
    number = depot.call("POST /lanes", {"name": "x"}, Authorization=ada).json["id"]
    changed = depot.call(f"PATCH /lanes/{number}", {"bendRadius": 10}, Authorization=ada)
    said = b"bendRadius is beyond the limits"
    assert (changed.status, said in changed.body) == (422, True)


def test_what_asks_for_others_is_not_taken_without_them(depot: Client) -> None:
    _, ada = _hire(depot, "pia")
    alone = depot.call("POST /lanes", {"name": "x", "feeRate": 4}, Authorization=ada)
    assert (alone.status, b"with feeRate there must be feeUnit" in alone.body) == (422, True)
    for taken in ({"feeRate": 4, "feeUnit": "h"}, {"feeUnit": "h"}, {}):
        made = depot.call("POST /lanes", {"name": "x"} | taken, Authorization=ada)
        assert made.status == 201
    said = depot.call("GET /openapi.json").json["components"]["schemas"]["Lane"]
    assert said["dependentRequired"] == {"feeRate": ["feeUnit"]}


def test_a_list_that_is_never_empty_may_be_left_out(depot: Client) -> None:
    _, ada = _hire(depot, "ron")
    made = depot.call("POST /lanes", {"name": "x"}, Authorization=ada)
    assert (made.status, "slots" in made.json) == (201, False)
    given = depot.call("POST /lanes", {"name": "x", "slots": [3, 1]}, Authorization=ada)
    assert given.json["slots"] == [3, 1]
    assert depot.call("POST /lanes", {"name": "x", "slots": []}, Authorization=ada).status == 422


@pytest.mark.parametrize("far", [3.5e38, -1e39, 1e300])
def test_a_float_has_32_bits(depot: Client, far: float) -> None:
    _, ada = _hire(depot, f"oda {far}")
    number = depot.call("POST /lanes", {"name": "x"}, Authorization=ada).json["id"]
    path = f"PATCH /lanes/{number}"
    assert depot.call(path, {"bendRadius": far}, Authorization=ada).status == 422
    kept = depot.call(path, {"bendRadius": -3.4028234663852886e38}, Authorization=ada)
    assert kept.json["bendRadius"] == -3.4028234663852886e38


@pytest.mark.parametrize(
    "notice",
    [
        "an empty code is taken, and no path reaches what it names",
        "whoever is signed in reads each Crate of another, and adds each Seal below it",
    ],
)
def test_what_a_spec_leaves_open_is_told(notice: str) -> None:
    assert [n for n in read_case("depot").notices if n.message.startswith(notice)]


def test_what_is_not_kept_stands_in_the_ledger(depot: Client, folder: Path) -> None:
    del depot
    [anyof] = _find_lines(folder, "/components/schemas/Crate/anyOf")
    [logout] = _find_lines(folder, "/paths/~1logout/post")
    assert [anyof["state"], logout["state"]] == ["not", "not"]
    slip = [line for line in _find_lines(folder, "CrateSlip") if line["name"] == "stamp: readOnly"]
    assert [line["state"] for line in slip] == ["not"]


def test_the_application_serves_the_document_it_was_made_from(depot: Client) -> None:
    served = depot.call("GET /openapi.json").json
    spec = read_spec(CASES / "depot.yaml").root
    assert [*find_differences(spec, served)] == []


def test_the_smoke_calls_find_nothing_amiss(depot: Client) -> None:
    outcomes = smoke(read_case("depot"), depot.base)
    assert [outcome for outcome in outcomes if outcome.status == "fail"] == []
