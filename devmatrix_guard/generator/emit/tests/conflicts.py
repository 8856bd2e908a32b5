"""Tests of what other rows stand against: a value that is taken, a reference to nothing."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.python.printer import Lines
from devmatrix_guard.generator.emit.tests.crud import OperationTests
from devmatrix_guard.generator.emit.tests.requests import Source
from devmatrix_guard.ir.domain import Attribute

_WRITES = ("create", "update", "replace")
# In which order a refusal looks for a rule of the operation; see the errors of the application.
_TAKEN = ("conflict", "invalid")
_UNKNOWN = ("not_found", "conflict", "invalid")
_STATUS = {"conflict": 409, "not_found": 404}


def emit_conflict_tests(tests: OperationTests) -> list[str]:
    """Return the tests that an operation refuses what other rows stand against."""
    operation = tests.operation
    if operation.action.kind not in _WRITES or operation.body is None or operation.body.path:
        return []
    view = tests.plan.views.get(operation.body.view)
    made: list[str] = []
    for binding in view.bindings if view else ():
        if binding.kind != "attribute":
            continue
        attribute = find_attribute(tests.entity, binding.member)
        name = f"test_{operation.name}_refuses"
        if _is_taken(tests, attribute):
            body = _take_value(tests, binding.wire, attribute)
            made.append(tests.write_test(f"{name}_a_taken_{attribute.name}", body))
        if attribute.references and attribute.type.kind == "uuid" and attribute.origin == "input":
            tests.imports.use("uuid", "uuid4")
            body = _expect_refusal(tests, {binding.wire: Source("str(uuid4())")}, _UNKNOWN, [])
            made.append(tests.write_test(f"{name}_an_unknown_{attribute.name}", body))
    return made


def _is_taken(tests: OperationTests, attribute: Attribute) -> bool:
    keys = [key.attributes for key in tests.entity.unique]
    plain = attribute.type.kind in ("string", "text", "integer", "bigint")
    return (attribute.name,) in keys and plain and attribute.origin == "input"


def _take_value(tests: OperationTests, wire: str, attribute: Attribute) -> Lines:
    """Return a call that gives the value of another row."""
    made = "other" if tests.operation.action.by else "row"
    return _expect_refusal(
        tests, {wire: Source(f"{made}.{name_row(attribute.name)}")}, _TAKEN, [made]
    )


def _expect_refusal(
    tests: OperationTests, values: dict[str, Any], causes: tuple[str, ...], rows: list[str]
) -> Lines:
    rules: dict[str, int] = {r.cause: r.status for r in tests.operation.errors if r.declared}
    cause = next((c for c in causes if c in rules), causes[0])
    status = rules.get(cause, _STATUS.get(cause, 422))
    body = tests.make_body()
    called = tests.call({**body, **values} if isinstance(body, dict) else body)
    asserted = f"assert answer.status_code == {status}, answer.text"
    return [*tests.read_stored(called, rows=[{} for _ in rows], names=rows), *called, asserted]
