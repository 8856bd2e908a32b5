from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.extract import extract
from devmatrix_guard.generator.spec.load import load_spec
from tests.generator.specs import attribute, read, read_example

SHOP = Path(__file__).parents[3] / "examples" / "shop" / "shop.yaml"


def test_the_shop_has_its_flows_states_and_invariants() -> None:
    ir = read_example("shop")
    assert len(ir.domain.entities) == 6
    assert len(ir.api.operations) == 30
    assert len(ir.behavior.flows) == 11
    assert all(len(flow.operations) == 1 for flow in ir.behavior.flows)
    (machine,) = ir.behavior.state_machines
    assert (len(machine.states), len({t.event for t in machine.transitions})) == (5, 4)
    assert [n for n in ir.notices if n.kind == "not-implemented"] == []


def test_what_only_flows_write_is_marked() -> None:
    ir = read_example("shop")
    assert attribute(ir, "Order.total").origin == "flow"
    assert attribute(ir, "Order.status").origin == "flow"
    assert attribute(ir, "Product.name").origin == "input"


@pytest.mark.parametrize(
    ("old", "new", "words", "pointer"),
    [
        ("x-flow: checkout", "x-flow: chekout", "did you mean 'checkout'", "/x-flow"),
        ("expr: stock >= 0", "expr: stok >= 0", "did you mean 'stock'", "/x-invariants/0/expr"),
        ("initial: PENDING", "initial: PENDNG", "did you mean 'PENDING'", "/initial"),
        ("to: SHIPPED", "to: SENT", "there is no state", "/transitions/1/to"),
        ("x-references: Product.id", "x-references: Produkt.id", "'Product'", "/x-references"),
        ("x-derived: sum(items,", "x-derived: sum(itms,", "'items'", "/x-derived"),
        ("- return: order", "- return: cart", "answers with a row of Order", "/steps"),
    ],
)
def test_a_slip_in_the_behavior_is_found_before_anything_is_written(
    old: str, new: str, words: str, pointer: str
) -> None:
    text = SHOP.read_text()
    assert old in text
    with pytest.raises(SpecError) as caught:
        extract(load_spec(text.replace(old, new, 1).encode()))
    assert words in str(caught.value)
    assert caught.value.pointer.endswith(pointer)


def test_the_older_name_of_flows_is_understood() -> None:
    text = SHOP.read_text().replace("x-flows:", "x-business-logic:", 1)
    assert len(extract(load_spec(text.encode())).behavior.flows) == 11


def test_a_value_derived_from_itself_is_refused() -> None:
    with pytest.raises(SpecError, match="derived from itself"):
        read(
            """
            paths:
              /a/{id}:
                get:
                  responses:
                    '200':
                      description: one
                      content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}
            components:
              schemas:
                A:
                  properties:
                    id: {type: integer}
                    b: {type: integer, x-derived: c + 1}
                    c: {type: integer, x-derived: b + 1}
            """
        )
