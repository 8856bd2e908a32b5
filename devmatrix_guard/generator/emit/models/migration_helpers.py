"""Functions that a migration brings along: it must run for ever, whatever becomes of the rest."""

from __future__ import annotations

from collections.abc import Iterable

from devmatrix_guard.generator.emit.models.carried_values import list_carrying

STOP = "_stop_where"
REFLECT = "_table_as_it_is"
RENAME = "_rename_constraints"
NUMBER = "_number_rows"

_STOP = '''\
def _stop_where(query: str, trouble: str) -> None:
    """Stop before anything is changed where rows are in the way."""
    if op.get_context().as_sql:
        return
    count = op.get_bind().scalar(sa.text(query)) or 0
    if count:
        raise RuntimeError(f"nothing was changed: {count} in the way, {trouble}")'''

_REFLECT = '''\
def _table_as_it_is(name: str) -> sa.Table | None:
    """Return a table as SQLite has it, which copies a table to change it."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return None
    table = sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    for check in sa.inspect(connection).get_check_constraints(name):
        text = check["sqltext"].replace("\\\\", "\\\\\\\\").replace(":", "\\\\:")
        table.append_constraint(sa.CheckConstraint(text, name=op.f(str(check["name"]))))
    return table'''

_RENAME = '''\
def _rename_constraints(table: str, names: dict[str, str]) -> None:
    """Give constraints of a table other names."""
    copied = _table_as_it_is(table)
    if copied is None:
        for old, new in names.items():
            op.execute(f'ALTER TABLE "{table}" RENAME CONSTRAINT "{old}" TO "{new}"')
        return
    for constraint in copied.constraints:
        if constraint.name in names:
            constraint.name = op.f(names[str(constraint.name)])
    with op.batch_alter_table(table, copy_from=copied, recreate="always"):
        pass'''

_NUMBER = '''\
def _number_rows(table: str, column: str) -> None:
    """Give new rows the number after the last one, where PostgreSQL has none for them."""
    sequence = f"{table}_{column}_seq"
    op.execute(f'CREATE SEQUENCE IF NOT EXISTS "{sequence}" OWNED BY "{table}"."{column}"')
    next_value = f"nextval('\\"{sequence}\\"')"
    op.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET DEFAULT {next_value}')
    last = f'SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"'
    op.execute(f"SELECT setval('\\"{sequence}\\"', ({last}), false)")'''


def list_helpers(lines: Iterable[str]) -> list[str]:
    """Return the functions that the lines of a migration call."""
    text = "\n".join(lines)
    found = [_STOP] if f"{STOP}(" in text else []
    renames = f"{RENAME}(" in text
    if renames or f"{REFLECT}(" in text:
        found.append(_REFLECT)
    if renames:
        found.append(_RENAME)
    if f"{NUMBER}(" in text:
        found.append(_NUMBER)
    return [*found, *list_carrying(text)]
