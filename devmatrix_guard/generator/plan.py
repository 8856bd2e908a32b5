"""The plan of a generation: the IR with everything several emitters look up worked out once."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.emit.models.json_schema import SchemaPlace
from devmatrix_guard.generator.emit.models.schemas import place_schemas
from devmatrix_guard.generator.names import list_entity_modules
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.behavior import Flow, StateMachine
from devmatrix_guard.ir.domain import Entity, View
from devmatrix_guard.ir.shape import Schema
from devmatrix_guard.model.named_value import NamedValue


class Plan(NamedValue):
    """What is to be generated.

    Attributes:
        ir: the application.
        entities, schemas, views, flows, machines: the IR's parts by name (views by schema,
            machines by entity).
        modules: module name of each entity.
        places: class and module of each schema.
        principal: the entity that signs in, or None.
    """

    ir: ApplicationIR
    entities: Mapping[str, Entity]
    schemas: Mapping[str, Schema]
    views: Mapping[str, View]
    flows: Mapping[str, Flow]
    machines: Mapping[str, StateMachine]
    modules: Mapping[str, str]
    places: Mapping[str, SchemaPlace]
    principal: Entity | None

    def list_operations(self, entity: str) -> list[Operation]:
        """Return the operations that are about an entity."""
        return [op for op in self.ir.api.operations if op.action.entity == entity]


def make_plan(ir: ApplicationIR) -> Plan:
    """Work out everything that several emitters look up."""
    entities = {entity.name: entity for entity in ir.domain.entities}
    modules = list_entity_modules(entities)
    principal = ir.infrastructure.principal
    return Plan(
        ir=ir,
        entities=entities,
        schemas={schema.name: schema for schema in ir.api.schemas},
        views={view.schema: view for view in ir.domain.views},
        flows={flow.name: flow for flow in ir.behavior.flows},
        machines={machine.entity: machine for machine in ir.behavior.state_machines},
        modules=modules,
        places=place_schemas(ir, modules),
        principal=entities.get(principal.entity) if principal else None,
    )
