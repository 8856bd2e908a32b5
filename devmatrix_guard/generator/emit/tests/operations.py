"""The module of tests of an entity's plain operations: crud, lists and conflicts together."""

from __future__ import annotations

from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.tests.conflicts import emit_conflict_tests
from devmatrix_guard.generator.emit.tests.crud import OperationTests
from devmatrix_guard.generator.emit.tests.lists import emit_list_tests
from devmatrix_guard.generator.emit.tests.renewals import emit_renewal_tests
from devmatrix_guard.generator.emit.tests.samples import NoSampleError
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Entity

_RENEWALS = ("refresh", "current_password", "reset_password")
_TESTED = frozenset(
    (
        "list",
        "read",
        "create",
        "register",
        "update",
        "replace",
        "delete",
        "current",
        "values",
        "feed",
        "download",
        "upload",
    )
)


def emit_operation_tests(plan: Plan, entity: Entity) -> str | None:
    """Return the tests of an entity's plain operations, or None if it has none."""
    imports = Imports()
    imports.use_module("pytest")
    parts = ["pytestmark = pytest.mark.anyio"]
    for operation in plan.list_operations(entity.name):
        if operation.action.kind in (*_TESTED, *_RENEWALS):
            tests = OperationTests(plan, entity, operation, imports)
            try:
                if operation.action.kind in _RENEWALS:
                    parts += emit_renewal_tests(tests)
                # Where a plain call cannot be arranged, lists and conflicts cannot either.
                elif own := tests.write():
                    parts += [*own, *emit_list_tests(tests), *emit_conflict_tests(tests)]
            except NoSampleError:
                continue  # a pattern that no sample could be made for
    if len(parts) == 1:
        return None
    title = f"The operations on {entity.table.replace('_', ' ')}."
    return render_module(title, imports, parts)
