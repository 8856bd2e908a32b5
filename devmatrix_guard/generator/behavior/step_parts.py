"""Parts of steps: the keys, names, values and refusals that steps are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from keyword import iskeyword
from typing import Any, NoReturn

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.asked import (
    find_aggregates,
    find_asked,
    find_unasked,
    is_own,
)
from devmatrix_guard.generator.behavior.expressions import check_expression
from devmatrix_guard.generator.behavior.types import (
    Types,
    can_compare,
    find_attribute_type,
    is_nullable,
    strip_null,
)
from devmatrix_guard.generator.spec.document import Place
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir import behavior as ir
from devmatrix_guard.ir import expression as trees
from devmatrix_guard.ir.behavior import Failure, PayloadItem, Setting, StateMachine
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.expression import Expression
from devmatrix_guard.ir.names import to_snake

_AUTOMATIC = ("key", "client_key", "created_at", "updated_at", "slug", "owner", "password")
_TAKEN = (
    *("changed", "moments", "next_number", "ports", "record_event", "refuse", "timedelta"),
    *("and_", "case", "cast", "func", "literal", "look_up", "or_", "utc_now"),
    *("self", "path", "query", "header", "body", "viewer", "row", "session", "data", "caller"),
)

FindFlow = Callable[[str, Place], ir.Flow]
"""Returns the flow of a name, checked; fails at the place where there is none."""


class StepParts:
    """What is known at a place of a flow, and how the parts of a step are read there.

    Args:
        scope: what is known at the start: path, query, header, body, viewer, or inputs.
        types: what rows and bodies are made of.
        machines: state machines by entity.
        find_flow: returns the flow of a name, for steps that run another one.
    """

    def __init__(
        self,
        scope: Mapping[str, str],
        types: Types,
        machines: Mapping[str, StateMachine],
        find_flow: FindFlow | None = None,
    ) -> None:
        self._scope = dict(scope)
        self._types = types
        self._machines = machines
        self._find_flow = find_flow
        self._count = 0
        self.entities: set[str] = set()
        self.returns = ""

    def _read_expression(
        self, place: Place, wanted: str = "", *, tables: bool = True
    ) -> Expression:
        made = check_expression(
            place.data, self._scope, self._types, place.pointer, wanted=wanted, tables=tables
        )
        _refuse_lookups(made.tree, place)
        for asked in find_aggregates(made.tree):
            folded = asked.function in ("sum", "min", "max")
            if folded and not (isinstance(asked.body, trees.Member) and is_own(asked.body)):
                fail(
                    place,
                    f"{asked.function} of all rows takes one of their attributes, such as it.price;"
                    " to calculate with more of them, load_many the rows",
                )
            for part in (asked.body, asked.condition):
                reason = find_unasked(part, asked.entity, self._types) if part else ""
                if reason:
                    fail(place, f"the database cannot be asked for {reason}; load_many the rows")
        self.entities |= find_asked(made.tree)
        return made

    def _read_flag(self, place: Place) -> bool:
        if place.data not in (None, True, False):
            fail(place, "true or false is expected here")
        return bool(place.data)

    def _read_where(self, place: Place, entity: str) -> Expression:
        """Read a condition of rows of an entity that the database is to answer."""
        before = dict(self._scope)
        self._scope["it"] = f"row:{entity}"
        made = self._read_expression(place, "boolean", tables=False)
        self._scope = before
        reason = find_unasked(made.tree, entity, self._types)
        if reason:
            fail(place, f"the database cannot be asked for {reason}; use `require` or `when`")
        return made

    def _read_order(self, place: Place, entity: str) -> tuple[ir.Order, ...]:
        """Read `due_at`, `-due_at` or a list of such."""
        given = place.data if isinstance(place.data, list) else [place.data]
        made = []
        for index, name in enumerate(given):
            at = place.get(index) if isinstance(place.data, list) else place
            if not isinstance(name, str) or not name.strip("-"):
                fail(at, "the name of an attribute is expected here, with `-` to begin at its end")
            attribute = self._find_attribute(entity, name.removeprefix("-"), at)
            if attribute.type.kind in ("list", "json", "bytes"):
                fail(at, f"rows have no order by {attribute.name}")
            made.append(ir.Order(attribute.name, name.startswith("-")))
        return tuple(made)

    def _read_keys(self, place: Place, required: str, optional: str = "") -> dict[str, Any]:
        data = place.data
        if not isinstance(data, dict):
            fail(place, f"an object with {required.replace(' ', ', ')} is expected here")
        known = [*required.split(), *optional.split()]
        for key in data:
            if key not in known:
                fail(place, f"unknown key {key!r}{suggest(key, known)}")
        for key in required.split():
            if key not in data:
                fail(place, f"the key {key!r} is missing")
        return data

    def _read_entity(self, place: Place) -> str:
        name = place.data
        if not isinstance(name, str) or not self._types.is_entity(name):
            fail(
                place,
                f"there is no entity {name!r}{suggest(str(name), self._types.entity_names)}",
            )
        self.entities.add(name)
        return name

    def _read_variable(self, place: Place) -> str:
        """Return a new name for a row, safe as a Python identifier."""
        wanted = place.data
        if not isinstance(wanted, str) or to_snake(wanted) != wanted:
            fail(place, "a variable is a lower-case word")
        if wanted in _TAKEN:
            fail(place, f"{wanted!r} has a meaning already; take another word")
        if iskeyword(wanted) or not wanted.isidentifier():
            fail(place, f"{wanted!r} cannot be a variable; take another word")
        return wanted

    def _read_row(self, place: Place) -> tuple[str, str]:
        """Return the variable and entity of a row that a step works on."""
        name = place.data
        kind = self._scope.get(name, "") if isinstance(name, str) else ""
        if kind.startswith("row:") and is_nullable(kind):
            fail(place, f"{name} may be null; ask for it first: `require: {name} != null`")
        if not kind.startswith("row:"):
            rows = [word for word, known in self._scope.items() if known.startswith("row:")]
            fail(place, f"{name!r} is no row that was loaded{suggest(str(name), rows)}")
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
            fail(place.get("code"), "a code is a lower-case word such as out_of_stock")
        message = data.get("message", "")
        return Failure(_read_status(place.get("status")), str(given or code), str(message))

    def _find_attribute(self, entity: str, name: str, place: Place) -> Attribute:
        found = self._types.find_attribute(entity, name)
        if found is None:
            names = [a.name for a in self._types.find_entity(entity).attributes]
            fail(place, f"{entity} has no attribute {name!r}{suggest(name, names)}")
        return found

    def _read_settings(self, place: Place, entity: str) -> tuple[Setting, ...]:
        if not isinstance(place.data, dict):
            fail(place, "an object from attribute to expression is expected here")
        made = []
        for name in place.data:
            attribute = self._find_attribute(entity, str(name), place.get(name))
            made.append(Setting(attribute.name, self._read_value(place.get(name), attribute)))
        return tuple(made)

    def _read_value(self, place: Place, attribute: Attribute) -> Expression:
        value = self._read_expression(place)
        wanted = find_attribute_type(attribute)
        if not is_assignable(value.type, wanted):
            fail(place, f"{attribute.name} is {strip_null(wanted)}, not {strip_null(value.type)}")
        if is_nullable(value.type) and not attribute.nullable:
            fail(place, f"{attribute.name} is never null, and this may be; use coalesce")
        if isinstance(value.tree, trees.Constant) and value.tree.value is not None:
            given, allowed = value.tree.value, attribute.type.enum
            if allowed and given not in allowed:
                close = suggest(str(given), [str(word) for word in allowed])
                fail(place, f"{given!r} is never a value of {attribute.name}{close}")
        return value

    def _must_be_whole(self, entity: str, given: Iterable[str], place: Place) -> None:
        names = set(given)
        for attribute in self._types.find_entity(entity).attributes:
            optional = attribute.nullable or attribute.default is not None
            if not optional and attribute.origin not in _AUTOMATIC and attribute.name not in names:
                fail(place, f"a new {entity} needs {attribute.name}")

    def _read_rows(self, place: Place) -> tuple[Expression, str]:
        made = self._read_expression(place)
        if not made.type.startswith("rows:"):
            fail(place, f"rows are expected here, not {strip_null(made.type)}")
        entity = made.type.removeprefix("rows:")
        self.entities.add(entity)
        return made, entity

    def _read_items(self, place: Place) -> tuple[PayloadItem, ...]:
        if place.data is None:
            return ()
        if not isinstance(place.data, dict):
            fail(place, "an object from name to expression is expected here")
        return tuple(PayloadItem(str(k), self._read_expression(place.get(k))) for k in place.data)


def fail(place: Place, message: str) -> NoReturn:
    raise SpecError(message, place.pointer)


def _read_status(place: Place) -> int:
    if not isinstance(place.data, int) or not 400 <= place.data <= 599:
        fail(place, "an HTTP status from 400 to 599 is expected here")
    return int(place.data)


def is_assignable(value: str, wanted: str) -> bool:
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
        fail(place, f"load the {tree.entity} first, and then use it")
    if isinstance(tree, tuple):
        for part in tree:
            _refuse_lookups(part, place)
