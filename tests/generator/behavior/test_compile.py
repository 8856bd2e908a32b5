from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from devmatrix_guard.generator.behavior.compile import (
    CannotCompileError,
    python_imports,
    to_check,
    to_python,
    to_sql,
)
from devmatrix_guard.generator.behavior.expressions import check_expression
from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.ir.expression import Tree
from tests.generator.specs import entity, read_example

IR = read_example("shop")
TYPES = Types(IR.domain, {schema.name: schema for schema in IR.api.schemas})


def _tree(text: str, of: str = "Product") -> Tree:
    return check_expression(text, {"self": f"row:{of}"}, TYPES, "").tree


def _line(price: str, quantity: int) -> SimpleNamespace:
    return SimpleNamespace(unit_price=Decimal(price), quantity=quantity)


ORDER = SimpleNamespace(
    total=Decimal("7.50"), status="PAID", items=[_line("2.50", 1), _line("2.50", 2)]
)
PRODUCT = SimpleNamespace(
    stock=3, price=Decimal("2.50"), name="Tea", description=None, is_active=True
)


@pytest.mark.parametrize(
    ("text", "row", "of", "value"),
    [
        ("total == sum(items, it.unit_price * it.quantity)", ORDER, "Order", True),
        ("sum(items, it.quantity) + 1", ORDER, "Order", 4),
        ("count(items)", ORDER, "Order", 2),
        ("count(items, it.quantity > 1)", ORDER, "Order", 1),
        ("max(items, it.quantity)", ORDER, "Order", 2),
        ("any(items, it.quantity > 2) or all(items, it.quantity > 0)", ORDER, "Order", True),
        ("status in ['PAID']", ORDER, "Order", True),
        ("not (stock > 1 and is_active)", PRODUCT, "Product", False),
        ("(stock + 1) * 2 - 1", PRODUCT, "Product", 7),
        ("stock - (1 - 2)", PRODUCT, "Product", 4),
        ("-stock", PRODUCT, "Product", -3),
        ("coalesce(description, 'none') + '!'", PRODUCT, "Product", "none!"),
        ("description == null", PRODUCT, "Product", True),
        ("is_active == true", PRODUCT, "Product", True),
        ("price * 2", PRODUCT, "Product", Decimal("5.00")),
        ("price == 2.5", PRODUCT, "Product", True),
        ("lower(name)", PRODUCT, "Product", "tea"),
        ("length(name) == 3", PRODUCT, "Product", True),
        ("name == 'it''s'", PRODUCT, "Product", False),
    ],
)
def test_python_text_gives_the_value(text: str, row: Any, of: str, value: Any) -> None:
    source = to_python(_tree(text, of), lambda name: "row" if name == "self" else name)
    namespace = {"row": row, "Decimal": Decimal}
    assert eval(source, namespace) == value  # noqa: S307 # our own text is what is tested


def test_python_text_says_what_it_imports() -> None:
    name: Callable[[str], str] = lambda word: word  # noqa: E731 # one line is enough
    assert python_imports(to_python(_tree("price > 1.5"), name)) == ("from decimal import Decimal",)
    assert python_imports(to_python(_tree("created_at < now()"), name)) == (
        "from datetime import UTC, datetime",
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("stock >= 0", True),
        ("stock > 5 or is_active", True),
        ("not (stock > 1)", False),
        ("(stock + 1) * 2 == 8", True),
        ("description == null", True),
        ("name in ['Tea', 'it''s']", True),
        ("length(name) + stock == 6", True),
    ],
)
def test_check_text_means_the_same_to_the_database(text: str, value: bool) -> None:
    source = to_check(_tree(text))
    with sqlite3.connect(":memory:") as database:
        database.execute("create table t (stock int, is_active bool, name text, description text)")
        database.execute("insert into t values (3, true, 'Tea', null)")
        (found,) = database.execute(f"select {source} from t").fetchone()
    database.close()
    assert bool(found) is value


def test_check_text_quotes_what_comes_from_the_spec() -> None:
    assert to_check(_tree('name == "x\' OR 1=1 --"')) == "name = 'x'' OR 1=1 --'"


@pytest.mark.parametrize("text", ["count(cart_items) > 0", "created_at < now()"])
def test_a_check_sees_only_columns(text: str) -> None:
    with pytest.raises(CannotCompileError):
        to_check(_tree(text))


def test_sql_text_is_over_columns_and_correlated_subqueries() -> None:
    row = "{}Row".format
    product, order = entity(IR, "Product"), entity(IR, "Order")
    assert to_sql(_tree("stock > 0 and is_active"), product, row) == (
        "and_((ProductRow.stock > 0), ProductRow.is_active)"
    )
    assert to_sql(_tree("sum(items, it.quantity)", "Order"), order, row) == (
        "select(func.coalesce(func.sum(OrderItemRow.quantity), 0)).select_from(OrderItemRow)"
        ".where(OrderItemRow.order_id == OrderRow.id).correlate(OrderRow).scalar_subquery()"
    )
