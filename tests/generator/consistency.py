"""Whether an IR says nothing about things it does not have; emitters rely on that."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.ir.api import Match, Operation
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.domain import Entity


def inconsistencies(ir: ApplicationIR) -> list[str]:
    """Return one line for every name in the IR that leads nowhere."""
    entities = {entity.name: entity for entity in ir.domain.entities}
    found = [line for entity in entities.values() for line in _of_entity(entity, entities)]
    for view in ir.domain.views:
        known = _members(entities[view.entity]) | {""}
        found += [f"{view.schema}.{b.wire}" for b in view.bindings if b.member not in known]
    views = {view.schema for view in ir.domain.views}
    bodies = {body.name for body in ir.api.error_bodies} | {""}
    schemes = {scheme.name for scheme in ir.infrastructure.auth_schemes}
    for operation in ir.api.operations:
        found += [f"{operation.name}: {what}" for what in _of_operation(operation, entities, views)]
        found += [f"{operation.name}: {r.body}" for r in operation.errors if r.body not in bodies]
        for uses in operation.auth.alternatives:
            found += [f"{operation.name}: {use}" for use in uses if use.scheme not in schemes]
    return found


def _members(entity: Entity) -> set[str]:
    return {
        *(a.name for a in entity.attributes),
        *(r.name for r in entity.relations),
        *(d.name for d in entity.derived),
    }


def _of_entity(entity: Entity, entities: dict[str, Entity]) -> Iterator[str]:
    own = {a.name for a in entity.attributes}
    for relation in entity.relations:
        target = entities.get(relation.target)
        if target is None:
            yield f"{entity.name}.{relation.name}: no target"
            continue
        holder = own if relation.kind == "many_to_one" else {a.name for a in target.attributes}
        if relation.kind != "many_to_many" and relation.column not in holder:
            yield f"{entity.name}.{relation.name}: no column {relation.column}"
        if relation.inverse and relation.inverse not in {r.name for r in target.relations}:
            yield f"{entity.name}.{relation.name}: no inverse {relation.inverse}"
    for key in entity.unique:
        yield from (f"{entity.name}: unique {n}" for n in key.attributes if n not in own)
    if entity.owner and entity.owner not in {r.name for r in entity.relations}:
        yield f"{entity.name}: no owner {entity.owner}"


def _of_operation(
    operation: Operation, entities: dict[str, Entity], views: set[str]
) -> Iterator[str]:
    action = operation.action
    parameters = {p.name for p in operation.parameters}
    if operation.payload.kind in ("item", "list") and operation.payload.view not in views:
        yield f"no view {operation.payload.view!r}"
    if not action.entity:
        return
    entity = entities[action.entity]
    yield from _of_matches(action.by, entity, parameters)
    for parent in action.parents:
        yield from _of_matches(parent.by, entities[parent.entity], parameters)
        if not parent.relation and not parent.collection:
            yield f"parent {parent.entity} leads nowhere"
    for item in action.filters:
        yield from _of_path(item.path, entity, entities)
    for key in action.ordering.default:
        yield from _of_path(key.path, entity, entities)
    for assignment in action.assign:
        if assignment.attribute not in {a.name for a in entity.attributes}:
            yield f"assigns {assignment.attribute}"
    for name in (action.relation, action.owner):
        if name and name not in {r.name for r in entity.relations}:
            yield f"no relation {name}"


def _of_matches(matches: tuple[Match, ...], entity: Entity, parameters: set[str]) -> Iterator[str]:
    for match in matches:
        if match.attribute not in {a.name for a in entity.attributes}:
            yield f"{entity.name} has no {match.attribute!r} to look up"
        if match.parameter and match.parameter not in parameters:
            yield f"no parameter {match.parameter}"


def _of_path(path: tuple[str, ...], entity: Entity, entities: dict[str, Entity]) -> Iterator[str]:
    for name in path:
        relation = next((r for r in entity.relations if r.name == name), None)
        if relation is not None:
            entity = entities[relation.target]
        elif name not in _members(entity):
            yield f"{entity.name} has no {name}"
            return
        else:
            return
