"""What flows do at run time, on SQLite and PostgreSQL: times, questions, series, other flows."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.verify.checks import serve
from tests.generated.test_declared import CASES, Client
from tests.helpers_apps import place_application
from tests.helpers_postgres import own_database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lending(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    compiled: dict[str, str],
) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("lending")
    run_generate(CASES / "lending.yaml", folder / "app")
    place = place_application(folder / "app", SECRET_KEY="x" * 40, **compiled)
    with ExitStack() as stack:
        url = place.make_sqlite_url("lending")
        if request.param == "postgresql":
            own = stack.enter_context(own_database(request.getfixturevalue("postgres_url")))
            url = own.replace("postgresql://", "postgresql+psycopg://")
        yield Client(stack.enter_context(serve(place, url, seeded=True)))


def _make(lending: Client, path: str, **body: Any) -> Any:
    answer = lending.call(f"POST {path}", body)
    assert answer.status == 201, answer.body
    return answer.json


def _lend(lending: Client, **more: Any) -> Any:
    book = _make(lending, "/books", title="Emma")
    member = _make(lending, "/members", name="Ada")
    return _make(lending, f"/books/{book['id']}/loans", member_id=member["id"], **more)


def _set_due(lending: Client, loan: Any, **ago: float) -> None:
    due = (datetime.now(UTC) - timedelta(**ago)).isoformat()
    assert lending.call(f"PATCH /loans/{loan['id']}", {"due_at": due}).status == 200


def _find_fines(lending: Client, loan: Any) -> list[Any]:
    return [f for f in lending.call("GET /fines").json if f["loan_id"] == loan["id"]]


def _in(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


def test_a_choice_says_when_a_loan_ends(lending: Client) -> None:
    for given, days in (({}, 14), ({"days": 3}, 3)):
        left = datetime.fromisoformat(_lend(lending, **given)["due_at"]) - datetime.now(UTC)
        assert timedelta(days=days, minutes=-5) < left <= timedelta(days=days)


@pytest.mark.parametrize("days", [10**9, -(10**9), 10**15])
def test_no_duration_leaves_the_calendar(lending: Client, days: int) -> None:
    book = _make(lending, "/books", title="Emma")
    member = _make(lending, "/members", name="Ada")
    body = {"member_id": member["id"], "days": days}
    answer = lending.call(f"POST /books/{book['id']}/loans", body)
    assert answer.status < 500, answer.body


def test_a_header_is_read_and_may_be_missing(lending: Client) -> None:
    book = _make(lending, "/books", title="Emma")
    body = {"member_id": _make(lending, "/members", name="Ada")["id"]}
    assert (
        lending.call(f"POST /books/{book['id']}/loans", body, X_Desk="left").json["desk"] == "left"
    )
    assert _lend(lending)["desk"] == "main"


def test_rows_that_nothing_leads_to_are_asked(lending: Client) -> None:
    member = _make(lending, "/members", name="Cy")
    books = [_make(lending, "/books", title=f"Volume {n}") for n in range(4)]
    call = lambda book: lending.call(f"POST /books/{book['id']}/loans", {"member_id": member["id"]})  # noqa: E731
    assert [call(book).status for book in books] == [201, 201, 201, 409]
    assert b"lent_already" in call(books[0]).body


def test_each_day_late_is_charged_and_numbered(lending: Client) -> None:
    loan = _lend(lending)
    _set_due(lending, loan, days=3, hours=2)
    assert lending.call(f"POST /loans/{loan['id']}/return").status == 200
    (fine,) = _find_fines(lending, loan)
    assert fine["amount"] == "0.75"
    assert fine["number"].startswith("F-0")
    assert fine["pay_by"] == (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    again = lending.call(f"POST /loans/{loan['id']}/return")
    assert (again.status, b"returned_already" in again.body) == (409, True)


def test_who_has_a_fine_to_pay_gets_no_book(lending: Client) -> None:
    loan = _lend(lending)
    _set_due(lending, loan, days=2)
    lending.call(f"POST /loans/{loan['id']}/return")
    book = _make(lending, "/books", title="Emma")
    call = f"POST /books/{book['id']}/loans"
    refused = lending.call(call, {"member_id": loan["member_id"]})
    assert (refused.status, b"fines_to_pay" in refused.body) == (409, True)
    (fine,) = _find_fines(lending, loan)
    assert lending.call(f"PATCH /fines/{fine['id']}", {"paid": True}).status == 200
    assert lending.call(call, {"member_id": loan["member_id"]}).status == 201


def test_a_fine_has_its_bound(lending: Client) -> None:
    loan = _lend(lending)
    _set_due(lending, loan, days=400)
    lending.call(f"POST /loans/{loan['id']}/return")
    assert [fine["amount"] for fine in _find_fines(lending, loan)] == ["10.00"]


def test_numbers_have_no_gaps_however_many_take_them(lending: Client) -> None:
    loans = [_lend(lending) for _ in range(12)]
    for loan in loans:
        _set_due(lending, loan, days=2)
    shown = lending.call("GET /fines").json
    before = {fine["number"] for fine in shown if fine["number"].startswith("F-")}
    with ThreadPoolExecutor(6) as pool:  # each is returned twice: one of the two is refused
        calls = [f"POST /loans/{loan['id']}/return" for loan in [*loans, *loans]]
        statuses = [answer.status for answer in pool.map(lending.call, calls)]
    assert sorted(statuses) == [200] * 12 + [409] * 12
    numbers = sorted(
        int(fine["number"].removeprefix("F-"))
        for fine in lending.call("GET /fines").json
        if fine["number"].startswith("F-") and fine["number"] not in before
    )
    assert numbers == list(range(len(before) + 1, len(before) + 13))


def test_the_first_in_the_queue_is_called(lending: Client) -> None:
    book = _make(lending, "/books", title="Emma")
    names = [_make(lending, "/members", name=name)["id"] for name in ("Ada", "Bo", "Cy")]
    for member, urgent in zip(names, (False, True, False), strict=True):
        _make(lending, f"/books/{book['id']}/places", member_id=member, urgent=urgent)
    call = f"POST /books/{book['id']}/call-next"
    called = [lending.call(call).json["member_id"] for _ in range(3)]
    assert called == [names[1], names[0], names[2]]
    assert b"nobody_waits" in lending.call(call).body


def test_nobody_is_called_twice(lending: Client) -> None:
    book = _make(lending, "/books", title="Emma")
    member = _make(lending, "/members", name="Ada")["id"]
    for _ in range(8):
        _make(lending, f"/books/{book['id']}/places", member_id=member)
    with ThreadPoolExecutor(8) as pool:
        calls = [f"POST /books/{book['id']}/call-next"] * 10
        answers = list(pool.map(lending.call, calls))
    assert sorted(answer.status for answer in answers) == [200] * 8 + [404] * 2
    assert len({answer.json["id"] for answer in answers if answer.status == 200}) == 8


def test_rows_are_found_by_what_they_hold_and_changed_one_by_one(lending: Client) -> None:
    soon, later, gone = _lend(lending), _lend(lending), _lend(lending)
    _set_due(lending, soon, hours=-5)
    _set_due(lending, later, days=-3)
    _set_due(lending, gone, hours=1)
    before = {loan["id"]: loan["due_at"] for loan in lending.call("GET /loans").json}
    answer = lending.call("POST /loans/extend")
    assert answer.json["extended"] >= 1, answer.body
    after = {loan["id"]: loan["due_at"] for loan in lending.call("GET /loans").json}
    moved = datetime.fromisoformat(after[soon["id"]]) - datetime.fromisoformat(before[soon["id"]])
    assert moved == timedelta(weeks=1)
    assert after[later["id"]] == before[later["id"]]
    assert after[gone["id"]] == before[gone["id"]]


def test_no_two_bookings_overlap(lending: Client) -> None:
    room = _make(lending, "/rooms", name="Blue")
    path = f"/rooms/{room['id']}/bookings"
    _make(lending, path, starts_at=_in(hours=30), ends_at=_in(hours=32))
    inside = {"starts_at": _in(hours=31), "ends_at": _in(hours=33)}
    assert b"taken" in lending.call(f"POST {path}", inside).body
    _make(lending, path, starts_at=_in(hours=33), ends_at=_in(hours=34))
    long = {"starts_at": _in(hours=50), "ends_at": _in(hours=55)}
    assert b"too_long" in lending.call(f"POST {path}", long).body


def test_a_booking_is_cancelled_with_a_days_notice(lending: Client) -> None:
    room = _make(lending, "/rooms", name="Red")
    path = f"/rooms/{room['id']}/bookings"
    first = _make(lending, path, starts_at=_in(hours=10), ends_at=_in(hours=11))
    second = _make(lending, path, starts_at=_in(hours=30), ends_at=_in(hours=32))
    assert b"too_late" in lending.call(f"DELETE /bookings/{first['id']}").body
    answer = lending.call(f"DELETE /bookings/{second['id']}")
    assert (answer.status, answer.json["after"]) == (200, first["ends_at"])


def test_rows_that_no_operation_surely_makes_are_there_from_the_start(lending: Client) -> None:
    seeded = [
        fine for fine in lending.call("GET /fines").json if not fine["number"].startswith("F-")
    ]
    assert len(seeded) == 1
