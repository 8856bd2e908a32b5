"""Steps about times, questions, series and other flows: typed, and refused in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.steps import StepReader
from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.generator.extract.extract import extract, read_application
from devmatrix_guard.generator.spec.document import Place
from devmatrix_guard.generator.spec.load import load_spec
from devmatrix_guard.ir import behavior as steps

SPEC = Path(__file__).parents[2] / "cases" / "specs" / "lending.yaml"
IR = read_application(SPEC)
TYPES = Types(IR.domain, {schema.name: schema for schema in IR.api.schemas})
SCOPE = {"loan": "row:Loan", "maybe": "row:Loan?", "n": "integer", "body": "object:LendBookRequest"}


def _read(*given: Any) -> tuple[steps.Step, ...]:
    return StepReader(SCOPE, TYPES, {}).read(Place(list(given), "/steps"))


def _find_type(text: str) -> str:
    (step,) = _read({"let": {"value": text}})
    assert isinstance(step, steps.Let)
    return step.value.type


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("now() + hours(24)", "datetime"),
        ("loan.due_at - days(n)", "datetime"),
        ("today() + weeks(2)", "date"),
        ("now() - loan.due_at", "duration"),
        ("today() - today()", "days"),
        ("2 * hours(3) + days(1)", "duration"),
        ("whole_days(now() - loan.due_at) * 0.25", "decimal"),
        ("add_months(today(), 1)", "date"),
        ("date(now())", "date"),
        ("start_of(today()) + hours(9)", "datetime"),
        ("-days(2)", "days"),
        ("1 if n > 2 else 2.5", "decimal"),
        ("n if n > 2 else null", "integer?"),
        ("maybe.desk if maybe != null else 'none'", "string"),
        ("body.days + 1 if body.days != null else 14", "integer"),
        ("maybe.desk", "string?"),
        ("greatest(n, 0)", "integer"),
        ("least(now(), loan.due_at)", "datetime"),
        ("'F-' + pad(n, 5)", "string"),
        ("any(Loan, it.book_id == loan.book_id)", "boolean"),
        ("count(Loan, it.returned_at == null and not it.desk == 'main')", "integer"),
        ("sum(Fine, it.amount, it.loan == loan)", "decimal"),
        ("max(Loan, it.due_at)", "datetime?"),
    ],
)
def test_times_choices_and_questions_have_a_type(text: str, kind: str) -> None:
    assert _find_type(text) == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("today() + hours(3)", "start_of(date)"),
        ("now() + 3", "write days(...) or hours(...)"),
        ("now() - today()", "take date(...)"),
        ("days(1.5)", "needs integer"),
        ("whole_days(now())", "needs duration"),
        ("now() + now()", "cannot be worked out"),
        ("timedelta(1)", "write days(...)"),
        ("dys(1)", "did you mean 'days'"),
        ("whole_day(days(1))", "did you mean 'whole_days'"),
        ("1 if n else 2", "true or false"),
        ("1 if n > 1 else 'a'", "not of one type"),
        ("any(Lone, true)", "did you mean 'Loan'"),
        ("Loan.desk", "ask all its rows"),
        ("any(Loan, any(Fine, it.paid))", "not inside another question"),
        ("sum(Fine, it.amount * 2)", "load_many the rows"),
        ("any(Loan, round(n, 1) == 1.0 and date(it.due_at) == today())", "date(...) of what"),
        ("greatest(loan, loan)", "an order"),
        ("exists(Loan)", "write any(rows, condition)"),
    ],
)
def test_a_slip_names_the_right_word(text: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        _find_type(text)
    assert words in str(caught.value)
    assert caught.value.pointer == "/steps/0/let/value"


LOAD = {"as": "p", "entity": "Place"}


@pytest.mark.parametrize(
    ("step", "words", "pointer"),
    [
        ({"load": LOAD}, "'by' or 'where' is missing", "/load"),
        ({"load": {**LOAD, "where": "it.urgnt"}}, "did you mean 'urgent'", "/load/where"),
        ({"load": {**LOAD, "order_by": "joind_at"}}, "did you mean 'joined_at'", "/load/order_by"),
        ({"load": {**LOAD, "order_by": ["-"]}}, "with `-`", "/load/order_by/0"),
        (
            {"load": {**LOAD, "where": "it.urgent", "skip_locked": True}},
            "lock: true",
            "/load/skip_locked",
        ),
        (
            {"load": {**LOAD, "where": "it.urgent", "optional": True, "else": 404}},
            "no `else`",
            "/load/else",
        ),
        ({"load": {**LOAD, "where": "it.urgent", "lock": "yes"}}, "true or false", "/load/lock"),
        ({"load_many": {**LOAD, "limit": "'a'"}}, "integer is expected", "/load_many/limit"),
        ({"let": {"days": "null"}}, "no type", "/let/days"),
        ({"let": {"refuse": "1"}}, "has a meaning", "/let/refuse"),
        ({"let": {"class": "1"}}, "lower-case word", "/let/class"),
        ({"let": {}}, "write `let", "/let"),
        ({"number": {"as": "x", "series": "My Series"}}, "lower-case", "/number/series"),
        ({"number": {"as": "x", "series": "a", "per": "maybe"}}, "never null", "/number/per"),
        ({"number": {"as": "x", "series": "a", "start": -1}}, "from 0 on", "/number/start"),
        ({"set": {"maybe.desk": "'x'"}}, "may be null; ask", "/set"),
        ({"return": {"loan": "loan"}}, "an object shows no rows", "/return/loan"),
    ],
)
def test_a_wrong_step_is_refused_where_it_stands(step: Any, words: str, pointer: str) -> None:
    with pytest.raises(SpecError) as caught:
        _read(step)
    assert words in str(caught.value)
    assert caught.value.pointer == f"/steps/0{pointer}"


def test_what_was_asked_for_null_can_be_changed_afterwards() -> None:
    change = {"set": {"maybe.desk": "'x'"}}
    assert len(_read({"require": "maybe != null"}, change)) == 2
    assert _read({"when": {"expr": "maybe != null", "then": [change]}})
    assert _read({"when": {"expr": "maybe == null", "then": ["return"]}}, change)
    with pytest.raises(SpecError, match="may be null"):
        _read({"when": {"expr": "maybe == null", "then": [change]}})


def test_a_value_that_is_stored_may_be_null_again_after_a_change() -> None:
    ask = {"require": "loan.returned_at != null"}
    later = {"let": {"gone": "now() - loan.returned_at"}}
    assert _read(ask, later)
    with pytest.raises(SpecError, match="may be null"):
        _read(ask, {"set": {"loan.returned_at": "null"}}, later)


def _extract(**flows: Any) -> steps.Flow:
    data = yaml.safe_load(SPEC.read_text("utf-8"))
    data["x-flows"] |= flows
    made = extract(load_spec(yaml.safe_dump(data).encode()))
    return made.behavior.flows[0]


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        ({"steps": [{"run": {"flow": "charge_fin"}}]}, "did you mean 'charge_fine'"),
        ({"steps": [{"run": {"flow": "call_next"}}]}, "a flow with `inputs`"),
        ({"steps": [{"run": {"flow": "aa"}}]}, "a flow cannot run itself: aa -> aa"),
        ({"steps": [{"run": {"flow": "charge_fine"}}]}, "needs 'l"),
        (
            {"steps": [{"run": {"flow": "charge_fine", "with": {"loon": "1", "late": "1"}}}]},
            "did you mean 'loan'",
        ),
        (
            {"steps": [{"run": {"flow": "charge_fine", "with": {"loan": "1", "late": "1"}}}]},
            "loan is row:Loan, not integer",
        ),
        ({"inputs": {"loan": "Lone"}, "steps": []}, "did you mean 'Loan'"),
        ({"inputs": {"Loan": "Loan"}, "steps": []}, "lower-case"),
        (
            {"steps": [{"when": {"expr": "true", "then": [{"return": "1"}]}}, {"return": "'a'"}]},
            "returns integer before",
        ),
    ],
)
def test_a_flow_that_cannot_be_run_is_refused(flow: Any, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        _extract(aa=flow)
    assert words in str(caught.value)
    assert caught.value.pointer.startswith("/x-flows/aa")


def test_a_flow_that_may_end_without_a_result_returns_perhaps_nothing() -> None:
    give = {"when": {"expr": "n > 1", "then": [{"return": "n"}]}}
    assert _extract(aa={"inputs": {"n": "integer"}, "steps": [give]}).returns == "integer?"


def test_an_answer_has_the_properties_that_are_declared() -> None:
    text = SPEC.read_text("utf-8")
    for wrong, words in (
        ("{extendd: count(ending)}", "did you mean 'extended'"),
        ("{extended: \"'many'\"}", "extended is integer, not string"),
        ("{extended: 'max(ending, whole_days(now() - it.due_at))'}", "never null"),
    ):
        with pytest.raises(SpecError) as caught:
            extract(load_spec(text.replace("{extended: count(ending)}", wrong).encode()))
        assert words in str(caught.value)
