"""Fixtures of flow tests: rows and a body with which a flow runs through, read from its steps.

The steps are read in order. What one needs to go on is noted as the value of a column or of a body
field; a condition that cannot be met that way makes the flow untestable here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.signatures import find_json_content
from devmatrix_guard.generator.emit.tests.arrangement import Row
from devmatrix_guard.generator.emit.tests.requests import Source, make_body, needs_caller
from devmatrix_guard.generator.emit.tests.samples import make_shape_value
from devmatrix_guard.generator.emit.tests.solver import Solver
from devmatrix_guard.generator.emit.tests.value_search import UnsolvableError
from devmatrix_guard.generator.names import to_snake
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.node import Node
from devmatrix_guard.model.named_value import NamedValue


class Check(NamedValue):
    """A step that can refuse: how to break it, and what it then answers.

    Attributes:
        name: what the test of it is called after.
        failure: what it answers.
        condition: what must not hold for it to refuse; None where a row must be missing.
        missing: the variable of that row.
        before: how many conditions are met before it.
    """

    name: str
    failure: be.Failure
    condition: Node | None = None
    missing: str = ""
    before: int = 0


class Amount(NamedValue):
    """A step that takes from a row, never below a floor."""

    row: str
    attribute: str
    by: ex.Tree
    floor: ex.Tree
    failure: be.Failure


class Change(NamedValue):
    """A step that adds to a column, or takes from it."""

    entity: str
    attribute: str
    sign: str
    by: ex.Tree


class CallFixture(Solver):
    """Everything that a call of a flow needs, so that each of its steps goes on.

    Args:
        plan: what is generated.
        flow: the flow.
        operation: the operation that is called to run it.
        otherwise: the places of the `when` steps, counted as they are met, whose condition is not
            to hold.
    """

    def __init__(
        self,
        plan: Plan,
        flow: be.Flow,
        operation: Operation,
        otherwise: frozenset[int] = frozenset(),
    ) -> None:
        content = find_json_content(operation.body.content) if operation.body else None
        super().__init__(plan, make_body(plan, operation), content.shape if content else None)
        self.operation = operation
        self.query: dict[str, Any] = {}
        self.checks: list[Check] = []
        self.amounts: list[Amount] = []
        self.changes: list[Change] = []
        self.upserts: list[be.Upsert] = []
        self.moved: set[str] = set()
        self.branches = 0
        self._otherwise = otherwise
        self.met: list[Node] = []
        if needs_caller(plan, operation) and plan.principal is not None:
            self.find_caller()
        self._fill_parameters()
        self._walk_steps(flow.steps)

    def _fill_parameters(self) -> None:
        for parameter in self.operation.parameters:
            if parameter.location == "query" and parameter.required:
                self.query[parameter.wire] = make_shape_value(self.plan, parameter.shape, 1)
            elif parameter.location in ("header", "cookie") and parameter.required:
                raise UnsolvableError(f"the {parameter.location} {parameter.wire}")

    def _walk_steps(self, steps: Sequence[be.Step]) -> None:
        values: dict[str, ex.Tree] = {}
        for plain in steps:
            step = substitute(plain, values) if values else plain
            if isinstance(step, be.Load):
                self._load(step)
            elif isinstance(step, be.Let):
                values[step.name] = step.value.tree
            elif isinstance(step, be.Run):
                self._walk_steps(self._find_inner(step))
            elif isinstance(step, be.LoadMany):
                raise UnsolvableError("rows that are looked for")
            elif isinstance(step, be.Require):
                self._require(step)
            elif isinstance(step, be.ForEach):
                self._loop(step)
            elif isinstance(step, be.When):
                self._enter_when(step)
            elif isinstance(step, be.Create):
                self._give(step.entity, step.settings)
            elif isinstance(step, be.Upsert):
                self._give(step.entity, (*step.key, *step.insert))
                self.upserts.append(step)
            elif isinstance(step, be.Increment | be.Decrement):
                self._check_amount(step)
            elif isinstance(step, be.Transition):
                self._enter_transition(step)
            elif isinstance(step, be.Describe):
                raise UnsolvableError("a step in free text")

    def _check(
        self,
        name: str,
        failure: be.Failure,
        condition: Node | None = None,
        *,
        missing: str = "",
        before: int | None = None,
    ) -> None:
        place = len(self.met) if before is None else before
        name = f"{name}_{len(self.checks)}"
        self.checks.append(Check(name, failure, condition, missing, place))

    def _find_inner(self, step: be.Run) -> Sequence[be.Step]:
        """Return the steps of a flow that another one runs, with what they are given."""
        flow = next(f for f in self.plan.ir.behavior.flows if f.name == step.flow)
        given = {item.name: item.value.tree for item in step.arguments}
        return [substitute(inner, given) for inner in flow.steps]

    def _load(self, step: be.Load) -> None:
        if step.optional:
            raise UnsolvableError("a row that may be missing")
        by, others = _split_where(step)
        step = step._replace(by=(*step.by, *by))
        self._load_by(step)
        row = self.rows[self.scope[step.name]]
        outer = self.scope
        self.scope = {**outer, "it": row.variable}
        for part in others:
            self.meet(part)
            self.met.append(rename(part, {"it": step.name}))
        self.scope = outer

    def _load_by(self, step: be.Load) -> None:
        found = self._find_loaded(step)
        row = found or self.add(to_snake(step.name), step.entity)
        self.scope[step.name] = row.variable
        for setting in step.by:
            self._match(row, setting) if found is None else None
        name = f"{to_snake(step.entity)}_is_missing"
        self._check(name, step.otherwise, missing=row.variable)

    def _find_loaded(self, step: be.Load) -> Row | None:
        """Return the row that a foreign key of an earlier row has already led to."""
        key = self.plan.entities[step.entity].key
        for setting in step.by:
            tree = setting.value.tree
            if setting.attribute == key and isinstance(tree, ex.Member) and tree.kind != "field":
                value = self.find_owner(tree.of).values.get(name_row(tree.name))
                for row in self.rows.values():
                    if row.entity == step.entity and value == self.find_key(row):
                        return row
        return None

    def _match(self, row: Row, setting: be.Setting) -> None:
        """Let a row have the value that it is looked up by."""
        tree, column = setting.value.tree, name_row(setting.attribute)
        if isinstance(tree, ex.Constant):
            row.values[column] = self.find_value(tree)
        elif isinstance(tree, ex.Member) and tree.kind == "field":
            self.give(tree, f"{row.variable}.{column}")
        elif isinstance(tree, ex.Name):
            row.values[column] = self.find_key(self.find_owner(tree))
        elif isinstance(tree, ex.Member) and tree.kind == "attribute":
            owner = self.find_owner(tree.of)
            if setting.attribute == self.find_entity(row).key:
                owner.values[name_row(tree.name)] = self.find_key(row)
            elif name_row(tree.name) in owner.values:
                row.values[column] = owner.values[name_row(tree.name)]
            else:
                row.values[column] = Source(f"{owner.variable}.{name_row(tree.name)}")
        else:
            raise UnsolvableError("a lookup by an expression")

    def _give(self, entity: str, settings: Sequence[be.Setting]) -> None:
        """Make the rows that a new row refers to by a key of the request."""
        for setting in settings:
            tree = setting.value.tree
            reference = find_attribute(self.plan.entities[entity], setting.attribute).references
            if reference and isinstance(tree, ex.Member) and tree.kind == "field":
                row = self.add(to_snake(reference[0]), reference[0])
                self.give(tree, f"{row.variable}.{name_row(reference[1])}")

    def _require(self, step: be.Require) -> None:
        tree = step.condition.tree
        before = len(self.met)
        self._settle(tree)
        for part in _list_parts(tree):
            self._check(label(step.otherwise), step.otherwise, part, before=before)

    def _settle(self, tree: Node) -> None:
        """Meet a condition so that those before it still hold."""
        saved = self.save()
        self.meet(tree)
        if self.is_known_to_fail(self.met):
            self.restore(saved)
            if self.is_known_to_fail([tree]) is not False:
                raise UnsolvableError("conditions that stand against each other")
        self.met.append(tree)

    def break_check(self, check: Check) -> None:
        """Let a step refuse, and none before it.

        Raises:
            UnsolvableError: no way was found.
        """
        if check.condition is not None:
            self.meet(check.condition, fail=True)
            if self.is_known_to_fail(self.met[: check.before]):
                raise UnsolvableError("another step refuses first")

    def take(self, tree: Node, way: int) -> None:
        """Meet a condition in one of its ways, and only in that one; see `ways`."""
        if isinstance(tree, ex.Logic):
            for place, part in enumerate(tree.parts):
                self.meet(part, fail=place != way)
        elif isinstance(tree, ex.Aggregate) and tree.body is not None:
            self.resize(tree.collection, tree.variable, 1)
            (row,) = self.list_collection(tree.collection)
            outer = self.scope
            self.scope = {**outer, tree.variable: row.variable}
            self.take(tree.body, way)
            self.scope = outer
        else:
            self.meet(tree)
        if self.is_known_to_fail(self.met):
            raise UnsolvableError("another step refuses")

    def is_known_to_fail(self, conditions: Sequence[Node]) -> bool:
        """Tell whether one of the conditions certainly does not hold."""
        for condition in conditions:
            try:
                if not self.holds(condition):
                    return True
            except UnsolvableError:
                continue
        return False

    def _loop(self, step: be.ForEach) -> None:
        rows = self.list_collection(step.collection.tree)
        name = to_snake(step.name)
        row = rows[0] if rows else self.add_item(step.collection.tree, name)
        self.scope[step.name] = row.variable
        self._walk_steps(step.steps)

    def _enter_when(self, step: be.When) -> None:
        place, self.branches = self.branches, self.branches + 1
        tree = step.condition.tree
        if place in self._otherwise:
            self._settle(ex.Not(tree))
            self._walk_steps(step.otherwise)
        else:
            self._settle(tree)
            self._walk_steps(step.then)

    def _check_amount(self, step: be.Increment | be.Decrement) -> None:
        adds = isinstance(step, be.Increment)
        by = step.by.tree
        self.changes.append(Change(step.entity, step.attribute, "+" if adds else "-", by))
        bound = step.ceiling if isinstance(step, be.Increment) else step.floor
        if bound is None or step.otherwise is None:
            return
        row = self.find_owner(step.target.tree)
        left = ex.Member(self._name(row, step.target.tree), step.attribute, "attribute")
        if isinstance(step, be.Increment):
            tree = ex.Compare("<=", left, ex.Arithmetic("-", bound.tree, step.by.tree))
        else:
            tree = ex.Compare(">=", left, ex.Arithmetic("+", bound.tree, step.by.tree))
            amount = Amount(row.variable, step.attribute, step.by.tree, bound.tree, step.otherwise)
            self.amounts.append(amount)
        before = len(self.met)
        self._settle(tree)
        self._check(label(step.otherwise), step.otherwise, tree, before=before)

    def _name(self, row: Row, tree: ex.Tree) -> ex.Tree:
        """Return an expression that names a row, for a target that is a lookup."""
        if not isinstance(tree, ex.Lookup):
            return tree
        self.scope[f"row {row.variable}"] = row.variable
        return ex.Name(f"row {row.variable}")

    def _enter_transition(self, step: be.Transition) -> None:
        machine = self.plan.machines[step.entity]
        row = self.find_owner(ex.Name(step.name))
        fired = [t for t in machine.transitions if t.event == step.event]
        sources = {state for t in fired for state in t.sources}
        state = ex.Member(ex.Name(step.name), machine.attribute, "attribute")
        self.moved.add(row.variable)
        first = fired[0]
        self.assign(state, first.sources[0])
        name = label(step.otherwise)
        wrong = [s for s in machine.states if s not in sources]
        if wrong:
            refused = ex.Compare("!=", state, ex.Constant(wrong[0], "string"))
            self._check(name, step.otherwise, refused)
        if first.guard is not None:
            guard = rename(first.guard.tree, {"self": step.name, "row": step.name})
            before = len(self.met)
            self._settle(guard)
            self._check(name, step.otherwise, guard, before=before)


def count_ways(tree: Node) -> int:
    """Return in how many ways a condition can be met that the fixture itself does not take."""
    if isinstance(tree, ex.Logic) and tree.op == "or":
        return len(tree.parts)
    if isinstance(tree, ex.Aggregate) and tree.function == "all" and tree.body is not None:
        return max(1, count_ways(tree.body))
    return 0


def _list_parts(tree: Node) -> list[Node]:
    """Return the conditions that must all hold: each is worth a test of its own."""
    if isinstance(tree, ex.Logic) and tree.op == "and":
        return list(tree.parts)
    return [tree]


def label(failure: be.Failure) -> str:
    """Return the code of a failure as part of a name."""
    return "".join(c if c.isalnum() else "_" for c in failure.code.lower()) or "refused"


def _split_where(step: be.Load) -> tuple[list[be.Setting], list[Node]]:
    """Return what a condition says of a row in `attribute == value`, and the rest of it."""
    settings: list[be.Setting] = []
    others: list[Node] = []
    for part in _list_parts(step.where.tree) if step.where else ():
        if isinstance(part, ex.Compare) and part.op == "==":
            for own, other in ((part.left, part.right), (part.right, part.left)):
                is_own = isinstance(own, ex.Member) and own.of == ex.Name("it")
                known = isinstance(other, ex.Member | ex.Constant) and not _names(other, "it")
                if is_own and isinstance(own, ex.Member) and own.kind == "attribute" and known:
                    value = ex.Expression("", other, "")
                    settings.append(be.Setting(own.name, value))
                    break
            else:
                others.append(part)
        else:
            others.append(part)
    return settings, others


def _names(tree: Any, name: str) -> bool:
    if isinstance(tree, ex.Name):
        return tree.name == name
    return isinstance(tree, tuple) and any(_names(part, name) for part in tree)


def substitute(tree: Any, values: Mapping[str, ex.Tree]) -> Any:
    """Return a step or expression in which variables are written out."""
    if isinstance(tree, ex.Name):
        return values.get(tree.name, tree)
    if isinstance(tree, Node):
        return tree._replace(**{f: substitute(getattr(tree, f), values) for f in tree._fields})
    return tuple(substitute(item, values) for item in tree) if type(tree) is tuple else tree


def rename(tree: Any, names: dict[str, str]) -> Any:
    """Return an expression with other names for its variables."""
    if isinstance(tree, ex.Name):
        return ex.Name(names.get(tree.name, tree.name))
    if isinstance(tree, Node):
        return tree._replace(**{f: rename(getattr(tree, f), names) for f in tree._fields})
    return tuple(rename(item, names) for item in tree) if type(tree) is tuple else tree
