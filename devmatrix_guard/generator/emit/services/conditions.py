"""Where rows are found: lookups, parents in the path, filters, orders, as SQLAlchemy conditions."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row, write_plain_type
from devmatrix_guard.generator.emit.models.entities import LINKS, PACKAGE, name_list_class
from devmatrix_guard.generator.emit.models.loads import find_relation, get_relation
from devmatrix_guard.generator.emit.models.signatures import (
    find_filter_parameter,
    name_parameter,
    read_sent_field,
    resolve,
)
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    call,
    make_chain,
    write_flat,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import SELF, Filter, Match, Operation, Parameter, SortKey
from devmatrix_guard.ir.domain import Attribute, Entity, Relation


class ConditionWriter:
    """Writes conditions for the methods of one module."""

    def __init__(self, plan: Plan, imports: Imports) -> None:
        self._plan = plan
        self._imports = imports

    def write_row(self, entity: str) -> str:
        """Return the class of an entity's rows, imported."""
        return self._imports.use(f"{PACKAGE}.{self._plan.modules[entity]}", name_row_class(entity))

    def matches(self, operation: Operation, entity: Entity, by: tuple[Match, ...]) -> list[Doc]:
        """Return the conditions of a lookup."""
        conditions: list[Doc] = []
        for match in by:
            attribute = find_attribute(entity, match.attribute)
            column = f"{self.write_row(entity.name)}.{name_row(attribute.name)}"
            if match.parameter:
                parameter = find_parameter(operation, match.parameter)
                value = self.convert(parameter, attribute)
            else:
                value = read_sent_field(self._plan, operation, match.field)
                value = f"({value})" if " if " in value else value
            conditions.append(f"{column} == {value}")
        return conditions

    def convert(self, parameter: Parameter, attribute: Attribute) -> str:
        """Return a parameter's value as a value of an attribute's type."""
        name = name_parameter(parameter)
        plain = write_plain_type(parameter.shape, self._imports, self._plan.schemas)
        kind = attribute.type.kind
        if plain.startswith("str") and kind == "decimal":
            to_decimal = self._imports.use("src.services.base", "to_decimal")
            return f"{to_decimal}({name}, {write_string(parameter.wire)})"
        if plain.startswith("str") and kind == "uuid":
            return f"{self._imports.use('src.services.base', 'to_uuid')}({name})"
        if plain.startswith("str") and kind in ("integer", "bigint"):
            return f"{self._imports.use('src.services.base', 'to_whole')}({name})"
        if plain in ("int", "float", "UUID") and kind in ("string", "text"):
            return f"str({name})"
        return name

    def match_child(self, child: Entity, parent: Entity, relation: str, collection: str) -> Doc:
        """Return the condition that rows of `child` belong to the row called as the parent."""
        own, variable = self.write_row(child.name), name_parent_variable(self._plan, parent)
        key = f"{variable}.{name_row(parent.key)}"
        if relation:
            pointing = get_relation(child, relation)
            return f"{own}.{name_row(pointing.column)} == {key}"
        linking = find_relation(parent, collection)
        if linking is None:
            return f"{own}.{name_row(child.key)}.is_not(None)"
        if linking.kind == "many_to_many":
            table = self._imports.use(LINKS, linking.through)
            select = self._imports.use("sqlalchemy", "select")
            keys = f"{select}({table}.c.{linking.through_target})"
            linked = f"{keys}.where({table}.c.{linking.through_local} == {key})"
            return call(f"{own}.{name_row(child.key)}.in_", linked)
        return f"{own}.{name_row(linking.column)} == {key}"

    def write_filter(self, operation: Operation, entity: Entity, item: Filter) -> Doc:
        """Return the condition that a filter makes of its parameter."""
        parameter = find_filter_parameter(self._plan, operation, item)
        if item.operator == "search":
            name = name_parameter(parameter)
            parts = [self._search_in(entity, a, name) for a in item.attributes]
            if len(parts) == 1:
                return parts[0]
            return call(self._imports.use("sqlalchemy", "or_"), *parts)
        if item.operator == "linked":
            return self._match_link(entity, item, parameter)
        return self._follow_path(entity, item, parameter, item.path)

    def _search_in(self, entity: Entity, name: str, text: str) -> Doc:
        """Return the condition that a text, or one of a list of texts, has another in it."""
        attribute = find_attribute(entity, name)
        if attribute.type.kind != "list":
            return (
                f"{self.write_row(entity.name)}.{name_row(name)}.icontains({text}, autoescape=True)"
            )
        element = self._imports.use(
            f"{PACKAGE}.{self._plan.modules[entity.name]}", name_list_class(entity, attribute)
        )
        values = f"{self.write_row(entity.name)}._{attribute.name}_values"
        return call(f"{values}.any", f"{element}.value.icontains({text}, autoescape=True)")

    def _follow_path(
        self, entity: Entity, item: Filter, parameter: Parameter, path: tuple[str, ...]
    ) -> Doc:
        relation = find_relation(entity, path[0])
        if relation is not None and len(path) > 1:
            inner = self._follow_path(
                self._plan.entities[relation.target], item, parameter, path[1:]
            )
            return call(
                f"{self.write_row(entity.name)}.{name_row(path[0])}.{choose_quantifier(relation)}",
                inner,
            )
        attribute = find_attribute(entity, path[0])
        name = name_parameter(parameter)
        many = self._is_many(parameter)
        if attribute.type.kind == "json" and len(path) > 1:
            holds = self._imports.use("src.repositories.base", "holds")
            column = f"{self.write_row(entity.name)}.{name_row(attribute.name)}"
            return call(holds, column, write_string(path[1]), name if many else f"[{name}]")
        if attribute.type.kind == "list":
            values = f"{self.write_row(entity.name)}._{attribute.name}_values"
            element = self._imports.use(
                f"{PACKAGE}.{self._plan.modules[entity.name]}", name_list_class(entity, attribute)
            )
            equal = f"{element}.value.in_({name})" if many else f"{element}.value == {name}"
            return call(f"{values}.any", equal)
        column = f"{self.write_row(entity.name)}.{name_row(attribute.name)}"
        return self._compare(column, item.operator, parameter, attribute)

    def _is_many(self, parameter: Parameter) -> bool:
        shape = resolve(self._plan, parameter.shape)
        return shape is not None and shape.kind == "array"

    def _compare(
        self, column: str, operator: str, parameter: Parameter, attribute: Attribute
    ) -> str:
        name = name_parameter(parameter)
        many = self._is_many(parameter)
        if operator in ("in", "not_in") or many:
            method = "not_in" if operator == "not_in" else "in_"
            values = name if many else f'{name}.split(",")'
            return f"{column}.{method}({values})"
        if operator == "contains":
            return f"{column}.icontains({name}, autoescape=True)"
        if operator == "starts_with":
            return f"{column}.istartswith({name}, autoescape=True)"
        if operator == "is_null":
            return f"{column}.is_(None) if {name} else {column}.is_not(None)"
        if operator == "is_set":
            return f"{column}.is_not(None) if {name} else {column}.is_(None)"
        if operator == "positive":
            return f"{column} > 0 if {name} else {column} <= 0"
        symbol = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
        return f"{column} {symbol.get(operator, '==')} {self.convert(parameter, attribute)}"

    def _match_link(self, entity: Entity, item: Filter, parameter: Parameter) -> str:
        name = name_parameter(parameter)
        inner = self.find_viewer(entity, item.path)
        return f"{inner} if {name} else ~{inner}"

    def find_viewer(self, entity: Entity, path: tuple[str, ...]) -> str:
        """Return the condition that the path of relations leads to the viewer."""
        relation = get_relation(entity, path[0])
        target = self._plan.entities[relation.target]
        if len(path) > 1:
            inner = self.find_viewer(target, path[1:])
        else:
            inner = f"{self.write_row(target.name)}.{name_row(target.key)} == self._viewer"
        column = f"{self.write_row(entity.name)}.{name_row(path[0])}"
        return f"{column}.{choose_quantifier(relation)}({inner})"

    def sort_keys(self, entity: Entity, keys: tuple[SortKey, ...]) -> list[Doc]:
        """Return the order of a list; the primary key comes last, so that it is stable."""
        columns: list[Doc] = []
        counts = {d.name: d.relation for d in entity.derived if d.kind == "count"}
        for key in keys:
            if len(key.path) != 1 or find_relation(entity, key.path[0]):
                continue
            name = key.path[0]
            column: Doc = f"{self.write_row(entity.name)}.{name_row(name)}"
            if name in counts:
                column = self._count_children(entity, get_relation(entity, counts[name]))
            columns.append(make_chain(column, ".desc()") if key.descending else column)
        last = f"{self.write_row(entity.name)}.{name_row(entity.key)}"
        descending = bool(keys) and keys[-1].descending
        if not {last, f"{last}.desc()"} & set(map(write_flat, columns)):
            columns.append(f"{last}.desc()" if descending else last)
        return columns

    def _count_children(self, entity: Entity, relation: Relation) -> Doc:
        """Return how many rows a relation has, as a part of a query."""
        own = f"{self.write_row(entity.name)}.{name_row(entity.key)}"
        number_of = self._imports.use("src.repositories.base", "number_of")
        if relation.kind == "many_to_many":
            table = self._imports.use(LINKS, relation.through)
            return call(number_of, table, f"{table}.c.{relation.through_local} == {own}")
        other = self.write_row(relation.target)
        return call(number_of, other, f"{other}.{name_row(relation.column)} == {own}")


def find_owner_column(entity: Entity, owner: str) -> str:
    """Return the column that says whose a row is, or ""; `SELF` stands for the row itself."""
    if owner == SELF:
        return name_row(entity.key)
    relation = find_relation(entity, owner) if owner else None
    return name_row(relation.column) if relation is not None else ""


def choose_quantifier(relation: Relation) -> str:
    """Return the method that asks about the other side of a relation."""
    return "any" if relation.kind in ("one_to_many", "many_to_many") else "has"


def find_first_row(parameter: Parameter) -> int:
    """Return what an offset calls the first row: 1 where it must be that at least, else 0."""
    return int(any(c.kind == "ge" and c.value == 1 for c in parameter.shape.constraints))


def find_parameter(operation: Operation, name: str) -> Parameter:
    """Return a parameter of an operation by its name."""
    return next(p for p in operation.parameters if p.name == name)


def name_parent_variable(plan: Plan, parent: Entity) -> str:
    """Return the variable that holds a row named earlier in the path."""
    return f"{plan.modules[parent.name]}_row"
