"""Statements of flow tests: the rows of a fixture as calls of factories, and its request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import Doc, Lines, call, put, write_string
from devmatrix_guard.generator.emit.tests.arrangement import Row
from devmatrix_guard.generator.emit.tests.factories import name_factory, write_literal
from devmatrix_guard.generator.emit.tests.fixtures import CallFixture
from devmatrix_guard.generator.emit.tests.requests import (
    Source,
    needs_caller,
    write_caller_headers,
    write_path,
    write_value,
)
from devmatrix_guard.generator.emit.tests.value_search import Moment, UnsolvableError
from devmatrix_guard.generator.plan import Plan


def write_request(fixture: CallFixture, imports: Imports) -> Doc:
    """Return the call that builds the request of a fixture."""
    headers = None
    if "viewer" in fixture.scope or needs_caller(fixture.plan, fixture.operation):
        headers = write_caller_headers(fixture.plan, fixture.operation, imports)
        if headers is None:
            raise UnsolvableError("a credential that a test could make")
    path = write_path(fixture.operation, fixture.parameters)
    return call(
        "client.build_request",
        write_string(fixture.operation.method),
        path,
        params=write_value(fixture.query) if fixture.query else None,
        json=_write_value(fixture.body, imports) if fixture.body is not None else None,
        headers=headers,
    )


def make_rows(
    plan: Plan, rows: Sequence[Row], used_by: Sequence[object], imports: Imports
) -> Lines:
    """Return the statements that make rows; one that nothing names is not given a name."""
    texts = [str(value) for row in rows for value in row.values.values()]
    texts += [str(line) for line in used_by]
    statements: Lines = []
    for row in rows:
        make = imports.use("tests.factories", name_factory(plan, row.entity))
        values = {name: _write_literal(value, imports) for name, value in row.values.items()}
        named = any(f"{row.variable}." in text for text in texts)
        made = call(f"await {make}", "session", **values)
        statements += put(made, before=f"{row.variable} = " if named else "")
    return statements


def _write_literal(value: Any, imports: Imports) -> str:
    if isinstance(value, Source):
        _use_moment(value, imports)
        return str(value)
    return write_literal(value, imports)


def _write_value(value: Any, imports: Imports) -> Doc:
    for item in value.values() if isinstance(value, dict) else ():
        _use_moment(item, imports)
    return write_value(value)


def _use_moment(value: Any, imports: Imports) -> None:
    if isinstance(value, Moment) or "utc_now()" in str(value):
        imports.use("src.models.base", "utc_now")
        imports.use("datetime", "timedelta")
