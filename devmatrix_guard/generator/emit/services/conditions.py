"""Where rows are found: lookups, parents in the path, filters, orders, as SQLAlchemy conditions."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import attribute_of, plain_type, row_name
from devmatrix_guard.generator.emit.models.entities import LINKS, PACKAGE, list_class
from devmatrix_guard.generator.emit.models.loads import known_relation, relation_of
from devmatrix_guard.generator.emit.models.signatures import (
    filter_parameter,
    parameter_name,
    resolve,
)
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import Doc, call, chain, string
from devmatrix_guard.generator.names import row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Filter, Match, Operation, Parameter, SortKey
from devmatrix_guard.ir.domain import Attribute, Entity, Relation


class ConditionWriter:
    """Writes conditions for the methods of one module."""

    def __init__(self, plan: Plan, imports: Imports) -> None:
        self._plan = plan
        self._imports = imports

    def row(self, entity: str) -> str:
        """Return the class of an entity's rows, imported."""
        return self._imports.use(f"{PACKAGE}.{self._plan.modules[entity]}", row_class(entity))

    def matches(self, operation: Operation, entity: Entity, by: tuple[Match, ...]) -> list[Doc]:
        """Return the conditions of a lookup."""
        conditions: list[Doc] = []
        for match in by:
            attribute = attribute_of(entity, match.attribute)
            column = f"{self.row(entity.name)}.{row_name(attribute.name)}"
            if match.parameter:
                parameter = find_parameter(operation, match.parameter)
                value = self.converted(parameter, attribute)
            else:
                value = f"data.{match.field}"
            conditions.append(f"{column} == {value}")
        return conditions

    def converted(self, parameter: Parameter, attribute: Attribute) -> str:
        """Return a parameter's value as a value of an attribute's type."""
        name = parameter_name(parameter)
        plain = plain_type(parameter.shape, self._imports, self._plan.schemas)
        kind = attribute.type.kind
        if plain.startswith("str") and kind == "decimal":
            to_decimal = self._imports.use("src.services.base", "to_decimal")
            return f"{to_decimal}({name}, {string(parameter.wire)})"
        if plain.startswith("str") and kind == "uuid":
            return f"{self._imports.use('src.services.base', 'to_uuid')}({name})"
        if plain.startswith("str") and kind in ("integer", "bigint"):
            return f"{self._imports.use('src.services.base', 'to_whole')}({name})"
        if plain in ("int", "float", "UUID") and kind in ("string", "text"):
            return f"str({name})"
        return name

    def child_of(self, child: Entity, parent: Entity, relation: str, collection: str) -> Doc:
        """Return the condition that rows of `child` belong to the row called as the parent."""
        own, variable = self.row(child.name), parent_variable(self._plan, parent)
        key = f"{variable}.{row_name(parent.key)}"
        if relation:
            pointing = known_relation(child, relation)
            return f"{own}.{row_name(pointing.column)} == {key}"
        linking = relation_of(parent, collection)
        if linking is None:
            return f"{own}.{row_name(child.key)}.is_not(None)"
        if linking.kind == "many_to_many":
            table = self._imports.use(LINKS, linking.through)
            select = self._imports.use("sqlalchemy", "select")
            keys = f"{select}({table}.c.{linking.through_target})"
            linked = f"{keys}.where({table}.c.{linking.through_local} == {key})"
            return call(f"{own}.{row_name(child.key)}.in_", linked)
        return f"{own}.{row_name(linking.column)} == {key}"

    def filter(self, operation: Operation, entity: Entity, item: Filter) -> Doc:
        """Return the condition that a filter makes of its parameter."""
        parameter = filter_parameter(self._plan, operation, item)
        if item.operator == "search":
            name = parameter_name(parameter)
            parts = [self._found_in(entity, a, name) for a in item.attributes]
            if len(parts) == 1:
                return parts[0]
            return call(self._imports.use("sqlalchemy", "or_"), *parts)
        if item.operator == "linked":
            return self._linked(entity, item, parameter)
        return self._along(entity, item, parameter, item.path)

    def _found_in(self, entity: Entity, name: str, text: str) -> Doc:
        """Return the condition that a text, or one of a list of texts, has another in it."""
        attribute = attribute_of(entity, name)
        if attribute.type.kind != "list":
            return f"{self.row(entity.name)}.{row_name(name)}.icontains({text}, autoescape=True)"
        element = self._imports.use(
            f"{PACKAGE}.{self._plan.modules[entity.name]}", list_class(entity, attribute)
        )
        values = f"{self.row(entity.name)}._{attribute.name}_values"
        return call(f"{values}.any", f"{element}.value.icontains({text}, autoescape=True)")

    def _along(
        self, entity: Entity, item: Filter, parameter: Parameter, path: tuple[str, ...]
    ) -> Doc:
        relation = relation_of(entity, path[0])
        if relation is not None and len(path) > 1:
            inner = self._along(self._plan.entities[relation.target], item, parameter, path[1:])
            return call(
                f"{self.row(entity.name)}.{row_name(path[0])}.{quantifier(relation)}", inner
            )
        attribute = attribute_of(entity, path[0])
        name = parameter_name(parameter)
        many = self._is_many(parameter)
        if attribute.type.kind == "json" and len(path) > 1:
            holds = self._imports.use("src.repositories.base", "holds")
            column = f"{self.row(entity.name)}.{row_name(attribute.name)}"
            return call(holds, column, string(path[1]), name if many else f"[{name}]")
        if attribute.type.kind == "list":
            values = f"{self.row(entity.name)}._{attribute.name}_values"
            element = self._imports.use(
                f"{PACKAGE}.{self._plan.modules[entity.name]}", list_class(entity, attribute)
            )
            equal = f"{element}.value.in_({name})" if many else f"{element}.value == {name}"
            return call(f"{values}.any", equal)
        column = f"{self.row(entity.name)}.{row_name(attribute.name)}"
        return self._compared(column, item.operator, parameter, attribute)

    def _is_many(self, parameter: Parameter) -> bool:
        shape = resolve(self._plan, parameter.shape)
        return shape is not None and shape.kind == "array"

    def _compared(
        self, column: str, operator: str, parameter: Parameter, attribute: Attribute
    ) -> str:
        name = parameter_name(parameter)
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
        return f"{column} {symbol.get(operator, '==')} {self.converted(parameter, attribute)}"

    def _linked(self, entity: Entity, item: Filter, parameter: Parameter) -> str:
        name = parameter_name(parameter)
        inner = self.viewer_at(entity, item.path)
        return f"{inner} if {name} else ~{inner}"

    def viewer_at(self, entity: Entity, path: tuple[str, ...]) -> str:
        """Return the condition that the path of relations leads to the viewer."""
        relation = known_relation(entity, path[0])
        target = self._plan.entities[relation.target]
        if len(path) > 1:
            inner = self.viewer_at(target, path[1:])
        else:
            inner = f"{self.row(target.name)}.{row_name(target.key)} == self._viewer"
        return f"{self.row(entity.name)}.{row_name(path[0])}.{quantifier(relation)}({inner})"

    def sort_keys(self, entity: Entity, keys: tuple[SortKey, ...]) -> list[Doc]:
        """Return the order of a list; the primary key comes last, so that it is stable."""
        columns: list[Doc] = []
        counts = {d.name: d.relation for d in entity.derived if d.kind == "count"}
        for key in keys:
            if len(key.path) != 1 or relation_of(entity, key.path[0]):
                continue
            name = key.path[0]
            column: Doc = f"{self.row(entity.name)}.{row_name(name)}"
            if name in counts:
                column = self._number_of(entity, known_relation(entity, counts[name]))
            columns.append(chain(column, ".desc()") if key.descending else column)
        last = f"{self.row(entity.name)}.{row_name(entity.key)}"
        descending = bool(keys) and keys[-1].descending
        if last not in columns and f"{last}.desc()" not in columns:
            columns.append(f"{last}.desc()" if descending else last)
        return columns

    def _number_of(self, entity: Entity, relation: Relation) -> Doc:
        """Return how many rows a relation has, as a part of a query."""
        own = f"{self.row(entity.name)}.{row_name(entity.key)}"
        number_of = self._imports.use("src.repositories.base", "number_of")
        if relation.kind == "many_to_many":
            table = self._imports.use(LINKS, relation.through)
            return call(number_of, table, f"{table}.c.{relation.through_local} == {own}")
        other = self.row(relation.target)
        return call(number_of, other, f"{other}.{row_name(relation.column)} == {own}")


def quantifier(relation: Relation) -> str:
    """Return the method that asks about the other side of a relation."""
    return "any" if relation.kind in ("one_to_many", "many_to_many") else "has"


def find_parameter(operation: Operation, name: str) -> Parameter:
    """Return a parameter of an operation by its name."""
    return next(p for p in operation.parameters if p.name == name)


def parent_variable(plan: Plan, parent: Entity) -> str:
    """Return the variable that holds a row named earlier in the path."""
    return f"{plan.modules[parent.name]}_row"
