"""The entities of the domain as SQLAlchemy tables, one module for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devmatrix_guard.generator.emit.models.columns import (
    BASE,
    checks,
    column_type,
    default_of,
    max_length,
    row_name,
)
from devmatrix_guard.generator.emit.models.invariants import invariant_checks
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    assigned,
    block,
    call,
    docstring,
    sequence,
    string,
    subscript,
)
from devmatrix_guard.generator.names import row_class, words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Attribute, Derived, Entity, Relation, Type

PACKAGE = "src.models.entities"
LINKS = f"{PACKAGE}.links"


def list_class(entity: Entity, attribute: Attribute) -> str:
    """Return the class of the rows that hold the values of a list attribute."""
    camel = "".join(part.title() for part in attribute.name.split("_"))
    return f"{entity.name}{camel}Value"


def stored(entity: Entity) -> list[Attribute]:
    """Return the attributes that are columns of the entity's own table."""
    return [a for a in entity.attributes if a.type.kind != "list"]


def lists(entity: Entity) -> list[Attribute]:
    """Return the attributes that are kept in a child table of their own."""
    return [a for a in entity.attributes if a.type.kind == "list"]


def on_delete_of(entity: Entity, attribute: Attribute) -> str:
    """Return what the database does with a row when the row it refers to goes."""
    for relation in entity.relations:
        if relation.column == attribute.name and relation.kind in ("many_to_one", "one_to_one"):
            return {"cascade": "CASCADE", "set_null": "SET NULL"}.get(
                relation.on_delete, "RESTRICT"
            )
    return "RESTRICT"


def emit_entity(plan: Plan, entity: Entity) -> str:
    """Return the module of one entity."""
    imports = Imports()
    parts = [_emit_list_class(entity, attribute, imports) for attribute in lists(entity)]
    parts.append(_emit_class(plan, entity, imports))
    return render_module(f"The table {entity.table}.", imports, parts)


def emit_links(entities: Sequence[Entity], by_name: Mapping[str, Entity]) -> str | None:
    """Return the module of the tables that only link two others, or None if there are none."""
    imports = Imports()
    parts = []
    for relation, entity in link_relations(entities):
        base = imports.use(BASE, "Base")
        table = call(
            imports.use("sqlalchemy", "Table"),
            string(relation.through),
            f"{base}.metadata",
            *(
                _link_column(column, side, imports)
                for column, side in (
                    (relation.through_local, entity),
                    (relation.through_target, by_name[relation.target]),
                )
            ),
        )
        parts.append(block(table, before=f"{relation.through} = "))
    return render_module("Tables that only link two others.", imports, parts) if parts else None


def link_relations(entities: Sequence[Entity]) -> list[tuple[Relation, Entity]]:
    """Return one side of every many-to-many relation, by the name of its table."""
    found: dict[str, tuple[Relation, Entity]] = {}
    for entity in entities:
        for relation in entity.relations:
            if relation.kind == "many_to_many":
                found.setdefault(relation.through, (relation, entity))
    return [found[name] for name in sorted(found)]


def key_of(entity: Entity) -> Attribute:
    """Return the primary key attribute."""
    return next(a for a in entity.attributes if a.name == entity.key)


def _link_column(column: str, entity: Entity, imports: Imports) -> Doc:
    target = call(
        imports.use("sqlalchemy", "ForeignKey"),
        string(f"{entity.table}.{entity.key}"),
        ondelete='"CASCADE"',
    )
    key = key_of(entity)
    kind = column_type(key.type, max_length(key), imports).model
    name = imports.use("sqlalchemy", "Column")
    return call(name, string(column), kind, target, primary_key="True", index="True")


def _emit_list_class(entity: Entity, attribute: Attribute, imports: Imports) -> str:
    base = imports.use(BASE, "Base")
    mapped, column = imports.use("sqlalchemy.orm", "Mapped", "mapped_column"), "mapped_column"
    key = key_of(entity)
    key_type = column_type(key.type, max_length(key), imports)
    value = column_type(Type(kind=attribute.type.items or "text"), None, imports)
    owner = call(
        imports.use("sqlalchemy", "ForeignKey"),
        string(f"{entity.table}.{entity.key}"),
        ondelete='"CASCADE"',
    )
    imports.use("sqlalchemy", "Integer")
    lines = [
        f"class {list_class(entity, attribute)}({base}):",
        docstring(f"One value of {attribute.name}, in its place.", 4),
        "",
        f'    __tablename__ = "{entity.table}_{attribute.name}"',
        "",
        block(
            call(column, key_type.model, owner, primary_key="True"),
            4,
            before=f"owner: {mapped}[{key_type.python}] = ",
        ),
        block(
            call(column, "Integer", primary_key="True", autoincrement="False"),
            4,
            before=f"position: {mapped}[int] = ",
        ),
        block(
            call(column, value.model, index="True"), 4, before=f"value: {mapped}[{value.python}] = "
        ),
    ]
    return "\n".join(lines)


def emit_entities_index(plan: Plan, *, outbox: bool) -> str:
    """Return the package that imports every table, so that all of them are known."""
    imports = Imports()
    names = [imports.use(BASE, "Base")]
    for entity in plan.ir.domain.entities:
        module = f"{PACKAGE}.{plan.modules[entity.name]}"
        names.append(imports.use(module, row_class(entity.name)))
    for relation, _ in link_relations(plan.ir.domain.entities):
        names.append(imports.use(LINKS, relation.through))
    if outbox:
        names.append(imports.use(f"{PACKAGE}.outbox", "OutboxEvent"))
    exported = block(sequence(map(string, sorted(names))), before="__all__ = ")
    return render_module("The tables.", imports, [exported])


def _emit_class(plan: Plan, entity: Entity, imports: Imports) -> str:
    modules, entities = plan.modules, plan.entities
    name = row_class(entity.name)
    lines = [f"class {name}({imports.use(BASE, 'Base')}):"]
    lines += [docstring(entity.description or f"A row: one {words(entity.name)}.", 4), ""]
    lines.append(f"    __tablename__ = {string(entity.table)}")
    if arguments := _table_args(plan, entity, imports):
        lines.append(block(sequence(arguments, "()"), 4, before="__table_args__ = "))
    lines.append("")
    lines += [_emit_column(entity, attribute, entities, imports) for attribute in stored(entity)]
    counts = [d for d in entity.derived if d.kind == "count"]
    lines += [_emit_count(entity, derived, entities, imports) for derived in counts]
    relations = [_emit_list_relation(entity, attribute, imports) for attribute in lists(entity)]
    relations += [
        _emit_relation(entity, relation, modules, entities, imports)
        for relation in entity.relations
    ]
    if relations:
        lines += ["", *relations]
    for attribute in lists(entity):
        lines += ["", _emit_list_property(entity, attribute, imports)]
    return "\n".join(lines)


def _table_args(plan: Plan, entity: Entity, imports: Imports) -> list[Doc]:
    arguments: list[Doc] = []
    for key in entity.unique:
        arguments.append(
            call(imports.use("sqlalchemy", "UniqueConstraint"), *map(string, key.attributes))
        )
    for attribute in stored(entity):
        for name, sql in checks(attribute):
            constraint = imports.use("sqlalchemy", "CheckConstraint")
            arguments.append(call(constraint, string(sql), name=string(name)))
    for name, sql in invariant_checks(plan, entity):
        constraint = imports.use("sqlalchemy", "CheckConstraint")
        arguments.append(call(constraint, string(sql), name=string(name)))
    return arguments


def _emit_column(
    entity: Entity, attribute: Attribute, entities: Mapping[str, Entity], imports: Imports
) -> str:
    kind = column_type(attribute.type, max_length(attribute), imports)
    name = row_name(attribute.name)
    mapped = imports.use("sqlalchemy.orm", "Mapped", "mapped_column")
    target: Doc | None = None
    if attribute.references:
        other, column = attribute.references
        on_delete = string(on_delete_of(entity, attribute))
        key = imports.use("sqlalchemy", "ForeignKey")
        target = call(key, string(f"{entities[other].table}.{column}"), ondelete=on_delete)
    is_key = attribute.name == entity.key
    default = default_of(attribute, imports)
    column_call = call(
        "mapped_column",
        string(attribute.name) if name != attribute.name else None,
        kind.model,
        target,
        primary_key="True" if is_key else None,
        index="True" if attribute.references and not is_key else None,
        default=default,
        onupdate=default if attribute.origin == "updated_at" else None,
    )
    python = f"{kind.python} | None" if attribute.nullable and not is_key else kind.python
    return assigned(name, subscript(mapped, python), column_call, 4)


def _emit_list_relation(entity: Entity, attribute: Attribute, imports: Imports) -> str:
    other = list_class(entity, attribute)
    mapped = imports.use("sqlalchemy.orm", "Mapped", "relationship")
    relation = call(
        "relationship",
        order_by=f"{other}.position",
        cascade='"all, delete-orphan"',
        passive_deletes="True",
        lazy='"raise"',
    )
    kind = subscript(mapped, subscript("list", other))
    return assigned(f"_{attribute.name}_values", kind, relation, 4)


def _emit_list_property(entity: Entity, attribute: Attribute, imports: Imports) -> str:
    other = list_class(entity, attribute)
    python = column_type(Type(kind=attribute.type.items or "text"), None, imports).python
    name, rows = row_name(attribute.name), f"self._{attribute.name}_values"
    values = "sorted(values)" if attribute.sorted else "values"
    made = f"{other}(position=position, value=value)"
    loop = f"for position, value in enumerate({values})"
    joined = len(made) + len(loop) + 1 <= 88  # what is left beside twelve columns
    return "\n".join(
        [
            "    @property",
            f"    def {name}(self) -> list[{python}]:",
            docstring(f"The values of {attribute.name} in their order.", 8),
            f"        return [row.value for row in {rows}]",
            "",
            f"    @{name}.setter",
            f"    def {name}(self, values: list[{python}]) -> None:",
            f"        {rows} = [",
            *(f"            {line}" for line in ([f"{made} {loop}"] if joined else [made, loop])),
            "        ]",
        ]
    )


def _emit_relation(
    entity: Entity,
    relation: Relation,
    modules: Mapping[str, str],
    entities: Mapping[str, Entity],
    imports: Imports,
) -> str:
    other = row_class(relation.target)
    if relation.target != entity.name:
        imports.use_for_types(f"{PACKAGE}.{modules[relation.target]}", other)
    mapped = imports.use("sqlalchemy.orm", "Mapped", "relationship")
    many = relation.kind in ("one_to_many", "many_to_many")
    owning = relation.kind in ("many_to_one", "one_to_one") and any(
        a.name == relation.column and a.references for a in entity.attributes
    )
    keywords: dict[str, Doc | None] = {
        "back_populates": string(row_name(relation.inverse)) if relation.inverse else None
    }
    if relation.kind == "many_to_many":
        keywords |= _link_keywords(relation, entity, imports)
    else:
        holder = entity.name if owning else relation.target
        column = f"{row_class(holder)}.{row_name(relation.column)}"
        keywords["foreign_keys"] = string(column)
        if owning and relation.target == entity.name:
            keywords["remote_side"] = string(f"{other}.{row_name(entity.key)}")
    if many:
        by = relation.order_by or entities[relation.target].key
        keywords["order_by"] = string(f"{other}.{row_name(by)}")
    if not owning and relation.kind != "many_to_many":
        cascade = relation.on_delete == "cascade"
        keywords["cascade"] = '"all, delete-orphan"' if cascade else None
        keywords["passive_deletes"] = "True" if relation.on_delete != "restrict" else '"all"'
    keywords["lazy"] = '"raise"'
    kind: Doc = subscript("list", f'"{other}"') if many else f'"{other} | None"'
    if owning and not next(a for a in entity.attributes if a.name == relation.column).nullable:
        kind = f'"{other}"'
    name = row_name(relation.name)
    return assigned(name, subscript(mapped, kind), call("relationship", **keywords), 4)


def _link_keywords(relation: Relation, entity: Entity, imports: Imports) -> dict[str, Doc | None]:
    imports.use(LINKS, relation.through)
    keywords: dict[str, Doc | None] = {"secondary": relation.through}
    if relation.target == entity.name:
        own = f"{row_class(entity.name)}.{row_name(entity.key)}"
        keywords["primaryjoin"] = string(f"{own} == {relation.through}.c.{relation.through_local}")
        keywords["secondaryjoin"] = string(
            f"{own} == {relation.through}.c.{relation.through_target}"
        )
    return keywords | {"passive_deletes": "True"}


def _emit_count(
    entity: Entity, derived: Derived, entities: Mapping[str, Entity], imports: Imports
) -> str:
    relation = next(r for r in entity.relations if r.name == derived.relation)
    many = relation.kind == "many_to_many"
    table = relation.through if many else entities[relation.target].table
    column = relation.through_local if many else relation.column
    imports.use("sqlalchemy", "func", "select", "table", "column")
    mapped = imports.use("sqlalchemy.orm", "Mapped", "column_property")
    counted = f"table({string(table)}, column({string(column)}))"
    name = f"_{derived.name}_rows"
    query = f"select(func.count()).where({name}.c.{column} == {row_name(entity.key)})"
    return "\n".join(
        [
            f"    {name} = {counted}",
            f"    {row_name(derived.name)}: {mapped}[int] = column_property(",
            f"        {query}.scalar_subquery()",
            "    )",
        ]
    )
