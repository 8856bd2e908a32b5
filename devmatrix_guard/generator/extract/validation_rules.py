"""The validation area: every rule of an application, gathered from the other areas."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.ir.api import ApiModel, ErrorCause, Operation
from devmatrix_guard.ir.behavior import (
    BehaviorModel,
    Decrement,
    Flow,
    ForEach,
    Load,
    Require,
    Step,
    Transition,
    When,
)
from devmatrix_guard.ir.domain import DomainModel, Entity
from devmatrix_guard.ir.validation import ValidationModel, ValidationRule


def gather_rules(domain: DomainModel, api: ApiModel, behavior: BehaviorModel) -> ValidationModel:
    """Return every rule, sorted by id."""
    found: dict[str, ValidationRule] = {}
    for entity in domain.entities:
        for rule in _gather_entity_rules(entity):
            found[rule.id] = rule
    for operation in api.operations:
        for rule in _gather_operation_rules(operation):
            found[rule.id] = rule
    for flow in behavior.flows:
        for rule in _gather_step_rules(flow, flow.steps, ""):
            found[rule.id] = rule
    for invariant in behavior.invariants:
        where = f"behavior/invariants/{invariant.name}"
        rule_id = f"validation/{where}/invariant"
        found[rule_id] = ValidationRule(
            rule_id, "invariant", where, value=invariant.text, pointer=invariant.pointer
        )
    return ValidationModel(tuple(found[rule_id] for rule_id in sorted(found)))


def _gather_entity_rules(entity: Entity) -> Iterator[ValidationRule]:
    for attribute in entity.attributes:
        where = f"domain/{entity.name}/{attribute.name}"
        at = attribute.pointer
        base = f"validation/{where}"
        if not attribute.nullable:
            yield ValidationRule(f"{base}/not_null", "not_null", where, pointer=at)
        if attribute.type.enum:
            values = " ".join(str(value) for value in attribute.type.enum)
            yield ValidationRule(f"{base}/enum", "enum", where, value=values, pointer=at)
        for item in attribute.constraints:
            yield ValidationRule(
                f"{base}/{item.kind}",
                "constraint",
                where,
                constraint=item.kind,
                value=item.value,
                status=422,
                pointer=at,
            )
        if attribute.references:
            target = ".".join(attribute.references)
            yield ValidationRule(f"{base}/reference", "reference", where, value=target, pointer=at)
    for key in entity.unique:
        names = "-".join(key.attributes)
        where = f"domain/{entity.name}"
        rule_id = f"validation/{where}/unique/{names}"
        yield ValidationRule(
            rule_id,
            "unique",
            where,
            value=" ".join(key.attributes),
            status=409,
            pointer=key.pointer,
        )


def _gather_operation_rules(operation: Operation) -> Iterator[ValidationRule]:
    where = f"api/{operation.name}"
    status = {rule.cause: rule.status for rule in operation.errors}
    if operation.auth.mode == "required":
        yield ValidationRule(
            f"validation/{where}/auth",
            "auth",
            where,
            operation.name,
            status=status.get("unauthenticated", 401),
            pointer=operation.pointer,
        )
    if operation.action.owner:
        refused: ErrorCause = "not_found" if operation.action.private else "forbidden"
        yield ValidationRule(
            f"validation/{where}/owner",
            "owner",
            where,
            operation.name,
            value=operation.action.owner,
            status=status.get(refused, 404),
            pointer=operation.pointer,
        )


def _gather_step_rules(flow: Flow, steps: tuple[Step, ...], path: str) -> Iterator[ValidationRule]:
    operation = flow.operations[0] if flow.operations else ""
    for index, step in enumerate(steps):
        here = f"{path}{index}"
        where = f"behavior/flows/{flow.name}/{here}"
        base = f"validation/{where}"
        if isinstance(step, Load):
            yield ValidationRule(
                f"{base}/load",
                "reference",
                where,
                operation,
                value=step.entity,
                status=step.otherwise.status,
                pointer=step.pointer,
            )
        elif isinstance(step, Require):
            yield ValidationRule(
                f"{base}/require",
                "require",
                where,
                operation,
                value=step.condition.text,
                status=step.otherwise.status,
                pointer=step.pointer,
            )
        elif isinstance(step, Transition):
            yield ValidationRule(
                f"{base}/transition",
                "transition",
                where,
                operation,
                value=step.event,
                status=step.otherwise.status,
                pointer=step.pointer,
            )
        elif isinstance(step, Decrement) and step.otherwise is not None:
            yield ValidationRule(
                f"{base}/floor",
                "floor",
                where,
                operation,
                value=step.attribute,
                status=step.otherwise.status,
                pointer=step.pointer,
            )
        elif isinstance(step, ForEach):
            yield from _gather_step_rules(flow, step.steps, f"{here}.")
        elif isinstance(step, When):
            yield from _gather_step_rules(flow, step.then, f"{here}.then.")
            yield from _gather_step_rules(flow, step.otherwise, f"{here}.else.")
