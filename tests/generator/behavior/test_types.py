from __future__ import annotations

import pytest

from devmatrix_guard.generator.behavior.types import (
    Types,
    can_compare,
    find_common_type,
    find_type,
    is_nullable,
    is_number,
    strip_null,
)
from devmatrix_guard.ir.domain import Type
from tests.generator.specs import read_example

IR = read_example("shop")
TYPES = Types(IR.domain, {schema.name: schema for schema in IR.api.schemas})


@pytest.mark.parametrize(
    ("kind", "bare", "nullable", "number"),
    [
        ("integer", "integer", False, True),
        ("decimal?", "decimal", True, True),
        ("string?", "string", True, False),
        ("row:Product", "row:Product", False, False),
        ("null", "null", True, False),
    ],
)
def test_a_mark_says_what_may_be_null(kind: str, bare: str, nullable: bool, number: bool) -> None:
    assert (strip_null(kind), is_nullable(kind), is_number(kind)) == (bare, nullable, number)


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        ("integer", "integer", "integer"),
        ("integer", "decimal", "decimal"),
        ("decimal?", "integer", "decimal"),
        ("number", "decimal", "number"),
    ],
)
def test_a_calculation_has_the_wider_type(left: str, right: str, both: str) -> None:
    assert find_common_type(left, right) == find_common_type(right, left) == both


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("string", "string?"),
        ("integer", "decimal"),
        ("string", "uuid"),
        ("datetime?", "string"),
        ("null", "row:Order"),
        ("json", "boolean"),
    ],
)
def test_values_that_can_be_equal(left: str, right: str) -> None:
    assert can_compare(left, right)
    assert can_compare(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [("string", "integer"), ("boolean", "integer"), ("uuid", "date"), ("row:Order", "row:Cart")],
)
def test_values_that_are_never_equal(left: str, right: str) -> None:
    assert not can_compare(left, right)
    assert not can_compare(right, left)


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        (Type("text"), "string"),
        (Type("bigint"), "integer"),
        (Type("decimal"), "decimal"),
        (Type("uuid"), "uuid"),
        (Type("list", items="integer"), "list:integer"),
        (Type("list"), "list:string"),
    ],
)
def test_the_type_of_what_is_stored(stored: Type, kind: str) -> None:
    assert find_type(stored) == kind


def test_a_row_has_its_attributes_and_relations_as_members() -> None:
    members = TYPES.list_members("row:Order")
    assert members["status"].kind == "attribute"
    assert members["items"].type == "rows:OrderItem"


def test_a_row_that_may_be_null_has_the_same_members() -> None:
    assert TYPES.list_members("row:Order?") == TYPES.list_members("row:Order")


def test_the_key_of_a_row_has_a_type() -> None:
    assert TYPES.find_key_type("Product") == "uuid"


def test_there_are_the_entities_of_the_domain_and_no_others() -> None:
    assert TYPES.is_entity("Product")
    assert not TYPES.is_entity("Prodcut")
    assert TYPES.find_attribute("Product", "prise") is None
