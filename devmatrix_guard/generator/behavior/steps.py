"""Steps: the list a flow holds in the spec, to typed steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devmatrix_guard.generator.behavior.expressions import (
    check_expression,
    forget_stored,
    list_names,
    narrow,
)
from devmatrix_guard.generator.behavior.step_parts import (
    FindFlow,
    StepParts,
    fail,
    is_assignable,
)
from devmatrix_guard.generator.behavior.types import (
    Types,
    is_nullable,
    is_number,
    strip_null,
)
from devmatrix_guard.generator.spec.document import Place
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir import behavior as ir
from devmatrix_guard.ir import expression as trees
from devmatrix_guard.ir.behavior import Failure, PayloadItem, Setting, StateMachine, Step
from devmatrix_guard.ir.expression import Expression
from devmatrix_guard.ir.names import to_snake

_MAX_STEPS = 500
_MAX_SERIES = 60
_READING = ("load", "let", "require", "number", "emit", "return", "create")
_COUNTED_BY = ("string", "uuid", "integer", "date")


class StepReader(StepParts):
    """Reads the steps of one flow, keeping track of the variables they make.

    Args:
        scope, types, machines, find_flow: see `StepParts`.
        is_inner: whether other flows run this one, and use what it returns.
    """

    def __init__(
        self,
        scope: Mapping[str, str],
        types: Types,
        machines: Mapping[str, StateMachine],
        find_flow: FindFlow | None = None,
        *,
        is_inner: bool = False,
    ) -> None:
        super().__init__(scope, types, machines, find_flow)
        self.is_inner = is_inner
        self._readers: dict[str, Callable[[Place], Step]] = {
            "load": self._load,
            "load_many": self._load_many,
            "number": self._number,
            "run": self._run,
            "require": self._require,
            "for_each": self._read_for_each,
            "when": self._read_when,
            "create": self._create,
            "create_many": self._create_many,
            "upsert": self._upsert,
            "set": self._set,
            "increment": self._increment,
            "decrement": self._decrement,
            "transition": self._read_transition,
            "delete": self._delete,
            "emit": self._emit,
            "call": self._call,
            "return": self._return,
            "describe": self._describe,
        }

    def read(self, place: Place) -> tuple[Step, ...]:
        """Return the steps of the list at `place`.

        Raises:
            SpecError: at the first step that cannot be understood.
        """
        if not isinstance(place.data, list):
            fail(place, "a list of steps is expected here")
        made: list[Step] = []
        for index in range(len(place.data)):
            if made and isinstance(made[-1], ir.Return):
                fail(place.get(index), "this step is never reached, as the one before returns")
            made += self._read_step(place.get(index))
        return tuple(made)

    def _read_step(self, place: Place) -> tuple[Step, ...]:
        self._count += 1
        if self._count > _MAX_STEPS:
            fail(place, f"a flow has {_MAX_STEPS} steps at most")
        data = place.data
        if isinstance(data, str) and data == "return":
            return (ir.Return(None, (), place.pointer),)
        if not isinstance(data, dict) or len(data) != 1:
            fail(place, "a step is one word with what it needs: `load: {...}`")
        word = next(iter(data))
        if word == "let":
            return self._let(place.get(word))
        reader = self._readers.get(word)
        if reader is None:
            fail(place, f"unknown step {word!r}{suggest(word, [*self._readers, 'let'])}")
        made = reader(place.get(word))
        if word not in _READING:
            self._scope = forget_stored(self._scope)
        return (made,)

    def _read_inner(self, place: Place, **variables: str) -> tuple[Step, ...]:
        """Read nested steps; the variables they make end with them."""
        before = dict(self._scope)
        self._scope.update(variables)
        steps = self.read(place)
        self._scope = before
        return steps

    # steps

    def _load(self, place: Place) -> Step:
        keys = "by where order_by lock skip_locked optional else"
        data = self._read_keys(place, "as entity", keys)
        name, entity = self._read_variable(place.get("as")), self._read_entity(place.get("entity"))
        by = self._read_settings(place.get("by"), entity) if "by" in data else ()
        where = self._read_where(place.get("where"), entity) if "where" in data else None
        order = self._read_order(place.get("order_by"), entity) if "order_by" in data else ()
        if "by" in data and not by:
            fail(place.get("by"), "say by which attributes the row is found")
        if not by and where is None and not order:
            fail(place, "the key 'by' or 'where' is missing: which row is it?")
        lock, skip = self._read_flag(place.get("lock")), self._read_flag(place.get("skip_locked"))
        if skip and not lock:
            fail(place.get("skip_locked"), "only with `lock: true` are locked rows passed over")
        optional = self._read_flag(place.get("optional"))
        if optional and "else" in data:
            fail(place.get("else"), "an optional row may be missing, so there is no `else`")
        otherwise = self._read_failure(place.get("else"), 404, f"{to_snake(entity)}_not_found")
        self._scope[name] = f"row:{entity}{'?' if optional else ''}"
        return ir.Load(
            name, entity, by, lock, otherwise, place.pointer, where, order, optional, skip
        )

    def _load_many(self, place: Place) -> Step:
        data = self._read_keys(place, "as entity", "where order_by limit lock")
        name, entity = self._read_variable(place.get("as")), self._read_entity(place.get("entity"))
        where = self._read_where(place.get("where"), entity) if "where" in data else None
        order = self._read_order(place.get("order_by"), entity) if "order_by" in data else ()
        limit = self._read_expression(place.get("limit")) if "limit" in data else None
        if limit is not None and limit.type != "integer":
            fail(place.get("limit"), f"integer is expected here, not {strip_null(limit.type)}")
        lock = self._read_flag(place.get("lock"))
        self._scope[name] = f"rows:{entity}"
        return ir.LoadMany(name, entity, where, order, limit, lock, place.pointer)

    def _let(self, place: Place) -> tuple[Step, ...]:
        if not isinstance(place.data, dict) or not place.data:
            fail(place, "write `let: {fine: expression}`")
        made = []
        for given in place.data:
            name = self._read_variable(Place(given, place.get(given).pointer))
            value = self._read_expression(place.get(given))
            if value.type == "null":
                fail(place.get(given), "null alone has no type; load an optional row instead")
            self._scope[name] = value.type
            made.append(ir.Let(name, value, place.get(given).pointer))
        return tuple(made)

    def _number(self, place: Place) -> Step:
        data = self._read_keys(place, "as series", "per start")
        series = place.get("series").data
        if not isinstance(series, str) or to_snake(series) != series or len(series) > _MAX_SERIES:
            fail(place.get("series"), "a series has a lower-case name such as invoices")
        per = self._read_expression(place.get("per")) if "per" in data else None
        if per is not None and (is_nullable(per.type) or per.type not in _COUNTED_BY):
            fail(
                place.get("per"), "a key, text, number or date that is never null is expected here"
            )
        start = data.get("start", 1)
        if not isinstance(start, int) or isinstance(start, bool) or start < 0:
            fail(place.get("start"), "a whole number from 0 on is expected here")
        name = self._read_variable(place.get("as"))
        self._scope[name] = "integer"
        return ir.Number(name, series, per, start, place.pointer)

    def _run(self, place: Place) -> Step:
        data = self._read_keys(place, "flow", "with as")
        at = place.get("flow")
        if not isinstance(at.data, str) or self._find_flow is None:
            fail(at, "the name of a flow is expected here")
        flow = self._find_flow(at.data, at)
        self.entities.update(flow.entities)
        given = place.get("with")
        arguments = self._read_items(given)
        self._check_inputs(flow, arguments, given if "with" in data else place)
        name = self._read_variable(place.get("as")) if "as" in data else ""
        if name == flow.name:
            fail(place.get("as"), f"{name!r} is the flow; take another word for its result")
        if name and not flow.returns:
            fail(place.get("as"), f"the flow {at.data} returns nothing")
        if name:
            self._scope[name] = flow.returns
        return ir.Run(name, flow.name, arguments, place.pointer)

    def _check_inputs(
        self, flow: ir.Flow, arguments: tuple[PayloadItem, ...], place: Place
    ) -> None:
        wanted = dict(flow.inputs)
        for argument in arguments:
            kind = wanted.get(argument.name)
            if kind is None:
                fail(
                    place.get(argument.name),
                    f"the flow {flow.wire} takes no {argument.name!r}"
                    f"{suggest(argument.name, wanted)}",
                )
            if not is_assignable(argument.value.type, kind) or (
                is_nullable(argument.value.type) and not is_nullable(kind)
            ):
                given = argument.value.type
                fail(place.get(argument.name), f"{argument.name} is {kind}, not {given}")
        for name in wanted.keys() - {argument.name for argument in arguments}:
            fail(place, f"the flow {flow.wire} needs {name!r}")

    def _require(self, place: Place) -> Step:
        if not isinstance(place.data, dict):
            condition = self._read_expression(place, "boolean")
            self._scope = narrow(self._scope, condition.tree, holds=True)
            return ir.Require(condition, Failure(409, "conflict"), place.pointer)
        self._read_keys(place, "expr", "else")
        condition = self._read_expression(place.get("expr"), "boolean")
        otherwise = self._read_failure(place.get("else"), 409, "conflict")
        self._scope = narrow(self._scope, condition.tree, holds=True)
        return ir.Require(condition, otherwise, place.pointer)

    def _read_for_each(self, place: Place) -> Step:
        data = self._read_keys(place, "in as steps", "order_by")
        rows, entity = self._read_rows(place.get("in"))
        name = self._read_variable(place.get("as"))
        order = self._types.find_entity(entity).key
        if "order_by" in data:
            given = place.get("order_by")
            order = self._find_attribute(entity, str(given.data), given).name
        steps = self._read_inner(place.get("steps"), **{name: f"row:{entity}"})
        return ir.ForEach(name, rows, entity, order, steps, place.pointer)

    def _read_when(self, place: Place) -> Step:
        data = self._read_keys(place, "expr then", "else")
        condition = self._read_expression(place.get("expr"), "boolean")
        then = self._read_inner(
            place.get("then"), **narrow(self._scope, condition.tree, holds=True)
        )
        unmet = narrow(self._scope, condition.tree, holds=False)
        otherwise = self._read_inner(place.get("else"), **unmet) if "else" in data else ()
        if then and isinstance(then[-1], ir.Return) and not otherwise:
            self._scope = unmet  # only who did not return goes on
        return ir.When(condition, then, otherwise, place.pointer)

    def _create(self, place: Place) -> Step:
        data = self._read_keys(place, "entity set", "as")
        entity = self._read_entity(place.get("entity"))
        settings = self._read_settings(place.get("set"), entity)
        self._must_be_whole(entity, (s.attribute for s in settings), place)
        name = self._read_variable(place.get("as")) if "as" in data else ""
        if name:
            self._scope[name] = f"row:{entity}"
        return ir.Create(name, entity, settings, place.pointer)

    def _create_many(self, place: Place) -> Step:
        self._read_keys(place, "entity from as set")
        entity = self._read_entity(place.get("entity"))
        rows, source = self._read_rows(place.get("from"))
        name = self._read_variable(place.get("as"))
        before = dict(self._scope)
        self._scope[name] = f"row:{source}"
        settings = self._read_settings(place.get("set"), entity)
        self._scope = before
        self._must_be_whole(entity, (s.attribute for s in settings), place)
        return ir.CreateMany(name, entity, rows, source, settings, place.pointer)

    def _upsert(self, place: Place) -> Step:
        data = self._read_keys(place, "entity key insert update", "as")
        entity = self._read_entity(place.get("entity"))
        key = self._read_settings(place.get("key"), entity)
        names = tuple(sorted(setting.attribute for setting in key))
        known = self._types.find_entity(entity)
        unique = [tuple(sorted(k.attributes)) for k in known.unique] + [(known.key,)]
        if names not in unique:
            fail(place.get("key"), f"{entity} is not unique by {', '.join(names)}")
        insert = self._read_settings(place.get("insert"), entity)
        self._must_be_whole(entity, (s.attribute for s in (*key, *insert)), place)
        before = dict(self._scope)
        self._scope["row"] = f"row:{entity}"
        update = self._read_settings(place.get("update"), entity)
        self._scope = before
        name = self._read_variable(place.get("as")) if "as" in data else ""
        if name:
            self._scope[name] = f"row:{entity}"
        return ir.Upsert(name, entity, key, insert, update, place.pointer)

    def _set(self, place: Place) -> Step:
        data = place.data
        if not isinstance(data, dict) or not data:
            fail(place, "write `set: {order.note: body.note}`")
        rows = {str(target).partition(".")[0] for target in data}
        if len(rows) != 1 or any("." not in str(target) for target in data):
            fail(place, "one `set` changes attributes of one row: `order.note`")
        name, entity = self._read_row(Place(rows.pop(), place.pointer))
        made = []
        machine = self._machines.get(entity)
        for target in data:
            at = place.get(target)
            attribute = self._find_attribute(entity, str(target).partition(".")[2], at)
            if machine is not None and attribute.name == machine.attribute:
                fail(at, f"{attribute.name} has a state machine; use `transition`")
            made.append(Setting(attribute.name, self._read_value(at, attribute)))
        return ir.Set(name, entity, tuple(made), place.pointer)

    def _read_amount(self, place: Place) -> tuple[Expression, str, str, Expression]:
        """Return row, entity, attribute and amount of an increment or decrement."""
        target = check_expression(
            place.get("target").data, self._scope, self._types, place.get("target").pointer
        )
        tree = target.tree
        if not isinstance(tree, trees.Member) or tree.kind != "attribute":
            fail(place.get("target"), "write the attribute of a row: `product.stock`")
        if not is_number(target.type) or is_nullable(target.type):
            fail(place.get("target"), "only a number that is never null can be counted")
        owner = tree.of
        if isinstance(owner, trees.Lookup):
            entity = owner.entity
        elif isinstance(owner, trees.Name):
            entity = strip_null(self._scope.get(owner.name, "")).removeprefix("row:")
        else:
            fail(place.get("target"), "the row is a variable or `Entity[key]`")
        self.entities.add(entity)
        text = target.text.rpartition(".")[0]
        row = Expression(text, owner, f"row:{entity}", target.pointer)
        by = self._read_expression(place.get("by"))
        if not is_number(by.type) or is_nullable(by.type):
            fail(place.get("by"), "a number that is never null is expected here")
        if strip_null(target.type) == "integer" and strip_null(by.type) != "integer":
            fail(place.get("by"), f"{tree.name} is integer, not {strip_null(by.type)}")
        return row, entity, tree.name, by

    def _increment(self, place: Place) -> Step:
        data = self._read_keys(place, "target by", "ceiling else")
        row, entity, attribute, by = self._read_amount(place)
        ceiling = self._read_expression(place.get("ceiling")) if "ceiling" in data else None
        limited = ceiling is not None
        otherwise = self._read_failure(place.get("else"), 409, "limit_reached") if limited else None
        return ir.Increment(row, entity, attribute, by, ceiling, otherwise, place.pointer)

    def _decrement(self, place: Place) -> Step:
        data = self._read_keys(place, "target by", "floor else")
        row, entity, attribute, by = self._read_amount(place)
        floor = self._read_expression(place.get("floor")) if "floor" in data else None
        code = f"insufficient_{attribute}"
        otherwise = self._read_failure(place.get("else"), 409, code) if floor is not None else None
        return ir.Decrement(row, entity, attribute, by, floor, otherwise, place.pointer)

    def _read_transition(self, place: Place) -> Step:
        self._read_keys(place, "target event", "else")
        name, entity = self._read_row(place.get("target"))
        machine = self._machines.get(entity)
        if machine is None:
            fail(place.get("target"), f"{entity} has no state machine; add x-state-machine")
        event = to_snake(str(place.get("event").data))
        known = sorted({transition.event for transition in machine.transitions})
        if event not in known:
            fail(
                place.get("event"),
                f"{entity} has no event {event!r}{suggest(str(event), known)}",
            )
        otherwise = self._read_failure(place.get("else"), 409, f"cannot_{to_snake(str(event))}")
        return ir.Transition(name, entity, str(event), otherwise, place.pointer)

    def _delete(self, place: Place) -> Step:
        at = place.get("target") if isinstance(place.data, dict) else place
        name, entity = self._read_row(at)
        del self._scope[name]
        return ir.Delete(name, entity, place.pointer)

    def _emit(self, place: Place) -> Step:
        self._read_keys(place, "event", "payload")
        event = place.get("event").data
        if not isinstance(event, str) or not event.replace(".", "").replace("_", "").isalnum():
            fail(place.get("event"), "an event has a name such as order.created")
        return ir.Emit(event, self._read_items(place.get("payload")), place.pointer)

    def _call(self, place: Place) -> Step:
        data = self._read_keys(place, "port", "with as else")
        port = place.get("port").data
        if not isinstance(port, str) or to_snake(port) != port:
            fail(place.get("port"), "a port has a lower-case name such as payment_gateway")
        arguments = self._read_items(place.get("with"))
        name = self._read_variable(place.get("as")) if "as" in data else ""
        if name:
            self._scope[name] = "json?"
        otherwise = (
            self._read_failure(place.get("else"), 502, "port_failed") if "else" in data else None
        )
        return ir.CallPort(port, arguments, name, otherwise, place.pointer)

    def _return(self, place: Place) -> Step:
        if place.data is None:
            return ir.Return(None, (), place.pointer)
        if isinstance(place.data, dict):
            self.returns = "object"
            items = self._read_items(place)
            for item in items:
                if item.value.type.startswith(("row:", "rows:")):
                    fail(
                        place.get(item.name),
                        "an object shows no rows; return the row, or its attributes one by one",
                    )
            return ir.Return(None, items, place.pointer)
        value = self._read_expression(place)
        known = self.returns
        if known and self.is_inner and strip_null(known) != strip_null(value.type):
            fail(place, f"this flow returns {known} before, and {value.type} here")
        self.returns = f"{strip_null(value.type)}?" if is_nullable(known) else value.type
        return ir.Return(value, (), place.pointer)

    def _describe(self, place: Place) -> Step:
        if isinstance(place.data, str):
            inputs = tuple(sorted((n, self._scope[n]) for n in list_names(self._scope)))
            return ir.Describe(
                place.data, inputs, ("", ""), tuple(sorted(self.entities)), place.pointer
            )
        data = self._read_keys(place, "text", "inputs output entities")
        inputs = tuple(
            (name, self._scope[name])
            for name in data.get("inputs", list_names(self._scope))
            if name in self._scope
        )
        output = ("", "")
        if isinstance(data.get("output"), dict):
            self._read_keys(place.get("output"), "name type")
            name = self._read_variable(place.get("output", "name"))
            output = (name, str(data["output"]["type"]))
            self._scope[name] = output[1]
        entities = place.get("entities")
        named = tuple(self._read_entity(entities.get(i)) for i in range(len(entities.data or ())))
        return ir.Describe(str(data["text"]), inputs, output, named, place.pointer)


def always_returns(steps: tuple[Step, ...]) -> bool:
    """Tell whether a list of steps ends with a result whichever way it goes."""
    last = steps[-1] if steps else None
    if isinstance(last, ir.When):
        return always_returns(last.then) and always_returns(last.otherwise)
    return isinstance(last, ir.Return)
