"""The tests of the generated application."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.generator.emit.test_crud import emit_crud_tests
from devmatrix_guard.generator.emit.test_factories import emit_factories
from devmatrix_guard.generator.emit.test_flows import emit_flow_tests
from devmatrix_guard.generator.emit.test_states import emit_state_tests
from devmatrix_guard.generator.plan import Plan


def emit_tests(plan: Plan) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (path, text, IR nodes) of every module of tests."""
    every = tuple(f"domain/{entity.name}" for entity in plan.ir.domain.entities)
    yield "tests/factories.py", emit_factories(plan), every
    for entity in plan.ir.domain.entities:
        text = emit_crud_tests(plan, entity)
        if text is not None:
            nodes = tuple(sorted(f"api/{op.name}" for op in plan.operations_of(entity.name)))
            yield f"tests/test_{plan.modules[entity.name]}_operations.py", text, nodes
    for machine in plan.ir.behavior.state_machines:
        text = emit_state_tests(plan, machine)
        module = plan.modules[machine.entity]
        yield f"tests/test_{module}_states.py", text, (f"behavior/states/{machine.entity}",)
    for flow in plan.ir.behavior.flows:
        text = emit_flow_tests(plan, flow)
        if text is not None:
            yield f"tests/test_flow_{flow.name}.py", text, (f"behavior/flows/{flow.name}",)
