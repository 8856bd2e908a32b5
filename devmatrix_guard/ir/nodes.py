"""Addresses: a stable id for every part of the IR that an emitter can depend on.

domain/Product                    an entity with all that is in it
domain/Product/price              one attribute, relation or derived value
views/ProductCreate               a view
schemas/ProductCreate             a schema
api/create_product                an operation
errors/Problem                    an error body
behavior/flows/checkout           a flow
behavior/states/Order             a state machine
behavior/invariants/order_total   an invariant
validation/...                    a rule
infrastructure/auth/Token         a security scheme
infrastructure/settings           database, principal, settings and the rest
application                       name, title, version, tags
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.domain import Attribute, Derived, Relation

AREAS = ("domain", "api", "behavior", "validation", "infrastructure")
_OF_API = ("application", "api", "schemas", "views", "errors")


def find_area(node: str) -> str:
    """Return the area of the IR that an address lies in."""
    first = node.partition("/")[0]
    return "api" if first in _OF_API else first


def iter_nodes(ir: ApplicationIR) -> Iterator[tuple[str, Any]]:
    """Yield (id, node) for every addressable part, entities before what is inside them."""
    yield "application", (ir.name, ir.api._replace(operations=(), schemas=(), error_bodies=()))
    for entity in ir.domain.entities:
        yield f"domain/{entity.name}", entity
        members: list[Attribute | Relation | Derived] = [
            *entity.attributes,
            *entity.relations,
            *entity.derived,
        ]
        for member in members:
            yield f"domain/{entity.name}/{member.name}", member
    for view in ir.domain.views:
        yield f"views/{view.schema}", view
    for schema in ir.api.schemas:
        yield f"schemas/{schema.name}", schema
    for operation in ir.api.operations:
        yield f"api/{operation.name}", operation
    for body in ir.api.error_bodies:
        yield f"errors/{body.name}", body
    for flow in ir.behavior.flows:
        yield f"behavior/flows/{flow.name}", flow
    for machine in ir.behavior.state_machines:
        yield f"behavior/states/{machine.entity}", machine
    for invariant in ir.behavior.invariants:
        yield f"behavior/invariants/{invariant.name}", invariant
    for rule in ir.validation.rules:
        yield rule.id, rule
    for scheme in ir.infrastructure.auth_schemes:
        yield f"infrastructure/auth/{scheme.name}", scheme
    yield "infrastructure/settings", ir.infrastructure._replace(auth_schemes=())
