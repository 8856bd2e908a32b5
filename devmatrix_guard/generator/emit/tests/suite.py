"""The tests of the generated application."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.generator.emit.tests.factories import emit_factories
from devmatrix_guard.generator.emit.tests.flows import emit_flow_tests
from devmatrix_guard.generator.emit.tests.operations import emit_operation_tests
from devmatrix_guard.generator.emit.tests.properties import emit_invariant_tests, emit_properties
from devmatrix_guard.generator.emit.tests.state_machines import emit_state_tests
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.model.named_value import NamedValue


class TestModule(NamedValue):
    """A module of tests, the IR nodes it comes from, and what it leaves out."""

    path: str
    text: str
    nodes: tuple[str, ...]
    omitted: tuple[str, ...] = ()


def emit_tests(plan: Plan) -> Iterator[TestModule]:
    """Yield every module of tests."""
    every = tuple(f"domain/{entity.name}" for entity in plan.ir.domain.entities)
    yield TestModule("tests/factories.py", emit_factories(plan), every)
    for entity in plan.ir.domain.entities:
        text = emit_operation_tests(plan, entity)
        if text is not None:
            nodes = tuple(sorted(f"api/{op.name}" for op in plan.list_operations(entity.name)))
            path = f"tests/test_{plan.modules[entity.name]}_operations.py"
            yield TestModule(path, text, nodes)
    for machine in plan.ir.behavior.state_machines:
        states, omitted = emit_state_tests(plan, machine)
        module = plan.modules[machine.entity]
        nodes = (f"behavior/states/{machine.entity}",)
        yield TestModule(f"tests/test_{module}_states.py", states, nodes, omitted)
    behavior = plan.ir.behavior
    if not behavior.flows and not behavior.invariants:
        return
    named = tuple(f"behavior/invariants/{invariant.name}" for invariant in behavior.invariants)
    yield TestModule("tests/properties.py", emit_properties(plan), (*named, *every))
    text, omitted = emit_invariant_tests(plan)
    if text is not None:
        yield TestModule("tests/test_invariants.py", text, named, omitted)
    for flow in behavior.flows:
        text, omitted = emit_flow_tests(plan, flow)
        nodes = (f"behavior/flows/{flow.name}",)
        yield TestModule(f"tests/test_flow_{flow.name}.py", text, nodes, omitted)
