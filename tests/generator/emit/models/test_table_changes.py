"""What differs between two versions of a table: names, types, and what no value lives through."""

from __future__ import annotations

import pytest

from devmatrix_guard.errors import UsageError
from devmatrix_guard.generator.emit.models.data_checks import is_carried, read_type, write_cast
from devmatrix_guard.generator.emit.models.table_changes import (
    Renames,
    TableChange,
    find_schema_change,
)
from devmatrix_guard.generator.emit.models.tables import Column, Table, TableConstraint


def _table(*constraints: TableConstraint, **columns: str) -> Table:
    made = tuple(Column(name, type_, True) for name, type_ in columns.items())
    return Table("books", made, constraints)


def _change(before: Table, after: Table, **renamed: str) -> TableChange:
    columns = {("books", new): old for new, old in renamed.items()}
    return find_schema_change([before], [after], Renames(columns)).changes[0]


def test_a_name_that_is_left_can_be_taken() -> None:
    change = _change(
        _table(a="sa.Text()", b="sa.Integer()"),
        _table(b="sa.Text()", c="sa.Integer()"),
        b="a",
        c="b",
    )
    assert list(change.renamed.items()) == [("b", "c"), ("a", "b")]
    assert list(change.reverse().renamed.items()) == [("b", "a"), ("c", "b")]
    assert (change.added, change.dropped) == ([], [])


def test_names_are_not_exchanged_at_once() -> None:
    before, after = _table(a="sa.Text()", b="sa.Integer()"), _table(a="sa.Integer()", b="sa.Text()")
    with pytest.raises(UsageError, match="a, b of books cannot take each other's names"):
        _change(before, after, a="b", b="a")


def test_what_was_renamed_before_is_not_renamed_again() -> None:
    before = _table(a="sa.Text()", b="sa.Text()")
    change = _change(before, _table(b="sa.Text()"), b="a")
    assert (change.renamed, change.dropped) == ({}, ["a"])


def test_a_column_whose_values_nothing_can_read_goes_and_comes_again_with_its_rules() -> None:
    check = TableConstraint("check", "ck_books_what", sql="what > 0")
    change = _change(_table(check, what="sa.Date()"), _table(check, what="sa.Integer()"))
    assert change.replaced == change.dropped == ["what"]
    assert [column.name for column in change.added] == ["what"]
    assert change.constraints == ([check], [check])


def test_keys_are_numbered_by_the_database_only_while_they_are_numbers() -> None:
    key = TableConstraint("primary", "pk_books", ("id",))
    change = _change(_table(key, id="sa.Integer()"), _table(key, id="sa.Text()"))
    assert change.find_numbered() == (["id"], [])
    assert change.reverse().find_numbered() == ([], ["id"])


CASTS = [
    ("sa.Boolean()", "sa.BigInteger()", "CAST(CAST(x AS integer) AS bigint)"),
    ("sa.BigInteger()", "sa.Boolean()", "CAST(CAST(x AS integer) AS boolean)"),
    ("sa.Date()", "sa.DateTime(timezone=True)", "CAST(x AS timestamp) AT TIME ZONE 'UTC'"),
    ("sa.DateTime(timezone=True)", "sa.Date()", "CAST(x AT TIME ZONE 'UTC' AS date)"),
    ("sa.Text()", "sa.Uuid()", "CAST(x AS uuid)"),
]


@pytest.mark.parametrize(("before", "after", "cast"), CASTS)
def test_a_cast_is_one_that_postgresql_has(before: str, after: str, cast: str) -> None:
    assert write_cast("x", read_type(before), read_type(after)) == cast


@pytest.mark.parametrize(
    ("before", "after", "carried"),
    [
        ("sa.Text()", "sa.Date()", True),
        ("sa.Uuid()", "sa.Text()", True),
        ("sa.Text()", "sa.JSON()", False),
        ("sa.Date()", "sa.Integer()", False),
        ("sa.Integer()", "sa.Text()", False),
    ],
)
def test_what_can_be_read_one_by_one_is_carried_over(
    before: str, after: str, carried: bool
) -> None:
    assert is_carried(read_type(before), read_type(after)) is carried
