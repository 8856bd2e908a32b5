"""Tests of flows: they run through, and every step that can refuse refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Lines,
    call,
    lay_out,
    put,
    shift,
    write_lines,
    write_string,
)
from devmatrix_guard.generator.emit.tests.arrange import make_rows, write_request
from devmatrix_guard.generator.emit.tests.concurrency import emit_concurrency_tests
from devmatrix_guard.generator.emit.tests.fixtures import CallFixture, count_ways
from devmatrix_guard.generator.emit.tests.properties import write_property_test
from devmatrix_guard.generator.emit.tests.requests import Source, choose_absent_text
from devmatrix_guard.generator.emit.tests.samples import NoSampleError
from devmatrix_guard.generator.emit.tests.value_search import UnsolvableError
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.ir.api import Operation

Tests = tuple[list[str], list[str]]
"""Tests, and what could not be tested."""


def emit_flow_tests(plan: Plan, flow: be.Flow) -> tuple[str, tuple[str, ...]]:
    """Return the tests of a flow, and a sentence for everything that they leave out."""
    title = f"The flow {flow.name.replace('_', ' ')}: it runs through, or refuses and says why."
    operation = next((op for op in plan.ir.api.operations if op.name in flow.operations), None)
    imports = Imports()
    tests: list[str] = []
    if operation is None:
        omitted = ["nothing, as no operation runs it"]
    else:
        try:
            tests, omitted = _FlowTests(plan, flow, operation, imports).write()
        except (UnsolvableError, NoSampleError) as error:
            omitted = [f"nothing but the rest of this application: {error}"]
    parts = []
    if tests:
        imports.use_module("pytest")
        parts.append("pytestmark = pytest.mark.anyio")
    parts += tests
    if omitted:
        parts.append("\n".join(f"# Not tested: {sentence}" for sentence in omitted))
    notes = tuple(f"the tests of the flow {flow.name} leave out {o}" for o in omitted)
    return render_module(title, imports, parts), notes


class _FlowTests:
    """Writes the tests of one flow."""

    def __init__(self, plan: Plan, flow: be.Flow, operation: Operation, imports: Imports) -> None:
        self.plan = plan
        self.flow = flow
        self.operation = operation
        self.imports = imports
        self.tests: list[str] = []
        self.omitted: list[str] = []

    def write(self) -> Tests:
        name = self.flow.name
        base = self._make_fixture()
        self._write_success("runs_through", base)
        for number, check in enumerate(base.checks):
            self._attempt(f"a refusal, {check.name}", self._try_refusal, number, frozenset())
        for place in range(base.branches):
            self._attempt(f"the other way of its condition {place}", self._try_otherwise, place)
        for check in base.checks:
            for way in range(count_ways(check.condition) if check.condition else 0):
                what = f"way {way} to meet {check.name}"
                self._attempt(what, self._allows, check.name, way, base.branches)
        for number, _ in enumerate(base.upserts):
            self._attempt("a change of the row that is there", self._changes, number)
        more, left_out = emit_concurrency_tests(self._make_fixture, self.flow, self.imports)
        self.tests += more
        self.omitted += left_out
        self._attempt("what always holds", self._keeps)
        return self.tests, [f"{text} ({name})" for text in self.omitted]

    def _make_fixture(self, otherwise: frozenset[int] = frozenset()) -> CallFixture:
        return CallFixture(self.plan, self.flow, self.operation, otherwise)

    def _attempt(self, what: str, write: Callable[..., None], *arguments: Any) -> None:
        """Write a test, or note why it cannot be written."""
        try:
            write(*arguments)
        except (UnsolvableError, NoSampleError) as error:
            self.omitted.append(f"{what}: {error}")

    def _try_refusal(self, number: int, otherwise: frozenset[int]) -> None:
        fixture = self._make_fixture(otherwise)
        check = fixture.checks[number]
        fixture.break_check(check)
        if check.missing and not self._hide(fixture, check.missing):
            return  # another row refers to it, so the database does not let it go
        name = f"refuses_when_{check.name}"
        self._write_test(name, fixture, check.failure.status, check.failure.code)

    def _try_otherwise(self, place: int) -> None:
        otherwise = frozenset((place,))
        fixture = self._make_fixture(otherwise)
        self._write_success(f"runs_through_otherwise_{place}", fixture)
        known = {check.name for check in self._make_fixture().checks}
        for number, check in enumerate(fixture.checks):
            if check.name not in known:
                self._attempt(f"a refusal, {check.name}", self._try_refusal, number, otherwise)

    def _allows(self, name: str, way: int, branches: int) -> None:
        """Write a test that one way to meet a condition is enough, whichever way the rest goes."""
        trouble = UnsolvableError("no way through")
        for otherwise in (frozenset[int](), *(frozenset((place,)) for place in range(branches))):
            try:
                fixture = self._make_fixture(otherwise)
                for check in fixture.checks:
                    if check.name == name and check.condition is not None:
                        fixture.take(check.condition, way)
                self._write_success(f"allows_{name}_{way}", fixture)
                return
            except UnsolvableError as error:
                trouble = error
        raise trouble

    def _changes(self, number: int) -> None:
        fixture = self._make_fixture()
        step = fixture.upserts[number]
        keys = {name_row(s.attribute): fixture.find_value(s.value.tree) for s in step.key}
        fixture.add(step.name or "there", step.entity, keys)
        if fixture.is_known_to_fail(fixture.met):
            raise UnsolvableError("the row that is there is refused")
        self._write_success(f"changes_what_is_there_{number}", fixture)

    def _keeps(self) -> None:
        self.tests.append(write_property_test(self._make_fixture(), self.flow, self.imports))

    def _write_success(self, name: str, fixture: CallFixture) -> None:
        self._write_test(name, fixture, self.operation.status, "")

    def _write_test(self, name: str, fixture: CallFixture, status: int, code: str) -> None:
        client = f"{self.imports.use_module('httpx')}.AsyncClient"
        session = self.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
        request = put(write_request(fixture, self.imports), before="return ")
        setup = make_rows(self.plan, fixture.sort_rows(), request, self.imports)
        statements: Lines = [
            f"async def prepare(session: {session}) -> httpx.Request:",
            *shift([*setup, *request]),
            "",
            "answer = await client.send(await database.write(prepare))",
            f"assert answer.status_code == {status}, answer.text",
        ]
        if code and self._shows_code():
            statements.append(f"assert {write_string(code)} in answer.text")
        database = f"database: {self.imports.use('src.core.database', 'Database')}"
        full = f"async def test_{self.flow.name}_{name}"
        head = call(full, f"client: {client}", database)
        text = "\n".join([*write_lines(head, after=" -> None:"), *lay_out(shift(statements))])
        self.tests.append(text)

    def _shows_code(self) -> bool:
        bodies = self.plan.ir.api.error_bodies
        sources = {slot.source for body in bodies for slot in body.slots}
        return bool(sources & {"code", "type"}) or not bodies

    def _hide(self, fixture: CallFixture, variable: str) -> bool:
        """Ask for a row that is not there; False if the request does not name it."""
        row = fixture.rows[variable]
        entity = fixture.find_entity(row)
        kind = next(a.type.kind for a in entity.attributes if a.name == entity.key)
        absent = {"uuid": "uuid4()", "integer": "987654", "bigint": "987654"}.get(kind)
        if absent is None:
            absent = write_string("nothing-like-it")
        if kind == "uuid":
            self.imports.use("uuid", "uuid4")
        given = fixture.find_key(row)
        found = [name for name, source in fixture.parameters.items() if source == given]
        for name in found:
            is_text = absent.startswith('"')
            text = choose_absent_text(self.plan, self.operation, name) if is_text else absent
            fixture.parameters[name] = text
        for wire, value in (fixture.body or {}).items() if isinstance(fixture.body, dict) else ():
            if isinstance(value, Source) and given in value:
                plain = absent.startswith('"') or absent.lstrip("-").isdigit()
                fixture.body[wire] = Source(absent if plain else f"str({absent})")
                found.append(wire)
        return bool(found)
