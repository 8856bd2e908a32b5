"""The tables of an application as values: what a migration makes, and what two versions differ in.

Names of constraints are those that the application's naming convention gives (`model_base`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from devmatrix_guard.generator.emit.models.columns import checks, column_type, max_length
from devmatrix_guard.generator.emit.models.entities import (
    key_of,
    link_relations,
    lists,
    on_delete_of,
    stored,
)
from devmatrix_guard.generator.emit.models.invariants import invariant_checks
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import Doc, call, sequence, string
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Entity, Type
from devmatrix_guard.model.named_value import NamedValue


class Column(NamedValue):
    """A column: its name, its type as source text of a migration, and whether it may be null."""

    name: str
    type: Doc
    nullable: bool

    @property
    def doc(self) -> Doc:
        """The column as it stands in a migration."""
        return call("sa.Column", string(self.name), self.type, nullable=repr(self.nullable))


class TableConstraint(NamedValue):
    """A constraint of a table.

    Attributes:
        kind: `foreignkey`, `primary`, `unique` or `check`, as alembic calls them.
        name: in the database, by the naming convention.
        columns: what it is about; of a check none.
        target: of a foreign key, the table and column it refers to.
        on_delete: of a foreign key.
        late: the foreign key refers to a table that is made later.
        sql: of a check.
        short_name: of a check, the part of the name that the convention asks for.
    """

    kind: str
    name: str
    columns: tuple[str, ...] = ()
    target: tuple[str, str] = ("", "")
    on_delete: str = ""
    late: bool = False
    sql: str = ""
    short_name: str = ""

    def doc(self, *, whole_name: bool = False) -> Doc:
        """Return the constraint as it stands in a table of a migration.

        Args:
            whole_name: give its name in the database; without it the naming convention does.
        """
        name = call("op.f", string(self.name)) if whole_name else None
        if self.kind == "check":
            return call(
                "sa.CheckConstraint", string(self.sql), name=name or string(self.short_name)
            )
        if self.kind == "foreignkey":
            return call(
                "sa.ForeignKeyConstraint",
                sequence(map(string, self.columns)),
                sequence([string(".".join(self.target))]),
                name=name,
                ondelete=string(self.on_delete),
                use_alter="True" if self.late else None,
            )
        function = {"primary": "sa.PrimaryKeyConstraint", "unique": "sa.UniqueConstraint"}
        return call(function[self.kind], *map(string, self.columns), name=name)


class Table(NamedValue):
    """A table: its columns and constraints in order, and the columns that have an index."""

    name: str
    columns: tuple[Column, ...]
    constraints: tuple[TableConstraint, ...]
    indexes: tuple[str, ...] = ()


def make_tables(plan: Plan, *, outbox: bool) -> list[Table]:
    """Return every table of the application, each after those it refers to as far as possible."""
    tables: list[Table] = []
    late = late_references(plan.entities)
    for entity in table_order(plan.entities):
        tables.append(_entity_table(plan, entity, late))
        tables += [_list_table(entity, attribute) for attribute in lists(entity)]
    for relation, entity in link_relations(plan.ir.domain.entities):
        target = plan.entities[relation.target]
        sides = ((relation.through_local, entity), (relation.through_target, target))
        tables.append(_link_table(relation.through, sides))
    if outbox:
        tables.append(_outbox_table())
    return tables


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


def _entity_table(plan: Plan, entity: Entity, late: set[tuple[str, str]]) -> Table:
    table = entity.table
    columns = [_column(a, is_key=a.name == entity.key) for a in stored(entity)]
    constraints: list[TableConstraint] = []
    indexes = []
    for attribute in stored(entity):
        if attribute.references:
            other, column = attribute.references
            target = plan.entities[other].table, column
            on_delete = on_delete_of(entity, attribute)
            is_late = (entity.name, attribute.name) in late
            key = _foreign_key(table, attribute.name, target, on_delete, late=is_late)
            constraints.append(key)
            if attribute.name != entity.key:
                indexes.append(attribute.name)
    constraints.append(_primary(table, entity.key))
    constraints += [_unique(table, key.attributes) for key in entity.unique]
    check = partial(_check, table)
    constraints += [check(*named) for a in stored(entity) for named in checks(a)]
    constraints += [check(*named) for named in invariant_checks(plan, entity)]
    return Table(table, tuple(columns), tuple(constraints), tuple(indexes))


def _column(attribute: Attribute, *, is_key: bool) -> Column:
    return Column(attribute.name, _type_of(attribute), attribute.nullable and not is_key)


def _type_of(attribute: Attribute) -> Doc:
    return column_type(attribute.type, max_length(attribute), Imports()).migration


def _foreign_key(
    table: str, column: str, target: tuple[str, str], on_delete: str, *, late: bool = False
) -> TableConstraint:
    name = f"fk_{table}_{column}_{target[0]}"
    return TableConstraint("foreignkey", name, (column,), target, on_delete, late)


def _primary(table: str, *columns: str) -> TableConstraint:
    return TableConstraint("primary", f"pk_{table}", columns)


def _unique(table: str, columns: tuple[str, ...]) -> TableConstraint:
    return TableConstraint("unique", f"uq_{table}_{'_'.join(columns)}", columns)


def _check(table: str, name: str, sql: str) -> TableConstraint:
    return TableConstraint("check", f"ck_{table}_{name}", sql=sql, short_name=name)


def _list_table(entity: Entity, attribute: Attribute) -> Table:
    name = f"{entity.table}_{attribute.name}"
    value = Type(kind=attribute.type.items or "text")
    value_type = column_type(value, None, Imports()).migration
    columns = (
        Column("owner", _type_of(key_of(entity)), False),
        Column("position", "sa.Integer()", False),
        Column("value", value_type, False),
    )
    owner = _foreign_key(name, "owner", (entity.table, entity.key), "CASCADE")
    return Table(name, columns, (owner, _primary(name, "owner", "position")), ("value",))


def _link_table(name: str, sides: tuple[tuple[str, Entity], tuple[str, Entity]]) -> Table:
    columns = [Column(column, _type_of(key_of(entity)), False) for column, entity in sides]
    keys = [
        _foreign_key(name, column, (entity.table, entity.key), "CASCADE")
        for column, entity in sides
    ]
    names = [column for column, _ in sides]
    return Table(name, tuple(columns), (*keys, _primary(name, *names)), tuple(names))


def _outbox_table() -> Table:
    columns = (
        Column("id", "sa.Uuid()", False),
        Column("event", "sa.String(255)", False),
        Column("payload", "sa.JSON()", False),
        Column("created_at", "sa.DateTime(timezone=True)", False),
        Column("sent_at", "sa.DateTime(timezone=True)", True),
    )
    name = "outbox_events"
    return Table(name, columns, (_primary(name, "id"),), ("sent_at",))
