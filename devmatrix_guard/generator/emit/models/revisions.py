"""A later migration: what leads from the tables of one version to those of the next.

It begins with the queries that must find nothing: where rows would not fit what is to come, it
stops before anything is changed. A table that changes is altered in alembic's batch mode:
PostgreSQL gets plain ALTER statements, and SQLite, which can alter little, gets the table copied
as the database has it then, with what other migrations gave it. A new column that needs a value in
rows that are there already is added empty, filled, and then closed to null.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from devmatrix_guard.generator.emit.models.carried_values import CARRY, TYPED, list_needs
from devmatrix_guard.generator.emit.models.data_checks import (
    TableStep,
    is_carried,
    list_carries,
    list_checks,
    read_type,
    write_cast,
)
from devmatrix_guard.generator.emit.models.migration_helpers import (
    NUMBER,
    REFLECT,
    RENAME,
    STOP,
    list_helpers,
)
from devmatrix_guard.generator.emit.models.migrations import (
    VERSIONS,
    create_index,
    create_key,
    create_tables,
    drop_index,
    drop_key,
    drop_tables,
    guard_altering,
    render_revision,
)
from devmatrix_guard.generator.emit.models.table_changes import (
    Renames,
    Renaming,
    SchemaChange,
    TableChange,
    find_schema_change,
    list_losses,
    list_names,
    list_subjects,
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
Fills = Mapping[tuple[str, str], Doc]


class Revision(NamedValue):
    """A migration between two versions of the tables.

    Attributes:
        revision: its id.
        text: its module.
        destroys: what is lost with it, such as `column products.weight`.
        unfilled: columns that must hold a value and have none for the rows that are there.
        distinct: those of them that hold another value in each row, a key or a unique one.
    """

    revision: str
    text: str
    destroys: tuple[str, ...]
    unfilled: tuple[str, ...]
    distinct: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The file of its module."""
        return f"{VERSIONS}{self.revision}.py"


def emit_revision(
    before: Sequence[Table],
    after: Sequence[Table],
    *,
    number: int,
    down_revision: str | tuple[str, ...],
    renames: Renames | None = None,
    fills: Fills | None = None,
    imports: Imports | None = None,
) -> Revision | None:
    """Return the migration that leads from `before` to `after`, None when they are equal.

    Args:
        before, after: the tables, each after those it refers to.
        number: how many revisions there will be with this one.
        down_revision: the revision it follows, or several that it brings together.
        renames: what is only called otherwise.
        fills: the value, as source, that a column gets in rows that are there already.
        imports: what `fills` needs.
    """
    renames, fills, imports = renames or Renames(), fills or {}, imports or Imports()
    change = find_schema_change(before, after, renames)
    if change.is_empty and isinstance(down_revision, str):
        return None
    former = {r.after: r.before for r in change.renamings}
    up = [*_write_checks(change, fills, former), *_write_renamings(change.renamings)]
    up += _write_steps(change, fills)
    back = change.reverse()
    down = [*_write_checks(back, {}, {}), *_write_steps(back, {})]
    down += _write_renamings([renaming.reverse() for renaming in reversed(change.renamings)])
    subjects = list_subjects(change)
    revision = _name_revision(number, subjects, [*up, *down])
    helpers = list_helpers([*up, *down])
    for module, name in list_needs(helpers):
        _ = imports.use(module, name) if name else imports.use_module(module)
    summary = _summarise(subjects)
    text = render_revision(summary, revision, down_revision, up, down, imports, helpers)
    closed = [(c.after, column.name) for c in change.changes for column in c.closed]
    unfilled = [(table, name) for table, name in closed if (table.name, name) not in fills]
    return Revision(
        revision,
        text,
        tuple(list_losses(change)),
        tuple(f"{table.name}.{name}" for table, name in unfilled),
        tuple(f"{table.name}.{name}" for table, name in unfilled if _is_distinct(table, name)),
    )


def _is_distinct(table: Table, column: str) -> bool:
    return any(
        c.kind in ("primary", "unique") and c.columns == (column,) for c in table.constraints
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


# --- how it is named ---------------------------------------------------------------------------


def _name_revision(number: int, subjects: Sequence[tuple[str, str]], lines: Sequence[str]) -> str:
    """Return the id of a revision; where its name does not say all, a part of its hash does.

    Two branches that change one table differently need two names.
    """
    if len(subjects) == 1 and subjects[0][0] != "change":
        verb, name = subjects[0]
        text = f"{number:04}_" + re.sub(r"\W+", "_", f"{verb}_{name}")
        if len(text) <= ID_LENGTH:
            return text
    if not subjects:
        return f"{number:04}_merge_{_hash_lines(lines)}"
    text = f"{number:04}_" + re.sub(r"\W+", "_", "_".join(subjects[0]))
    if len({name for _, name in subjects}) > 1:
        text = f"{number:04}_change_tables"
    return f"{text[: ID_LENGTH - 7].rstrip('_')}_{_hash_lines(lines)}"


def _hash_lines(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:6]


def _summarise(subjects: Sequence[tuple[str, str]]) -> str:
    if not subjects:
        return "Bring branches together."
    if len(subjects) == 1:
        verb, name = subjects[0]
        return f"{verb.capitalize()} {name}."
    return f"{len(subjects)} changes of the tables."


# --- how it is written -------------------------------------------------------------------------


def _write_checks(change: SchemaChange, fills: Fills, former: Mapping[str, str]) -> list[str]:
    """Return the lines that stop where rows are in the way, under the names of before."""
    lines: list[str] = []
    made = list_names(change.made)
    for item in change.changes:
        filled = frozenset(column for table, column in fills if table == item.after.name)
        step = TableStep(
            former.get(item.before.name, item.before.name),
            item.before,
            item.after,
            item.renamed,
            filled,
            made,
            former,
        )
        for carry in list_carries(step):
            names = map(write_string, (carry.table, carry.column))
            read = [carry.before, carry.after, carry.reader, write_string(carry.trouble)]
            lines += block(call(CARRY, *names, *read), 4).splitlines()
        for check in list_checks(step, item.constraints[1]):
            stop = call(STOP, write_string(check.query), write_string(check.trouble))
            lines += block(stop, 4).splitlines()
    return lines


def _write_renamings(renamings: Sequence[Renaming]) -> list[str]:
    lines: list[str] = []
    for table in renamings:
        if table.before != table.after:
            rename = call("op.rename_table", write_string(table.before), write_string(table.after))
            lines += block(rename, 4).splitlines()
        for column in table.indexes:
            lines += drop_index(table.before, column, of=table.after)
            lines += create_index(table.after, column)
    for table in renamings:  # when every table has its name: SQLite copies what refers to others
        if table.constraints:
            pairs = [(write_string(a), write_string(b)) for a, b in table.constraints.items()]
            names = call(RENAME, write_string(table.after), make_mapping(pairs))
            lines += block(names, 4).splitlines()
    return lines


def _write_steps(change: SchemaChange, fills: Fills) -> list[str]:
    lines = create_tables(change.made)
    unnumber = [
        call("op.execute", write_string(f'ALTER TABLE "{table}" ALTER "{name}" DROP DEFAULT'))
        for table, name in _list_numbered(change, 0)
    ]
    lines += guard_altering([*(drop_key(*key) for key in change.lifted), *unnumber])
    lines += [line for item in change.changes for line in _write_alterations(item, fills)]
    number = [call(NUMBER, *map(write_string, names)) for names in _list_numbered(change, 1)]
    lines += guard_altering([*(create_key(*key) for key in change.lifted), *number])
    return lines + drop_tables(change.gone)


def _list_numbered(change: SchemaChange, side: int) -> list[tuple[str, str]]:
    """Return (table, column) that the database numbers only before, or only afterwards."""
    return [(c.after.name, name) for c in change.changes for name in c.find_numbered()[side]]


def _write_alterations(change: TableChange, fills: Fills) -> list[str]:
    table = change.after.name
    stays = [n for n in change.before.indexes if n in change.after.indexes]
    stays = [n for n in stays if n not in change.replaced]
    lines = [line for n in change.before.indexes if n not in stays for line in drop_index(table, n)]
    if change.replaced:
        lines += _write_drops(change)
    for old, new in change.renamed.items():
        rename = call(
            "op.alter_column",
            write_string(table),
            write_string(old),
            new_column_name=write_string(new),
        )
        lines += block(rename, 4).splitlines()
    for column in change.added:
        opened = column._replace(nullable=True)
        lines += block(call("op.add_column", write_string(table), opened.doc), 4).splitlines()
    filled = [column for column in change.closed if (table, column.name) in fills]
    later = [column for column in filled if column.name in change.retyped]
    for column in filled:
        if column not in later:
            lines += _fill(table, column, fills[table, column.name])
    lines += _write_batch(change, opened=[column.name for column in later])
    for column in later:  # which could not hold the value before it had its type
        lines += _fill(table, column, fills[table, column.name])
    lines += _write_closing(table, later)
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


def _write_drops(change: TableChange) -> list[str]:
    """Return the lines that take columns away whose names others get at once."""
    drops = [c for c in change.constraints[0] if change.concerns_replaced(c)]
    lines = _drop_constraints(drops)
    for column in change.before.columns:
        if column.name in change.replaced:
            lines += block(call("batch.drop_column", write_string(column.name)), 8).splitlines()
    return [*_open_batch(change, []), *lines]


def _drop_constraints(constraints: Sequence[TableConstraint]) -> list[str]:
    lines: list[str] = []
    for constraint in constraints:
        name = call("op.f", write_string(constraint.name))
        drop = call("batch.drop_constraint", name, type_=write_string(constraint.kind))
        lines += block(drop, 8).splitlines()
    return lines


def _write_batch(change: TableChange, *, opened: Sequence[str]) -> list[str]:
    drops, adds = change.constraints
    lines = _drop_constraints([c for c in drops if not change.concerns_replaced(c)])
    for name in change.dropped:
        if name not in change.replaced:
            lines += block(call("batch.drop_column", write_string(name)), 8).splitlines()
    for line in _list_altered_columns(change, opened):
        lines += block(line, 8).splitlines()
    for constraint in adds:
        lines += block(_write_creation(constraint), 8).splitlines()
    if not lines:
        return []
    carried = [
        now
        for was, now in change.pairs
        if now.name in change.retyped and is_carried(read_type(was.type), read_type(now.type))
    ]
    return [*_open_batch(change, carried), *lines]


def _open_batch(change: TableChange, carried: Sequence[Column]) -> list[str]:
    """Return the first line of a batch; the values of `carried` have their new type already."""
    table = write_string(change.after.name)
    copied = call(REFLECT, table)
    if carried:
        types = make_mapping([(write_string(c.name), c.type) for c in carried])
        copied = call(TYPED, copied, types)
    head = call("op.batch_alter_table", table, copy_from=copied)
    return block(head, 4, before="with ", after=" as batch:").splitlines()


def _write_closing(table: str, columns: Sequence[Column]) -> list[str]:
    if not columns:
        return []
    name = write_string(table)
    head = call("op.batch_alter_table", name, copy_from=call(REFLECT, name))
    lines = block(head, 4, before="with ", after=" as batch:").splitlines()
    for column in columns:
        close = call(
            "batch.alter_column",
            write_string(column.name),
            existing_type=column.type,
            existing_nullable="True",
            nullable="False",
        )
        lines += block(close, 8).splitlines()
    return lines


def _list_altered_columns(change: TableChange, opened: Sequence[str]) -> list[Doc]:
    before = {now.name: was for was, now in change.pairs}
    before |= {c.name: c._replace(nullable=True) for c in change.added}
    found: list[Doc] = []
    for column in change.after.columns:
        was = before[column.name]
        retyped = write_flat(was.type) != write_flat(column.type)
        nullable = was.nullable if column.name in opened else column.nullable
        if not retyped and was.nullable == nullable:
            continue
        found.append(
            call(
                "batch.alter_column",
                write_string(column.name),
                existing_type=was.type,
                type_=column.type if retyped else None,
                existing_nullable=repr(was.nullable),
                nullable=repr(nullable) if was.nullable != nullable else None,
                postgresql_using=_write_using(was, column) if retyped else None,
            )
        )
    return found


def _write_using(was: Column, column: Column) -> Doc:
    before, after = read_type(was.type), read_type(column.type)
    name, plain = f'"{column.name}"', f'"{column.name}"::{after.postgres}'
    cast = write_cast(name, before, after)
    return write_string(plain if cast == f"CAST({name} AS {after.postgres})" else cast)


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
