"""The first migration: every table, in an order in which each finds those it refers to."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.generator.emit.models.tables import Table, TableConstraint, make_tables
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    block,
    call,
    make_sequence,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.plan import Plan

REVISION = "0001_initial"
VERSIONS = "alembic/versions/"
_NAME_LENGTH = 63


def emit_initial_migration(plan: Plan, *, outbox: bool) -> str:
    """Return the migration that makes every table."""
    tables = make_tables(plan, outbox=outbox)
    up, down = create_tables(tables), drop_tables(tables)
    return render_revision("The tables of the first version.", REVISION, None, up, down)


def render_revision(
    summary: str,
    revision: str,
    down_revision: str | tuple[str, ...] | None,
    up: list[str],
    down: list[str],
    imports: Imports | None = None,
    helpers: Sequence[str] = (),
) -> str:
    """Return the module of a revision whose two functions have the given lines.

    Args:
        helpers: functions that those lines call.
    """
    imports = imports or Imports()
    imports.use("alembic", "op")
    imports.use("collections.abc", "Sequence")
    before = "None"
    if isinstance(down_revision, str):
        before = write_string(down_revision)
    elif down_revision:
        before = f"({', '.join(map(write_string, down_revision))})"
    parts = [
        f"revision: str = {write_string(revision)}\n"
        f"down_revision: str | Sequence[str] | None = {before}\n"
        "branch_labels: str | Sequence[str] | None = None\n"
        "depends_on: str | Sequence[str] | None = None",
        "\n".join(["def upgrade() -> None:", write_docstring("Bring the schema forward.", 4), *up]),
        "\n".join(["def downgrade() -> None:", write_docstring("Take the schema back.", 4), *down]),
        *helpers,
    ]
    text = render_module(summary, imports, parts)
    if "sa." in text:
        text = text.replace(
            "from alembic import op", "import sqlalchemy as sa\nfrom alembic import op"
        )
    return text


def create_tables(tables: Sequence[Table]) -> list[str]:
    """Return the lines that make tables and their indexes, each after those it refers to."""
    lines = [line for table in tables for line in _create_table(table)]
    keys = [create_key(table.name, key) for table, key in _list_late_keys(tables)]
    return lines + guard_altering(keys)


def drop_tables(tables: Sequence[Table]) -> list[str]:
    """Return the lines that remove tables and their indexes, the last made first."""
    keys = [drop_key(table.name, key) for table, key in _list_late_keys(tables)]
    lines = guard_altering(keys)
    return lines + [line for table in reversed(tables) for line in _drop_table(table)]


def create_key(table: str, key: TableConstraint) -> Doc:
    """Return the statement that adds a foreign key."""
    return call(
        "op.create_foreign_key",
        call("op.f", write_string(key.name)),
        write_string(table),
        write_string(key.target[0]),
        make_sequence(map(write_string, key.columns)),
        make_sequence([write_string(key.target[1])]),
        ondelete=write_string(key.on_delete),
    )


def drop_key(table: str, key: TableConstraint) -> Doc:
    """Return the statement that removes a foreign key."""
    name = call("op.f", write_string(key.name))
    return call("op.drop_constraint", name, write_string(table), type_=write_string(key.kind))


def _list_late_keys(tables: Sequence[Table]) -> list[tuple[Table, TableConstraint]]:
    """Return the foreign keys to tables that are made later, as where two refer to each other."""
    return [(table, key) for table in tables for key in table.constraints if key.late]


def guard_altering(statements: Sequence[Doc]) -> list[str]:
    """Return the lines of statements that SQLite does without.

    SQLite cannot add a foreign key, and takes one to a table that is not there yet.
    """
    if not statements:
        return []
    lines = [line for doc in statements for line in block(doc, 8).splitlines()]
    return ['    if op.get_context().dialect.name != "sqlite":', *lines]


def _create_table(table: Table) -> list[str]:
    parts = [c.doc for c in table.columns] + [c.write() for c in table.constraints]
    lines = block(call("op.create_table", write_string(table.name), *parts), 4).splitlines()
    for column in table.indexes:
        lines += create_index(table.name, column)
    return lines


def _drop_table(table: Table) -> list[str]:
    lines = []
    for column in reversed(table.indexes):
        lines += drop_index(table.name, column)
    return [*lines, *block(call("op.drop_table", write_string(table.name)), 4).splitlines()]


def create_index(table: str, column: str) -> list[str]:
    """Return the lines that give a column an index."""
    name = _name_index(table, column)
    index = call(
        "op.create_index", name, write_string(table), make_sequence([write_string(column)])
    )
    return block(index, 4).splitlines()


def drop_index(table: str, column: str, *, of: str = "") -> list[str]:
    """Return the lines that remove the index of a column; none where its name is not ours.

    Args:
        of: what the table is called by now, where the index is still named after `table`.
    """
    name = _name_index(table, column)
    if name == "None":
        return []
    return block(call("op.drop_index", name, table_name=write_string(of or table)), 4).splitlines()


def _name_index(table: str, column: str) -> str:
    name = f"ix_{table}_{column}"
    # A longer name is shortened by SQLAlchemy in its own way, which None leaves to it.
    return f"op.f({write_string(name)})" if len(name) <= _NAME_LENGTH else "None"
