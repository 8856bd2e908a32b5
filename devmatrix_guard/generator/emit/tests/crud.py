"""Tests of the plain operations of an entity: found, not found, refused, listed, removed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from devmatrix_guard.generator.emit.models.columns import attribute_of, row_name
from devmatrix_guard.generator.emit.models.schemas import field_name
from devmatrix_guard.generator.emit.models.signatures import json_content, resolve
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Line,
    Lines,
    call,
    flat,
    laid_out,
    lines,
    literal,
    put,
    shifted,
    string,
)
from devmatrix_guard.generator.emit.tests.conflicts import clash_tests
from devmatrix_guard.generator.emit.tests.factories import factory
from devmatrix_guard.generator.emit.tests.invalid_values import wrong_values
from devmatrix_guard.generator.emit.tests.lists import list_tests
from devmatrix_guard.generator.emit.tests.requests import (
    Source,
    body_value,
    caller_headers,
    make_caller,
    needs_caller,
    path_text,
    written,
)
from devmatrix_guard.generator.emit.tests.samples import NoSampleError, shape_value
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Match, Operation
from devmatrix_guard.ir.domain import Entity

_TESTED = ("list", "read", "create", "update", "replace", "delete", "current", "values", "feed")


def emit_crud_tests(plan: Plan, entity: Entity) -> str | None:
    """Return the tests of an entity's plain operations, or None if it has none."""
    imports = Imports()
    imports.use_module("pytest")
    parts = ["pytestmark = pytest.mark.anyio"]
    for operation in plan.operations_of(entity.name):
        if operation.action.kind in _TESTED:
            try:
                parts += OperationTests(plan, entity, operation, imports).write()
            except NoSampleError:
                continue  # a pattern that no sample could be made for
    if len(parts) == 1:
        return None
    title = f"The operations on {entity.table.replace('_', ' ')}."
    return render_module(title, imports, parts)


class OperationTests:
    """Writes the tests of one operation."""

    def __init__(self, plan: Plan, entity: Entity, operation: Operation, imports: Imports) -> None:
        self.plan = plan
        self.entity = entity
        self.operation = operation
        self.imports = imports
        self.values: dict[str, str] = {}
        self.setup: Lines = []
        self.headers: str | None = None
        self.owned: dict[str, str] = {}

    def write(self) -> list[str]:
        if not self._prepare():
            return []
        name = self.operation.name
        tests = [self.test(f"test_{name}_answers", self._success())]
        if self.operation.action.by and self._missing_status():
            tests.append(self.test(f"test_{name}_finds_only_what_is_there", self._missing()))
        for parent in self.operation.action.parents[:1] if self._missing_status() else ():
            text = self._gone(parent.by, self.plan.entities[parent.entity])
            tests.append(self.test(f"test_{name}_is_only_below_what_is_there", text))
        if needs_caller(self.plan, self.operation):
            tests.append(self.test(f"test_{name}_needs_a_caller", self._anonymous()))
        tests += self._refusals()
        return tests + list_tests(self) + clash_tests(self)

    def invalid_status(self) -> int:
        """Return what the operation answers to a request that does not fit."""
        return {rule.cause: rule.status for rule in self.operation.errors}.get("invalid", 422)

    def _refusals(self) -> list[str]:
        """Return tests that bodies and parameters which do not fit are refused."""
        name, tests = self.operation.name, []
        if bodies := self._wrong_bodies():
            tests.append(self.test(f"test_{name}_refuses_bodies_that_do_not_fit", bodies))
        if parameters := self._wrong_parameters():
            tests.append(self.test(f"test_{name}_refuses_parameters_that_do_not_fit", parameters))
        return tests

    def _wrong_bodies(self) -> Lines:
        content = json_content(self.operation.body.content) if self.operation.body else None
        shape = resolve(self.plan, content.shape) if content else None
        path = self.operation.body.path if self.operation.body else ()
        for step in path:
            inner = next((f.shape for f in shape.fields if f.wire == step), None) if shape else None
            shape = resolve(self.plan, inner)
        body = self.body() if shape is not None and shape.kind == "object" else None
        inner = body
        for step in path:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if shape is None or not isinstance(inner, dict):
            return []
        wrong = [
            {field.wire: value}
            for field in shape.fields
            if not field.shape.read_only
            for value in wrong_values(self.plan, field.shape)
        ]
        least = {c.kind: c.value for c in shape.constraints}.get("min_properties")
        empty = bool(least) and not any(field.required for field in shape.fields)
        missing = [field.wire for field in shape.fields if field.required and field.wire in inner]
        lines = self._refused(inner, path, wrong, missing)
        if not empty or not lines:
            return lines
        called = self._call(path_text(self.operation, self.values), _inside(path, {}), self.headers)
        return [*lines, *called, f"assert answer.status_code == {self.invalid_status()}"]

    def _refused(
        self, inner: dict[str, Any], path: tuple[str, ...], wrong: list[Any], missing: list[str]
    ) -> Lines:
        any_type = self.imports.use("typing", "Any")
        lines: Lines = []
        if wrong:
            lines += put(literal(wrong), before=f"misfits: list[dict[str, {any_type}]] = ")
            lines += self._each_refused("wrong", "misfits", "{**body, **wrong}", path)
        if missing:
            rest = "{name: body[name] for name in body if name != missing}"
            required = flat(literal(missing))
            lines += self._each_refused("missing", required, rest, path)
        if not lines:
            return []
        given = put(written(inner), before=f"body: dict[str, {any_type}] = ")
        return [*self.stored([*given, *lines]), *given, *lines]

    def _each_refused(self, name: str, values: str, body: str, path: tuple[str, ...]) -> Lines:
        for step in reversed(path):
            body = f"{{{string(step)}: {body}}}"
        called = self._call(path_text(self.operation, self.values), Source(body), self.headers)
        status = self.invalid_status()
        return [
            f"for {name} in {values}:",
            *shifted([*called, f"assert answer.status_code == {status}, {name}"]),
        ]

    def _wrong_parameters(self) -> Lines:
        wrong = [
            {parameter.wire: value}
            for parameter in self.operation.parameters
            if parameter.location == "query" and not parameter.media_type
            for value in wrong_values(self.plan, parameter.shape, text=True)
        ]
        if not wrong or self.operation.method != "GET":
            return []
        path = path_text(self.operation, self.values)
        called = put(
            call("await client.get", path, params="wrong", headers=self.headers), before="answer = "
        )
        lines: Lines = put(literal(wrong), before="for wrong in ", after=":")
        lines += shifted([*called, f"assert answer.status_code == {self.invalid_status()}, wrong"])
        return [*self.stored(called), *lines]

    def _prepare(self) -> bool:
        """Make the rows that the path names; False if it names something we cannot make."""
        plan, action = self.plan, self.operation.action
        if self.operation.auth.mode == "required":
            self.headers = caller_headers(plan, self.operation, self.imports)
            if self.headers is None:
                return False
            if plan.principal is not None:
                self.setup.append(make_caller(plan, self.imports))
        above = ""
        for index, parent in enumerate(action.parents):
            made: dict[str, str] = {}
            entity = plan.entities[parent.entity]
            if parent.owner:
                made[parent.owner] = "caller"
            if index and action.parents[index - 1].relation:
                made[action.parents[index - 1].relation] = above
            variable = f"parent_{index}"
            self._make(variable, entity, made)
            above = variable
            for match in parent.by:
                if match.parameter:
                    self.values[match.parameter] = f"{variable}.{row_name(match.attribute)}"
            if index == len(action.parents) - 1:
                if not parent.relation:
                    return not action.by
                self.owned[parent.relation] = variable
        if action.by:
            if action.owner:
                self.owned[action.owner] = "caller"
            self._make("row", self.entity, self.owned)
            for match in action.by:
                if match.parameter:
                    self.values[match.parameter] = f"row.{row_name(match.attribute)}"
        if any(match.field for match in action.by):
            return False
        if action.kind in ("update", "replace") and body_value(plan, self.operation) is None:
            return False
        needed = {p.name for p in self.operation.parameters if p.location == "path"}
        required = {p.name for p in self.operation.parameters if p.required} - needed
        return needed <= set(self.values) and not required

    def _make(
        self,
        variable: str,
        entity: Entity,
        relations: dict[str, str],
        given: Mapping[str, str] | None = None,
    ) -> None:
        columns: dict[str, Any] = dict(given or {})
        for relation in entity.relations:
            if relation.name in relations and relation.column:
                target = self.plan.entities[relation.target]
                other = relations[relation.name]
                columns[row_name(relation.column)] = f"{other}.{row_name(target.key)}"
        make = self.imports.use("tests.factories", factory(self.plan, entity.name))
        self.setup += put(call(f"await {make}", "session", **columns), before=f"{variable} = ")

    def body(self) -> Any:
        """Return a body whose references name rows that are there."""
        body = body_value(self.plan, self.operation)
        view = self.plan.views.get(self.operation.body.view) if self.operation.body else None
        inner = body
        for step in self.operation.body.path if self.operation.body else ():
            inner = inner.get(step) if isinstance(inner, dict) else None
        if view is None or not isinstance(inner, dict):
            return body
        for binding in view.bindings:
            if binding.wire not in inner or binding.kind != "attribute":
                continue
            attribute = attribute_of(self.entity, binding.member)
            if attribute.references:
                other, key = attribute.references
                variable = f"given_{attribute.name}"
                if not any(str(line).startswith(f"{variable} = ") for line in self.setup):
                    self._make(variable, self.plan.entities[other], {})
                value = f"{variable}.{row_name(key)}"
                whole = attribute.type.kind in ("integer", "bigint")
                inner[binding.wire] = Source(value if whole else f"str({value})")
        if not inner and self.operation.action.kind == "update":
            self._fill_one(view.schema, inner)
        return body

    def _fill_one(self, schema: str, inner: dict[str, Any]) -> None:
        """Give an update without required fields one field to change."""
        view = self.plan.views[schema]
        plain = {b.wire for b in view.bindings if b.kind == "attribute"}
        for field in self.plan.schemas[schema].shape.fields:
            if field.wire in plain and not field.shape.read_only and field_name(field):
                attribute = next(b.member for b in view.bindings if b.wire == field.wire)
                found = attribute_of(self.entity, attribute)
                if not found.references and not found.unique:
                    inner[field.wire] = shape_value(self.plan, field.shape, 7, field.wire)
                    return

    def _call(self, path: str, body: Any, headers: str | None) -> Lines:
        method = self.operation.method.lower()
        keywords = {"json": written(body) if body is not None else None, "headers": headers}
        if method in ("delete", "head", "options") and body is not None:
            made = call("await client.request", string(method.upper()), path, **keywords)
        else:
            made = call(f"await client.{method}", path, **keywords)
        return put(made, before="answer = ")

    def call(self, body: Any) -> Lines:
        """Return the call of the operation with a body."""
        return self._call(path_text(self.operation, self.values), body, self.headers)

    def _success(self) -> Lines:
        body = self.body()
        path = path_text(self.operation, self.values)
        called = self._call(path, body, self.headers)
        found: Lines = [*self.stored(called), *called]
        found.append(f"assert answer.status_code == {self.operation.status}, answer.text")
        if self.operation.action.kind == "delete" and self.operation.status == 204:
            found += self._call(path, body, self.headers)
            found.append(f"assert answer.status_code == {self._missing_status() or 404}")
        return found

    def stored(
        self,
        called: Lines,
        rows: Sequence[dict[str, str]] = (),
        names: Sequence[str] = ("row", "row_2"),
    ) -> Lines:
        """Return the statements that store the rows of the test, and name those it calls with.

        Args:
            called: the statements that need the rows.
            rows: values of more rows of the entity.
            names: their variables.
        """
        before = self.setup
        self.setup = list(before)
        for variable, columns in zip(names, rows, strict=False):
            self._make(variable, self.entity, self.owned, columns)
        lines = self._stored(called)
        self.setup = before
        return lines

    def _stored(self, called: Lines) -> Lines:
        text = "\n".join(map(str, called))
        made = [str(line).partition(" = ")[0] for line in self.setup]
        names = [name for name in made if re.search(rf"\b{name}\b", text)]
        if not made:
            return []
        session = self.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
        if not names:
            head = f"async def prepare(session: {session}) -> None:"
            return [head, *_unnamed(self.setup), "", "await database.write(prepare)"]
        any_type = self.imports.use("typing", "Any")
        result = ", ".join(names)
        many = f"tuple[{', '.join([any_type] * len(names))}]" if len(names) > 1 else any_type
        return [
            f"async def prepare(session: {session}) -> {many}:",
            *_unnamed(self.setup, names),
            f"    return {result}",
            "",
            f"{result} = await database.write(prepare)",
        ]

    def _missing_status(self) -> int:
        rules = {rule.cause: rule.status for rule in self.operation.errors}
        return rules.get("not_found", 0)

    def _missing(self) -> Lines:
        return self._gone(self.operation.action.by, self.entity)

    def _gone(self, by: tuple[Match, ...], entity: Entity) -> Lines:
        """Return a call whose path names a row of an entity that is not there."""
        values = dict(self.values)
        for match in by:
            kind = attribute_of(entity, match.attribute).type.kind
            missing = {"uuid": "uuid4()", "integer": "987654", "bigint": "987654"}
            if kind == "uuid":
                self.imports.use("uuid", "uuid4")
            values[match.parameter] = missing.get(kind) or self._absent(match)
        path = path_text(self.operation, values)
        body = self.body()
        called = self._call(path, body, self.headers)
        found: Lines = [*self.stored(called), *called]
        return [*found, f"assert answer.status_code == {self._missing_status()}, answer.text"]

    def _absent(self, match: Match) -> str:
        """Return a text of the declared form that no row has."""
        parameter = next((p for p in self.operation.parameters if p.name == match.parameter), None)
        shape = resolve(self.plan, parameter.shape) if parameter is not None else None
        if shape is None or not any(c.kind == "pattern" for c in shape.constraints):
            return '"nothing-like-it"'
        try:
            return string(str(shape_value(self.plan, shape, 91, match.parameter)))
        except NoSampleError:
            return '"nothing-like-it"'

    def _anonymous(self) -> Lines:
        rules = {rule.cause: rule.status for rule in self.operation.errors}
        status = rules.get("unauthenticated", 401)
        body = self.body()
        path = path_text(self.operation, self.values)
        called = self._call(path, body, None)
        return [
            *self.stored(called),
            *called,
            f"assert answer.status_code == {status}, answer.text",
        ]

    def test(self, name: str, body: Lines) -> str:
        client = f"client: {self.imports.use_module('httpx')}.AsyncClient"
        arguments = [client]
        if any("database." in str(line) for line in body):
            arguments.append(f"database: {self.imports.use('src.core.database', 'Database')}")
        head = call(f"async def {name}", *arguments)
        return "\n".join([*lines(head, after=" -> None:"), *laid_out(shifted(body))])


def _inside(path: tuple[str, ...], body: Any) -> Any:
    for step in reversed(path):
        body = {step: body}
    return body


def _unnamed(setup: Lines, names: list[str] | None = None) -> Lines:
    """Return the statements moved in, without names that nothing looks at."""
    text = "\n".join(map(str, setup))
    found: Lines = []
    for line in setup:
        name = str(line).partition(" = ")[0]
        used = name in (names or []) or f"{name}." in text
        if used:
            found.append(line)
        elif isinstance(line, Line):
            found.append(line._replace(before=""))
        else:
            found.append(str(line).partition(" = ")[2])
    return shifted(found)
