"""What rows must hold for a migration to lose nothing, as SQL that counts those in its way.

A change of a column's type is wider, which every value lives through; narrower, which is safe where
a query finds no value that would change; or unknown, which no query can tell. The ranges are those
of PostgreSQL's types and of the integers that a double holds exactly (IEEE 754: 2**53).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from devmatrix_guard.generator.emit.models.columns import quote_sql_name
from devmatrix_guard.generator.emit.models.tables import Table, TableConstraint
from devmatrix_guard.generator.emit.python.printer import write_flat
from devmatrix_guard.model.named_value import NamedValue

POSTGRES_TYPES = {
    "String": "varchar",
    "Text": "text",
    "Integer": "integer",
    "BigInteger": "bigint",
    "Double": "double precision",
    "Numeric": "numeric",
    "Boolean": "boolean",
    "Date": "date",
    "DateTime": "timestamptz",
    "Time": "time",
    "Uuid": "uuid",
    "LargeBinary": "bytea",
    "JSON": "json",
}
_TYPE = re.compile(r"sa\.(\w+)(?:\(([\d, ]*)\))?")
_INTEGERS = {"Integer": 2**31, "BigInteger": 2**63}
_EXACT = 2**53
_NUMBERS = ("Integer", "BigInteger", "Numeric", "Double")
_WRITTEN_ALIKE = ("Integer", "BigInteger", "Date", "String", "Text")  # on both databases, as text


class Check(NamedValue):
    """A query that counts the rows in the way of a change, and what is wrong with them."""

    query: str
    trouble: str


class ColumnType(NamedValue):
    """A column's type: its name in SQLAlchemy and its sizes."""

    name: str
    sizes: tuple[int, ...]

    @property
    def postgres(self) -> str:
        """The type as PostgreSQL writes it."""
        sizes = f"({', '.join(map(str, self.sizes))})" if self.sizes else ""
        return f"{POSTGRES_TYPES.get(self.name, 'text')}{sizes}"


def read_type(source: object) -> ColumnType:
    """Return a type that is written as `sa.String(20)`."""
    text = source if isinstance(source, str) else write_flat(source)  # type: ignore[arg-type] # a Doc
    found = _TYPE.match(text)
    if found is None:
        return ColumnType("", ())
    sizes = tuple(int(size) for size in (found[2] or "").split(",") if size.strip())
    return ColumnType(found[1], sizes)


def is_unknown(before: ColumnType, after: ColumnType) -> bool:
    """Tell whether no query can say which values would live through a change of type."""
    if before.name == after.name:
        return False
    if after.name in ("String", "Text"):
        return before.name not in _WRITTEN_ALIKE
    if before.name == "Boolean":
        return after.name not in _INTEGERS
    return not (before.name in _NUMBERS and after.name in (*_NUMBERS, "Boolean"))


def find_misfits(column: str, before: ColumnType, after: ColumnType) -> str:
    """Return the SQL condition of values that a change of type would change, "" for none."""
    name = quote_sql_name(column)
    if before == after or is_unknown(before, after):
        return ""
    if after.name in ("String", "Text"):
        return _find_long(name, before, after)
    if after.name in _INTEGERS and before.name in _NUMBERS:
        return _find_beyond(name, before, _INTEGERS[after.name])
    if after.name == "Boolean" and before.name in _NUMBERS:
        return f"{name} NOT IN (0, 1)"
    if after.name == "Double":
        exact = f"CAST(CAST({name} AS double precision) AS numeric) <> {name}"
        return "" if before.name == "Integer" else exact
    return _find_digits(name, before, after) if after.name == "Numeric" else ""


def _find_long(name: str, before: ColumnType, after: ColumnType) -> str:
    longest = after.sizes[0] if after.sizes else None
    if longest is None or (before.name == "String" and before.sizes[:1] <= (longest,)):
        return ""
    text = name if before.name in ("String", "Text") else f"CAST({name} AS varchar)"
    return f"length({text}) > {longest}"


def _find_beyond(name: str, before: ColumnType, bound: int) -> str:
    if before.name == "Integer":
        return ""
    beyond = f"{name} < -{bound} OR {name} >= {bound}"
    return beyond if before.name == "BigInteger" else f"round({name}) <> {name} OR {beyond}"


def _find_digits(name: str, before: ColumnType, after: ColumnType) -> str:
    precision, scale = after.sizes
    number = f"CAST({name} AS numeric)"
    bound = 10 ** (precision - scale)
    found = f"abs({number}) >= {bound}"
    if before.name == "Numeric" and before.sizes[0] - before.sizes[1] <= precision - scale:
        found = ""
    if before.name in _INTEGERS or (before.name == "Numeric" and before.sizes[1] <= scale):
        return "" if before.name in _INTEGERS and bound >= _INTEGERS[before.name] else found
    return " OR ".join(filter(None, (f"round({number}, {scale}) <> {number}", found)))


# --- of a table --------------------------------------------------------------------------------


class TableStep(NamedValue):
    """A table in two versions, as the rows see it.

    Attributes:
        name: of the table before anything is changed.
        before, after: the table in both versions, with the names it has afterwards.
        renamed: the names of columns before -> after.
        filled: columns that the migration adds, or fills where they are empty.
        made: tables that there are not yet.
        former: names of tables after -> before, where they differ.
    """

    name: str
    before: Table
    after: Table
    renamed: Mapping[str, str]
    filled: frozenset[str]
    made: frozenset[str]
    former: Mapping[str, str] = {}


def list_checks(step: TableStep, added: Sequence[TableConstraint]) -> list[Check]:
    """Return the queries that must find nothing before a table is changed.

    Args:
        step: the change.
        added: the constraints that are new or different.
    """
    return [*_check_types(step), *_check_constraints(step, added)]


def _check_types(step: TableStep) -> Iterator[Check]:
    after = {column.name: column for column in step.after.columns}
    for column in step.before.columns:
        kept = after.get(step.renamed.get(column.name, column.name))
        if kept is None:
            continue
        was, now = read_type(column.type), read_type(kept.type)
        if misfits := find_misfits(column.name, was, now):
            trouble = f"{step.name}.{column.name} does not fit {now.postgres}"
            yield Check(_count(step.name, misfits), trouble)


def _check_constraints(step: TableStep, added: Sequence[TableConstraint]) -> Iterator[Check]:
    for constraint in added:
        if constraint.kind == "check" and (condition := _translate(step, constraint.sql)):
            yield Check(_count(step.name, f"NOT ({condition})"), f"{step.name}: {constraint.sql}")
        elif constraint.kind in ("unique", "primary"):
            yield from _check_unique(step, constraint)
        elif constraint.kind == "foreignkey":
            yield from _check_reference(step, constraint)


def _check_unique(step: TableStep, constraint: TableConstraint) -> Iterator[Check]:
    columns = [_find_old_name(step, name) for name in constraint.columns]
    known = [quote_sql_name(column) for column in columns if column]
    if len(known) < len(columns) and not set(constraint.columns) <= {
        *step.filled,
        *(new for new in constraint.columns if _find_old_name(step, new)),
    }:
        return  # a column that starts empty makes no two rows alike
    table = quote_sql_name(step.name)
    trouble = f"{step.name} has rows that share {', '.join(constraint.columns)}"
    if not known:  # every row gets the same value
        rows = f"(SELECT count(*) FROM {table})"
        yield Check(f"SELECT count(*) FROM {table} WHERE {rows} > 1", trouble)
        return
    where = " AND ".join(f"{column} IS NOT NULL" for column in known)
    groups = f"WHERE {where} GROUP BY {', '.join(known)} HAVING count(*) > 1"
    query = f"SELECT 1 FROM {table} {groups}"
    yield Check(f"SELECT count(*) FROM ({query}) AS repeated", trouble)


def _check_reference(step: TableStep, constraint: TableConstraint) -> Iterator[Check]:
    column = _find_old_name(step, constraint.columns[0])
    if not column:
        return
    name, (target, key) = quote_sql_name(column), constraint.target
    condition = f"{name} IS NOT NULL"
    if target not in step.made:
        other = quote_sql_name(step.former.get(target, target))
        rows = f"SELECT {quote_sql_name(key)} FROM {other}"
        condition += f" AND {name} NOT IN ({rows})"
    trouble = f"{step.name}.{column} names no row of {target}"
    yield Check(_count(step.name, condition), trouble)


def _count(table: str, condition: str) -> str:
    return f"SELECT count(*) FROM {quote_sql_name(table)} WHERE {condition}"


def _find_old_name(step: TableStep, name: str) -> str:
    """Return what a column is called before the change, "" for one that is new."""
    former = {new: old for old, new in step.renamed.items()}.get(name, name)
    return former if any(column.name == former for column in step.before.columns) else ""


def _translate(step: TableStep, sql: str) -> str:
    """Return a condition in terms of the table before the change, "" where it cannot be asked."""
    before = {column.name: read_type(column.type) for column in step.before.columns}
    after = {column.name: read_type(column.type) for column in step.after.columns}
    for name, now in after.items():
        word = re.compile(rf"(?<![\w'.]){re.escape(quote_sql_name(name))}(?![\w'(])")
        if not word.search(_blank_texts(sql)):
            continue
        former = _find_old_name(step, name)
        if not former or is_unknown(before[former], now):
            return ""
        value = quote_sql_name(former)
        if before[former].name != now.name:
            value = f"CAST({value} AS {now.postgres})"
        sql = _replace_outside_texts(word, value, sql)
    return sql


def _blank_texts(sql: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", lambda found: " " * len(found[0]), sql)


def _replace_outside_texts(word: re.Pattern[str], value: str, sql: str) -> str:
    spans = [found.span() for found in word.finditer(_blank_texts(sql))]
    for start, end in reversed(spans):
        sql = sql[:start] + value + sql[end:]
    return sql
