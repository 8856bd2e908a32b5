"""The first migration: every table, in an order in which each finds those it refers to."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.emit.columns import checks, column_type, max_length
from devmatrix_guard.generator.emit.entities import (
    key_of,
    link_relations,
    lists,
    on_delete_of,
    stored,
)
from devmatrix_guard.generator.emit.invariants import invariant_checks
from devmatrix_guard.generator.emit.module import Imports, render_module
from devmatrix_guard.generator.emit.text import Doc, block, call, docstring, sequence, string
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Entity, Type

REVISION = "0001_initial"
_NAME_LENGTH = 63


class _Table:
    """A table as the migration writes it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: list[Doc] = []
        self.indexes: list[str] = []


def emit_initial_migration(plan: Plan, *, outbox: bool) -> str:
    """Return the migration that makes every table."""
    tables = []
    for entity in table_order(plan.entities):
        tables.append(_entity_table(plan, entity))
        tables += [_list_table(entity, attribute) for attribute in lists(entity)]
    for relation, entity in link_relations(plan.ir.domain.entities):
        target = plan.entities[relation.target]
        sides = ((relation.through_local, entity), (relation.through_target, target))
        tables.append(_link_table(relation.through, sides))
    if outbox:
        tables.append(_outbox_table())
    up = [line for table in tables for line in _create(table)]
    down = [line for table in reversed(tables) for line in _drop(table)]
    imports = Imports()
    imports.use("alembic", "op")
    imports.use("collections.abc", "Sequence")
    parts = [
        f'revision: str = "{REVISION}"\n'
        "down_revision: str | Sequence[str] | None = None\n"
        "branch_labels: str | Sequence[str] | None = None\n"
        "depends_on: str | Sequence[str] | None = None",
        "\n".join(["def upgrade() -> None:", docstring("Bring the schema forward.", 4), *up]),
        "\n".join(["def downgrade() -> None:", docstring("Take the schema back.", 4), *down]),
    ]
    text = render_module("The tables of the first version.", imports, parts)
    if "sa." in text:
        text = text.replace(
            "from alembic import op", "import sqlalchemy as sa\nfrom alembic import op"
        )
    return text


def table_order(entities: Mapping[str, Entity]) -> list[Entity]:
    """Return the entities with those that others refer to first, as far as possible."""
    ordered: dict[str, Entity] = {}
    visiting: set[str] = set()

    def visit(name: str) -> None:
        if name in ordered or name in visiting:
            return
        visiting.add(name)
        for attribute in entities[name].attributes:
            if attribute.references and attribute.references[0] in entities:
                visit(attribute.references[0])
        ordered[name] = entities[name]

    for name in sorted(entities):
        visit(name)
    return list(ordered.values())


def late_references(entities: Mapping[str, Entity]) -> set[tuple[str, str]]:
    """Return (entity, attribute) of foreign keys to tables that are made later."""
    made: set[str] = set()
    late: set[tuple[str, str]] = set()
    for entity in table_order(entities):
        made.add(entity.name)
        for attribute in entity.attributes:
            if attribute.references and attribute.references[0] not in made:
                late.add((entity.name, attribute.name))
    return late


def _entity_table(plan: Plan, entity: Entity) -> _Table:
    table = _Table(entity.table)
    for attribute in stored(entity):
        table.parts.append(_column(attribute, is_key=attribute.name == entity.key))
    for attribute in stored(entity):
        if attribute.references:
            other, column = attribute.references
            target = f"{plan.entities[other].table}.{column}"
            on_delete = on_delete_of(entity, attribute)
            late = (entity.name, attribute.name) in late_references(plan.entities)
            table.parts.append(_foreign_key(attribute.name, target, on_delete, late=late))
            if attribute.name != entity.key:
                table.indexes.append(attribute.name)
    table.parts.append(call("sa.PrimaryKeyConstraint", string(entity.key)))
    for key in entity.unique:
        table.parts.append(call("sa.UniqueConstraint", *map(string, key.attributes)))
    for attribute in stored(entity):
        for name, sql in checks(attribute):
            table.parts.append(call("sa.CheckConstraint", string(sql), name=string(name)))
    for name, sql in invariant_checks(plan, entity):
        table.parts.append(call("sa.CheckConstraint", string(sql), name=string(name)))
    return table


def _column(attribute: Attribute, *, is_key: bool) -> Doc:
    kind = column_type(attribute.type, max_length(attribute), Imports()).migration
    nullable = attribute.nullable and not is_key
    return call("sa.Column", string(attribute.name), kind, nullable=repr(nullable))


def _foreign_key(column: str, target: str, on_delete: str, *, late: bool = False) -> Doc:
    return call(
        "sa.ForeignKeyConstraint",
        sequence([string(column)]),
        sequence([string(target)]),
        ondelete=string(on_delete),
        use_alter="True" if late else None,
    )


def _list_table(entity: Entity, attribute: Attribute) -> _Table:
    table = _Table(f"{entity.table}_{attribute.name}")
    key = key_of(entity)
    value = Type(kind=attribute.type.items or "text")
    key_type = column_type(key.type, max_length(key), Imports()).migration
    table.parts = [
        call("sa.Column", '"owner"', key_type, nullable="False"),
        call("sa.Column", '"position"', "sa.Integer()", nullable="False"),
        call(
            "sa.Column", '"value"', column_type(value, None, Imports()).migration, nullable="False"
        ),
        _foreign_key("owner", f"{entity.table}.{entity.key}", "CASCADE"),
        call("sa.PrimaryKeyConstraint", '"owner"', '"position"'),
    ]
    table.indexes = ["value"]
    return table


def _link_table(name: str, sides: tuple[tuple[str, Entity], tuple[str, Entity]]) -> _Table:
    table = _Table(name)
    for column, entity in sides:
        key = key_of(entity)
        kind = column_type(key.type, max_length(key), Imports()).migration
        table.parts.append(call("sa.Column", string(column), kind, nullable="False"))
    for column, entity in sides:
        table.parts.append(_foreign_key(column, f"{entity.table}.{entity.key}", "CASCADE"))
        table.indexes.append(column)
    table.parts.append(call("sa.PrimaryKeyConstraint", *(string(column) for column, _ in sides)))
    return table


def _outbox_table() -> _Table:
    table = _Table("outbox_events")
    columns = (
        ("id", "sa.Uuid()", False),
        ("event", "sa.String(255)", False),
        ("payload", "sa.JSON()", False),
        ("created_at", "sa.DateTime(timezone=True)", False),
        ("sent_at", "sa.DateTime(timezone=True)", True),
    )
    for name, kind, nullable in columns:
        table.parts.append(call("sa.Column", string(name), kind, nullable=repr(nullable)))
    table.parts.append(call("sa.PrimaryKeyConstraint", '"id"'))
    table.indexes = ["sent_at"]
    return table


def _create(table: _Table) -> list[str]:
    lines = block(call("op.create_table", string(table.name), *table.parts), 4).splitlines()
    for column in table.indexes:
        name = _index_name(table.name, column)
        index = call("op.create_index", name, string(table.name), sequence([string(column)]))
        lines += block(index, 4).splitlines()
    return lines


def _drop(table: _Table) -> list[str]:
    lines = []
    for column in reversed(table.indexes):
        name = _index_name(table.name, column)
        if name != "None":
            lines += block(
                call("op.drop_index", name, table_name=string(table.name)), 4
            ).splitlines()
    return [*lines, *block(call("op.drop_table", string(table.name)), 4).splitlines()]


def _index_name(table: str, column: str) -> str:
    name = f"ix_{table}_{column}"
    # A longer name is shortened by SQLAlchemy in its own way, which None leaves to it.
    return f"op.f({string(name)})" if len(name) <= _NAME_LENGTH else "None"
