"""State machines: the transitions as a table, fired by one conditional UPDATE."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.expressions import PythonWriter
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.models.signatures import write_signature
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    block,
    call,
    make_mapping,
    make_sequence,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class, split_words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.behavior import StateMachine


def name_state_module(plan: Plan, entity: str) -> str:
    """Return the module of an entity's state machine."""
    return f"src.state_machines.{plan.modules[entity]}_state"


def name_fire_function(plan: Plan, entity: str) -> str:
    """Return the function that fires an event."""
    return f"fire_{plan.modules[entity]}"


def emit_state_machine(plan: Plan, machine: StateMachine) -> str:
    """Return the module of one state machine."""
    imports = Imports()
    entity = plan.entities[machine.entity]
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    repository = imports.use(
        name_repository_module(plan, entity.name), name_repository_class(entity.name)
    )
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    transition = imports.use("src.state_machines.base", "Transition")
    events, guards = _write_transitions(plan, machine, imports, row, transition)
    table = make_mapping(
        (write_string(event), make_sequence(made, "()")) for event, made in events.items()
    )
    table_type = f"dict[str, tuple[{transition}[{row}], ...]]"
    states = block(make_sequence(map(write_string, machine.states), "()"), before="STATES = ")
    initial = f"INITIAL = {write_string(machine.initial)}"
    parts = [
        f"{initial}\n{states}",
        *guards,
        block(table, before=f"TRANSITIONS: {table_type} = "),
        _write_fire(plan, machine, row, repository, session),
    ]
    return render_module(f"The states of a {split_words(entity.name)}.", imports, parts)


def _write_transitions(
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
                + write_docstring(f"Tell whether {item.event} may happen.", 4)
                + f"\n    return {writer.write(item.guard)}"
            )
        made = call(
            transition,
            make_sequence(map(write_string, item.sources), "()"),
            write_string(item.target),
            guard,
        )
        events.setdefault(item.event, []).append(made)
    return events, guards


def _write_fire(plan: Plan, machine: StateMachine, row: str, repository: str, session: str) -> str:
    """Return the function that fires an event."""
    entity = plan.entities[machine.entity]
    column, key = name_row(machine.attribute), name_row(entity.key)
    text = [
        *write_signature(
            f"async def {name_fire_function(plan, entity.name)}",
            [f"session: {session}", f"row: {row}", "event: str"],
            "bool",
            0,
        ),
        write_docstring(
            f"Move a {split_words(entity.name)} on in one conditional UPDATE;"
            " False if it may not move.",
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
