"""State machines and invariants: what a spec declares, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.machines import read_invariants, read_machines
from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.generator.spec.document import Document
from devmatrix_guard.ir.behavior import StateMachine
from tests.generator.specs import read_example

IR = read_example("shop")
TYPES = Types(IR.domain, {schema.name: schema for schema in IR.api.schemas})
PAY = {"event": "Pay it", "from": "PENDING", "to": "PAID"}


def _read_machine(*transitions: dict[str, Any], **changes: Any) -> StateMachine:
    given = {"field": "status", "initial": "PENDING", "transitions": list(transitions)}
    root = {"x-state-machines": {"Order": given | changes}}
    return read_machines(Document(root, ""), IR.domain, TYPES)["Order"]


def test_a_machine_has_the_states_of_its_attribute() -> None:
    machine = _read_machine(PAY)
    (status,) = (
        a
        for e in IR.domain.entities
        if e.name == "Order"
        for a in e.attributes
        if a.name == "status"
    )
    assert machine.states == status.type.enum
    assert machine.initial == "PENDING"


def test_an_event_is_a_name_of_python() -> None:
    (transition,) = _read_machine(PAY).transitions
    assert (transition.event, transition.sources, transition.target) == (
        "pay_it",
        ("PENDING",),
        "PAID",
    )


def test_an_event_may_start_in_several_states() -> None:
    (transition,) = _read_machine({**PAY, "from": ["PENDING", "CANCELLED"]}).transitions
    assert transition.sources == ("PENDING", "CANCELLED")


def test_a_guard_is_a_condition_on_the_row() -> None:
    (transition,) = _read_machine({**PAY, "guard": "total > 0"}).transitions
    assert transition.guard is not None
    assert transition.guard.text == "total > 0"


@pytest.mark.parametrize(
    ("transition", "says", "at"),
    [
        pytest.param(
            {"to": "PAYED"}, "no state 'PAYED'; did you mean 'PAID'", "/transitions/0/to", id="to"
        ),
        pytest.param(
            {"from": ["PAID", "GONE"]}, "no state 'GONE'", "/transitions/0/from/1", id="one of from"
        ),
        pytest.param(
            {"guard": "totl > 0"}, "totl", "/transitions/0/guard", id="a guard on nothing"
        ),
    ],
)
def test_what_is_wrong_with_a_transition_is_said_at_its_place(
    transition: dict[str, Any], says: str, at: str
) -> None:
    with pytest.raises(SpecError, match=says) as refused:
        _read_machine({**PAY, **transition})
    assert f"/x-state-machines/Order{at}" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "says", "at"),
    [
        pytest.param({"field": "state"}, "Order has no attribute 'state'", "/field", id="field"),
        pytest.param({"field": "total"}, "lists no values", "", id="no enum"),
        pytest.param({"initial": "NEW"}, "no state 'NEW'", "/initial", id="initial"),
    ],
)
def test_what_is_wrong_with_a_machine_is_said_at_its_place(
    changes: dict[str, Any], says: str, at: str
) -> None:
    with pytest.raises(SpecError, match=says) as refused:
        _read_machine(PAY, **changes)
    assert f"/x-state-machines/Order{at}" in str(refused.value)


def test_one_event_leads_from_a_state_to_one_state() -> None:
    with pytest.raises(SpecError, match="pay_it from PENDING leads to two states"):
        _read_machine(PAY, {**PAY, "to": "CANCELLED"})


def test_states_belong_to_an_entity_that_is_there() -> None:
    with pytest.raises(SpecError, match="no entity 'Ordr'; did you mean 'Order'"):
        read_machines(Document({"x-state-machines": {"Ordr": {}}}, ""), IR.domain, TYPES)


def _read_invariants(*given: dict[str, Any]) -> tuple[tuple[str, bool], ...]:
    found = read_invariants(Document({"x-invariants": list(given)}, ""), TYPES)
    return tuple((item.name, item.condition is not None) for item in found)


STOCK = {"name": "Stock stays", "entity": "Product", "expr": "stock >= 0"}


def test_invariants_are_sorted_by_their_names() -> None:
    other = {**STOCK, "name": "A price", "expr": "price > 0"}
    assert _read_invariants(STOCK, other) == (("a_price", True), ("stock_stays", True))


def test_what_only_a_stateful_test_can_see_needs_no_condition() -> None:
    words = {**STOCK, "expr": "no order is paid twice", "enforce": ["stateful_test"]}
    assert _read_invariants(words) == (("stock_stays", False),)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param([{**STOCK, "expr": "no order is paid twice"}], "x-invariants/0", id="words"),
        pytest.param([{**STOCK, "entity": "Produkt"}], "no entity 'Produkt'", id="entity"),
        pytest.param([STOCK, STOCK], "'stock_stays' is used twice", id="name"),
        pytest.param([{**STOCK, "expr": "stock + 1"}], "x-invariants/0/expr", id="no condition"),
    ],
)
def test_an_invariant_that_cannot_be_checked_is_refused(
    given: list[dict[str, Any]], says: str
) -> None:
    with pytest.raises(SpecError, match=says):
        _read_invariants(*given)
