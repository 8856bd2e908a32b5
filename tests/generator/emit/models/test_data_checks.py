"""Each change of a column's type is wider, narrower or unknown, and a narrower one has a query."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.emit.models.data_checks import (
    TableStep,
    find_misfits,
    is_unknown,
    list_checks,
    read_type,
)
from devmatrix_guard.generator.emit.models.tables import Column, Table, TableConstraint

WIDER = [
    ("sa.String(3)", "sa.String(80)"),
    ("sa.String(80)", "sa.Text()"),
    ("sa.Integer()", "sa.BigInteger()"),
    ("sa.Integer()", "sa.Double()"),
    ("sa.Integer()", "sa.Numeric(12, 2)"),
    ("sa.Numeric(8, 2)", "sa.Numeric(12, 2)"),
    ("sa.Integer()", "sa.Text()"),
    ("sa.Date()", "sa.Text()"),
    ("sa.Boolean()", "sa.Integer()"),
]
NARROWER = [
    ("sa.String(80)", "sa.String(3)", "length(what) > 3"),
    ("sa.Text()", "sa.String(3)", "length(what) > 3"),
    ("sa.Integer()", "sa.String(3)", "length(CAST(what AS varchar)) > 3"),
    ("sa.BigInteger()", "sa.Integer()", "what < -2147483648 OR what >= 2147483648"),
    (
        "sa.Double()",
        "sa.Integer()",
        "round(what) <> what OR what < -2147483648 OR what >= 2147483648",
    ),
    ("sa.Numeric(12, 2)", "sa.Numeric(8, 2)", "abs(CAST(what AS numeric)) >= 1000000"),
    (
        "sa.Numeric(12, 4)",
        "sa.Numeric(12, 2)",
        "round(CAST(what AS numeric), 2) <> CAST(what AS numeric)",
    ),
    ("sa.Integer()", "sa.Boolean()", "what NOT IN (0, 1)"),
]
UNKNOWN = [
    ("sa.Text()", "sa.Integer()"),
    ("sa.Text()", "sa.Date()"),
    ("sa.Uuid()", "sa.Text()"),
    ("sa.JSON()", "sa.Text()"),
    ("sa.Date()", "sa.DateTime(timezone=True)"),
]


@pytest.mark.parametrize(("before", "after"), WIDER)
def test_every_value_lives_through_a_wider_type(before: str, after: str) -> None:
    was, now = read_type(before), read_type(after)
    assert not is_unknown(was, now)
    assert find_misfits("what", was, now) == ""


@pytest.mark.parametrize(("before", "after", "query"), NARROWER)
def test_a_narrower_type_has_a_query_for_what_does_not_fit(
    before: str, after: str, query: str
) -> None:
    was, now = read_type(before), read_type(after)
    assert not is_unknown(was, now)
    assert find_misfits("what", was, now) == query


@pytest.mark.parametrize(("before", "after"), UNKNOWN)
def test_what_no_query_can_tell_is_unknown(before: str, after: str) -> None:
    assert is_unknown(read_type(before), read_type(after))


def _step(**more: object) -> TableStep:
    id_, what = Column("id", "sa.Integer()", False), Column("what", "sa.Text()", True)
    table = Table("books", (id_, what), ())
    return TableStep("books", table, table, {}, frozenset(), frozenset(), **more)  # type: ignore[arg-type]


CONSTRAINTS = [
    (
        TableConstraint("check", "ck", sql="what IN ('what', 'b')"),
        "SELECT count(*) FROM books WHERE NOT (what IN ('what', 'b'))",
    ),
    (
        TableConstraint("unique", "uq", ("what",)),
        "SELECT count(*) FROM (SELECT 1 FROM books WHERE what IS NOT NULL GROUP BY what "
        "HAVING count(*) > 1) AS repeated",
    ),
    (
        TableConstraint("foreignkey", "fk", ("what",), ("authors", "id")),
        "SELECT count(*) FROM books WHERE what IS NOT NULL AND what NOT IN "
        "(SELECT id FROM authors)",
    ),
]


@pytest.mark.parametrize(("constraint", "query"), CONSTRAINTS, ids=lambda value: str(value)[:20])
def test_a_new_constraint_counts_the_rows_against_it(
    constraint: TableConstraint, query: str
) -> None:
    assert [check.query for check in list_checks(_step(), [constraint])] == [query]


def test_a_check_asks_for_columns_by_the_names_they_have_before() -> None:
    step = _step()
    after = step.after._replace(columns=(step.after.columns[0], Column("which", "sa.Text()", True)))
    step = step._replace(after=after, renamed={"what": "which"})
    check = TableConstraint("check", "ck", sql="length(which) > 1 AND which <> 'which'")
    assert [c.query for c in list_checks(step, [check])] == [
        "SELECT count(*) FROM books WHERE NOT (length(what) > 1 AND what <> 'which')"
    ]


def test_a_check_of_a_new_column_is_not_asked_before_it_is_there() -> None:
    step = _step()
    after = step.after._replace(columns=(*step.after.columns, Column("new", "sa.Text()", True)))
    check = TableConstraint("check", "ck", sql="new <> ''")
    assert list_checks(step._replace(after=after), [check]) == []


def test_a_unique_column_that_every_row_gets_alike_is_in_the_way_of_two_rows() -> None:
    step = _step()
    after = step.after._replace(columns=(*step.after.columns, Column("new", "sa.Text()", False)))
    step = step._replace(after=after, filled=frozenset(["new"]))
    assert [c.query for c in list_checks(step, [TableConstraint("unique", "uq", ("new",))])] == [
        "SELECT count(*) FROM books WHERE (SELECT count(*) FROM books) > 1"
    ]
    new = Column("new", "sa.Text()", True)
    after = step.after._replace(columns=(step.after.columns[0], new))
    empty = step._replace(after=after, filled=frozenset())
    assert list_checks(empty, [TableConstraint("unique", "uq", ("new",))]) == []
