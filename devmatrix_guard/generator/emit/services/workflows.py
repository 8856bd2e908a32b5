"""Workflows: each flow of the spec as one function, run in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devmatrix_guard.errors import InternalError
from devmatrix_guard.generator.emit.models.columns import row_name
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.expressions import PythonWriter
from devmatrix_guard.generator.emit.models.repositories import repository_class, repository_module
from devmatrix_guard.generator.emit.models.schemas import python_field
from devmatrix_guard.generator.emit.models.signatures import (
    BodyPart,
    body_part,
    parameter_name,
    parameters_of,
    plain_parameter,
)
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    Lines,
    block,
    call,
    docstring,
    laid_out,
    mapping,
    put,
    shifted,
    string,
)
from devmatrix_guard.generator.emit.services.states import fire_function, state_module
from devmatrix_guard.generator.names import row_class, words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.ir import expression as ex
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.node import Node


def workflow_module(flow: be.Flow) -> str:
    """Return the module of a flow."""
    return f"src.workflows.{flow.name}"


def emit_workflow(plan: Plan, flow: be.Flow) -> str:
    """Return the module of one flow."""
    return _FlowWriter(plan, flow).write()


def all_steps(steps: Sequence[be.Step]) -> Iterator[be.Step]:
    """Yield the steps and those inside them."""
    for step in steps:
        yield step
        for nested in ("steps", "then", "otherwise"):
            inner = getattr(step, nested, None)
            if type(inner) is tuple:
                yield from all_steps(inner)


def emits_events(plan: Plan) -> bool:
    """Tell whether any flow writes to the outbox."""
    flows = plan.ir.behavior.flows
    return any(isinstance(s, be.Emit) for flow in flows for s in all_steps(flow.steps))


def calls_ports(plan: Plan) -> bool:
    """Tell whether any flow calls an outside port."""
    flows = plan.ir.behavior.flows
    return any(isinstance(s, be.CallPort) for flow in flows for s in all_steps(flow.steps))


def is_described(flow: be.Flow) -> bool:
    """Tell whether a flow has a part that only a language model could write."""
    return any(isinstance(step, be.Describe) for step in all_steps(flow.steps))


class _FlowWriter:
    """Writes the function of one flow."""

    def __init__(self, plan: Plan, flow: be.Flow) -> None:
        self.plan = plan
        self.flow = flow
        self.imports = Imports()
        self.operation = self._operation()
        self.part = (
            body_part(plan, self.operation, self.imports) if self.operation else BodyPart("")
        )
        self.expressions = PythonWriter(
            self.imports, plan.entities, {"viewer": "caller", "body": "data"}, self._field
        )

    def _operation(self) -> Operation | None:
        named = set(self.flow.operations)
        return next((op for op in self.plan.ir.api.operations if op.name in named), None)

    def write(self) -> str:
        session = self.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
        arguments = [f"session: {session}", *self._arguments()]
        result = self._result()
        head = block(
            call(f"async def {self.flow.name}", *arguments), 0, after=f" -> {result}:"
        ).splitlines()
        body = [*self._caller(), *self._steps(self.flow.steps)] or ["return"]
        text = self.flow.description or f"Run the flow {self.flow.wire or self.flow.name}."
        lines = [*head, docstring(text, 4), *laid_out(shifted(body))]
        title = f"The flow {self.flow.name.replace('_', ' ')}: one transaction, all or nothing."
        return render_module(title, self.imports, ["\n".join(lines)])

    def _arguments(self) -> Iterator[str]:
        operation = self.operation
        if operation is None:
            return
        for parameter in parameters_of(self.plan, operation):
            kind = plain_parameter(self.plan, parameter, self.imports)
            yield f"{parameter_name(parameter)}: {kind}"
        if self.part.type:
            yield f"data: {self.part.type}{' | None' if self.part.optional else ''}"
        if self.plan.principal is not None and operation.auth.mode != "none":
            yield f"viewer: {self.imports.use('src.api.principal', 'Viewer')} | None"

    def _result(self) -> str:
        kind, _, name = self.flow.returns.partition(":")
        if kind == "row":
            return self._row(name)
        if kind == "rows":
            return f"{self.imports.use('collections.abc', 'Sequence')}[{self._row(name)}]"
        if not self.flow.returns:
            return "None"
        return self.imports.use("typing", "Any")

    def _row(self, entity: str) -> str:
        return self.imports.use(f"{PACKAGE}.{self.plan.modules[entity]}", row_class(entity))

    def _repository(self, entity: str) -> str:
        name = self.imports.use(repository_module(self.plan, entity), repository_class(entity))
        return f"{name}(session)"

    def _caller(self) -> Lines:
        """Load the row of the caller if any step looks at it."""
        principal = self.plan.principal
        if principal is None or not any(_mentions(s, "viewer") for s in self.flow.steps):
            return []
        row = self._row(principal.name)
        error = self.imports.use("src.workflows.base", "refuse")
        return [
            f"caller = await {self._repository(principal.name)}"
            f".find({row}.{row_name(principal.key)} == viewer)",
            "if caller is None:",
            f'    raise {error}(401, "unauthenticated", "token", "is missing")',
        ]

    def _field(self, member: ex.Member) -> str:
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
                    return parameter_name(parameter)
            return names[0]
        names = [python_field(name) for name in names]
        depth = len(self.part.path)
        inside = names[depth:] if tuple(names[:depth]) == self.part.path else names
        return ".".join(("data", *inside))

    def _steps(self, steps: Sequence[be.Step]) -> Lines:
        lines: Lines = []
        for step in steps:
            lines += self._step(step)
            if isinstance(step, be.Describe | be.Return):
                break  # nothing after it can be reached
        return lines

    def _step(self, step: be.Step) -> Lines:
        if isinstance(step, be.Load):
            return self._load(step)
        if isinstance(step, be.Require):
            test = f"if {self.expressions.negation(step.condition.tree)}:"
            subject = _subject(step.condition.tree)
            return [test, *self._refuse(step.otherwise, subject, "does not allow this")]
        if isinstance(step, be.ForEach):
            return [self._loop(step), *shifted(self._steps(step.steps) or ["pass"])]
        if isinstance(step, be.When):
            return self._when(step)
        if isinstance(step, be.Create):
            made = self._made(step.entity, step.settings)
            add = call(f"await {self._repository(step.entity)}.add", made)
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
            return self._transition(step)
        if isinstance(step, be.Delete):
            return [f"await {self._repository(step.entity)}.delete({step.name})"]
        if isinstance(step, be.Emit):
            record = self.imports.use("src.core.outbox", "record_event")
            payload = mapping((string(i.name), self._text(i.value)) for i in step.payload)
            return put(call(record, "session", string(step.event), payload))
        if isinstance(step, be.CallPort):
            return self._call_port(step)
        if isinstance(step, be.Return):
            return self._return(step)
        if isinstance(step, be.Describe):
            return self._hole(step)
        raise InternalError(f"a step cannot be written: {step!r}")

    def _text(self, expression: ex.Expression) -> str:
        return self.expressions.write(expression)

    def _refuse(self, failure: be.Failure, field: str, message: str) -> Lines:
        name = self.imports.use("src.workflows.base", "refuse")
        text = string(failure.message or message)
        made = call(name, str(failure.status), string(failure.code), string(field), text)
        return put(made, 4, before="raise ")

    def _load(self, step: be.Load) -> Lines:
        row = self._row(step.entity)
        where = [f"{row}.{row_name(s.attribute)} == {self._text(s.value)}" for s in step.by]
        lock = "True" if step.lock else None
        find = call(f"await {self._repository(step.entity)}.find", *where, lock=lock)
        return [
            *put(find, before=f"{step.name} = "),
            f"if {step.name} is None:",
            *self._refuse(step.otherwise, words(step.entity), "not found"),
        ]

    def _loop(self, step: be.ForEach) -> str:
        rows = self._text(step.collection)
        if step.order_by:
            key = row_name(step.order_by)
            return f"for {step.name} in sorted({rows}, key=lambda row: row.{key}):"
        return f"for {step.name} in list({rows}):"

    def _when(self, step: be.When) -> Lines:
        lines: Lines = [f"if {self._text(step.condition)}:"]
        lines += shifted(self._steps(step.then) or ["pass"])
        if step.otherwise:
            lines += ["else:", *shifted(self._steps(step.otherwise))]
        return lines

    def _made(self, entity: str, settings: Sequence[be.Setting]) -> Doc:
        values = {row_name(s.attribute): self._text(s.value) for s in settings}
        return call(self._row(entity), **values)

    def _create_many(self, step: be.CreateMany) -> Lines:
        made = call("session.add", self._made(step.entity, step.settings))
        return [
            f"for {step.name} in {self._text(step.collection)}:",
            *put(made, 4),
            "await session.flush()",
        ]

    def _upsert(self, step: be.Upsert) -> Lines:
        row = self._row(step.entity)
        name = step.name or "row"
        where = [f"{row}.{row_name(s.attribute)} == {self._text(s.value)}" for s in step.key]
        repository = self._repository(step.entity)
        find = call(f"await {repository}.find", *where, lock="True")
        made = self._made(step.entity, (*step.key, *step.insert))
        add = call(f"await {repository}.add", made)
        outer = self.expressions
        self.expressions = outer.with_variable("row", name)
        changes = self._set(name, step.update) or ["pass"]
        self.expressions = outer
        return [
            *put(find, before=f"{name} = "),
            f"if {name} is None:",
            *put(add, 4, before=f"{name} = "),
            "else:",
            *shifted(changes),
            "    await session.flush()",
        ]

    def _set(self, name: str, settings: Sequence[be.Setting]) -> Lines:
        return [f"{name}.{row_name(s.attribute)} = {self._text(s.value)}" for s in settings]

    def _add(self, step: be.Increment | be.Decrement) -> Lines:
        row = self._row(step.entity)
        column = f"{row}.{row_name(step.attribute)}"
        key = row_name(self.plan.entities[step.entity].key)
        sign = "+" if isinstance(step, be.Increment) else "-"
        amount = self.expressions.operand(step.by.tree)
        target = step.target.tree
        loaded = "" if isinstance(target, ex.Lookup) else self._text(step.target)
        value = self.expressions.text(target.key) if isinstance(target, ex.Lookup) else ""
        where = [f"{row}.{key} == {value or f'{loaded}.{key}'}"]
        bound = step.ceiling if isinstance(step, be.Increment) else step.floor
        if bound is not None:
            where.append(self._within(column, step, bound))
        values = mapping([(string(row_name(step.attribute)), f"{column} {sign} {amount}")])
        change = call(f"await {self._repository(step.entity)}.change_where", values, *where)
        if bound is None or step.otherwise is None:
            lines = put(change)
        else:
            lines = put(change, before="changed = ")
            lines += ["if not changed:"]
            lines += self._refuse(step.otherwise, words(step.attribute), "is not enough")
        if loaded:
            lines.append(f'await session.refresh({loaded}, ["{row_name(step.attribute)}"])')
        return lines

    def _within(self, column: str, step: be.Increment | be.Decrement, bound: ex.Expression) -> str:
        """Return the condition that a change stays within its bound.

        The column stands alone, so that the sum cannot leave the range of its type.
        """
        if isinstance(step, be.Increment):
            limit = ex.Arithmetic("-", bound.tree, step.by.tree)
            return f"{column} <= {self.expressions.text(limit)}"
        if isinstance(bound.tree, ex.Constant) and not bound.tree.value:
            return f"{column} >= {self.expressions.text(step.by.tree)}"
        limit = ex.Arithmetic("+", bound.tree, step.by.tree)
        return f"{column} >= {self.expressions.text(limit)}"

    def _transition(self, step: be.Transition) -> Lines:
        fire = self.imports.use(
            state_module(self.plan, step.entity), fire_function(self.plan, step.entity)
        )
        machine = self.plan.machines[step.entity]
        return [
            f"if not await {fire}(session, {step.name}, {string(step.event)}):",
            *self._refuse(step.otherwise, machine.attribute, f"does not allow {step.event}"),
        ]

    def _call_port(self, step: be.CallPort) -> Lines:
        self.imports.use("src", "ports")
        arguments = mapping((string(i.name), self._text(i.value)) for i in step.arguments)
        before = f"{step.name} = " if step.name else ""
        return put(call("await ports.call", string(step.port), arguments), before=before)

    def _return(self, step: be.Return) -> Lines:
        if step.items:
            items = mapping((string(i.name), self._text(i.value)) for i in step.items)
            return put(items, before="return ")
        return [f"return {self._text(step.value)}"] if step.value else ["return"]

    def _hole(self, step: be.Describe) -> Lines:
        name = self.imports.use("src.workflows.base", "refuse")
        message = f"is not written yet: {' '.join(step.text.split())}"
        made = call(name, "501", '"not_implemented"', string(self.flow.name), string(message))
        return put(made, before="raise ")


def _mentions(node: Node, name: str) -> bool:
    """Tell whether a variable occurs anywhere in a step or expression."""
    if isinstance(node, ex.Name):
        return node.name == name
    for part in node:
        for item in part if type(part) is tuple else (part,):
            if isinstance(item, Node) and _mentions(item, name):
                return True
    return False


def _subject(tree: Node) -> str:
    """Return the name that a condition speaks of, for the message of its refusal."""
    if isinstance(tree, ex.Member):
        return words(tree.name)
    for part in tree:
        for item in part if type(part) is tuple else (part,):
            if isinstance(item, Node) and (found := _subject(item)):
                return found
    return ""
