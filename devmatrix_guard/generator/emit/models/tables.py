"""The tables of an application as values: what a migration makes, and what two versions differ in.

Names of constraints are those that the application's naming convention gives (`model_base`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from devmatrix_guard.generator.emit.models.columns import (
    choose_column_type,
    find_max_length,
    list_checks,
)
from devmatrix_guard.generator.emit.models.entities import (
    LINK_POSITION,
    choose_on_delete,
    find_key,
    link_relations,
    list_stored,
    lists,
)
from devmatrix_guard.generator.emit.models.invariants import list_invariant_checks
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import Doc, call, make_sequence, write_string
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.behavior import Number, iter_steps
from devmatrix_guard.ir.domain import Attribute, Entity, Relation, Type
from devmatrix_guard.model.named_value import NamedValue


class Column(NamedValue):
    """A column: its name, its type as source text of a migration, and whether it may be null."""

    name: str
    type: Doc
    nullable: bool

    @property
    def doc(self) -> Doc:
        """The column as it stands in a migration."""
        return call("sa.Column", write_string(self.name), self.type, nullable=repr(self.nullable))


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

    def write(self, *, whole_name: bool = False) -> Doc:
        """Return the constraint as it stands in a table of a migration.

        Args:
            whole_name: give its name in the database; without it the naming convention does.
        """
        name = call("op.f", write_string(self.name)) if whole_name else None
        if self.kind == "check":
            return call(
                "sa.CheckConstraint",
                write_string(self.sql),
                name=name or write_string(self.short_name),
            )
        if self.kind == "foreignkey":
            return call(
                "sa.ForeignKeyConstraint",
                make_sequence(map(write_string, self.columns)),
                make_sequence([write_string(".".join(self.target))]),
                name=name,
                ondelete=write_string(self.on_delete),
                use_alter="True" if self.late else None,
            )
        function = {"primary": "sa.PrimaryKeyConstraint", "unique": "sa.UniqueConstraint"}
        return call(function[self.kind], *map(write_string, self.columns), name=name)


class Table(NamedValue):
    """A table: its columns and constraints in order, and the columns that have an index."""

    name: str
    columns: tuple[Column, ...]
    constraints: tuple[TableConstraint, ...]
    indexes: tuple[str, ...] = ()


def make_tables(plan: Plan, *, outbox: bool) -> list[Table]:
    """Return every table of the application, each after those it refers to as far as possible."""
    tables: list[Table] = []
    late = find_late_references(plan.entities)
    for entity in sort_by_references(plan.entities):
        tables.append(_make_entity_table(plan, entity, late))
        tables += [_make_list_table(entity, attribute) for attribute in lists(entity)]
    for relation, entity in link_relations(plan.ir.domain.entities):
        target = plan.entities[relation.target]
        sides = ((relation.through_local, entity), (relation.through_target, target))
        tables.append(_make_link_table(relation, sides))
    if outbox:
        tables.append(_make_outbox_table())
    steps = (step for flow in plan.ir.behavior.flows for step in iter_steps(flow.steps))
    if any(isinstance(step, Number) for step in steps):
        tables.append(_make_series_table())
    return tables


def sort_by_references(entities: Mapping[str, Entity]) -> list[Entity]:
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


def find_late_references(entities: Mapping[str, Entity]) -> set[tuple[str, str]]:
    """Return (entity, attribute) of foreign keys to tables that are made later."""
    made: set[str] = set()
    late: set[tuple[str, str]] = set()
    for entity in sort_by_references(entities):
        made.add(entity.name)
        for attribute in entity.attributes:
            if attribute.references and attribute.references[0] not in made:
                late.add((entity.name, attribute.name))
    return late


def _make_entity_table(plan: Plan, entity: Entity, late: set[tuple[str, str]]) -> Table:
    table = entity.table
    columns = [_make_column(a, is_key=a.name == entity.key) for a in list_stored(entity)]
    constraints: list[TableConstraint] = []
    indexes = []
    for attribute in list_stored(entity):
        if attribute.references:
            other, column = attribute.references
            target = plan.entities[other].table, column
            on_delete = choose_on_delete(entity, attribute)
            is_late = (entity.name, attribute.name) in late
            key = _make_foreign_key(table, attribute.name, target, on_delete, late=is_late)
            constraints.append(key)
            if attribute.name != entity.key:
                indexes.append(attribute.name)
    constraints.append(_make_primary(table, entity.key))
    constraints += [_make_unique(table, key.attributes) for key in entity.unique]
    check = partial(_make_check, table)
    constraints += [check(*named) for a in list_stored(entity) for named in list_checks(a)]
    constraints += [check(*named) for named in list_invariant_checks(plan, entity)]
    return Table(table, tuple(columns), tuple(constraints), tuple(indexes))


def _make_column(attribute: Attribute, *, is_key: bool) -> Column:
    return Column(attribute.name, _write_type(attribute), attribute.nullable and not is_key)


def _write_type(attribute: Attribute) -> Doc:
    return choose_column_type(attribute.type, find_max_length(attribute), Imports()).migration


def _make_foreign_key(
    table: str, column: str, target: tuple[str, str], on_delete: str, *, late: bool = False
) -> TableConstraint:
    name = f"fk_{table}_{column}_{target[0]}"
    return TableConstraint("foreignkey", name, (column,), target, on_delete, late)


def _make_primary(table: str, *columns: str) -> TableConstraint:
    return TableConstraint("primary", f"pk_{table}", columns)


def _make_unique(table: str, columns: tuple[str, ...]) -> TableConstraint:
    return TableConstraint("unique", f"uq_{table}_{'_'.join(columns)}", columns)


def _make_check(table: str, name: str, sql: str) -> TableConstraint:
    return TableConstraint("check", f"ck_{table}_{name}", sql=sql, short_name=name)


def _make_list_table(entity: Entity, attribute: Attribute) -> Table:
    name = f"{entity.table}_{attribute.name}"
    value = Type(kind=attribute.type.items or "text")
    value_type = choose_column_type(value, None, Imports()).migration
    columns = (
        Column("owner", _write_type(find_key(entity)), False),
        Column("position", "sa.Integer()", False),
        Column("value", value_type, False),
    )
    owner = _make_foreign_key(name, "owner", (entity.table, entity.key), "CASCADE")
    return Table(name, columns, (owner, _make_primary(name, "owner", "position")), ("value",))


def _make_link_table(
    relation: Relation, sides: tuple[tuple[str, Entity], tuple[str, Entity]]
) -> Table:
    name = relation.through
    columns = [Column(column, _write_type(find_key(entity)), False) for column, entity in sides]
    keys = [
        _make_foreign_key(name, column, (entity.table, entity.key), "CASCADE")
        for column, entity in sides
    ]
    names = [column for column, _ in sides]
    if relation.keeps_order:
        columns.append(Column(LINK_POSITION, "sa.Uuid()", True))
    return Table(name, tuple(columns), (*keys, _make_primary(name, *names)), tuple(names))


def _make_outbox_table() -> Table:
    columns = (
        Column("id", "sa.Uuid()", False),
        Column("event", "sa.String(255)", False),
        Column("payload", "sa.JSON()", False),
        Column("created_at", "sa.DateTime(timezone=True)", False),
        Column("sent_at", "sa.DateTime(timezone=True)", True),
    )
    name = "outbox_events"
    return Table(name, columns, (_make_primary(name, "id"),), ("sent_at",))


def _make_series_table() -> Table:
    columns = (
        Column("series", "sa.String(60)", False),
        Column("per", "sa.String(200)", False),
        Column("value", "sa.BigInteger()", False),
    )
    return Table("number_series", columns, (_make_primary("number_series", "series", "per"),))
