"""State machines, invariants and derived values, from the extensions of a spec."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.expressions import check_expression
from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.generator.spec.document import Document, Place, require_list, require_mapping
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.behavior import Enforcement, Invariant, StateMachine, StateTransition
from devmatrix_guard.ir.domain import DomainModel
from devmatrix_guard.ir.names import make_unique, to_snake


def read_machines(document: Document, domain: DomainModel, types: Types) -> dict[str, StateMachine]:
    """Return the state machines by entity.

    Raises:
        SpecError: a machine names an attribute, a state or an entity that is not there.
    """
    found: dict[str, StateMachine] = {}
    views = {view.schema: view.entity for view in domain.views}
    schemas = {entity.pointer: entity.name for entity in domain.entities}
    components = Place(document.root, "").get("components", "schemas")
    for wire in require_mapping(components):
        schema = components.get(wire)
        if not isinstance(schema.data, dict) or "x-state-machine" not in schema.data:
            continue
        place = schema.get("x-state-machine")
        entity = schemas.get(schema.pointer) or views.get(wire, "")
        if not entity:
            raise SpecError("this schema is no entity, so it has no states", place.pointer)
        found[entity] = _read_machine(place, entity, types)
    declared = Place(document.root, "").get("x-state-machines")
    for entity in require_mapping(declared):
        place = declared.get(entity)
        if not types.is_entity(entity):
            close = suggest(entity, types.entity_names)
            raise SpecError(f"there is no entity {entity!r}{close}", place.pointer)
        found[entity] = _read_machine(place, entity, types)
    return found


def _read_machine(place: Place, entity: str, types: Types) -> StateMachine:
    name = str(place.data["field"])
    attribute = types.find_attribute(entity, name)
    if attribute is None:
        names = [a.name for a in types.find_entity(entity).attributes]
        at = place.get("field").pointer
        raise SpecError(f"{entity} has no attribute {name!r}{suggest(name, names)}", at)
    states = tuple(str(value) for value in attribute.type.enum)
    if not states:
        raise SpecError(f"{name} lists no values (enum), so it has no states", place.pointer)
    initial = _read_state(place.get("initial"), states)
    transitions: list[StateTransition] = []
    given = place.get("transitions")
    for index in range(len(require_list(given))):
        transitions.append(_read_transition(given.get(index), entity, states, types))
    _check_events(transitions, given)
    names_of: list[tuple[str, str]] = []
    for state in states:
        safe = make_unique(to_snake(state).upper(), {known for _, known in names_of})
        names_of.append((state, safe))
    return StateMachine(
        entity, attribute.name, initial, states, tuple(names_of), tuple(transitions), place.pointer
    )


def _read_transition(
    place: Place, entity: str, states: tuple[str, ...], types: Types
) -> StateTransition:
    raw = place.data["from"]
    at = place.get("from")
    sources = [at.get(i) for i in range(len(raw))] if isinstance(raw, list) else [at]
    guard = None
    if "guard" in place.data:
        scope = {"self": f"row:{entity}"}
        at = place.get("guard")
        guard = check_expression(at.data, scope, types, at.pointer, wanted="boolean")
    return StateTransition(
        to_snake(str(place.data["event"])),
        tuple(_read_state(source, states) for source in sources),
        _read_state(place.get("to"), states),
        guard,
    )


def _read_state(place: Place, states: tuple[str, ...]) -> str:
    text = str(place.data)
    if text not in states:
        raise SpecError(f"there is no state {text!r}{suggest(text, states)}", place.pointer)
    return text


def _check_events(transitions: list[StateTransition], place: Place) -> None:
    seen: set[tuple[str, str]] = set()
    for index, transition in enumerate(transitions):
        for source in transition.sources:
            if (transition.event, source) in seen:
                raise SpecError(
                    f"{transition.event} from {source} leads to two states",
                    place.get(index).pointer,
                )
            seen.add((transition.event, source))


def read_invariants(document: Document, types: Types) -> tuple[Invariant, ...]:
    """Return the invariants, sorted by name.

    One that only a stateful test can enforce may speak of things that no row has; its condition
    is then None.

    Raises:
        SpecError: an invariant that should be checked on a row cannot be.
    """
    declared = Place(document.root, "").get("x-invariants")
    found: dict[str, Invariant] = {}
    for index in range(len(require_list(declared))):
        made = _read_invariant(declared.get(index), types)
        if made.name in found:
            raise SpecError(f"the name {made.name!r} is used twice", made.pointer)
        found[made.name] = made
    return tuple(found[name] for name in sorted(found))


def _read_invariant(place: Place, types: Types) -> Invariant:
    data = place.data
    entity = str(data["entity"])
    if not types.is_entity(entity):
        close = suggest(entity, types.entity_names)
        raise SpecError(f"there is no entity {entity!r}{close}", place.get("entity").pointer)
    kinds: dict[str, Enforcement] = {
        "db_check": "db_check",
        "property_test": "property_test",
        "stateful_test": "stateful_test",
        "service": "service",
    }
    enforce = tuple(kinds[kind] for kind in data.get("enforce", ("property_test",)))
    at = place.get("expr")
    try:
        scope: Mapping[str, str] = {"self": f"row:{entity}"}
        condition = check_expression(at.data, scope, types, at.pointer, wanted="boolean")
    except SpecError:
        if enforce != ("stateful_test",):
            raise
        condition = None
    name = to_snake(str(data["name"]))
    return Invariant(name, entity, str(data["expr"]), condition, enforce, place.pointer)
