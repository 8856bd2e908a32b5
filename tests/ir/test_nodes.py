from __future__ import annotations

import pytest

from devmatrix_guard.ir.nodes import iter_nodes
from tests.generator.specs import read_case, read_example

SHOP = dict(iter_nodes(read_example("shop")))


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("application", "tuple"),
        ("domain/Product", "Entity"),
        ("domain/Product/price", "Attribute"),
        ("domain/Order/items", "Relation"),
        ("views/ProductCreate", "View"),
        ("schemas/ProductCreate", "Schema"),
        ("behavior/states/Order", "StateMachine"),
        ("infrastructure/settings", "InfrastructureModel"),
    ],
)
def test_each_part_has_an_address(address: str, kind: str) -> None:
    assert type(SHOP[address]).__name__ == kind


@pytest.mark.parametrize("name", ["blog", "club", "notes", "tasks"])
def test_no_two_parts_share_an_address(name: str) -> None:
    addresses = [address for address, _ in iter_nodes(read_case(name))]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("name", ["blog", "club", "notes", "tasks"])
def test_an_entity_comes_before_what_is_in_it(name: str) -> None:
    seen: set[str] = set()
    for address, _ in iter_nodes(read_case(name)):
        if address.startswith("domain/") and address.count("/") == 2:
            assert address.rpartition("/")[0] in seen
        seen.add(address)


def test_what_has_an_address_of_its_own_is_not_told_again() -> None:
    _, api = SHOP["application"]
    assert (api.operations, api.schemas, api.error_bodies) == ((), (), ())
    assert SHOP["infrastructure/settings"].auth_schemes == ()
