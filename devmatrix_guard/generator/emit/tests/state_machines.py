"""Tests of state machines: every state with every event."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Lines,
    block,
    call,
    lay_out,
    make_mapping,
    make_sequence,
    shift,
    write_lines,
    write_string,
)
from devmatrix_guard.generator.emit.services.states import name_fire_function, name_state_module
from devmatrix_guard.generator.emit.tests.arrange import make_rows
from devmatrix_guard.generator.emit.tests.factories import name_factory
from devmatrix_guard.generator.emit.tests.samples import NoSampleError
from devmatrix_guard.generator.emit.tests.solver import Solver
from devmatrix_guard.generator.emit.tests.value_search import UnsolvableError
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.behavior import StateMachine


def emit_state_tests(plan: Plan, machine: StateMachine) -> tuple[str, tuple[str, ...]]:
    """Return the tests of one state machine, and what they leave out."""
    imports = Imports()
    guards, omitted = _guard_tests(plan, machine, imports)
    imports.use_module("pytest")
    module = name_state_module(plan, machine.entity)
    fire = imports.use(module, name_fire_function(plan, machine.entity))
    states, initial = imports.use(module, "STATES"), imports.use(module, "INITIAL")
    make = imports.use("tests.factories", name_factory(plan, machine.entity))
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    database = imports.use("src.core.database", "Database")
    column = name_row(machine.attribute)
    allowed = [
        (f"({write_string(source)}, {write_string(item.event)})", write_string(item.target))
        for item in machine.transitions
        if item.guard is None
        for source in item.sources
    ]
    guarded = {item.event for item in machine.transitions if item.guard is not None}
    events = sorted({item.event for item in machine.transitions} - guarded)
    fired = "after = await database.write(lambda session: _fire(session, state, event))"
    parts = [
        "pytestmark = pytest.mark.anyio",
        block(make_mapping(allowed), before="ALLOWED = ")
        + "\n"
        + block(
            make_sequence(map(write_string, events), "()"), before="EVENTS: tuple[str, ...] = "
        ),
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
        *guards,
    ]
    if omitted:
        parts.append("\n".join(f"# Not tested: {text}" for text in omitted))
    notes = tuple(f"the tests of the states of {machine.entity} leave out {o}" for o in omitted)
    return render_module("Every state with every event.", imports, parts), notes


def _guard_tests(
    plan: Plan, machine: StateMachine, imports: Imports
) -> tuple[list[str], list[str]]:
    """Return two tests for each guard, one that lets an event happen and one that does not."""
    tests, omitted = [], []
    for number, item in enumerate(machine.transitions):
        for source in item.sources if item.guard is not None else ():
            for allowed in (True, False):
                try:
                    tests.append(_guard_test(plan, machine, number, source, imports, allowed))
                except (UnsolvableError, NoSampleError) as error:
                    word = "that allows" if allowed else "that refuses"
                    omitted.append(f"a guard {word} {item.event} from {source}: {error}")
    return tests, omitted


def _guard_test(
    plan: Plan, machine: StateMachine, number: int, source: str, imports: Imports, allowed: bool
) -> str:
    item = machine.transitions[number]
    solver = Solver(plan)
    solver.add("row", machine.entity, {name_row(machine.attribute): source})
    solver.scope |= {"self": "row", "row": "row"}
    if item.guard is not None:
        solver.meet(item.guard.tree, fail=not allowed)
    fire = imports.use(
        name_state_module(plan, machine.entity), name_fire_function(plan, machine.entity)
    )
    repository = imports.use(
        name_repository_module(plan, machine.entity), name_repository_class(machine.entity)
    )
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    statements: Lines = [
        f"async def moves(session: {session}) -> bool:",
        *shift(make_rows(plan, solver.sort_rows(), ["row."], imports)),
        f"    row = await {repository}(session).refresh(row)",
        f"    return await {fire}(session, row, {write_string(item.event)})",
        "",
        f"assert await database.write(moves) is {allowed}",
    ]
    state = dict(machine.names)[source].lower()
    word = "may_happen" if allowed else "is_refused"
    head = call(
        f"async def test_{item.event}_{word}_from_{state}_by_its_guard",
        f"database: {imports.use('src.core.database', 'Database')}",
    )
    return "\n".join([*write_lines(head, after=" -> None:"), *lay_out(shift(statements))])
