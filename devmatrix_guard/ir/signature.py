"""What an application is made of, as words: two specs with many words in common are alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.model.knowledge.learning import SpecSignature

_PARAMETER = re.compile(r"\{[^}]*\}")


def make_signature(ir: ApplicationIR, spec_hash: str) -> SpecSignature:
    """Return the signature of a spec: entities, endpoints, flows, constraints and auth as words."""
    return SpecSignature(spec_hash, ir.name, tuple(sorted(set(_list_features(ir)))))


def find_construct(ir: ApplicationIR, address: str) -> str:
    """Return the feature that a node of the IR stands for, "" for one that has none.

    `api/create_order` is `action:create`: what goes wrong in one creation may in another.
    """
    area, _, name = address.partition("/")
    if area == "api":
        found = next((op for op in ir.api.operations if op.name == name), None)
        return f"action:{found.action.kind}" if found else ""
    if address.startswith("behavior/flows/"):
        return f"flow:{name.split('/')[1]}"
    if area == "domain":
        entity, _, attribute = name.partition("/")
        known = next((e for e in ir.domain.entities if e.name == entity), None)
        part = next((a for a in known.attributes if a.name == attribute), None) if known else None
        return f"type:{part.type.kind}" if part else "entity:*"
    return "validation:*" if area == "validation" else ""


def _list_features(ir: ApplicationIR) -> Iterator[str]:
    for entity in ir.domain.entities:
        yield f"entity:{entity.name.lower()}"
        for attribute in entity.attributes:
            yield f"type:{attribute.type.kind}"
            yield f"attribute:{attribute.name}"
            if attribute.type.format:
                yield f"format:{attribute.type.format}"
            for constraint in attribute.constraints:
                yield f"constraint:{constraint.kind}"
        for relation in entity.relations:
            yield f"relation:{relation.kind}"
    for operation in ir.api.operations:
        shape = _PARAMETER.sub("{}", operation.path).lower()
        yield f"endpoint:{operation.method} {shape}"
        yield f"action:{operation.action.kind}"
        yield f"payload:{operation.payload.kind}"
        if operation.action.pagination.style != "none":
            yield f"paging:{operation.action.pagination.style}"
    for flow in ir.behavior.flows:
        yield f"flow:{flow.name}"
        for step in flow.steps:
            yield f"step:{type(step).__name__.lower()}"
    for machine in ir.behavior.state_machines:
        yield f"machine:{machine.entity.lower()}"
    for rule in ir.validation.rules:
        yield f"validation:{rule.kind}"
    for scheme in ir.infrastructure.auth_schemes:
        yield f"auth:{scheme.kind}"
