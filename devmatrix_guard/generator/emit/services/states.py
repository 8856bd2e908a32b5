"""State machines: the transitions as a table, fired by one conditional UPDATE."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import row_name
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.expressions import PythonWriter
from devmatrix_guard.generator.emit.models.repositories import repository_class, repository_module
from devmatrix_guard.generator.emit.models.signatures import signature
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    block,
    call,
    docstring,
    mapping,
    sequence,
    string,
)
from devmatrix_guard.generator.names import row_class, words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.behavior import StateMachine


def state_module(plan: Plan, entity: str) -> str:
    """Return the module of an entity's state machine."""
    return f"src.state_machines.{plan.modules[entity]}_state"


def fire_function(plan: Plan, entity: str) -> str:
    """Return the function that fires an event."""
    return f"fire_{plan.modules[entity]}"


def emit_state_machine(plan: Plan, machine: StateMachine) -> str:
    """Return the module of one state machine."""
    imports = Imports()
    entity = plan.entities[machine.entity]
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", row_class(entity.name))
    repository = imports.use(repository_module(plan, entity.name), repository_class(entity.name))
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    transition = imports.use("src.state_machines.base", "Transition")
    events, guards = _transitions(plan, machine, imports, row, transition)
    table = mapping((string(event), sequence(made, "()")) for event, made in events.items())
    table_type = f"dict[str, tuple[{transition}[{row}], ...]]"
    states = block(sequence(map(string, machine.states), "()"), before="STATES = ")
    initial = f"INITIAL = {string(machine.initial)}"
    parts = [
        f"{initial}\n{states}",
        *guards,
        block(table, before=f"TRANSITIONS: {table_type} = "),
        _fire(plan, machine, row, repository, session),
    ]
    return render_module(f"The states of a {words(entity.name)}.", imports, parts)


def _transitions(
    plan: Plan, machine: StateMachine, imports: Imports, row: str, transition: str
) -> tuple[dict[str, list[Doc]], list[str]]:
    """Return the transitions of each event, and the functions that guard them."""
    events: dict[str, list[Doc]] = {}
    guards: list[str] = []
    for index, item in enumerate(machine.transitions):
        guard = None
        if item.guard is not None:
            guard = f"_guard_{index}"
            writer = PythonWriter(imports, plan.entities, {"self": "row", "row": "row"})
            guards.append(
                f"def {guard}(row: {row}) -> bool:\n"
                + docstring(f"Tell whether {item.event} may happen.", 4)
                + f"\n    return {writer.write(item.guard)}"
            )
        made = call(
            transition,
            sequence(map(string, item.sources), "()"),
            string(item.target),
            guard,
        )
        events.setdefault(item.event, []).append(made)
    return events, guards


def _fire(plan: Plan, machine: StateMachine, row: str, repository: str, session: str) -> str:
    """Return the function that fires an event."""
    entity = plan.entities[machine.entity]
    column, key = row_name(machine.attribute), row_name(entity.key)
    text = [
        *signature(
            f"async def {fire_function(plan, entity.name)}",
            [f"session: {session}", f"row: {row}", "event: str"],
            "bool",
            0,
        ),
        docstring(
            f"Move a {words(entity.name)} on in one conditional UPDATE; False if it may not move.",
            4,
        ),
        "    for transition in TRANSITIONS[event]:",
        "        if transition.guard is not None and not transition.guard(row):",
        "            continue",
        f"        moved = await {repository}(session).change_where(",
        f'            {{"{column}": transition.target}},',
        f"            {row}.{key} == row.{key},",
        f"            {row}.{column}.in_(transition.sources),",
        "        )",
        "        if moved:",
        f'            await session.refresh(row, ["{column}"])',
        "            return True",
        "    return False",
    ]
    return "\n".join(text)
