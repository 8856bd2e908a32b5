"""Workflows: each flow of the spec as one function, run in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from devmatrix_guard.errors import InternalError
from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.expressions import Hoists, PythonWriter
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.models.schemas import name_python_field
from devmatrix_guard.generator.emit.models.signatures import (
    BodyPart,
    choose_body_part,
    list_parameters,
    may_be_empty,
    name_parameter,
    write_plain_parameter,
)
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    Lines,
    block,
    call,
    lay_out,
    make_chain,
    make_mapping,
    make_sequence,
    put,
    shift,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.emit.services.asked import AskWriter
from devmatrix_guard.generator.emit.services.states import name_fire_function, name_state_module
from devmatrix_guard.generator.names import name_row_class, split_words, to_snake
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.names import make_unique
from devmatrix_guard.ir.node import Node
from devmatrix_guard.model.named_value import NamedValue


class Filling(NamedValue):
    """What stands in for a step in free text: lines of code, and (module, name) of its imports."""

    lines: tuple[str, ...]
    imports: tuple[tuple[str, str], ...] = ()


def name_workflow_module(flow: be.Flow) -> str:
    """Return the module of a flow."""
    return f"src.workflows.{flow.name}"


def emit_workflow(plan: Plan, flow: be.Flow, fills: Mapping[str, Filling] | None = None) -> str:
    """Return the module of one flow.

    Args:
        fills: what stands in for steps in free text, by their pointers; those that are not here
            answer 501.
    """
    return _FlowWriter(plan, flow, fills or {}).write()


def emits_events(plan: Plan) -> bool:
    """Tell whether any flow, or a password that is forgotten, writes to the outbox."""
    flows = plan.ir.behavior.flows
    if any(op.action.kind == "ask_reset" for op in plan.ir.api.operations):
        return True
    return any(isinstance(s, be.Emit) for flow in flows for s in be.iter_steps(flow.steps))


def calls_ports(plan: Plan) -> bool:
    """Tell whether any flow calls an outside port."""
    flows = plan.ir.behavior.flows
    return any(isinstance(s, be.CallPort) for flow in flows for s in be.iter_steps(flow.steps))


def takes_numbers(plan: Plan) -> bool:
    """Tell whether any flow takes a number of a series."""
    flows = plan.ir.behavior.flows
    return any(isinstance(s, be.Number) for flow in flows for s in be.iter_steps(flow.steps))


def is_described(flow: be.Flow) -> bool:
    """Tell whether a flow has a part that only a language model could write."""
    return any(isinstance(step, be.Describe) for step in be.iter_steps(flow.steps))


_BUILTIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_IMPORTED = {
    "decimal": ("decimal", "Decimal"),
    "date": ("datetime", "date"),
    "datetime": ("datetime", "datetime"),
    "duration": ("datetime", "timedelta"),
    "days": ("datetime", "timedelta"),
    "uuid": ("uuid", "UUID"),
}


class _FlowWriter:
    """Writes the function of one flow."""

    def __init__(self, plan: Plan, flow: be.Flow, fills: Mapping[str, Filling]) -> None:
        self.plan = plan
        self.flow = flow
        self.fills = fills
        self.imports = Imports()
        self.operation = self._find_operation()
        self.part = (
            choose_body_part(plan, self.operation, self.imports) if self.operation else BodyPart("")
        )
        self.expressions = PythonWriter(
            self.imports,
            plan.entities,
            {"viewer": "caller", "body": "data"},
            self._read_field,
            Hoists(self._ask, self._hoist_choice),
        )
        self._before: Lines = []
        self._taken = {name for name, _ in flow.inputs} | _list_variables(flow.steps)

    def _find_operation(self) -> Operation | None:
        named = set(self.flow.operations)
        return next((op for op in self.plan.ir.api.operations if op.name in named), None)

    def write(self) -> str:
        session = self.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
        arguments = [f"session: {session}", *self._iter_arguments()]
        result = self._write_result()
        head = block(
            call(f"async def {self.flow.name}", *arguments), 0, after=f" -> {result}:"
        ).splitlines()
        before = [*self._take_absent_body(), *self._load_caller()]
        body = [*before, *self._write_steps(self.flow.steps)] or ["return"]
        text = self.flow.description or f"Run the flow {self.flow.wire or self.flow.name}."
        lines = [*head, write_docstring(text, 4), *lay_out(shift(body))]
        title = f"The flow {self.flow.name.replace('_', ' ')}: one transaction, all or nothing."
        return render_module(title, self.imports, ["\n".join(lines)])

    def _iter_arguments(self) -> Iterator[str]:
        for name, kind in self.flow.inputs:
            yield f"{name}: {self._name_type(kind)}"
        operation = self.operation
        if operation is None:
            return
        for parameter in list_parameters(self.plan, operation):
            kind = write_plain_parameter(self.plan, parameter, self.imports)
            yield f"{name_parameter(parameter)}: {kind}"
        if self.part.type:
            yield f"data: {self.part.type}{' | None' if self.part.optional else ''}"
        if self.plan.principal is not None and operation.auth.mode != "none":
            yield f"viewer: {self.imports.use('src.api.principal', 'Viewer')} | None"

    def _write_result(self) -> str:
        if not self.flow.returns:
            return "None"
        return self._name_type(self.flow.returns)

    def _name_type(self, kind: str) -> str:
        """Return the Python type of a value that a flow takes or returns."""
        mark = " | None" if kind.endswith("?") else ""
        what, _, name = kind.removesuffix("?").partition(":")
        if what == "row":
            return f"{self._name_row(name)}{mark}"
        if what == "rows":
            return f"{self.imports.use('collections.abc', 'Sequence')}[{self._name_row(name)}]"
        if what in _BUILTIN:
            return f"{_BUILTIN[what]}{mark}"
        if what in _IMPORTED and not self.flow.operations:
            return f"{self.imports.use(*_IMPORTED[what])}{mark}"
        return self.imports.use("typing", "Any")

    def _name_row(self, entity: str) -> str:
        return self.imports.use(f"{PACKAGE}.{self.plan.modules[entity]}", name_row_class(entity))

    def _use_repository(self, entity: str) -> str:
        name = self.imports.use(
            name_repository_module(self.plan, entity), name_repository_class(entity)
        )
        return f"{name}(session)"

    def _take_absent_body(self) -> Lines:
        """Let steps that look at a body that may be left out find one with nothing in it."""
        if not self.part.optional or not any(_mentions(s, "body") for s in self.flow.steps):
            return []
        if self.operation is not None and may_be_empty(self.plan, self.operation):
            return [f"data = {self.part.type}() if data is None else data"]
        error = self.imports.use("src.workflows.base", "refuse")
        return ["if data is None:", f'    raise {error}(422, "invalid", "body", "is missing")']

    def _load_caller(self) -> Lines:
        """Load the row of the caller if any step looks at it."""
        principal = self.plan.principal
        if principal is None or not any(_mentions(s, "viewer") for s in self.flow.steps):
            return []
        row = self._name_row(principal.name)
        error = self.imports.use("src.workflows.base", "refuse")
        find = f"await {self._use_repository(principal.name)}.find"
        return [
            *put(call(find, f"{row}.{name_row(principal.key)} == viewer"), before="caller = "),
            "if caller is None:",
            f'    raise {error}(401, "unauthenticated", "token", "is missing")',
        ]

    def _read_field(self, member: ex.Member) -> str:
        """Return the Python text of `body.x`, `path.x` or `query.x`."""
        names: list[str] = [member.name]
        node: Node = member.of
        while isinstance(node, ex.Member):
            names.insert(0, node.name)
            node = node.of
        root = node.name if isinstance(node, ex.Name) else ""
        if root != "body":
            operation = self.operation
            for parameter in operation.parameters if operation else ():
                if parameter.name == names[0] or parameter.wire == names[0]:
                    return name_parameter(parameter)
            return names[0]
        names = [name_python_field(name) for name in names]
        depth = len(self.part.path)
        inside = names[depth:] if tuple(names[:depth]) == self.part.path else names
        return ".".join(("data", *inside))

    def _write_steps(self, steps: Sequence[be.Step]) -> Lines:
        lines: Lines = []
        for step in steps:
            outer, self._before = self._before, []
            written = self._write_step(step)
            lines += [*self._before, *written]
            self._before = outer
            is_open = isinstance(step, be.Describe) and step.pointer not in self.fills
            if is_open or isinstance(step, be.Return):
                break  # nothing after it can be reached
        return lines

    def _write_step(self, step: be.Step) -> Lines:
        if isinstance(step, be.Load):
            return self._load(step)
        if isinstance(step, be.LoadMany):
            return self._load_many(step)
        if isinstance(step, be.Let):
            return put(self._write_expression(step.value), before=f"{step.name} = ")
        if isinstance(step, be.Number):
            return self._take_number(step)
        if isinstance(step, be.Run):
            return self._run(step)
        if isinstance(step, be.Require):
            test = f"if {self.expressions.negate(step.condition.tree)}:"
            subject = _find_subject(step.condition.tree)
            return [test, *self._refuse(step.otherwise, subject, "does not allow this")]
        if isinstance(step, be.ForEach):
            return [self._write_loop(step), *shift(self._write_steps(step.steps) or ["pass"])]
        if isinstance(step, be.When):
            return self._write_when(step)
        if isinstance(step, be.Create):
            made = self._make_row(step.entity, step.settings)
            add = call(f"await {self._use_repository(step.entity)}.add", made)
            return put(add, before=f"{step.name} = " if step.name else "")
        if isinstance(step, be.CreateMany):
            return self._create_many(step)
        if isinstance(step, be.Upsert):
            return self._upsert(step)
        if isinstance(step, be.Set):
            return [*self._set(step.name, step.settings), "await session.flush()"]
        if isinstance(step, be.Increment | be.Decrement):
            return self._add(step)
        if isinstance(step, be.Transition):
            return self._write_transition(step)
        if isinstance(step, be.Delete):
            return [f"await {self._use_repository(step.entity)}.delete({step.name})"]
        if isinstance(step, be.Emit):
            record = self.imports.use("src.core.outbox", "record_event")
            payload = make_mapping(
                (write_string(i.name), self._write_expression(i.value)) for i in step.payload
            )
            return put(call(record, "session", write_string(step.event), payload))
        if isinstance(step, be.CallPort):
            return self._call_port(step)
        if isinstance(step, be.Return):
            return self._return(step)
        if isinstance(step, be.Describe):
            return self._write_hole(step)
        raise InternalError(f"a step cannot be written: {step!r}")

    def _write_expression(self, expression: ex.Expression) -> str:
        return self.expressions.write(expression)

    def _refuse(self, failure: be.Failure, field: str, message: str) -> Lines:
        name = self.imports.use("src.workflows.base", "refuse")
        text = write_string(failure.message or message)
        made = call(
            name, str(failure.status), write_string(failure.code), write_string(field), text
        )
        return put(made, 4, before="raise ")

    def _compare(self, row: str, settings: Sequence[be.Setting]) -> list[str]:
        """Return the conditions that columns of a row are what a flow says."""
        return [
            f"{row}.{name_row(s.attribute)} == {self.expressions.write_compared(s.value.tree)}"
            for s in settings
        ]

    def _load(self, step: be.Load) -> Lines:
        row = self._name_row(step.entity)
        where = self._compare(row, step.by)
        where += self._list_conditions(step.entity, step.where)
        lock = "True" if step.lock else None
        repository = self._use_repository(step.entity)
        if step.order or step.skip_locked:
            skip = "True" if step.skip_locked else None
            order = self._write_order(step.entity, step.order)
            find = call(
                f"await {repository}.find_first", *where, order=order, lock=lock, skip_locked=skip
            )
        else:
            find = call(f"await {repository}.find", *where, lock=lock)
        found = put(find, before=f"{step.name} = ")
        if step.optional:
            return found
        return [
            *found,
            f"if {step.name} is None:",
            *self._refuse(step.otherwise, split_words(step.entity), "not found"),
        ]

    def _load_many(self, step: be.LoadMany) -> Lines:
        select = call(
            f"await {self._use_repository(step.entity)}.select",
            *self._list_conditions(step.entity, step.where),
            order=self._write_order(step.entity, step.order) if step.order else None,
            limit=self._write_expression(step.limit) if step.limit else None,
            lock="True" if step.lock else None,
        )
        return put(select, before=f"{step.name} = ")

    def _list_conditions(self, entity: str, where: ex.Expression | None) -> list[str]:
        if where is None:
            return []
        asker = AskWriter(self.plan, self.imports, self.expressions, entity)
        return asker.list_conditions(where.tree)

    def _write_order(self, entity: str, order: Sequence[be.Order]) -> Doc:
        row = self._name_row(entity)
        return make_sequence(
            f"{row}.{name_row(o.attribute)}{'.desc()' if o.descending else ''}" for o in order
        )

    def _ask(self, tree: ex.Aggregate, python: PythonWriter) -> str:
        """Return a question about all rows of an entity, which the database answers."""
        asker = AskWriter(self.plan, self.imports, python, tree.entity)
        where = asker.list_conditions(tree.condition) if tree.condition is not None else []
        repository = self._use_repository(tree.entity)
        if tree.function in ("sum", "min", "max") and tree.body is not None:
            func = self.imports.use("sqlalchemy", "func")
            value = f"{func}.{tree.function}({asker.write_value(tree.body)})"
            if tree.function == "sum":
                value = f"{func}.coalesce({value}, 0)"
            return self._hoist(tree, call(f"await {repository}.fold", value, *where))
        if tree.body is not None:
            body = ex.Not(tree.body) if tree.function == "all" else tree.body
            where += asker.list_conditions(body)
        method = "count" if tree.function == "count" else "exists"
        asked = call(f"await {repository}.{method}", *where)
        if tree.function == "all":
            return self._hoist(tree, make_chain("not ", asked))
        return self._hoist(tree, asked)

    def _hoist(self, tree: ex.Aggregate, doc: Doc) -> str:
        """Ask before the statement, and return the variable of the answer."""
        name = self._make_name(f"{tree.function}_{to_snake(tree.entity)}")
        self._before += put(doc, before=f"{name} = ")
        return name

    def _hoist_choice(self, condition: str, then: str, otherwise: str) -> str:
        """Choose before the statement where that would not fit into it."""
        name = self._make_name("chosen")
        kind = self.imports.use("typing", "Any")
        self._before += [
            f"if {condition}:",
            f"    {name}: {kind} = {then}",
            "else:",
            f"    {name} = {otherwise}",
        ]
        return name

    def _make_name(self, wanted: str) -> str:
        name = make_unique(wanted, self._taken)
        self._taken.add(name)
        return name

    def _take_number(self, step: be.Number) -> Lines:
        take = call(
            f"await {self.imports.use('src.core.series', 'next_number')}",
            "session",
            write_string(step.series),
            *([self._write_expression(step.per)] if step.per else []),
            start=str(step.start) if step.start != 1 else None,
        )
        return put(take, before=f"{step.name} = ")

    def _run(self, step: be.Run) -> Lines:
        name = self.imports.use(f"src.workflows.{step.flow}", step.flow)
        values = {item.name: self._write_expression(item.value) for item in step.arguments}
        run = call(f"await {name}", "session", **values)
        return put(run, before=f"{step.name} = " if step.name else "")

    def _write_loop(self, step: be.ForEach) -> str:
        rows = self._write_expression(step.collection)
        if step.order_by:
            key = name_row(step.order_by)
            return f"for {step.name} in sorted({rows}, key=lambda row: row.{key}):"
        return f"for {step.name} in list({rows}):"

    def _write_when(self, step: be.When) -> Lines:
        lines: Lines = [f"if {self._write_expression(step.condition)}:"]
        lines += shift(self._write_steps(step.then) or ["pass"])
        if step.otherwise:
            lines += ["else:", *shift(self._write_steps(step.otherwise))]
        return lines

    def _make_row(self, entity: str, settings: Sequence[be.Setting]) -> Doc:
        values = {name_row(s.attribute): self._write_expression(s.value) for s in settings}
        return call(self._name_row(entity), **values)

    def _create_many(self, step: be.CreateMany) -> Lines:
        made = call("session.add", self._make_row(step.entity, step.settings))
        return [
            f"for {step.name} in {self._write_expression(step.collection)}:",
            *put(made, 4),
            "await session.flush()",
        ]

    def _upsert(self, step: be.Upsert) -> Lines:
        row = self._name_row(step.entity)
        name = step.name or "row"
        where = self._compare(row, step.key)
        repository = self._use_repository(step.entity)
        find = call(f"await {repository}.find", *where, lock="True")
        made = self._make_row(step.entity, (*step.key, *step.insert))
        add = call(f"await {repository}.add", made)
        outer = self.expressions
        self.expressions = outer.bind_variable("row", name)
        changes = self._set(name, step.update) or ["pass"]
        self.expressions = outer
        return [
            *put(find, before=f"{name} = "),
            f"if {name} is None:",
            *put(add, 4, before=f"{name} = "),
            "else:",
            *shift(changes),
            "    await session.flush()",
        ]

    def _set(self, name: str, settings: Sequence[be.Setting]) -> Lines:
        return [
            f"{name}.{name_row(s.attribute)} = {self._write_expression(s.value)}" for s in settings
        ]

    def _add(self, step: be.Increment | be.Decrement) -> Lines:
        row = self._name_row(step.entity)
        column = f"{row}.{name_row(step.attribute)}"
        key = name_row(self.plan.entities[step.entity].key)
        sign = "+" if isinstance(step, be.Increment) else "-"
        amount = self.expressions.write_operand(step.by.tree)
        target = step.target.tree
        loaded = "" if isinstance(target, ex.Lookup) else self._write_expression(step.target)
        value = self.expressions.write_text(target.key) if isinstance(target, ex.Lookup) else ""
        where = [f"{row}.{key} == {value or f'{loaded}.{key}'}"]
        bound = step.ceiling if isinstance(step, be.Increment) else step.floor
        if bound is not None:
            where.append(self._write_within(column, step, bound))
        values = make_mapping(
            [(write_string(name_row(step.attribute)), f"{column} {sign} {amount}")]
        )
        change = call(f"await {self._use_repository(step.entity)}.change_where", values, *where)
        if bound is None or step.otherwise is None:
            lines = put(change)
        else:
            lines = put(change, before="changed = ")
            lines += ["if not changed:"]
            lines += self._refuse(step.otherwise, split_words(step.attribute), "is not enough")
        if loaded:
            lines.append(f'await session.refresh({loaded}, ["{name_row(step.attribute)}"])')
        return lines

    def _write_within(
        self, column: str, step: be.Increment | be.Decrement, bound: ex.Expression
    ) -> str:
        """Return the condition that a change stays within its bound.

        The column stands alone, so that the sum cannot leave the range of its type.
        """
        if isinstance(step, be.Increment):
            limit = ex.Arithmetic("-", bound.tree, step.by.tree)
            return f"{column} <= {self.expressions.write_text(limit)}"
        if isinstance(bound.tree, ex.Constant) and not bound.tree.value:
            return f"{column} >= {self.expressions.write_text(step.by.tree)}"
        limit = ex.Arithmetic("+", bound.tree, step.by.tree)
        return f"{column} >= {self.expressions.write_text(limit)}"

    def _write_transition(self, step: be.Transition) -> Lines:
        fire = self.imports.use(
            name_state_module(self.plan, step.entity), name_fire_function(self.plan, step.entity)
        )
        machine = self.plan.machines[step.entity]
        return [
            f"if not await {fire}(session, {step.name}, {write_string(step.event)}):",
            *self._refuse(step.otherwise, machine.attribute, f"does not allow {step.event}"),
        ]

    def _call_port(self, step: be.CallPort) -> Lines:
        self.imports.use("src", "ports")
        arguments = make_mapping(
            (write_string(i.name), self._write_expression(i.value)) for i in step.arguments
        )
        before = f"{step.name} = " if step.name else ""
        return put(call("await ports.call", write_string(step.port), arguments), before=before)

    def _return(self, step: be.Return) -> Lines:
        if step.items:
            items = make_mapping(
                (write_string(i.name), self._write_expression(i.value)) for i in step.items
            )
            return put(items, before="return ")
        return [f"return {self._write_expression(step.value)}"] if step.value else ["return"]

    def _write_hole(self, step: be.Describe) -> Lines:
        filling = self.fills.get(step.pointer)
        if filling is not None:
            for module, used in filling.imports:
                self.imports.use(module, used)
            return list(filling.lines)
        name = self.imports.use("src.workflows.base", "refuse")
        message = f"is not written yet: {' '.join(step.text.split())}"
        made = call(
            name, "501", '"not_implemented"', write_string(self.flow.name), write_string(message)
        )
        return put(made, before="raise ")


def _list_variables(steps: Sequence[be.Step]) -> set[str]:
    return {name for step in be.iter_steps(steps) if (name := getattr(step, "name", ""))}


def _mentions(node: Node, name: str) -> bool:
    """Tell whether a variable occurs anywhere in a step or expression."""
    if isinstance(node, ex.Name):
        return node.name == name
    for part in node:
        for item in part if type(part) is tuple else (part,):
            if isinstance(item, Node) and _mentions(item, name):
                return True
    return False


def _find_subject(tree: Node) -> str:
    """Return the name that a condition speaks of, for the message of its refusal."""
    if isinstance(tree, ex.Member):
        return split_words(tree.name)
    for part in tree:
        for item in part if type(part) is tuple else (part,):
            if isinstance(item, Node) and (found := _find_subject(item)):
                return found
    return ""
