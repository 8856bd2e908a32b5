"""Tests of flows: one that runs through, and one for every step that can refuse."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.emit.columns import row_name
from devmatrix_guard.generator.emit.module import Imports, render_module
from devmatrix_guard.generator.emit.samples import NoSampleError
from devmatrix_guard.generator.emit.test_calls import (
    Source,
    caller_headers,
    make_caller,
    needs_caller,
    path_text,
    written,
)
from devmatrix_guard.generator.emit.test_factories import factory, literal_of
from devmatrix_guard.generator.emit.test_worlds import Check, UnsolvableError, World
from devmatrix_guard.generator.emit.text import (
    Doc,
    Line,
    Lines,
    call,
    flat,
    laid_out,
    lines,
    put,
    shifted,
    string,
)
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir import behavior as be
from devmatrix_guard.ir.api import Operation


def emit_flow_tests(plan: Plan, flow: be.Flow) -> str | None:
    """Return the tests of a flow, or None if no world for it could be worked out."""
    operation = next((op for op in plan.ir.api.operations if op.name in flow.operations), None)
    if operation is None:
        return None
    imports = Imports()
    imports.use_module("pytest")
    writer = _FlowTests(plan, flow, operation, imports)
    try:
        tests = writer.write()
    except (UnsolvableError, NoSampleError, KeyError, TypeError):
        return None
    title = f"The flow {flow.name.replace('_', ' ')}: it runs through, or refuses and says why."
    return render_module(title, imports, ["pytestmark = pytest.mark.anyio", *tests])


class _FlowTests:
    """Writes the tests of one flow."""

    def __init__(self, plan: Plan, flow: be.Flow, operation: Operation, imports: Imports) -> None:
        self.plan = plan
        self.flow = flow
        self.operation = operation
        self.imports = imports

    def write(self) -> list[str]:
        world = self._world()
        status = self.operation.status
        tests = [self._test(f"test_{self.flow.name}_runs_through", world, status, "")]
        for number, check in enumerate(world.checks):
            broken = self._broken(number)
            if broken is not None:
                name = f"test_{self.flow.name}_refuses_when_{check.name}"
                try:
                    tests.append(
                        self._test(name, broken, check.failure.status, check.failure.code, check)
                    )
                except UnsolvableError:
                    continue  # a row that is always there: the database sees to it
        return tests

    def _world(self) -> World:
        return World(self.plan, self.flow, self.operation)

    def _broken(self, number: int) -> World | None:
        """Return a world in which one check, and none before it, refuses."""
        world = self._world()
        check = world.checks[number]
        if check.condition is not None:
            try:
                world.meet(check.condition, fail=True)
            except UnsolvableError:
                return None
        return world

    def _prepare(self, world: World) -> tuple[Lines, Doc, str | None]:
        """Return the statements that make the world, the body, and the headers."""
        setup: Lines = []
        headers = None
        uses_viewer = any(
            "caller." in str(v) for r in world.rows.values() for v in r.values.values()
        )
        if needs_caller(self.plan, self.operation) or uses_viewer:
            headers = caller_headers(self.plan, self.operation, self.imports)
            if headers is None:
                raise UnsolvableError("no credential")
            setup.append(make_caller(self.plan, self.imports))
        for row in world.rows.values():
            make = self.imports.use("tests.factories", factory(self.plan, row.entity))
            values = {name: self._literal(value) for name, value in row.values.items()}
            setup += put(call(f"await {make}", "session", **values), before=f"{row.variable} = ")
        return setup, written(world.body), headers

    def _literal(self, value: Any) -> str:
        return str(value) if isinstance(value, Source) else literal_of(value, self.imports)

    def _test(
        self, name: str, world: World, status: int, code: str, check: Check | None = None
    ) -> str:
        setup, body, headers = self._prepare(world)
        values = dict(world.parameters)
        missing = check.missing if check else ""
        if missing:
            self._hide(world, missing, values)
            body = written(world.body)
        path = path_text(self.operation, values)
        keywords: dict[str, Doc | None] = {
            "json": body if world.body is not None else None,
            "headers": headers,
        }
        request = call("client.build_request", string(self.operation.method), path, **keywords)
        client = f"{self.imports.use_module('httpx')}.AsyncClient"
        request_type = "httpx.Request"
        session = self.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
        statements: Lines = [
            f"async def prepare(session: {session}) -> {request_type}:",
            *shifted([*_used(setup, str(path), body, headers), *put(request, before="return ")]),
            "",
            "answer = await client.send(await database.write(prepare))",
            f"assert answer.status_code == {status}, answer.text",
        ]
        if code and self._shows_code():
            statements.append(f"assert {string(code)} in answer.text")
        database = f"database: {self.imports.use('src.core.database', 'Database')}"
        head = call(f"async def {name}", f"client: {client}", database)
        return "\n".join([*lines(head, after=" -> None:"), *laid_out(shifted(statements))])

    def _shows_code(self) -> bool:
        bodies = self.plan.ir.api.error_bodies
        sources = {slot.source for body in bodies for slot in body.slots}
        return bool(sources & {"code", "type"}) or not bodies

    def _hide(self, world: World, variable: str, values: dict[str, str]) -> None:
        """Ask for a row that is not there instead of the one called `variable`."""
        entity = world.entity(variable)
        kind = next(a.type.kind for a in entity.attributes if a.name == entity.key)
        absent = {"uuid": "uuid4()", "integer": "987654", "bigint": "987654"}.get(kind)
        if absent is None:
            absent = string("nothing-like-it")
        if kind == "uuid":
            self.imports.use("uuid", "uuid4")
        given = f"{variable}.{row_name(entity.key)}"
        found = False
        for name, source in list(values.items()):
            if source == given:
                values[name], found = absent, True
        for wire, value in (world.body or {}).items() if isinstance(world.body, dict) else ():
            if isinstance(value, Source) and given in value:
                world.body[wire], found = Source(f"str({absent})"), True
        if not found:
            raise UnsolvableError("a row that the request does not name")


def _used(setup: Lines, path: str, body: Doc, headers: str | None) -> Lines:
    """Return the statements without names that nothing looks at."""
    text = "\n".join([*map(str, setup), path, flat(body), headers or ""])
    found: Lines = []
    for line in setup:
        name = str(line).partition(" = ")[0]
        used = f"{name}." in text
        found.append(line._replace(before="") if isinstance(line, Line) and not used else line)
    return found
