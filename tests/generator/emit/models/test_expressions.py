"""Expressions as Python and as SQL: what is written means what the spec says."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from devmatrix_guard.generator.behavior.expressions import check_expression
from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.generator.emit.models.expressions import PythonWriter, write_sql
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.ir.expression import Expression, Tree
from tests.generator.specs import read_example

IR = read_example("shop")
TYPES = Types(IR.domain, {schema.name: schema for schema in IR.api.schemas})


def _expression(text: str, of: str = "Product") -> Expression:
    return check_expression(text, {"self": f"row:{of}"}, TYPES, "")


def _tree(text: str, of: str = "Product") -> Tree:
    return _expression(text, of).tree


def _writer(imports: Imports | None = None) -> PythonWriter:
    entities = {entity.name: entity for entity in IR.domain.entities}
    return PythonWriter(imports or Imports(), entities, {"self": "row"})


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
    source = _writer().write(_expression(text, of))
    assert eval(source, {"row": row, "Decimal": Decimal}) == value  # noqa: S307 - our own text


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("price > 1.5", "from decimal import Decimal"),
        ("created_at < now()", "from src.models.base import utc_now"),
    ],
)
def test_python_text_imports_what_it_needs(text: str, source: str) -> None:
    imports = Imports()
    assert imports.render(_writer(imports).write(_expression(text))) == source


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("stock >= 0", True),
        ("stock > 5 or is_active", True),
        ("not (stock > 1)", False),
        ("(stock + 1) * 2 == 8", True),
        ("name == 'it''s' or price == 2.5", True),
        ("(stock > 1) == (stock > 2)", True),
    ],
)
def test_sql_text_means_the_same_to_the_database(text: str, value: bool) -> None:
    source = write_sql(_tree(text))
    with sqlite3.connect(":memory:") as database:
        database.execute("create table t (stock int, is_active bool, name text, price num)")
        database.execute("insert into t values (3, true, 'Tea', 2.5)")
        (found,) = database.execute(f"select {source} from t").fetchone()
    database.close()
    assert bool(found) is value


def test_sql_text_quotes_what_comes_from_the_spec() -> None:
    assert write_sql(_tree('name == "x\' OR 1=1 --"')) == "name = 'x'' OR 1=1 --'"


def test_sql_text_compares_comparisons_in_brackets() -> None:
    """PostgreSQL does not chain them."""
    assert write_sql(_tree("(stock > 1) == (stock > 2)")) == "(stock > 1) = (stock > 2)"


@pytest.mark.parametrize(
    "text", ["count(cart_items) > 0", "created_at < now()", "description == null"]
)
def test_sql_that_cannot_say_it_says_nothing(text: str) -> None:
    assert write_sql(_tree(text)) is None
