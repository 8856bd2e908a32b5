"""The behavior of a spec: derived values, machines, flows, and the flows its paths imply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.expressions import check_expression
from devmatrix_guard.generator.behavior.flows import FlowReader, FlowSource, find_flows
from devmatrix_guard.generator.behavior.infer import Action, BodyAttribute, infer_steps
from devmatrix_guard.generator.behavior.machines import read_invariants, read_machines
from devmatrix_guard.generator.behavior.types import Types, can_compare, find_type
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.spec.document import Document, Place
from devmatrix_guard.generator.spec.pointer import join
from devmatrix_guard.ir import expression as trees
from devmatrix_guard.ir.behavior import (
    BehaviorModel,
    Create,
    CreateMany,
    Decrement,
    Flow,
    ForEach,
    Increment,
    Run,
    Set,
    StateMachine,
    Step,
    Transition,
    Upsert,
    When,
    iter_steps,
)
from devmatrix_guard.ir.domain import Attribute, Derived, DomainModel, Entity
from devmatrix_guard.ir.names import make_unique, to_snake
from devmatrix_guard.ir.shape import JsonValue, Schema, make_json_value
from devmatrix_guard.model.named_value import NamedValue


class AddressedRow(NamedValue):
    """An endpoint that addresses one row and says a word about it.

    Attributes:
        reply: the answer that tells less than the whole row: each field and its expression.
        amount: the one number that a body gives, where the row has nothing of that name, or "".
    """

    endpoint: Endpoint
    entity: str
    by: Mapping[str, str]
    verb: str
    body_attributes: tuple[BodyAttribute, ...] = ()
    reply: Mapping[str, str] = {}
    amount: str = ""


class Behavior(NamedValue):
    """The behavior area, the domain with derived values filled in, and who runs which flow."""

    model: BehaviorModel
    domain: DomainModel
    flows: Mapping[str, str]


def read_behavior(
    document: Document,
    domain: DomainModel,
    schemas: Mapping[str, Schema],
    endpoints: list[Endpoint],
    addressed: Iterable[AddressedRow],
    principal: str,
    findings: Findings,
) -> Behavior:
    """Return all behavior, checked.

    Raises:
        SpecError: an expression, a step, a machine or an invariant is wrong.
    """
    domain = _add_derived(document, domain, Types(domain, schemas), findings)
    types = Types(domain, schemas)
    machines = read_machines(document, domain, types)
    sources = find_flows(document, endpoints)
    reader = FlowReader(sources, types, machines, domain, principal)
    flows = reader.read_all()
    running = {name: flow.name for flow in flows for name in flow.operations}
    taken = {flow.name for flow in flows}
    for place in addressed:
        flow = _infer_flow(place, taken, types, machines, domain, principal, reader, findings)
        if flow is not None:
            taken.add(flow.name)
            running[place.endpoint.name] = flow.name
            flows.append(flow)
    run = {step.flow for flow in flows for step in iter_steps(flow.steps) if isinstance(step, Run)}
    for flow in flows:
        if not flow.operations and flow.name not in run:
            findings.add_ignored(f"no operation runs the flow {flow.wire}", flow.pointer)
    model = BehaviorModel(
        tuple(sorted(flows, key=lambda flow: flow.name)),
        tuple(machines[name] for name in sorted(machines)),
        read_invariants(document, types),
    )
    return Behavior(model, _correct_origins(domain, model), running)


def _infer_flow(
    place: AddressedRow,
    taken: set[str],
    types: Types,
    machines: Mapping[str, StateMachine],
    domain: DomainModel,
    principal: str,
    reader: FlowReader,
    findings: Findings,
) -> Flow | None:
    endpoint = place.endpoint
    entity = types.find_entity(place.entity)
    key = next((e.key for e in domain.entities if e.name == principal), "")
    action = Action(
        place.verb,
        place.by,
        viewer_key=key if endpoint.auth.mode == "required" else "",
        refuses=any(response.status == "409" for response in endpoint.responses),
        body_attributes=place.body_attributes,
        reply=place.reply,
        amount=place.amount,
    )
    steps = infer_steps(entity, action, machines.get(place.entity))
    if steps is None:
        return None
    where = Place({"steps": steps}, endpoint.pointer)
    name = make_unique(to_snake(endpoint.name), taken)
    source = FlowSource(name, "", where, (endpoint,))
    try:
        flow = reader.read(source)
    except SpecError:
        return None  # what the words suggest does not fit the types
    claim = f"{place.verb} means to {_describe_step(steps[-2])}"
    findings.add_inferred(f"behavior/flows/{name}", claim, endpoint.pointer, 0.7)
    return flow


def _describe_step(step: Mapping[str, Any]) -> str:
    """Return what a step that was inferred does, in words."""
    ((what, parts),) = step.items()
    if what == "transition":
        return f"fire the event `{parts['event']}`"
    if what == "for_each":
        return "remove the rows"
    if what in ("load", "delete"):
        return "read the row" if what == "load" else "remove the row"
    given = [f"{name.removeprefix('found.')} to {value}" for name, value in parts.items()]
    return f"{what} {' and '.join(given)}"


# derived values


def _add_derived(
    document: Document, domain: DomainModel, types: Types, findings: Findings
) -> DomainModel:
    entities = []
    for entity in domain.entities:
        derived = tuple(
            _check_derived(document, entity, item, types, findings) for item in entity.derived
        )
        _refuse_circles(entity, derived)
        entities.append(entity._replace(derived=derived))
    return domain._replace(entities=tuple(entities))


def _check_derived(
    document: Document, entity: Entity, item: Derived, types: Types, findings: Findings
) -> Derived:
    if item.kind != "expression":
        return item
    text = document.resolve(document.place(item.pointer)).data["x-derived"]
    at = join(item.pointer, "x-derived")
    made = check_expression(text, {"self": f"row:{entity.name}"}, types, at)
    if not can_compare(made.type, find_type(item.type)):
        raise SpecError(f"{item.wire} is {find_type(item.type)}, not {made.type}", at)
    findings.add_explicit(f"domain/{entity.name}/{item.name}", f"is {text}", at)
    return item._replace(expression=made)


def _refuse_circles(entity: Entity, derived: tuple[Derived, ...]) -> None:
    uses = {item.name: _find_own_derived(item.expression) for item in derived}
    for item in derived:
        seen, todo = set[str](), [item.name]
        while todo:
            for name in uses.get(todo.pop(), ()):
                if name == item.name:
                    raise SpecError(
                        f"{entity.name}.{item.wire} is derived from itself", item.pointer
                    )
                if name not in seen:
                    seen.add(name)
                    todo.append(name)


def _find_own_derived(tree: Any) -> set[str]:
    if isinstance(tree, trees.Member) and tree.of == trees.Name("self") and tree.kind == "derived":
        return {tree.name}
    if isinstance(tree, tuple):
        return set().union(*(_find_own_derived(part) for part in tree)) if tree else set()
    return set()


# what flows write


def _correct_origins(domain: DomainModel, model: BehaviorModel) -> DomainModel:
    """Mark attributes that only flows and machines write."""
    written = {pair for flow in model.flows for pair in _find_written(flow.steps)}
    starts = {(m.entity, m.attribute): make_json_value(m.initial) for m in model.state_machines}
    entities = []
    for entity in domain.entities:
        attributes = tuple(
            _correct_origin(attribute, entity.name, written, starts)
            for attribute in entity.attributes
        )
        entities.append(entity._replace(attributes=attributes))
    return domain._replace(entities=tuple(entities))


def _correct_origin(
    attribute: Attribute,
    entity: str,
    written: set[tuple[str, str]],
    starts: Mapping[tuple[str, str], JsonValue],
) -> Attribute:
    key = (entity, attribute.name)
    if key in starts:
        attribute = attribute._replace(default=starts[key], nullable=False)
    if attribute.origin == "default" and (key in written or key in starts):
        return attribute._replace(origin="flow")
    return attribute


def _find_written(steps: tuple[Step, ...]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for step in steps:
        if isinstance(step, (Create, CreateMany, Set)):
            found |= {(step.entity, setting.attribute) for setting in step.settings}
        elif isinstance(step, Upsert):
            settings = (*step.key, *step.insert, *step.update)
            found |= {(step.entity, setting.attribute) for setting in settings}
        elif isinstance(step, (Increment, Decrement)):
            found.add((step.entity, step.attribute))
        elif isinstance(step, ForEach):
            found |= _find_written(step.steps)
        elif isinstance(step, When):
            found |= _find_written(step.then) | _find_written(step.otherwise)
        elif isinstance(step, Transition):
            found.add((step.entity, ""))
    return found
