"""Invariants that the database itself can hold up."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import list_checks
from devmatrix_guard.generator.emit.models.expressions import write_sql
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Entity


def list_invariant_checks(plan: Plan, entity: Entity) -> list[tuple[str, str]]:
    """Return (name, SQL) of the invariants of an entity that are checks of the database."""
    known = {sql for attribute in entity.attributes for _, sql in list_checks(attribute)}
    found = []
    for invariant in plan.ir.behavior.invariants:
        if invariant.entity != entity.name or "db_check" not in invariant.enforce:
            continue
        sql = write_sql(invariant.condition.tree) if invariant.condition else None
        if sql and sql not in known:
            found.append((invariant.name, sql))
    return found
