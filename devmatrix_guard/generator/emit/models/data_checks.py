"""What rows must hold for a migration to lose nothing, as SQL that counts those in its way.

A change of a column's type is wider, which every value lives through; narrower, which is safe where
a query finds no value that would change; or unknown, which no query can tell. The ranges are those
of PostgreSQL's types and of the integers that a double holds exactly (IEEE 754: 2**53).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from devmatrix_guard.generator.emit.models.carried_values import find_reader
from devmatrix_guard.generator.emit.models.columns import quote_sql_name
from devmatrix_guard.generator.emit.models.tables import Column, Table, TableConstraint
from devmatrix_guard.generator.emit.python.printer import Doc, write_flat
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


class Carry(NamedValue):
    """A column whose values are read one by one as another type has them.

    Attributes:
        table, column: under the names of before.
        before, after: the types, as source text of a migration.
        reader: the function that reads one.
        trouble: what is wrong where it cannot.
    """

    table: str
    column: str
    before: Doc
    after: Doc
    reader: str
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
        return after.name not in _NUMBERS
    return not (before.name in _NUMBERS and after.name in (*_NUMBERS, "Boolean"))


def is_carried(before: ColumnType, after: ColumnType) -> bool:
    """Tell whether values of an unknown change can be read one by one as the new type has them."""
    return is_unknown(before, after) and bool(find_reader(before.name, after.name))


def write_cast(value: str, before: ColumnType, after: ColumnType) -> str:
    """Return how PostgreSQL gives a value another type.

    Its booleans are cast to 32-bit integers alone, and moments depend on the zone of a session.
    """
    to_text = after.name in ("String", "Text")
    if (before.name, after.name) == ("Date", "DateTime"):
        return f"CAST({value} AS timestamp) AT TIME ZONE 'UTC'"
    if (before.name, after.name) == ("DateTime", "Date"):
        return f"CAST({value} AT TIME ZONE 'UTC' AS date)"
    if before.name == "DateTime" and to_text:
        form = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
        return f"to_char({value} AT TIME ZONE 'UTC', '{form}')"
    if "Boolean" in (before.name, after.name) and {before.name, after.name} & {*_NUMBERS}:
        value = f"CAST({value} AS integer)"
    return f"CAST({value} AS {after.postgres})"


def find_misfits(column: str, before: ColumnType, after: ColumnType) -> str:
    """Return the SQL condition of values that a change of type would change, "" for none."""
    name = quote_sql_name(column)
    if before == after or is_unknown(before, after) or before.name == "Boolean":
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
    checks = (_check_types(step), _check_empty(step), _check_constraints(step, added))
    return [check for found in checks for check in found]


def list_carries(step: TableStep) -> list[Carry]:
    """Return the columns whose values must be read one by one before a table is changed."""
    found = []
    for column, kept in _pair_columns(step):
        was, now = read_type(column.type), read_type(kept.type)
        if is_carried(was, now):
            reader = find_reader(was.name, now.name)
            trouble = f"{step.name}.{column.name} cannot be read as {now.postgres}"
            found.append(Carry(step.name, column.name, column.type, kept.type, reader, trouble))
    return found


def _pair_columns(step: TableStep) -> Iterator[tuple[Column, Column]]:
    """Yield every column that stays, before and after."""
    after = {column.name: column for column in step.after.columns}
    for column in step.before.columns:
        kept = after.get(step.renamed.get(column.name, column.name))
        if kept is not None:
            yield column, kept


def _check_empty(step: TableStep) -> Iterator[Check]:
    """Yield what finds rows without a value that they must have from now on."""
    before = {kept.name: column for column, kept in _pair_columns(step)}
    for column in step.after.columns:
        was = before.get(column.name)
        if column.nullable or column.name in step.filled:
            continue
        if was is None or is_replaced(was, column):
            trouble = f"{step.name}.{column.name} has no value for rows that are there"
            yield Check(f"SELECT count(*) FROM {quote_sql_name(step.name)}", trouble)
        elif was.nullable:
            trouble = f"{step.name}.{was.name} is empty"
            yield Check(_count(step.name, f"{quote_sql_name(was.name)} IS NULL"), trouble)


def is_replaced(before: Column, after: Column) -> bool:
    """Tell whether no value of a column can be had as its new type: it is dropped and made anew."""
    was, now = read_type(before.type), read_type(after.type)
    return is_unknown(was, now) and not is_carried(was, now)


def _check_types(step: TableStep) -> Iterator[Check]:
    for column, kept in _pair_columns(step):
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
        mine, theirs = _write_comparable(step, column, quote_sql_name(key))
        condition += f" AND {mine} NOT IN (SELECT {theirs} FROM {other})"
    trouble = f"{step.name}.{column} names no row of {target}"
    yield Check(_count(step.name, condition), trouble)


def _write_comparable(step: TableStep, column: str, key: str) -> tuple[str, str]:
    """Return a column of before and a key as SQL that has one type on both databases."""
    name = quote_sql_name(column)
    for was, kept in _pair_columns(step):
        before, now = read_type(was.type), read_type(kept.type)
        if was.name != column or before.name == now.name:
            continue
        if _is_comparable(before, now):
            return write_cast(name, before, now), key
        return f"CAST({name} AS varchar)", f"CAST({key} AS varchar)"
    return name, key


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
    names = {quote_sql_name(name): name for name in after}
    words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    places = list(re.finditer(rf"(?<![\w'.])(?:{words})(?![\w'(])", _blank_texts(sql)))
    for place in reversed(places):  # all at once: one name may stand for what another was called
        name = names[place[0]]
        former = _find_old_name(step, name)
        if not former or not _is_comparable(before[former], after[name]):
            return ""
        value = quote_sql_name(former)
        if before[former].name != after[name].name:
            value = write_cast(value, before[former], after[name])
        sql = sql[: place.start()] + value + sql[place.end() :]
    return sql


def _is_comparable(before: ColumnType, now: ColumnType) -> bool:
    """Tell whether both databases can be asked for a value as its new type has it."""
    if not is_unknown(before, now):
        return True
    # A text is cast when it is known to be read. SQLite has no type for these, and makes numbers.
    return is_carried(before, now) and not {before.name, now.name} & {"Date", "DateTime", "Uuid"}


def _blank_texts(sql: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", lambda found: " " * len(found[0]), sql)
