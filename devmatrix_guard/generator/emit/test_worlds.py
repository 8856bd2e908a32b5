"""Worlds of flow tests: rows and a body with which a flow runs through, worked out from its steps.

The steps are read in order. What one needs to go on is noted as the value of a column or of a body
field; a condition that cannot be met that way makes the flow untestable here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from devmatrix_guard.generator.emit.columns import attribute_of, row_name
from devmatrix_guard.generator.emit.loads import relation_of
from devmatrix_guard.generator.emit.samples import attribute_value
from devmatrix_guard.generator.emit.test_calls import Source, body_value
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.domain import Entity
from devmatrix_guard.ir.node import Node


class UnsolvableError(Exception):
    """No row or body was found that meets a condition."""


class Row(NamedTuple):
    """A row that the test makes."""

    variable: str
    entity: str
    values: dict[str, Any]


class Check(NamedTuple):
    """A step that can refuse: how to break it, and what it then answers."""

    name: str
    failure: be.Failure
    condition: Node | None = None
    missing: str = ""


class World:
    """Everything that a call of a flow needs, so that each of its steps goes on."""

    def __init__(self, plan: Plan, flow: be.Flow, operation: Operation) -> None:
        self.plan = plan
        self.operation = operation
        self.rows: dict[str, Row] = {}
        self.parameters: dict[str, str] = {}
        self.body: Any = body_value(plan, operation)
        self.checks: list[Check] = []
        self._steps(flow.steps)

    def _steps(self, steps: tuple[be.Step, ...]) -> None:
        for step in steps:
            if isinstance(step, be.Load):
                self._load(step)
            elif isinstance(step, be.Require):
                self.meet(step.condition.tree)
                for part in _parts(step.condition.tree):
                    name = f"{_label(step.otherwise)}_{len(self.checks)}"
                    self.checks.append(Check(name, step.otherwise, part))
            elif isinstance(step, be.ForEach):
                self._loop(step)
            elif isinstance(step, be.Decrement) and step.floor and step.otherwise:
                self._floor(step)
            elif isinstance(step, be.Transition):
                self._transition(step)
            elif isinstance(step, be.Describe):
                raise UnsolvableError("a step in free text")

    def entity(self, variable: str) -> Entity:
        """Return the entity of a row by its variable."""
        return self.plan.entities[self.rows[variable].entity]

    def _load(self, step: be.Load) -> None:
        values: dict[str, Any] = {}
        row = Row(step.name, step.entity, values)
        key = self.plan.entities[step.entity].key
        before = dict(self.rows)
        for setting in step.by:
            tree = setting.value.tree
            given = f"{step.name}.{row_name(setting.attribute)}"
            if isinstance(tree, ex.Member) and tree.kind == "field":
                self._give(tree, given)
            elif isinstance(tree, ex.Member) and isinstance(tree.of, ex.Name):
                owner = tree.of.name
                if owner not in self.rows and owner != "viewer":
                    raise UnsolvableError(owner)
                if setting.attribute == key:
                    self.rows[owner].values[row_name(tree.name)] = Source(given)
                else:
                    values[row_name(setting.attribute)] = Source(
                        f"{'caller' if owner == 'viewer' else owner}.{row_name(tree.name)}"
                    )
            else:
                raise UnsolvableError("a lookup by an expression")
        self.rows = _before_users(before, row)
        name = f"{step.entity.lower()}_is_missing_{len(self.checks)}"
        self.checks.append(Check(name, step.otherwise, missing=step.name))

    def _give(self, member: ex.Member, source: str) -> None:
        root, names = _path(member)
        if root != "body":
            self.parameters[names[0]] = source
            return
        self._set_body(member, Source(f"str({source})"))

    def _set_body(self, member: ex.Member, value: Any) -> None:
        place = self.body
        wires = _wires(member)
        for wire in wires[:-1]:
            place = place.setdefault(wire, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            raise UnsolvableError("a body that is no object")
        place[wires[-1]] = value

    def _loop(self, step: be.ForEach) -> None:
        self._need_row(step.collection.tree, step.name)
        self._steps(step.steps)

    def _need_row(self, tree: Node, variable: str) -> str:
        """Make one row of a collection, and return its variable."""
        if not (isinstance(tree, ex.Member) and isinstance(tree.of, ex.Name)):
            raise UnsolvableError("a collection that is not of a row")
        owner = self.entity(tree.of.name)
        relation = relation_of(owner, tree.name)
        if relation is None or relation.kind != "one_to_many":
            raise UnsolvableError("a collection over a link")
        link = Source(f"{tree.of.name}.{row_name(owner.key)}")
        for row in self.rows.values():
            if row.entity == relation.target and row.values.get(relation.column) == link:
                if row.variable != variable:
                    renamed = {
                        (variable if name == row.variable else name): r._replace(
                            variable=variable if name == row.variable else name
                        )
                        for name, r in self.rows.items()
                    }
                    self.rows = renamed
                return variable
        self.rows[variable] = Row(variable, relation.target, {row_name(relation.column): link})
        return variable

    def _floor(self, step: be.Decrement) -> None:
        target = step.target.tree
        if not isinstance(target, ex.Name) or not isinstance(step.floor, ex.Expression):
            raise UnsolvableError("a decrement of a row that is not loaded")
        amount, floor = self.number(step.by.tree), self.number(step.floor.tree)
        self.rows[target.name].values[row_name(step.attribute)] = amount + floor
        left = ex.Member(target, step.attribute, "attribute")
        bound = ex.Arithmetic("+", step.by.tree, step.floor.tree)
        failure = step.otherwise
        if failure is not None:
            name = f"{_label(failure)}_{len(self.checks)}"
            self.checks.append(Check(name, failure, ex.Compare(">=", left, bound)))

    def _transition(self, step: be.Transition) -> None:
        machine = self.plan.machines[step.entity]
        column = row_name(machine.attribute)
        sources = [t.sources[0] for t in machine.transitions if t.event == step.event]
        wrong = [
            state
            for state in machine.states
            if not any(state in t.sources for t in machine.transitions if t.event == step.event)
        ]
        self.rows[step.name].values[column] = sources[0]
        if wrong:
            tree = ex.Member(ex.Name(step.name), machine.attribute, "attribute")
            condition = ex.Compare("!=", tree, ex.Constant(wrong[0], "string"))
            name = f"{_label(step.otherwise)}_{len(self.checks)}"
            self.checks.append(Check(name, step.otherwise, condition))

    def value(self, tree: Node) -> Any:
        """Return the value that an expression has in this world.

        Raises:
            UnsolvableError: it depends on something the world does not fix.
        """
        if isinstance(tree, ex.Constant):
            return Decimal(str(tree.value)) if tree.type == "decimal" else tree.value
        if isinstance(tree, ex.Arithmetic):
            left, right = self.value(tree.left), self.value(tree.right)
            return {"+": left + right, "-": left - right, "*": left * right}[tree.op]
        if isinstance(tree, ex.Member) and tree.kind == "field":
            place = self.body
            for wire in _wires(tree):
                place = place.get(wire) if isinstance(place, dict) else None
            if place is None or isinstance(place, Source):
                raise UnsolvableError("a body field without a value")
            return place
        owner = tree.of if isinstance(tree, ex.Member) and tree.kind == "attribute" else None
        if isinstance(tree, ex.Member) and isinstance(owner, ex.Name) and owner.name in self.rows:
            values, column = self.rows[owner.name].values, row_name(tree.name)
            if column not in values and tree.name == self.entity(owner.name).key:
                return Source(f"{owner.name}.{column}")  # made by the factory
            if column not in values:
                attribute = attribute_of(self.entity(owner.name), tree.name)
                values[column] = attribute_value(attribute, 1)
            return values[column]
        raise UnsolvableError("an expression")

    def number(self, tree: Node) -> Any:
        """Return the value of an expression that must be a number."""
        value = self.value(tree)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise UnsolvableError("no number")
        return value

    def meet(self, tree: Node, *, fail: bool = False) -> None:
        """Change the world so that a condition holds, or with `fail` does not, by the least."""
        if isinstance(tree, ex.Not):
            self.meet(tree.of, fail=not fail)
        elif isinstance(tree, ex.Logic):
            both = (tree.op == "and") is not fail
            for part in tree.parts if both else tree.parts[:1]:
                self.meet(part, fail=fail)
        elif isinstance(tree, ex.Compare):
            self._compare(tree, fail=fail)
        elif isinstance(tree, ex.Member):
            self._assign(tree, not fail)
        elif isinstance(tree, ex.Aggregate) and tree.function == "all" and tree.body is not None:
            self._all(tree, tree.body, fail=fail)
        else:
            raise UnsolvableError("a condition")

    def _compare(self, tree: ex.Compare, *, fail: bool) -> None:
        opposite = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
        operator = opposite[tree.op] if fail else tree.op
        left, right = tree.left, tree.right
        if isinstance(left, ex.Aggregate):
            self._count(left, operator, self.number(right))
            return
        if isinstance(right, ex.Member) and right.kind == "field" and operator == "==":
            left, right = right, left
        if isinstance(left, ex.Arithmetic) and left.op == "+":
            right = ex.Arithmetic("-", right, left.right)
            left = left.left
        if not isinstance(left, ex.Member):
            raise UnsolvableError("a comparison")
        value = self.value(right)
        if operator == "==":
            self._assign(left, value)
        elif operator == "!=":
            self._assign(left, self._other(left, value))
        else:
            step = Decimal("0.01") if isinstance(value, Decimal) else 1
            shift = {">=": 0, "<=": 0, ">": step, "<": -step}[operator]
            self._assign(left, self.number(right) + shift)

    def _all(self, tree: ex.Aggregate, body: Node, *, fail: bool) -> None:
        """Leave the collection empty, where everything holds, or make the one row that fails."""
        if not fail:
            self._count(tree._replace(function="count", body=None), "==", 0)
            return
        self._need_row(tree.collection, tree.variable)
        self.meet(body, fail=True)

    def _count(self, tree: ex.Aggregate, operator: str, bound: int) -> None:
        if tree.function != "count" or tree.body is not None or bound not in (0, 1):
            raise UnsolvableError("an aggregate")
        wanted = (operator, bound) in ((">", 0), (">=", 1), ("!=", 0), ("==", 1))
        if wanted:
            self._need_row(tree.collection, "item")
            return
        owner = tree.collection.of if isinstance(tree.collection, ex.Member) else None
        if not isinstance(owner, ex.Name) or not isinstance(tree.collection, ex.Member):
            raise UnsolvableError("a collection")
        relation = relation_of(self.entity(owner.name), tree.collection.name)
        self.rows = {
            name: row
            for name, row in self.rows.items()
            if relation is None or row.entity != relation.target
        }

    def _other(self, member: ex.Member, value: Any) -> Any:
        if isinstance(value, bool):
            return not value
        if isinstance(value, int | Decimal):
            return value + 1
        if isinstance(member.of, ex.Name) and member.of.name in self.rows:
            attribute = attribute_of(self.entity(member.of.name), member.name)
            for other in attribute.type.enum:
                if other != value and isinstance(other, str):
                    return other
        if isinstance(value, str):
            return f"{value}x"
        raise UnsolvableError("another value")

    def _assign(self, member: ex.Member, value: Any) -> None:
        if member.kind == "field":
            text = f"{value:.2f}" if isinstance(value, Decimal) else value
            self._set_body(member, text)
        elif isinstance(member.of, ex.Name) and member.of.name in self.rows:
            self.rows[member.of.name].values[row_name(member.name)] = value
        else:
            raise UnsolvableError("an assignment")


def _parts(tree: Node) -> list[Node]:
    """Return the conditions that must all hold: each is worth a test of its own."""
    if isinstance(tree, ex.Logic) and tree.op == "and":
        return list(tree.parts)
    return [tree]


def _label(failure: be.Failure) -> str:
    return "".join(c if c.isalnum() else "_" for c in failure.code.lower()) or "refused"


def _path(member: ex.Member) -> tuple[str, list[str]]:
    names = [member.name]
    node: Node = member.of
    while isinstance(node, ex.Member):
        names.insert(0, node.name)
        node = node.of
    return (node.name if isinstance(node, ex.Name) else ""), names


def _wires(member: ex.Member) -> list[str]:
    wires = [member.wire or member.name]
    node: Node = member.of
    while isinstance(node, ex.Member):
        wires.insert(0, node.wire or node.name)
        node = node.of
    return wires


def _before_users(rows: dict[str, Row], row: Row) -> dict[str, Row]:
    """Put a row in front of the first row that refers to it."""
    ordered: dict[str, Row] = {}
    for name, other in rows.items():
        uses = any(str(v).startswith(f"{row.variable}.") for v in other.values.values())
        if uses and row.variable not in ordered:
            ordered[row.variable] = row
        ordered[name] = other
    ordered.setdefault(row.variable, row)
    return ordered
