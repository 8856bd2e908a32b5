"""Tests of flows: what is worked out from the steps, and what is said to be left out."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.generator.emit.tests.flows import emit_flow_tests
from devmatrix_guard.generator.emit.tests.properties import emit_invariant_tests
from devmatrix_guard.generator.plan import Plan, make_plan
from tests.generator.specs import read, read_example

EVENTS = """
    paths:
      /events/{event_id}/book:
        parameters: [{name: event_id, in: path, required: true, schema: {type: integer}}]
        post:
          operationId: book
          x-flow: book
          requestBody:
            required: true
            content: {application/json: {schema: {$ref: '#/components/schemas/Wish'}}}
          responses:
            '200':
              description: ok
              content: {application/json: {schema: {$ref: '#/components/schemas/Event'}}}
      /events/{event_id}:
        parameters: [{name: event_id, in: path, required: true, schema: {type: integer}}]
        get:
          operationId: get_event
          responses:
            '200':
              description: ok
              content: {application/json: {schema: {$ref: '#/components/schemas/Event'}}}
    x-flows:
      book:
        steps:
          - load: {as: event, entity: Event, by: {id: path.event_id}, lock: true, else: 404}
          STEP
          - decrement:
              {target: event.seats, by: body.seats, floor: 2, else: {status: 409, code: full}}
          - return: event
    components:
      schemas:
        Event:
          type: object
          required: [id, seats, price, open, starts_at]
          properties:
            id: {type: integer, readOnly: true}
            seats: {type: integer, minimum: 0}
            price: {type: integer, minimum: 0, maximum: 900}
            open: {type: boolean}
            starts_at: {type: string, format: date-time}
          x-entity: {table: events}
        Wish:
          type: object
          required: [seats]
          properties:
            seats: {type: integer, minimum: 1, maximum: 50}
"""


def _plan(step: str) -> Plan:
    return make_plan(read(EVENTS.replace("STEP", step)))


def _tests(step: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the tests of the flow by name, without `test_book_`, and what they leave out."""
    plan = _plan(step)
    text, omitted = emit_flow_tests(plan, plan.flows["book"])
    tests = [n for n in ast.parse(text).body if isinstance(n, ast.AsyncFunctionDef)]
    return {n.name.removeprefix("test_book_"): ast.unparse(n) for n in tests}, omitted


def _require(expression: str) -> str:
    return f'- require: {{expr: "{expression}", else: {{status: 409, code: no}}}}'


@pytest.mark.parametrize(
    ("expression", "met", "broken"),
    [
        ("event.open", "open=True", "open=False"),
        ("not event.open", "open=False", "open=True"),
        ("event.price >= 7", "price=7", "price=6"),
        ("event.price > 7", "price=8", "price=7"),
        ("event.price != 7", "price=2", "price=7"),
        ("event.price in (3, 4)", "price=3", "price=5"),
        ("event.price + 1 <= 10", "price=9", "price=10"),
        ("event.price * body.seats <= 10", "'seats': 1", "price=11"),
        ("event.price == body.seats", "price=2", "price=3"),
        ("event.starts_at > now()", "utc_now() + timedelta(days=1)", "timedelta(days=1)"),
    ],
)
def test_a_condition_is_met_and_broken_by_the_least_change(
    expression: str, met: str, broken: str
) -> None:
    tests, omitted = _tests(_require(expression))
    assert omitted == ()
    assert met in tests["runs_through"]
    assert broken in tests["refuses_when_no_1"]


def test_each_condition_of_several_is_broken_alone() -> None:
    tests, _ = _tests(_require("event.open and event.price < 5"))
    assert "open=False" in tests["refuses_when_no_1"]
    assert "price=4" in tests["refuses_when_no_1"]
    assert "price=5" in tests["refuses_when_no_2"]
    assert "open=True" in tests["refuses_when_no_2"]


def test_each_way_to_meet_a_condition_is_enough() -> None:
    tests, _ = _tests(_require("event.open or event.price < 5"))
    assert "open=True" in tests["allows_no_1_0"]
    assert "price=5" in tests["allows_no_1_0"]
    assert "open=False" in tests["allows_no_1_1"]
    assert "price=4" in tests["allows_no_1_1"]


def test_both_ways_of_a_condition_are_gone() -> None:
    inner = _require("event.price < 5").removeprefix("- ")
    tests, omitted = _tests(f"- when: {{expr: event.open, then: [{{{inner}}}], else: []}}")
    assert omitted == ()
    assert "open=True" in tests["runs_through"]
    assert "open=False" in tests["runs_through_otherwise_0"]


def test_a_floor_is_tested_with_more_callers_than_there_is() -> None:
    tests, _ = _tests(_require("event.open"))
    name = "never_gives_out_more_than_there_is_0"
    assert "range(10)" in tests[name]
    assert "[200] * 4 + [409] * 6" in tests[name]
    assert "await database.read(left) == 2" in tests[name]


def test_a_flow_is_asked_to_keep_what_always_holds() -> None:
    tests, _ = _tests(_require("event.open"))
    text = tests["keeps_what_always_holds"]
    assert "strategies.booleans()" in text
    assert "after == before" in text
    assert "== -body_seats" in text


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("event.price > 900", "outside of its declared range"),
        ("event.price < 5 and event.price > 7", "against each other"),
        ("event.price / 2 > 3", "division"),
    ],
)
def test_what_cannot_be_worked_out_is_said(expression: str, reason: str) -> None:
    tests, omitted = _tests(_require(expression))
    assert tests == {}
    (sentence,) = omitted
    assert sentence.startswith("the tests of the flow book leave out")
    assert reason in sentence


def test_the_shop_leaves_nothing_out() -> None:
    plan = make_plan(read_example("shop"))
    left_out = [emit_flow_tests(plan, flow)[1] for flow in plan.ir.behavior.flows]
    assert [*left_out, emit_invariant_tests(plan)[1]] == [()] * (len(left_out) + 1)
