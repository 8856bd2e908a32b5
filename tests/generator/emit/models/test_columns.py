"""Attributes as columns: what Python holds, what the database holds, what it checks."""

from __future__ import annotations

import ast
import sqlite3

import pytest

from devmatrix_guard.generator.emit.models.columns import (
    choose_column_type,
    list_checks,
    name_row,
    quote_sql_name,
    write_default,
)
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import write_flat
from devmatrix_guard.ir.domain import Attribute, Type
from devmatrix_guard.ir.shape import Constraint, JsonValue


def _attribute(kind: str, name: str = "size", **values: object) -> Attribute:
    return Attribute(name, name, Type(kind), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["metadata", "registry", "int", "str", "Any"])
def test_a_name_that_the_model_needs_itself_is_written_differently(name: str) -> None:
    assert name_row(name) != name
    assert name_row(name).isidentifier()


@pytest.mark.parametrize("name", ["title", "unit_price"])
def test_other_names_stay(name: str) -> None:
    assert name_row(name) == name


@pytest.mark.parametrize("name", ["order", "select", "Title", "with space", 'a"b'])
def test_a_name_that_sql_would_misread_is_quoted(name: str) -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute(f"CREATE TABLE t ({quote_sql_name(name)} TEXT)")
        (row,) = database.execute("PRAGMA table_info(t)").fetchall()
    database.close()
    assert row[1] == name


def test_a_plain_name_is_not_quoted() -> None:
    assert quote_sql_name("unit_price") == "unit_price"


@pytest.mark.parametrize(
    ("kind", "python"),
    [
        ("string", "str"),
        ("integer", "int"),
        ("boolean", "bool"),
        ("number", "float"),
        ("decimal", "Decimal"),
        ("uuid", "UUID"),
    ],
)
def test_the_type_that_python_holds(kind: str, python: str) -> None:
    assert choose_column_type(Type(kind), None, Imports()).python == python  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limit", "value", "good", "bad"),
    [
        ("ge", 1, 1, 0),
        ("gt", 1, 2, 1),
        ("le", 9, 9, 10),
        ("lt", 9, 8, 9),
    ],
)
def test_the_database_keeps_limits_of_numbers(limit: str, value: int, good: int, bad: int) -> None:
    attribute = _attribute("integer", constraints=(Constraint(limit, value),))  # type: ignore[arg-type]
    _try_checks(attribute, good, bad)


@pytest.mark.parametrize(
    ("limit", "value", "good", "bad"),
    [("min_length", 2, "ab", "a"), ("max_length", 3, "abc", "abcd")],
)
def test_the_database_keeps_lengths_of_texts(limit: str, value: int, good: str, bad: str) -> None:
    attribute = _attribute("text", constraints=(Constraint(limit, value),))  # type: ignore[arg-type]
    _try_checks(attribute, good, bad)


def _try_checks(attribute: Attribute, good: object, bad: object) -> None:
    """The checks let one value into a real table and keep the other out."""
    checks = ", ".join(f"CHECK ({sql})" for _, sql in list_checks(attribute))
    assert checks
    with sqlite3.connect(":memory:") as database:
        database.execute(f"CREATE TABLE t ({attribute.name}, {checks})")
        database.execute("INSERT INTO t VALUES (?)", (good,))
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("INSERT INTO t VALUES (?)", (bad,))
    database.close()


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [("integer", "3", 3), ("string", '"new"', "new"), ("boolean", "false", False)],
)
def test_a_default_is_written_as_its_value(kind: str, given: str, value: object) -> None:
    doc = write_default(_attribute(kind, default=JsonValue(given)), Imports())
    assert doc is not None
    assert ast.literal_eval(write_flat(doc)) == value


def test_no_default_is_none() -> None:
    assert write_default(_attribute("integer"), Imports()) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [("datetime", "utc_now"), ("date", "utc_now().date()"), ("text", "utc_now().isoformat()")],
)
def test_a_row_says_when_it_was_made_in_whatever_form(kind: str, text: str) -> None:
    made = write_default(_attribute(kind, origin="created_at"), Imports())  # type: ignore[arg-type]
    assert str(made).removeprefix("lambda: ") == text
