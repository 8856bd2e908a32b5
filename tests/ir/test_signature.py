"""What a spec is made of, as words."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.ir.signature import find_construct, make_signature

SHOP = read_application(Path(__file__).parents[2] / "examples" / "shop" / "shop.yaml", None)


def test_a_signature_names_entities_endpoints_flows_and_constraints() -> None:
    features = set(make_signature(SHOP, "aa").features)
    assert {"entity:product", "type:decimal", "flow:checkout", "step:create"} <= features
    assert any(one.startswith("endpoint:POST /") for one in features)
    assert not any("{product" in one for one in features)


def test_the_same_spec_has_the_same_signature() -> None:
    assert make_signature(SHOP, "aa") == make_signature(SHOP, "aa")
    assert list(make_signature(SHOP, "aa").features) == sorted(make_signature(SHOP, "aa").features)


@pytest.mark.parametrize(
    ("address", "construct"),
    [
        ("domain/Product", "entity:*"),
        ("domain/Product/stock", "type:integer"),
        ("behavior/flows/checkout/2", "flow:checkout"),
        ("validation/domain/Product/stock/ge", "validation:*"),
        ("api/nowhere", ""),
        ("application", ""),
    ],
)
def test_a_node_stands_for_a_construct_that_other_specs_have(address: str, construct: str) -> None:
    assert find_construct(SHOP, address) == construct
