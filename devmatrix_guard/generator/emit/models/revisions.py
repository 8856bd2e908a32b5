"""A later migration: what leads from the tables of one version to those of the next.

A table that changes is altered in alembic's batch mode, with its definition as it was: PostgreSQL
gets plain ALTER statements, and SQLite, which can alter little, gets the table copied with every
constraint it had. A new column that needs a value in rows that are there already is added empty,
filled, and then closed to null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from devmatrix_guard.generator.emit.models.migrations import (
    VERSIONS,
    create_index,
    create_tables,
    drop_index,
    drop_tables,
    render_revision,
)
from devmatrix_guard.generator.emit.models.tables import Column, Table, TableConstraint
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    block,
    call,
    make_literal,
    make_mapping,
    make_sequence,
    write_flat,
    write_string,
)
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.model.named_value import NamedValue

ID_LENGTH = 32  # what alembic's own table has room for
_POSTGRES_TYPES = {
    "sa.String": "varchar",
    "sa.Text": "text",
    "sa.Integer": "integer",
    "sa.BigInteger": "bigint",
    "sa.Double": "double precision",
    "sa.Numeric": "numeric",
    "sa.Boolean": "boolean",
    "sa.Date": "date",
    "sa.DateTime": "timestamptz",
    "sa.Time": "time",
    "sa.Uuid": "uuid",
    "sa.LargeBinary": "bytea",
    "sa.JSON": "json",
}
_TYPE = re.compile(r"(sa\.\w+)(\([\d, ]*\))?")

Fills = Mapping[tuple[str, str], Doc]


class Revision(NamedValue):
    """A migration between two versions of the tables.

    Attributes:
        revision: its id.
        text: its module.
        destroys: what is lost with it, such as `column products.weight`.
        unfilled: columns that must hold a value and have none for the rows that are there.
    """

    revision: str
    text: str
    destroys: tuple[str, ...]
    unfilled: tuple[str, ...]

    @property
    def path(self) -> str:
        """The file of its module."""
        return f"{VERSIONS}{self.revision}.py"


class TableChange(NamedValue):
    """A table in two versions; `renamed` leads from old to new names of columns."""

    before: Table
    after: Table
    renamed: Mapping[str, str]


def emit_revision(
    before: Sequence[Table],
    after: Sequence[Table],
    *,
    number: int,
    down_revision: str,
    renamed: Mapping[tuple[str, str], str] | None = None,
    fills: Fills | None = None,
    imports: Imports | None = None,
) -> Revision | None:
    """Return the migration that leads from `before` to `after`, None when they are equal.

    Args:
        before, after: the tables, each after those it refers to.
        number: how many revisions there will be with this one.
        down_revision: the revision it follows.
        renamed: the old name of a column, by table and new name.
        fills: the value, as source, that a column gets in rows that are there already.
        imports: what `fills` needs.
    """
    changes = _changes(before, after, renamed or {})
    made, gone = _list_only_in(after, before), _list_only_in(before, after)
    if not (changes or made or gone):
        return None
    up = create_tables(made)
    up += [line for change in changes for line in _write_alterations(change, fills or {})]
    up += drop_tables(gone)
    down = create_tables(gone)
    down += [
        line
        for change in reversed(changes)
        for line in _write_alterations(_reverse_change(change), {})
    ]
    down += drop_tables(made)
    subjects = _list_subjects(changes, made, gone)
    revision = f"{number:04}_{_make_slug(subjects)}"[:ID_LENGTH].rstrip("_")
    summary = _summarise(subjects)
    return Revision(
        revision,
        render_revision(summary, revision, down_revision, up, down, imports),
        (
            *(f"table {table.name}" for table in gone),
            *(f"column {c.before.name}.{n}" for c in changes for n in _drop_tables_of(c)),
        ),
        tuple(
            f"{change.after.name}.{column.name}"
            for change in changes
            for column in _list_closed(change)
            if (change.after.name, column.name) not in (fills or {})
        ),
    )


def fill_of(attribute: Attribute, imports: Imports) -> Doc | None:
    """Return what a new column holds in rows that are there already, None when nobody knows."""
    if attribute.origin in ("created_at", "updated_at") and attribute.type.kind == "datetime":
        return "sa.func.now()"
    if attribute.default is None or attribute.default.value is None:
        return None
    return fill_value(attribute, attribute.default.value, imports)


def fill_value(attribute: Attribute, value: object, imports: Imports) -> Doc | None:
    """Return a JSON value as source of what the column is filled with, None if it does not fit."""
    kind = attribute.type.kind
    text = str(value)
    if kind == "decimal":
        return call(imports.use("decimal", "Decimal"), write_string(text))
    if kind == "uuid":
        return call(imports.use("uuid", "UUID"), write_string(text))
    if kind in ("date", "datetime", "time"):
        return call(f"{imports.use('datetime', kind)}.fromisoformat", write_string(text))
    if kind in ("string", "text") and not isinstance(value, str):
        return None
    if kind in ("integer", "bigint") and (isinstance(value, bool) or not isinstance(value, int)):
        return None
    if kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        return None
    if kind == "boolean" and not isinstance(value, bool):
        return None
    return make_literal(value)


# --- what differs ------------------------------------------------------------------------------


def _list_only_in(one: Sequence[Table], other: Sequence[Table]) -> list[Table]:
    known = {table.name for table in other}
    return [table for table in one if table.name not in known]


def _changes(
    before: Sequence[Table], after: Sequence[Table], renamed: Mapping[tuple[str, str], str]
) -> list[TableChange]:
    old = {table.name: table for table in before}
    changes = []
    for table in after:
        was = old.get(table.name)
        if was is None or _describe_content(was) == _describe_content(table):
            continue
        names, now = {c.name for c in was.columns}, {c.name for c in table.columns}
        moved = {
            former: column.name
            for column in table.columns
            if (former := renamed.get((table.name, column.name), "")) in names - now
        }
        changes.append(TableChange(was, table, moved))
    return changes


def _describe_content(table: Table) -> object:
    """What two versions of a table are compared by; the order of columns is no difference."""
    columns = {column.name: (write_flat(column.type), column.nullable) for column in table.columns}
    constraints = {(c.name, _describe_meaning(c)) for c in table.constraints}
    return columns, constraints, set(table.indexes)


def _describe_meaning(constraint: TableConstraint) -> object:
    return constraint._replace(late=False, short_name="")


def _reverse_change(change: TableChange) -> TableChange:
    return TableChange(
        change.after, change.before, {new: old for old, new in change.renamed.items()}
    )


def _drop_tables_of(change: TableChange) -> list[str]:
    names = {column.name for column in change.after.columns}
    return [
        column.name
        for column in change.before.columns
        if change.renamed.get(column.name, column.name) not in names
    ]


def _list_added(change: TableChange) -> list[Column]:
    names = {change.renamed.get(c.name, c.name) for c in change.before.columns}
    return [column for column in change.after.columns if column.name not in names]


def _list_closed(change: TableChange) -> list[Column]:
    """Return the columns that must hold a value from now on, new ones and others."""
    open_before = {
        change.renamed.get(c.name, c.name) for c in change.before.columns if c.nullable
    } | {column.name for column in _list_added(change)}
    return [c for c in change.after.columns if not c.nullable and c.name in open_before]


def _list_subjects(
    changes: Sequence[TableChange], made: Sequence[Table], gone: Sequence[Table]
) -> list[tuple[str, str]]:
    """Return what the revision does, a verb and a name each."""
    subjects = [("add", table.name) for table in made] + [("drop", table.name) for table in gone]
    for change in changes:
        table = change.after.name
        members = [("add", f"{table}_{c.name}") for c in _list_added(change)]
        members += [("drop", f"{table}_{name}") for name in _drop_tables_of(change)]
        members += [("rename", f"{table}_{name}") for name in change.renamed.values()]
        subjects += members or [("change", table)]
    return subjects


def _make_slug(subjects: Sequence[tuple[str, str]]) -> str:
    if len(subjects) == 1:
        verb, name = subjects[0]
        return re.sub(r"\W+", "_", f"{verb}_{name}")
    return "change_tables"


def _summarise(subjects: Sequence[tuple[str, str]]) -> str:
    if len(subjects) == 1:
        verb, name = subjects[0]
        return f"{verb.capitalize()} {name}."
    return f"{len(subjects)} changes of the tables."


# --- how it is written -------------------------------------------------------------------------


def _write_alterations(change: TableChange, fills: Fills) -> list[str]:
    table = change.after.name
    stays = [n for n in change.before.indexes if n in change.after.indexes]
    lines = [line for n in change.before.indexes if n not in stays for line in drop_index(table, n)]
    for old, new in change.renamed.items():
        rename = call(
            "op.alter_column",
            write_string(table),
            write_string(old),
            new_column_name=write_string(new),
        )
        lines += block(rename, 4).splitlines()
    for column in _list_added(change):
        opened = column._replace(nullable=True)
        lines += block(call("op.add_column", write_string(table), opened.doc), 4).splitlines()
    for column in _list_closed(change):
        if (table, column.name) in fills:
            lines += _fill(table, column, fills[table, column.name])
    lines += _write_batch(change)
    return lines + [
        line for n in change.after.indexes if n not in stays for line in create_index(table, n)
    ]


def _fill(table: str, column: Column, value: Doc) -> list[str]:
    """Return the statement that fills a column where it is empty."""
    values = call("sa.column", write_string(column.name), column.type)
    lines = block(call("sa.table", write_string(table), values), 4, before="rows = ").splitlines()
    empty = f"rows.c[{write_string(column.name)}].is_(None)"
    update = call(
        f"rows.update().where({empty}).values", make_mapping([(write_string(column.name), value)])
    )
    return lines + block(call("op.execute", update), 4).splitlines()


def _write_batch(change: TableChange) -> list[str]:
    old = {c.name: c for c in change.before.constraints}
    new = {c.name: c for c in change.after.constraints}
    drops = [
        c
        for n, c in old.items()
        if n not in new or _describe_meaning(new[n]) != _describe_meaning(c)
    ]
    adds = [
        c
        for n, c in new.items()
        if n not in old or _describe_meaning(old[n]) != _describe_meaning(c)
    ]
    lines: list[str] = []
    for constraint in drops:
        name = call("op.f", write_string(constraint.name))
        drop = call("batch.drop_constraint", name, type_=write_string(constraint.kind))
        lines += block(drop, 8).splitlines()
    for column in _drop_tables_of(change):
        lines += block(call("batch.drop_column", write_string(column)), 8).splitlines()
    for line in _list_altered_columns(change):
        lines += block(line, 8).splitlines()
    for constraint in adds:
        lines += block(_write_creation(constraint), 8).splitlines()
    if not lines:
        return []
    was = _write_as_it_was(change)
    head = call("op.batch_alter_table", write_string(change.after.name), copy_from=was)
    return [*block(head, 4, before="with ", after=" as batch:").splitlines(), *lines]


def _list_altered_columns(change: TableChange) -> list[Doc]:
    before = {change.renamed.get(c.name, c.name): c for c in change.before.columns}
    before |= {c.name: c._replace(nullable=True) for c in _list_added(change)}
    found: list[Doc] = []
    for column in change.after.columns:
        was = before[column.name]
        retyped = write_flat(was.type) != write_flat(column.type)
        if not retyped and was.nullable == column.nullable:
            continue
        cast = f'"{column.name}"::{_write_postgres_type(column)}'
        found.append(
            call(
                "batch.alter_column",
                write_string(column.name),
                existing_type=was.type,
                type_=column.type if retyped else None,
                existing_nullable=repr(was.nullable),
                nullable=repr(column.nullable) if was.nullable != column.nullable else None,
                postgresql_using=write_string(cast) if retyped else None,
            )
        )
    return found


def _write_postgres_type(column: Column) -> str:
    found = _TYPE.match(write_flat(column.type))
    if found is None:
        return "text"
    size = found[2] if found[2] and any(map(str.isdigit, found[2])) else ""
    return f"{_POSTGRES_TYPES[found[1]]}{size}"


def _write_creation(constraint: TableConstraint) -> Doc:
    name = call("op.f", write_string(constraint.name))
    columns = make_sequence(map(write_string, constraint.columns))
    if constraint.kind == "check":
        return call("batch.create_check_constraint", name, write_string(constraint.sql))
    if constraint.kind == "foreignkey":
        table, column = constraint.target
        return call(
            "batch.create_foreign_key",
            name,
            write_string(table),
            columns,
            make_sequence([write_string(column)]),
            ondelete=write_string(constraint.on_delete),
        )
    function = "create_primary_key" if constraint.kind == "primary" else "create_unique_constraint"
    return call(f"batch.{function}", name, columns)


def _write_as_it_was(change: TableChange) -> Doc:
    """Return the table as the batch finds it: columns renamed and added, the rest as before."""
    columns = [
        column._replace(name=change.renamed.get(column.name, column.name)).doc
        for column in change.before.columns
    ]
    columns += [column._replace(nullable=True).doc for column in _list_added(change)]
    constraints = [
        constraint._replace(
            columns=tuple(change.renamed.get(n, n) for n in constraint.columns), late=False
        ).write(whole_name=True)
        for constraint in change.before.constraints
    ]
    indexes = [
        call("sa.Index", call("op.f", write_string(f"ix_{change.after.name}_{n}")), write_string(n))
        for n in change.before.indexes
        if n in change.after.indexes
    ]
    parts = (write_string(change.after.name), "sa.MetaData()", *columns, *constraints, *indexes)
    return call("sa.Table", *parts)
