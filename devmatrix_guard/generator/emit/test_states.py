"""Tests of state machines: every state with every event."""

from __future__ import annotations

from devmatrix_guard.generator.emit.columns import row_name
from devmatrix_guard.generator.emit.module import Imports, render_module
from devmatrix_guard.generator.emit.states import fire_function, state_module
from devmatrix_guard.generator.emit.test_factories import factory
from devmatrix_guard.generator.emit.text import block, mapping, sequence, string
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.behavior import StateMachine


def emit_state_tests(plan: Plan, machine: StateMachine) -> str:
    """Return the tests of one state machine."""
    imports = Imports()
    imports.use_module("pytest")
    module = state_module(plan, machine.entity)
    fire = imports.use(module, fire_function(plan, machine.entity))
    states, initial = imports.use(module, "STATES"), imports.use(module, "INITIAL")
    make = imports.use("tests.factories", factory(plan, machine.entity))
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    database = imports.use("src.core.database", "Database")
    column = row_name(machine.attribute)
    allowed = [
        (f"({string(source)}, {string(item.event)})", string(item.target))
        for item in machine.transitions
        if item.guard is None
        for source in item.sources
    ]
    guarded = {item.event for item in machine.transitions if item.guard is not None}
    events = sorted({item.event for item in machine.transitions} - guarded)
    fired = "after = await database.write(lambda session: _fire(session, state, event))"
    parts = [
        "pytestmark = pytest.mark.anyio",
        block(mapping(allowed), before="ALLOWED = ")
        + "\n"
        + block(sequence(map(string, events), "()"), before="EVENTS: tuple[str, ...] = "),
        f"async def _fire(session: {session}, state: str, event: str) -> tuple[bool, str]:\n"
        f"    row = await {make}(session, {column}=state)\n"
        f"    fired = await {fire}(session, row, event)\n"
        f'    await session.refresh(row, ["{column}"])\n'
        f"    return fired, row.{column}",
        f'@pytest.mark.parametrize("state", {states})\n'
        '@pytest.mark.parametrize("event", EVENTS)\n'
        "async def test_event_moves_only_from_its_states("
        f"database: {database}, state: str, event: str) -> None:\n"
        f"    {fired}\n"
        "    expected = ALLOWED.get((state, event))\n"
        "    assert after == (expected is not None, expected or state)",
        f"def test_first_state_is_a_state() -> None:\n    assert {initial} in {states}",
    ]
    return render_module("Every state with every event.", imports, parts)
