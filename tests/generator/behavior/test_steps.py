from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.steps import StepReader
from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.generator.spec.document import Place
from devmatrix_guard.ir import behavior as steps
from tests.generator.specs import read_example

IR = read_example("shop")
TYPES = Types(IR.domain, {schema.name: schema for schema in IR.api.schemas})
MACHINES = {machine.entity: machine for machine in IR.behavior.state_machines}
SCOPE = {"body": "object:CartItemCreate"}
LOAD = {"load": {"as": "p", "entity": "Product", "by": {"id": "body.product_id"}}}
ORDER = {"load": {"as": "o", "entity": "Order", "by": {"id": "body.product_id"}}}


def _read(*given: Any) -> tuple[steps.Step, ...]:
    return StepReader(SCOPE, TYPES, MACHINES).read(Place(list(given), "/steps"))


def test_a_loaded_row_can_be_used_by_the_steps_after_it() -> None:
    load, require, back = _read(LOAD, {"require": "p.stock >= body.quantity"}, {"return": "p"})
    assert isinstance(load, steps.Load)
    assert load.otherwise == steps.Failure(404, "product_not_found")
    assert isinstance(require, steps.Require)
    assert require.otherwise == steps.Failure(409, "conflict")
    assert isinstance(back, steps.Return)
    assert back.value is not None
    assert back.value.type == "row:Product"


def test_a_failure_has_a_status_a_code_and_perhaps_a_message() -> None:
    otherwise = {"status": 422, "code": "sold_out", "message": "Nothing left"}
    (_, require) = _read(LOAD, {"require": {"expr": "p.is_active", "else": otherwise}})
    assert isinstance(require, steps.Require)
    assert require.otherwise == steps.Failure(422, "sold_out", "Nothing left")


def test_a_decrement_of_a_looked_up_row_names_row_and_attribute() -> None:
    given = {"target": "Product[body.product_id].stock", "by": "body.quantity", "floor": 0}
    (step,) = _read({"decrement": given})
    assert isinstance(step, steps.Decrement)
    assert (step.entity, step.attribute) == ("Product", "stock")
    assert step.target.text == "Product[body.product_id]"
    assert step.otherwise == steps.Failure(409, "insufficient_stock")


def test_a_description_is_a_hole_with_everything_known_so_far() -> None:
    (_, hole) = _read(LOAD, {"describe": "Tell the warehouse"})
    assert isinstance(hole, steps.Describe)
    assert ("p", "row:Product") in hole.inputs
    assert hole.entities == ("Product",)


@pytest.mark.parametrize(
    ("given", "words", "pointer"),
    [
        ([{"lod": {}}], "did you mean 'load'", "/steps/0"),
        (
            [{"load": {"as": "p", "entity": "Prodct", "by": {}}}],
            "'Product'",
            "/steps/0/load/entity",
        ),
        (
            [{"load": {"as": "p", "entity": "Product"}}],
            "'by' or 'where' is missing",
            "/steps/0/load",
        ),
        (
            [{"load": {"as": "class", "entity": "Product", "by": {}}}],
            "variable",
            "/steps/0/load/as",
        ),
        ([{"load": {"as": "p", "entity": "Product", "by": {}}}], "by which", "/steps/0/load/by"),
        ([{"return": "p"}], "unknown name 'p'", "/steps/0/return"),
        ([LOAD, {"set": {"p.stock": "'a'"}}], "integer, not string", "/steps/1/set/p.stock"),
        ([LOAD, {"set": {"p.name": "p.description"}}], "never null", "/steps/1/set/p.name"),
        ([LOAD, {"set": {"q.stock": 1}}], "no row that was loaded", "/steps/1/set"),
        ([ORDER, {"set": {"o.status": "'PAID'"}}], "use `transition`", "/steps/1/set/o.status"),
        (
            [ORDER, {"set": {"o.payment_method": "'CASH'"}}],
            "never a value",
            "/steps/1/set/o.payment_method",
        ),
        (
            [ORDER, {"transition": {"target": "o", "event": "send"}}],
            "no event",
            "/steps/1/transition/event",
        ),
        (
            [LOAD, {"transition": {"target": "p", "event": "x"}}],
            "no state machine",
            "/steps/1/transition/target",
        ),
        (
            [{"create": {"entity": "Product", "set": {"sku": "'A'"}}}],
            "needs name",
            "/steps/0/create",
        ),
        (
            [LOAD, {"increment": {"target": "p.name", "by": 1}}],
            "only a number",
            "/steps/1/increment/target",
        ),
        (
            [LOAD, {"increment": {"target": "p.stock", "by": 1.5}}],
            "integer, not",
            "/steps/1/increment/by",
        ),
        ([LOAD, {"require": {"expr": "p.stock"}}], "boolean is expected", "/steps/1/require/expr"),
        ([LOAD, {"require": {"expr": "true", "else": 200}}], "400 to 599", "/steps/1/require/else"),
        ([LOAD, {"delete": "p"}, {"return": "p"}], "unknown name", "/steps/2/return"),
        ([{"return": None}, LOAD], "never reached", "/steps/1"),
        ([{"return": "Product[body.product_id]"}], "load the Product first", "/steps/0/return"),
        (
            [{"for_each": {"in": "body", "as": "x", "steps": []}}],
            "rows are expected",
            "/steps/0/for_each/in",
        ),
        ([{"emit": {"event": "a b"}}], "an event has a name", "/steps/0/emit/event"),
        ([{"call": {"port": "A/B"}}], "a port has", "/steps/0/call/port"),
        (["go"], "a step is one word", "/steps/0"),
        ([{"load": {}, "set": {}}], "a step is one word", "/steps/0"),
        (
            [
                {
                    "upsert": {
                        "entity": "CartItem",
                        "key": {"quantity": 1},
                        "insert": {},
                        "update": {},
                    }
                }
            ],
            "not unique by quantity",
            "/steps/0/upsert/key",
        ),
    ],
)
def test_a_wrong_step_is_refused_where_it_stands(
    given: list[Any], words: str, pointer: str
) -> None:
    with pytest.raises(SpecError) as caught:
        _read(*given)
    assert words in str(caught.value)
    assert caught.value.pointer == pointer


def test_variables_of_inner_steps_end_with_them() -> None:
    inner = {"when": {"expr": "true", "then": [LOAD]}}
    with pytest.raises(SpecError, match="unknown name 'p'"):
        _read(inner, {"return": "p"})
