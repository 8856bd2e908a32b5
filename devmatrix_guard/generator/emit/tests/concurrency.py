"""Tests of steps that take from what is shared: many callers at once get what is there, no more."""

from __future__ import annotations

from collections.abc import Callable

from devmatrix_guard.generator.emit.models.columns import name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Lines,
    call,
    lay_out,
    put,
    shift,
    write_lines,
)
from devmatrix_guard.generator.emit.tests.arrange import make_rows, write_request
from devmatrix_guard.generator.emit.tests.arrangement import Row, is_reference
from devmatrix_guard.generator.emit.tests.fixtures import CallFixture, label
from devmatrix_guard.generator.emit.tests.samples import NoSampleError
from devmatrix_guard.generator.emit.tests.value_search import UnsolvableError
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.ir import behavior as be

_CALLERS, _PLACES = 10, 4


def emit_concurrency_tests(
    make_fixture: Callable[[], CallFixture], flow: be.Flow, imports: Imports
) -> tuple[list[str], list[str]]:
    """Return one test for each step with a floor, and why some are left out."""
    tests, omitted = [], []
    for number, amount in enumerate(make_fixture().amounts):
        try:
            tests.append(_write_test(make_fixture(), number, flow, imports))
        except (UnsolvableError, NoSampleError) as error:
            omitted.append(f"many callers at once, {label(amount.failure)}: {error}")
    return tests, omitted


def _write_test(fixture: CallFixture, number: int, flow: be.Flow, imports: Imports) -> str:
    amount = fixture.amounts[number]
    row = fixture.rows[amount.row]
    floor, each = fixture.number_row(amount.floor), fixture.number_row(amount.by)
    column = name_row(amount.attribute)
    row.values[column] = floor + _PLACES * each
    if fixture.is_known_to_fail(fixture.met):
        raise UnsolvableError("another step refuses")
    shared = _find_shared(fixture, row)
    if fixture.moved & {r.variable for r in shared}:
        raise UnsolvableError("the first caller moves the row on")
    own = [r for r in fixture.sort_rows() if r not in shared]
    entity = fixture.find_entity(row)
    entity_row = imports.use(
        f"{PACKAGE}.{fixture.plan.modules[entity.name]}", name_row_class(entity.name)
    )
    key = name_row(entity.key)
    request = put(call("requests.append", write_request(fixture, imports)))
    setup = make_rows(fixture.plan, [*shared, *own], [*request, f"{row.variable}.{key}"], imports)
    count = len(shared)
    session = imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    any_type = imports.use("typing", "Any")
    select = imports.use("sqlalchemy", "select")
    gather = f"{imports.use_module('asyncio')}.gather"
    imports.use_module("httpx")
    success, refusal = fixture.operation.status, amount.failure.status
    statements: Lines = [
        f"async def prepare(session: {session}) -> tuple[{any_type}, list[httpx.Request]]:",
        "    requests: list[httpx.Request] = []",
        *shift(setup[:count]),
        f"    for _ in range({_CALLERS}):",
        *shift([*setup[count:], *request], 8),
        f"    return {row.variable}.{key}, requests",
        "",
        f"async def left(session: {session}) -> {any_type}:",
        f"    query = {select}({entity_row}.{column}).where({entity_row}.{key} == key)",
        "    return await session.scalar(query)",
        "",
        "key, requests = await database.write(prepare)",
        f"answers = await {gather}(*(client.send(request) for request in requests))",
        "statuses = sorted(answer.status_code for answer in answers)",
        f"assert statuses == sorted([{success}] * {_PLACES} + [{refusal}] * {_CALLERS - _PLACES})",
        f"assert await database.read(left) == {floor}",
    ]
    head = call(
        f"async def test_{flow.name}_never_gives_out_more_than_there_is_{number}",
        f"client: {imports.use_module('httpx')}.AsyncClient",
        f"database: {imports.use('src.core.database', 'Database')}",
    )
    return "\n".join([*write_lines(head, after=" -> None:"), *lay_out(shift(statements))])


def _find_shared(fixture: CallFixture, row: Row) -> list[Row]:
    """Return the row that is taken from, and those that it refers to, in the order of making."""
    found = [row]
    for one in found:
        found += [r for r in fixture.rows.values() if is_reference(one, r) and r not in found]
    return [r for r in fixture.sort_rows() if r in found]
