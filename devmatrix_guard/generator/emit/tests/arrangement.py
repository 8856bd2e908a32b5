"""Rows and the body of a test, and what expressions are worth with them, without running anything.

A value that only the running test knows, such as a key, is a `Source`: the text of an expression.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.loads import find_relation
from devmatrix_guard.generator.emit.models.signatures import resolve
from devmatrix_guard.generator.emit.tests.requests import Source
from devmatrix_guard.generator.emit.tests.samples import NoSampleError, make_attribute_value
from devmatrix_guard.generator.emit.tests.value_search import (
    Moment,
    UnsolvableError,
    compare,
    copy_value,
)
from devmatrix_guard.generator.names import to_snake
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.domain import Attribute, Entity
from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import Shape
from devmatrix_guard.model.named_value import NamedValue


class Row(NamedValue):
    """A row that the test makes."""

    variable: str
    entity: str
    values: dict[str, Any]


class Arrangement:
    """The rows and the body of a test.

    Attributes:
        rows: by the variable of the test that holds the row.
        scope: which row a variable of an expression stands for.
        parameters: source of each parameter of the operation.
        body: JSON, with `Source`s in it.
    """

    def __init__(self, plan: Plan, body: Any = None, shape: Shape | None = None) -> None:
        self.plan = plan
        self.rows: dict[str, Row] = {}
        self.scope: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self.body = body
        self._shape = shape
        self._made = 0

    def save(self) -> dict[str, Any]:
        """Return everything as it is, for `restore`."""
        return {
            "rows": {
                name: row._replace(values=dict(row.values)) for name, row in self.rows.items()
            },
            "scope": dict(self.scope),
            "parameters": dict(self.parameters),
            "body": copy_value(self.body),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Go back to how everything was; what was saved is used up."""
        vars(self).update(saved)

    def add(self, name: str, entity: str, values: dict[str, Any] | None = None) -> Row:
        """Make a row; `name` becomes its variable unless another row has it."""
        variable, number = name, 1
        while variable in self.rows:
            number += 1
            variable = f"{name}_{number}"
        self.rows[variable] = Row(variable, entity, values or {})
        return self.rows[variable]

    def find_entity(self, row: Row) -> Entity:
        """Return the entity of a row."""
        return self.plan.entities[row.entity]

    def find_key(self, row: Row) -> Source:
        """Return the source of a row's key."""
        return Source(f"{row.variable}.{name_row(self.find_entity(row).key)}")

    def find_caller(self) -> Row:
        """Return the row of whoever calls."""
        if self.plan.principal is None:
            raise UnsolvableError("nobody who could call")
        if "viewer" not in self.scope:
            self.scope["viewer"] = self.add("caller", self.plan.principal.name).variable
        return self.rows[self.scope["viewer"]]

    def sort_rows(self) -> list[Row]:
        """Return the rows, those that others refer to before them."""
        found: dict[str, Row] = {}

        def visit(row: Row) -> None:
            if row.variable in found:
                return
            for other in self.rows.values():
                if other is not row and is_reference(row, other):
                    visit(other)
            found[row.variable] = row

        for row in self.rows.values():
            visit(row)
        return list(found.values())

    def find_owner(self, tree: Node) -> Row:
        """Return the row that an expression names, made if it is not there yet."""
        if isinstance(tree, ex.Name):
            if tree.name in self.scope:
                return self.rows[self.scope[tree.name]]
            if tree.name == "viewer":
                return self.find_caller()
        if isinstance(tree, ex.Lookup):
            return self._look_up(tree)
        if isinstance(tree, ex.Member) and tree.kind == "relation":
            row = self.find_owner(tree.of)
            relation = find_relation(self.find_entity(row), tree.name)
            own = relation and any(
                a.name == relation.column for a in self.find_entity(row).attributes
            )
            if relation is not None and own and relation.kind in ("many_to_one", "one_to_one"):
                return self._follow(row, name_row(relation.column), relation.target, tree.name)
        raise UnsolvableError("a row that only the flow knows")

    def _look_up(self, tree: ex.Lookup) -> Row:
        name = to_snake(tree.entity)
        if isinstance(tree.key, ex.Member) and tree.key.kind == "attribute":
            owner = self.find_owner(tree.key.of)
            return self._follow(owner, name_row(tree.key.name), tree.entity, name)
        if isinstance(tree.key, ex.Member) and tree.key.kind == "field":
            row = self.add(name, tree.entity)
            self.give(tree.key, self.find_key(row))
            return row
        raise UnsolvableError("a lookup by an expression")

    def _follow(self, row: Row, column: str, entity: str, name: str) -> Row:
        """Return the row that a foreign key of `row` leads to."""
        for other in self.rows.values():
            if other.entity == entity and row.values.get(column) == self.find_key(other):
                return other
        target = self.add(name, entity)
        row.values[column] = self.find_key(target)
        return target

    def list_collection(self, tree: Node) -> list[Row]:
        """Return the rows of a collection that were made."""
        if isinstance(tree, ex.Rows):
            return [r for r in self.rows.values() if r.entity == tree.entity]
        column, owner, target = self._link(tree)
        link = self.find_key(owner)
        return [
            r for r in self.rows.values() if r.entity == target and r.values.get(column) == link
        ]

    def _link(self, tree: Node) -> tuple[str, Row, str]:
        if not isinstance(tree, ex.Member) or tree.kind != "relation":
            raise UnsolvableError("a collection that is no relation")
        owner = self.find_owner(tree.of)
        relation = find_relation(self.find_entity(owner), tree.name)
        if relation is None or relation.kind != "one_to_many":
            raise UnsolvableError("a collection over a table of links")
        return name_row(relation.column), owner, relation.target

    def add_item(self, tree: Node, name: str) -> Row:
        """Make one more row of a collection."""
        column, owner, target = self._link(tree)
        return self.add(name, target, {column: self.find_key(owner)})

    def give(self, member: ex.Member, source: str) -> None:
        """Let a field of the request have a value that only the test knows."""
        root, names = split_path(member)
        if root == "body":
            self._set_body(member, Source(source if self._is_whole(source) else f"str({source})"))
        else:
            self.parameters[names[0]] = source

    def _is_whole(self, source: str) -> bool:
        """Tell whether a source is a column of whole numbers, which JSON has as they are."""
        variable, _, column = source.partition(".")
        row = self.rows.get(variable)
        attributes = self.find_entity(row).attributes if row is not None else ()
        return any(
            name_row(a.name) == column and a.type.kind in ("integer", "bigint") for a in attributes
        )

    def find_value(self, tree: Node) -> Any:
        """Return the value that an expression has with these rows and this body.

        Raises:
            UnsolvableError: it depends on something that is not fixed.
        """
        if isinstance(tree, ex.Constant):
            return Decimal(str(tree.value)) if tree.type == "decimal" else tree.value
        if isinstance(tree, ex.Arithmetic) and tree.op in "+-*":
            left, right = self.number_row(tree.left), self.number_row(tree.right)
            return (
                left + right if tree.op == "+" else left - right if tree.op == "-" else left * right
            )
        if isinstance(tree, ex.Negative):
            return -self.number_row(tree.of)
        if isinstance(tree, ex.Member):
            return self._find_field(tree) if tree.kind == "field" else self._read_stored(tree)
        if isinstance(tree, ex.Aggregate):
            return self._evaluate_fold(tree)
        if isinstance(tree, ex.Call) and tree.function in ("now", "today"):
            return Moment(0, "date" if tree.function == "today" else "datetime")
        if isinstance(tree, ex.Call) and tree.function == "shift":
            return self._move_moment(*tree.arguments)
        if isinstance(tree, ex.Choice):
            return self.find_value(tree.then if self.holds(tree.condition) else tree.otherwise)
        if isinstance(tree, ex.Compare | ex.Logic | ex.Not | ex.Contains):
            return self.holds(tree)
        raise UnsolvableError("an expression that is not worked out here")

    def _move_moment(self, moment: Node, length: Node) -> Moment:
        """Return a moment moved by whole days."""
        value, days = self.find_value(moment), self._count_days(length)
        if not isinstance(value, Moment):
            raise UnsolvableError("a moment that is not known")
        return Moment(value.days + days, "date" if value.endswith(".date()") else "datetime")

    def _count_days(self, tree: Node) -> int:
        if isinstance(tree, ex.Negative):
            return -self._count_days(tree.of)
        per_day = {"weeks": (7, 1), "days": (1, 1), "hours": (1, 24), "minutes": (1, 1440)}
        if isinstance(tree, ex.Call) and tree.function in per_day:
            times, part = per_day[tree.function]
            number = self.number_row(tree.arguments[0]) * times
            if number % part == 0:
                return int(number) // part
        raise UnsolvableError("a duration that is no number of days")

    def _find_field(self, tree: ex.Member) -> Any:
        root, names = split_path(tree)
        if root != "body":
            if names[0] in self.parameters:
                return Source(self.parameters[names[0]])
            raise UnsolvableError("a parameter without a value")
        place = self.body
        for wire in list_wires(tree):
            place = place.get(wire) if isinstance(place, dict) else None
        if isinstance(place, Source):
            return Source(place.removeprefix("str(").removesuffix(")"))
        if place is None:
            raise UnsolvableError("a field of the body without a value")
        shape = self._find_shape(tree)
        decimal = shape is not None and shape.format == "decimal" and isinstance(place, str)
        return Decimal(place) if decimal else place

    def _read_stored(self, tree: ex.Member) -> Any:
        if tree.kind == "derived":
            row = self.find_owner(tree.of)
            derived = next((d for d in self.find_entity(row).derived if d.name == tree.name), None)
            if derived is None or derived.expression is None:
                raise UnsolvableError("a derived value")
            return self._find_within("self", row, derived.expression.tree)
        if tree.kind == "relation":
            return self.find_key(self.find_owner(tree))
        row = self.find_owner(tree.of)
        column, attribute = name_row(tree.name), find_attribute(self.find_entity(row), tree.name)
        if column not in row.values:
            default = self._find_default(row, attribute)
            if isinstance(default, Source):
                return default
            row.values[column] = default
        return row.values[column]

    def _find_default(self, row: Row, attribute: Attribute) -> Any:
        """Return what a factory would store."""
        if attribute.nullable:
            return None
        if attribute.name == self.find_entity(row).key or attribute.references:
            return Source(f"{row.variable}.{name_row(attribute.name)}")
        if attribute.type.kind in ("datetime", "date"):
            return Moment(0, attribute.type.kind)
        self._made += 1
        try:
            return make_attribute_value(attribute, self._made)
        except NoSampleError as error:
            raise UnsolvableError(f"no sample of {attribute.name}") from error

    def _find_within(self, variable: str, row: Row, tree: Node) -> Any:
        """Return the value of an expression in which a variable stands for a row."""
        outer = self.scope
        self.scope = {**outer, variable: row.variable}
        try:
            return self.find_value(tree)
        finally:
            self.scope = outer

    def _evaluate_fold(self, tree: ex.Aggregate) -> Any:
        rows = self.list_collection(tree.collection)
        if tree.condition is not None:
            rows = [r for r in rows if self._find_within(tree.variable, r, tree.condition)]
        if tree.body is None:
            return len(rows)
        values = [self._find_within(tree.variable, row, tree.body) for row in rows]
        if tree.function in ("all", "any"):
            return all(values) if tree.function == "all" else any(values)
        if tree.function == "count":
            return sum(map(bool, values))
        if tree.function == "sum":
            return sum(values)
        if not values:
            return None
        return min(values) if tree.function == "min" else max(values)

    def write_source(self, tree: Node) -> str:
        """Return the value of a number as source, in which drawn values stand by their names."""
        value = self.find_value(tree)
        if not isinstance(value, Source | int | Decimal):
            raise UnsolvableError("an amount that is not known")
        return str(value)

    def number_row(self, tree: Node) -> Any:
        """Return the value of an expression that must be a number."""
        value = self.find_value(tree)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise UnsolvableError("a number that is not known")
        return value

    def holds(self, tree: Node) -> bool:
        """Tell whether a condition holds with these rows and this body.

        Raises:
            UnsolvableError: that cannot be told.
        """
        if isinstance(tree, ex.Logic):
            parts = [self.holds(part) for part in tree.parts]
            return all(parts) if tree.op == "and" else any(parts)
        if isinstance(tree, ex.Not):
            return not self.holds(tree.of)
        if isinstance(tree, ex.Contains) and isinstance(tree.collection, ex.Items):
            found = self.find_value(tree.item) in [
                self.find_value(part) for part in tree.collection.parts
            ]
            return found is not tree.negated
        if isinstance(tree, ex.Compare):
            tree = order_times(tree)
            return compare(self.find_value(tree.left), tree.op, self.find_value(tree.right))
        value = self.find_value(tree)
        if not isinstance(value, bool):
            raise UnsolvableError("a condition that is not known")
        return value

    def _set_body(self, member: ex.Member, value: Any) -> None:
        place = self.body
        wires = list_wires(member)
        for wire in wires[:-1]:
            place = place.setdefault(wire, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise UnsolvableError("a body that is no object")
        place[wires[-1]] = value

    def list_fields(self) -> list[tuple[str, Shape]]:
        """Return the properties at the top of the body, with their shapes."""
        shape = resolve(self.plan, self._shape)
        found = [(f.wire, resolve(self.plan, f.shape)) for f in shape.fields] if shape else []
        given = self.body if isinstance(self.body, dict) else {}
        return [(wire, inner) for wire, inner in found if inner is not None and wire in given]

    def _find_shape(self, member: ex.Member) -> Shape | None:
        shape = self._shape
        for wire in list_wires(member):
            shape = resolve(self.plan, shape)
            fields = {f.wire: f.shape for f in shape.fields} if shape is not None else {}
            shape = fields.get(wire)
        return resolve(self.plan, shape)


def order_times(tree: ex.Compare) -> ex.Compare:
    """Return a comparison of a duration between moments as one of the moments."""
    if not isinstance(tree.left, ex.Call) or tree.left.function != "between":
        return tree
    later, earlier = tree.left.arguments
    return ex.Compare(tree.op, later, ex.Call("shift", (earlier, tree.right)))


def is_reference(row: Row, other: Row) -> bool:
    """Tell whether a row names another in one of its values."""
    start = f"{other.variable}."
    return any(isinstance(v, Source) and v.startswith(start) for v in row.values.values())


def split_path(member: ex.Member) -> tuple[str, list[str]]:
    """Return the variable that a chain of members begins with, and their names."""
    names = [member.name]
    node: Node = member.of
    while isinstance(node, ex.Member):
        names.insert(0, node.name)
        node = node.of
    return (node.name if isinstance(node, ex.Name) else ""), names


def list_wires(member: ex.Member) -> list[str]:
    """Return the properties of the JSON body that a chain of members names."""
    wires = [member.wire or member.name]
    node: Node = member.of
    while isinstance(node, ex.Member):
        wires.insert(0, node.wire or node.name)
        node = node.of
    return wires
