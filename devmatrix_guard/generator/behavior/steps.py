"""Steps: the list a flow holds in the spec, to typed steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.expressions import check_expression
from devmatrix_guard.generator.behavior.types import (
    Types,
    can_compare,
    find_attribute_type,
    is_nullable,
    is_number,
    strip_null,
)
from devmatrix_guard.generator.spec.document import Place
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir import behavior as ir
from devmatrix_guard.ir import expression as trees
from devmatrix_guard.ir.behavior import Failure, PayloadItem, Setting, StateMachine, Step
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.expression import Expression
from devmatrix_guard.ir.names import to_snake

_AUTOMATIC = ("key", "client_key", "created_at", "updated_at", "slug", "owner", "password")
_MAX_STEPS = 500


class StepReader:
    """Reads the steps of one flow, keeping track of the variables they make.

    Args:
        scope: what is known at the start: path, query, body, viewer.
        types: what rows and bodies are made of.
        machines: state machines by entity.
    """

    def __init__(
        self, scope: Mapping[str, str], types: Types, machines: Mapping[str, StateMachine]
    ) -> None:
        self._scope = dict(scope)
        self._types = types
        self._machines = machines
        self._count = 0
        self.entities: set[str] = set()
        self.returns = ""
        self._readers: dict[str, Callable[[Place], Step]] = {
            "load": self._load,
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
            _fail(place, "a list of steps is expected here")
        made: list[Step] = []
        for index in range(len(place.data)):
            if made and isinstance(made[-1], ir.Return):
                _fail(place.get(index), "this step is never reached, as the one before returns")
            made.append(self._read_step(place.get(index)))
        return tuple(made)

    def _read_step(self, place: Place) -> Step:
        self._count += 1
        if self._count > _MAX_STEPS:
            _fail(place, f"a flow has {_MAX_STEPS} steps at most")
        data = place.data
        if isinstance(data, str) and data == "return":
            return ir.Return(None, (), place.pointer)
        if not isinstance(data, dict) or len(data) != 1:
            _fail(place, "a step is one word with what it needs: `load: {...}`")
        word = next(iter(data))
        reader = self._readers.get(word)
        if reader is None:
            _fail(place, f"unknown step {word!r}{suggest(word, self._readers)}")
        return reader(place.get(word))

    # small parts

    def _read_expression(self, place: Place, wanted: str = "") -> Expression:
        made = check_expression(place.data, self._scope, self._types, place.pointer, wanted=wanted)
        _refuse_lookups(made.tree, place)
        return made

    def _read_keys(self, place: Place, required: str, optional: str = "") -> dict[str, Any]:
        data = place.data
        if not isinstance(data, dict):
            _fail(place, f"an object with {required.replace(' ', ', ')} is expected here")
        known = [*required.split(), *optional.split()]
        for key in data:
            if key not in known:
                _fail(place, f"unknown key {key!r}{suggest(key, known)}")
        for key in required.split():
            if key not in data:
                _fail(place, f"the key {key!r} is missing")
        return data

    def _read_entity(self, place: Place) -> str:
        name = place.data
        if not isinstance(name, str) or not self._types.is_entity(name):
            _fail(
                place,
                f"there is no entity {name!r}{suggest(str(name), self._types.entity_names)}",
            )
        self.entities.add(name)
        return name

    def _read_variable(self, place: Place) -> str:
        """Return a new name for a row, safe as a Python identifier."""
        wanted = place.data
        if not isinstance(wanted, str) or to_snake(wanted) != wanted:
            _fail(place, "a variable is a lower-case word")
        if wanted in ("self", "path", "query", "body", "viewer", "row", "it") and wanted != "it":
            _fail(place, f"{wanted!r} has a meaning already; take another word")
        return wanted

    def _read_row(self, place: Place) -> tuple[str, str]:
        """Return the variable and entity of a row that a step works on."""
        name = place.data
        kind = self._scope.get(name, "") if isinstance(name, str) else ""
        if not kind.startswith("row:") or is_nullable(kind):
            rows = [word for word, known in self._scope.items() if known.startswith("row:")]
            _fail(place, f"{name!r} is no row that was loaded{suggest(str(name), rows)}")
        entity = kind.removeprefix("row:")
        self.entities.add(entity)
        return str(name), entity

    def _read_failure(self, place: Place, status: int, code: str) -> Failure:
        data = place.data
        if data is None:
            return Failure(status, code)
        if isinstance(data, int) and not isinstance(data, bool):
            return Failure(_read_status(place), code)
        self._read_keys(place, "status", "code message")
        given = data.get("code")
        if given is not None and (not isinstance(given, str) or to_snake(given) != given.lower()):
            _fail(place.get("code"), "a code is a lower-case word such as out_of_stock")
        message = data.get("message", "")
        return Failure(_read_status(place.get("status")), str(given or code), str(message))

    def _find_attribute(self, entity: str, name: str, place: Place) -> Attribute:
        found = self._types.find_attribute(entity, name)
        if found is None:
            names = [a.name for a in self._types.find_entity(entity).attributes]
            _fail(place, f"{entity} has no attribute {name!r}{suggest(name, names)}")
        return found

    def _read_settings(self, place: Place, entity: str) -> tuple[Setting, ...]:
        if not isinstance(place.data, dict):
            _fail(place, "an object from attribute to expression is expected here")
        made = []
        for name in place.data:
            attribute = self._find_attribute(entity, str(name), place.get(name))
            made.append(Setting(attribute.name, self._read_value(place.get(name), attribute)))
        return tuple(made)

    def _read_value(self, place: Place, attribute: Attribute) -> Expression:
        value = self._read_expression(place)
        wanted = find_attribute_type(attribute)
        if not _is_assignable(value.type, wanted):
            _fail(place, f"{attribute.name} is {strip_null(wanted)}, not {strip_null(value.type)}")
        if is_nullable(value.type) and not attribute.nullable:
            _fail(place, f"{attribute.name} is never null, and this may be; use coalesce")
        if isinstance(value.tree, trees.Constant) and value.tree.value is not None:
            given, allowed = value.tree.value, attribute.type.enum
            if allowed and given not in allowed:
                close = suggest(str(given), [str(word) for word in allowed])
                _fail(place, f"{given!r} is never a value of {attribute.name}{close}")
        return value

    def _must_be_whole(self, entity: str, given: Iterable[str], place: Place) -> None:
        names = set(given)
        for attribute in self._types.find_entity(entity).attributes:
            optional = attribute.nullable or attribute.default is not None
            if not optional and attribute.origin not in _AUTOMATIC and attribute.name not in names:
                _fail(place, f"a new {entity} needs {attribute.name}")

    def _read_inner(self, place: Place, **variables: str) -> tuple[Step, ...]:
        """Read nested steps; the variables they make end with them."""
        before = dict(self._scope)
        self._scope.update(variables)
        steps = self.read(place)
        self._scope = before
        return steps

    def _read_rows(self, place: Place) -> tuple[Expression, str]:
        made = self._read_expression(place)
        if not made.type.startswith("rows:"):
            _fail(place, f"rows are expected here, not {strip_null(made.type)}")
        entity = made.type.removeprefix("rows:")
        self.entities.add(entity)
        return made, entity

    # steps

    def _load(self, place: Place) -> Step:
        data = self._read_keys(place, "as entity by", "lock else")
        name, entity = self._read_variable(place.get("as")), self._read_entity(place.get("entity"))
        by = self._read_settings(place.get("by"), entity)
        if not by:
            _fail(place.get("by"), "say by which attributes the row is found")
        if not isinstance(data.get("lock", False), bool):
            _fail(place.get("lock"), "true or false is expected here")
        otherwise = self._read_failure(place.get("else"), 404, f"{to_snake(entity)}_not_found")
        self._scope[name] = f"row:{entity}"
        return ir.Load(name, entity, by, bool(data.get("lock")), otherwise, place.pointer)

    def _require(self, place: Place) -> Step:
        if not isinstance(place.data, dict):
            condition = self._read_expression(place, "boolean")
            return ir.Require(condition, Failure(409, "conflict"), place.pointer)
        self._read_keys(place, "expr", "else")
        condition = self._read_expression(place.get("expr"), "boolean")
        otherwise = self._read_failure(place.get("else"), 409, "conflict")
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
        then = self._read_inner(place.get("then"))
        otherwise = self._read_inner(place.get("else")) if "else" in data else ()
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
            _fail(place.get("key"), f"{entity} is not unique by {', '.join(names)}")
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
            _fail(place, "write `set: {order.note: body.note}`")
        rows = {str(target).partition(".")[0] for target in data}
        if len(rows) != 1 or any("." not in str(target) for target in data):
            _fail(place, "one `set` changes attributes of one row: `order.note`")
        name, entity = self._read_row(Place(rows.pop(), place.pointer))
        made = []
        machine = self._machines.get(entity)
        for target in data:
            at = place.get(target)
            attribute = self._find_attribute(entity, str(target).partition(".")[2], at)
            if machine is not None and attribute.name == machine.attribute:
                _fail(at, f"{attribute.name} has a state machine; use `transition`")
            made.append(Setting(attribute.name, self._read_value(at, attribute)))
        return ir.Set(name, entity, tuple(made), place.pointer)

    def _read_amount(self, place: Place) -> tuple[Expression, str, str, Expression]:
        """Return row, entity, attribute and amount of an increment or decrement."""
        target = check_expression(
            place.get("target").data, self._scope, self._types, place.get("target").pointer
        )
        tree = target.tree
        if not isinstance(tree, trees.Member) or tree.kind != "attribute":
            _fail(place.get("target"), "write the attribute of a row: `product.stock`")
        if not is_number(target.type) or is_nullable(target.type):
            _fail(place.get("target"), "only a number that is never null can be counted")
        owner = tree.of
        if isinstance(owner, trees.Lookup):
            entity = owner.entity
        elif isinstance(owner, trees.Name):
            entity = strip_null(self._scope.get(owner.name, "")).removeprefix("row:")
        else:
            _fail(place.get("target"), "the row is a variable or `Entity[key]`")
        self.entities.add(entity)
        text = target.text.rpartition(".")[0]
        row = Expression(text, owner, f"row:{entity}", target.pointer)
        by = self._read_expression(place.get("by"))
        if not is_number(by.type) or is_nullable(by.type):
            _fail(place.get("by"), "a number that is never null is expected here")
        if strip_null(target.type) == "integer" and strip_null(by.type) != "integer":
            _fail(place.get("by"), f"{tree.name} is integer, not {strip_null(by.type)}")
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
            _fail(place.get("target"), f"{entity} has no state machine; add x-state-machine")
        event = to_snake(str(place.get("event").data))
        known = sorted({transition.event for transition in machine.transitions})
        if event not in known:
            _fail(
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

    def _read_items(self, place: Place) -> tuple[PayloadItem, ...]:
        if place.data is None:
            return ()
        if not isinstance(place.data, dict):
            _fail(place, "an object from name to expression is expected here")
        return tuple(PayloadItem(str(k), self._read_expression(place.get(k))) for k in place.data)

    def _emit(self, place: Place) -> Step:
        self._read_keys(place, "event", "payload")
        event = place.get("event").data
        if not isinstance(event, str) or not event.replace(".", "").replace("_", "").isalnum():
            _fail(place.get("event"), "an event has a name such as order.created")
        return ir.Emit(event, self._read_items(place.get("payload")), place.pointer)

    def _call(self, place: Place) -> Step:
        data = self._read_keys(place, "port", "with as else")
        port = place.get("port").data
        if not isinstance(port, str) or to_snake(port) != port:
            _fail(place.get("port"), "a port has a lower-case name such as payment_gateway")
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
            return ir.Return(None, self._read_items(place), place.pointer)
        value = self._read_expression(place)
        self.returns = value.type
        return ir.Return(value, (), place.pointer)

    def _describe(self, place: Place) -> Step:
        if isinstance(place.data, str):
            inputs = tuple(sorted(self._scope.items()))
            return ir.Describe(
                place.data, inputs, ("", ""), tuple(sorted(self.entities)), place.pointer
            )
        data = self._read_keys(place, "text", "inputs output entities")
        inputs = tuple(
            (name, self._scope[name])
            for name in data.get("inputs", self._scope)
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


def _fail(place: Place, message: str) -> NoReturn:
    raise SpecError(message, place.pointer)


def _read_status(place: Place) -> int:
    if not isinstance(place.data, int) or not 400 <= place.data <= 599:
        _fail(place, "an HTTP status from 400 to 599 is expected here")
    return int(place.data)


def _is_assignable(value: str, wanted: str) -> bool:
    given, target = strip_null(value), strip_null(wanted)
    if given == "null":
        return True
    if target == "integer" and given in ("decimal", "number"):
        return False
    if target == "string":
        return given in ("string", "uuid")
    return can_compare(given, target)


def _refuse_lookups(tree: object, place: Place) -> None:
    """`Product[key]` names a row to change; to read one, load it first."""
    if isinstance(tree, trees.Lookup):
        _fail(place, f"load the {tree.entity} first, and then use it")
    if isinstance(tree, tuple):
        for part in tree:
            _refuse_lookups(part, place)
