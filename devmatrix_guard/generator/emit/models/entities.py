"""The entities of the domain as SQLAlchemy tables, one module for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from devmatrix_guard.generator.emit.models.columns import (
    BASE,
    choose_column_type,
    find_attribute,
    find_max_length,
    list_checks,
    name_row,
    write_default,
)
from devmatrix_guard.generator.emit.models.invariants import list_invariant_checks
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    LINE_LENGTH,
    Doc,
    block,
    call,
    make_mapping,
    make_sequence,
    make_subscript,
    measure_width,
    write_assignment,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class, split_words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.behavior import Number, iter_steps
from devmatrix_guard.ir.domain import Attribute, Derived, Entity, Relation, Type

PACKAGE = "src.models.entities"
LINKS = f"{PACKAGE}.links"
LINK_POSITION = "position"


def name_list_class(entity: Entity, attribute: Attribute) -> str:
    """Return the class of the rows that hold the values of a list attribute."""
    camel = "".join(part.title() for part in attribute.name.split("_"))
    return f"{entity.name}{camel}Value"


def list_stored(entity: Entity) -> list[Attribute]:
    """Return the attributes that are columns of the entity's own table."""
    return [a for a in entity.attributes if a.type.kind != "list"]


def lists(entity: Entity) -> list[Attribute]:
    """Return the attributes that are kept in a child table of their own."""
    return [a for a in entity.attributes if a.type.kind == "list"]


def choose_on_delete(entity: Entity, attribute: Attribute) -> str:
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
            write_string(relation.through),
            f"{base}.metadata",
            *(
                _write_link_column(column, side, imports)
                for column, side in (
                    (relation.through_local, entity),
                    (relation.through_target, by_name[relation.target]),
                )
            ),
            *([_write_link_position(imports)] if relation.keeps_order else []),
        )
        parts.append(block(table, before=f"{relation.through} = "))
    return render_module("Tables that only link two others.", imports, parts) if parts else None


def link_relations(entities: Sequence[Entity]) -> list[tuple[Relation, Entity]]:
    """Return one side of every many-to-many relation, by the name of its table.

    It is the side that keeps the order of its rows, if one does.
    """
    found: dict[str, tuple[Relation, Entity]] = {}
    for entity in entities:
        for relation in entity.relations:
            if relation.kind != "many_to_many":
                continue
            if relation.keeps_order or relation.through not in found:
                found[relation.through] = (relation, entity)
    return [found[name] for name in sorted(found)]


def find_key(entity: Entity) -> Attribute:
    """Return the primary key attribute."""
    return next(a for a in entity.attributes if a.name == entity.key)


def _write_link_column(column: str, entity: Entity, imports: Imports) -> Doc:
    target = call(
        imports.use("sqlalchemy", "ForeignKey"),
        write_string(f"{entity.table}.{entity.key}"),
        ondelete='"CASCADE"',
    )
    key = find_key(entity)
    kind = choose_column_type(key.type, find_max_length(key), imports).model
    name = imports.use("sqlalchemy", "Column")
    return call(name, write_string(column), kind, target, primary_key="True", index="True")


def _write_link_position(imports: Imports) -> Doc:
    """Return the column that grows with each link: rows stay in the order of their list."""
    name, kind = imports.use("sqlalchemy", "Column", "Uuid"), "Uuid"
    return call(name, write_string(LINK_POSITION), kind, default=imports.use(BASE, "new_id"))


def _emit_list_class(entity: Entity, attribute: Attribute, imports: Imports) -> str:
    base = imports.use(BASE, "Base")
    mapped, column = imports.use("sqlalchemy.orm", "Mapped", "mapped_column"), "mapped_column"
    key = find_key(entity)
    key_type = choose_column_type(key.type, find_max_length(key), imports)
    value = choose_column_type(Type(kind=attribute.type.items or "text"), None, imports)
    owner = call(
        imports.use("sqlalchemy", "ForeignKey"),
        write_string(f"{entity.table}.{entity.key}"),
        ondelete='"CASCADE"',
    )
    imports.use("sqlalchemy", "Integer")
    lines = [
        f"class {name_list_class(entity, attribute)}({base}):",
        write_docstring(f"One value of {attribute.name}, in its place.", 4),
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
        names.append(imports.use(module, name_row_class(entity.name)))
    for relation, _ in link_relations(plan.ir.domain.entities):
        names.append(imports.use(LINKS, relation.through))
    if outbox:
        names.append(imports.use(f"{PACKAGE}.outbox", "OutboxEvent"))
    steps = (step for flow in plan.ir.behavior.flows for step in iter_steps(flow.steps))
    if any(isinstance(step, Number) for step in steps):
        names.append(imports.use(f"{PACKAGE}.number_series", "NumberSeries"))
    exported = block(make_sequence(map(write_string, sorted(names))), before="__all__ = ")
    return render_module("The tables.", imports, [exported])


def _emit_class(plan: Plan, entity: Entity, imports: Imports) -> str:
    modules, entities = plan.modules, plan.entities
    name = name_row_class(entity.name)
    lines = [f"class {name}({imports.use(BASE, 'Base')}):"]
    lines += [
        write_docstring(entity.description or f"A row: one {split_words(entity.name)}.", 4),
        "",
    ]
    lines.append(f"    __tablename__ = {write_string(entity.table)}")
    if arguments := _write_table_args(plan, entity, imports):
        lines.append(block(make_sequence(arguments, "()"), 4, before="__table_args__ = "))
    lines.append("")
    lines += [
        _emit_column(entity, attribute, entities, imports) for attribute in list_stored(entity)
    ]
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


def _write_table_args(plan: Plan, entity: Entity, imports: Imports) -> list[Doc]:
    arguments: list[Doc] = []
    for key in entity.unique:
        constraint = imports.use("sqlalchemy", "UniqueConstraint")
        info = _tell_field(find_attribute(entity, key.attributes[-1]))
        arguments.append(call(constraint, *map(write_string, key.attributes), info=info))
    for attribute in list_stored(entity):
        for name, sql in list_checks(attribute):
            constraint = imports.use("sqlalchemy", "CheckConstraint")
            named = {"name": write_string(name), "info": _tell_field(attribute)}
            arguments.append(call(constraint, write_string(sql), **named))
    for name, sql in list_invariant_checks(plan, entity):
        constraint = imports.use("sqlalchemy", "CheckConstraint")
        arguments.append(call(constraint, write_string(sql), name=write_string(name)))
    return arguments


def _tell_field(attribute: Attribute) -> Doc | None:
    """Return what tells an answer the field of a constraint, where its column has another name."""
    if not attribute.wire or attribute.wire == attribute.name:
        return None
    return make_mapping([(write_string("field"), write_string(attribute.wire))])


def _emit_column(
    entity: Entity, attribute: Attribute, entities: Mapping[str, Entity], imports: Imports
) -> str:
    kind = choose_column_type(attribute.type, find_max_length(attribute), imports)
    name = name_row(attribute.name)
    mapped = imports.use("sqlalchemy.orm", "Mapped", "mapped_column")
    target: Doc | None = None
    if attribute.references:
        other, column = attribute.references
        on_delete = write_string(choose_on_delete(entity, attribute))
        key = imports.use("sqlalchemy", "ForeignKey")
        target = call(key, write_string(f"{entities[other].table}.{column}"), ondelete=on_delete)
    is_key = attribute.name == entity.key
    default = write_default(attribute, imports)
    column_call = call(
        "mapped_column",
        write_string(attribute.name) if name != attribute.name else None,
        kind.model,
        target,
        primary_key="True" if is_key else None,
        index="True" if attribute.references and not is_key else None,
        default=default,
        onupdate=default if attribute.origin == "updated_at" else None,
    )
    python = f"{kind.python} | None" if attribute.nullable and not is_key else kind.python
    return write_assignment(name, make_subscript(mapped, python), column_call, 4)


def _emit_list_relation(entity: Entity, attribute: Attribute, imports: Imports) -> str:
    other = name_list_class(entity, attribute)
    mapped = imports.use("sqlalchemy.orm", "Mapped", "relationship")
    relation = call(
        "relationship",
        order_by=f"{other}.position",
        cascade='"all, delete-orphan"',
        passive_deletes="True",
        lazy='"raise"',
    )
    kind = make_subscript(mapped, make_subscript("list", other))
    return write_assignment(f"_{attribute.name}_values", kind, relation, 4)


def _emit_list_property(entity: Entity, attribute: Attribute, imports: Imports) -> str:
    other = name_list_class(entity, attribute)
    python = choose_column_type(Type(kind=attribute.type.items or "text"), None, imports).python
    name, rows = name_row(attribute.name), f"self._{attribute.name}_values"
    empty = attribute.nullable
    values = "values or ()" if empty else "values"
    values = f"sorted({values})" if attribute.sorted else values
    made = f"{other}(position=position, value=value)"
    loop = f"for position, value in enumerate({values})"
    joined = len(made) + len(loop) + 1 <= 88  # what is left beside twelve columns
    return "\n".join(
        [
            "    @property",
            f"    def {name}(self) -> list[{python}]:",
            write_docstring(f"The values of {attribute.name} in their order.", 8),
            f"        return [row.value for row in {rows}]",
            "",
            f"    @{name}.setter",
            f"    def {name}(self, values: list[{python}]{' | None' if empty else ''}) -> None:",
            f"        {rows} = [",
            *(f"            {line}" for line in ([f"{made} {loop}"] if joined else [made, loop])),
            "        ]",
        ]
    )


def _goes_with_another(entity: Entity, entities: Mapping[str, Entity]) -> bool:
    """Tell whether rows are removed with the row that they belong to."""
    relations = (relation for other in entities.values() for relation in other.relations)
    return any(
        r.target == entity.name and r.kind == "one_to_many" and r.on_delete == "cascade"
        for r in relations
    )


def _emit_relation(
    entity: Entity,
    relation: Relation,
    modules: Mapping[str, str],
    entities: Mapping[str, Entity],
    imports: Imports,
) -> str:
    other = name_row_class(relation.target)
    if relation.target != entity.name:
        imports.use_for_types(f"{PACKAGE}.{modules[relation.target]}", other)
    mapped = imports.use("sqlalchemy.orm", "Mapped", "relationship")
    many = relation.kind in ("one_to_many", "many_to_many")
    owning = relation.kind in ("many_to_one", "one_to_one") and any(
        a.name == relation.column and a.references for a in entity.attributes
    )
    keywords: dict[str, Doc | None] = {
        "back_populates": write_string(name_row(relation.inverse)) if relation.inverse else None
    }
    if relation.kind == "many_to_many":
        keywords |= _link_keywords(relation, entity, imports)
        if relation.keeps_order or _is_kept_in_order(relation, entities):
            # told of the other side, that one may link the rows, in whatever order
            keywords["overlaps"] = keywords.pop("back_populates")
    else:
        holder = entity.name if owning else relation.target
        column = f"{name_row_class(holder)}.{name_row(relation.column)}"
        keywords["foreign_keys"] = write_string(column)
        if owning and relation.target == entity.name:
            keywords["remote_side"] = write_string(f"{other}.{name_row(entity.key)}")
            keywords["post_update"] = "True"  # a row may point to itself, and go all the same
        if owning and _goes_with_another(entity, entities):
            keywords["passive_deletes"] = "True"  # what it points to need not be read for that
    if many:
        by = f"{other}.{name_row(relation.order_by or entities[relation.target].key)}"
        if relation.keeps_order:
            by = f"{relation.through}.c.{LINK_POSITION}"
        keywords["order_by"] = write_string(by)
    if not owning and relation.kind != "many_to_many":
        cascade = relation.on_delete == "cascade"
        keywords["cascade"] = '"all, delete-orphan"' if cascade else None
        keywords["passive_deletes"] = "True" if relation.on_delete != "restrict" else '"all"'
    keywords["lazy"] = '"raise"'
    kind: Doc = make_subscript("list", f'"{other}"') if many else f'"{other} | None"'
    if owning and not next(a for a in entity.attributes if a.name == relation.column).nullable:
        kind = f'"{other}"'
    name = name_row(relation.name)
    return write_assignment(name, make_subscript(mapped, kind), call("relationship", **keywords), 4)


def _is_kept_in_order(relation: Relation, entities: Mapping[str, Entity]) -> bool:
    """Tell whether the other side of links keeps the order of its rows."""
    others = entities[relation.target].relations
    return any(r.keeps_order and r.through == relation.through for r in others)


def _link_keywords(relation: Relation, entity: Entity, imports: Imports) -> dict[str, Doc | None]:
    imports.use(LINKS, relation.through)
    keywords: dict[str, Doc | None] = {"secondary": relation.through}
    if relation.target == entity.name:
        own = f"{name_row_class(entity.name)}.{name_row(entity.key)}"
        keywords["primaryjoin"] = write_string(
            f"{own} == {relation.through}.c.{relation.through_local}"
        )
        keywords["secondaryjoin"] = write_string(
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
    counted = f"table({write_string(table)}, column({write_string(column)}))"
    name = f"_{derived.name}_rows"
    query = [
        "        select(func.count())",
        f".where({name}.c.{column} == {name_row(entity.key)})",
        ".scalar_subquery()",
    ]
    parts = "".join(query)
    return "\n".join(
        [
            f"    {name} = {counted}",
            f"    {name_row(derived.name)}: {mapped}[int] = column_property(",
            parts if measure_width(parts) <= LINE_LENGTH else "\n        ".join(query),
            "    )",
        ]
    )
