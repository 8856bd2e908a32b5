"""Tests of the plain operations of an entity: found, not found, refused, listed, removed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE as ENTITIES
from devmatrix_guard.generator.emit.models.loads import find_relation
from devmatrix_guard.generator.emit.models.schemas import name_field
from devmatrix_guard.generator.emit.models.signatures import find_json_content, resolve
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    Line,
    Lines,
    call,
    lay_out,
    make_literal,
    put,
    shift,
    write_flat,
    write_lines,
    write_string,
)
from devmatrix_guard.generator.emit.tests.factories import name_factory
from devmatrix_guard.generator.emit.tests.invalid_values import list_wrong_values
from devmatrix_guard.generator.emit.tests.requests import (
    Source,
    choose_absent_text,
    make_body,
    make_caller,
    make_narrower,
    needs_caller,
    send_body,
    write_caller_headers,
    write_path,
    write_value,
)
from devmatrix_guard.generator.emit.tests.samples import NoSampleError, make_shape_value
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import SELF, Match, Operation
from devmatrix_guard.ir.domain import Attribute, Binding, Entity
from devmatrix_guard.ir.shape import Shape

_OF_ONE = ("read", "update", "replace", "delete")  # by what a path says, or as its only row


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
        if not self.prepare():
            return []
        name = self.operation.name
        tests = [self.write_test(f"test_{name}_answers", self._expect_success())]
        if self.operation.action.by and self._find_missing_status():
            tests.append(
                self.write_test(f"test_{name}_finds_only_what_is_there", self._expect_missing())
            )
        for parent in self.operation.action.parents[:1] if self._find_missing_status() else ():
            text = self._expect_gone(parent.by, self.plan.entities[parent.entity])
            tests.append(self.write_test(f"test_{name}_is_only_below_what_is_there", text))
        if needs_caller(self.plan, self.operation):
            tests.append(self.write_test(f"test_{name}_needs_a_caller", self._expect_anonymous()))
        if limited := self._expect_unscoped():
            tests.append(self.write_test(f"test_{name}_needs_its_scopes", limited))
        if stale := self._expect_stale():
            tests.append(self.write_test(f"test_{name}_changes_no_other_state", stale))
        if owners := self._expect_foreign():
            tests.append(self.write_test(f"test_{name}_is_not_for_others", owners))
        if kept := self._expect_privileges_kept():
            tests.append(self.write_test(f"test_{name}_gives_no_privileges", kept))
        tests += self._list_refusals()
        return tests

    def find_invalid_status(self) -> int:
        """Return what the operation answers to a request that does not fit."""
        return {rule.cause: rule.status for rule in self.operation.errors}.get("invalid", 422)

    def _list_refusals(self) -> list[str]:
        """Return tests that bodies and parameters which do not fit are refused."""
        name, tests = self.operation.name, []
        if bodies := self._try_wrong_bodies():
            tests.append(self.write_test(f"test_{name}_refuses_bodies_that_do_not_fit", bodies))
        if parameters := self._try_wrong_parameters():
            tests.append(
                self.write_test(f"test_{name}_refuses_parameters_that_do_not_fit", parameters)
            )
        return tests

    def _try_wrong_bodies(self) -> Lines:
        content = find_json_content(self.operation.body.content) if self.operation.body else None
        shape = resolve(self.plan, content.shape) if content else None
        path = self.operation.body.path if self.operation.body else ()
        for step in path:
            inner = next((f.shape for f in shape.fields if f.wire == step), None) if shape else None
            shape = resolve(self.plan, inner)
        body = self.make_body() if shape is not None and shape.kind == "object" else None
        inner = body
        for step in path:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if shape is None or not isinstance(inner, dict):
            return []
        wrong = [
            {field.wire: value}
            for field in shape.fields
            if not field.shape.read_only
            for value in list_wrong_values(self.plan, field.shape)
        ]
        least = {c.kind: c.value for c in shape.constraints}.get("min_properties")
        empty = bool(least) and not any(field.required for field in shape.fields)
        missing = [field.wire for field in shape.fields if field.required and field.wire in inner]
        lines = self._expect_refused(inner, path, wrong, missing)
        if not empty or not lines:
            return lines
        called = self._call(
            write_path(self.operation, self.values), _get_inside(path, {}), self.headers
        )
        return [*lines, *called, f"assert answer.status_code == {self.find_invalid_status()}"]

    def _expect_refused(
        self, inner: dict[str, Any], path: tuple[str, ...], wrong: list[Any], missing: list[str]
    ) -> Lines:
        any_type = self.imports.use("typing", "Any")
        lines: Lines = []
        if wrong:
            lines += put(make_literal(wrong), before=f"misfits: list[dict[str, {any_type}]] = ")
            lines += self._expect_each_refused("wrong", "misfits", "{**body, **wrong}", path)
        if missing:
            rest = "{name: body[name] for name in body if name != missing}"
            lines += self._expect_each_refused("missing", make_literal(missing), rest, path)
        if not lines:
            return []
        given = put(write_value(inner), before=f"body: dict[str, {any_type}] = ")
        return [*self.read_stored([*given, *lines]), *given, *lines]

    def _expect_each_refused(
        self, name: str, values: Doc, body: str, path: tuple[str, ...]
    ) -> Lines:
        for step in reversed(path):
            body = f"{{{write_string(step)}: {body}}}"
        called = self._call(write_path(self.operation, self.values), Source(body), self.headers)
        status = self.find_invalid_status()
        return [
            *put(values, before=f"for {name} in ", after=":"),
            *shift([*called, f"assert answer.status_code == {status}, {name}"]),
        ]

    def _try_wrong_parameters(self) -> Lines:
        wrong = [
            {parameter.wire: value}
            for parameter in self.operation.parameters
            if parameter.location == "query" and not parameter.media_type
            for value in list_wrong_values(self.plan, parameter.shape, text=True)
        ]
        if not wrong or self.operation.method != "GET":
            return []
        path = write_path(self.operation, self.values)
        called = put(
            call("await client.get", path, params="wrong", headers=self.headers), before="answer = "
        )
        lines: Lines = put(make_literal(wrong), before="for wrong in ", after=":")
        lines += shift(
            [*called, f"assert answer.status_code == {self.find_invalid_status()}, wrong"]
        )
        return [*self.read_stored(called), *lines]

    def prepare(self) -> bool:
        """Make the rows that the path names; False if it names something we cannot make."""
        plan, action = self.plan, self.operation.action
        if self.operation.auth.mode == "required":
            self.headers = write_caller_headers(plan, self.operation, self.imports)
            if self.headers is None:
                return False
            if plan.principal is not None:
                self.setup.append(make_caller(plan, self.imports))
        asked = {p.wire for p in self.operation.parameters if p.role == "precondition"}
        if self.operation.method != "GET" and asked:
            said = ", ".join(f'{write_string(wire)}: "*"' for wire in sorted(asked))
            known = self.headers.removeprefix("{").removesuffix("}") if self.headers else ""
            self.headers = f"{{{said}, {known}}}" if known else f"{{{said}}}"
        above = ""
        for index, parent in enumerate(action.parents):
            made: dict[str, str] = {}
            entity = plan.entities[parent.entity]
            if parent.owner and parent.owner != SELF:
                made[parent.owner] = "caller"
            if index and action.parents[index - 1].relation:
                made[action.parents[index - 1].relation] = above
            variable = "caller" if parent.owner == SELF else f"parent_{index}"
            if variable != "caller":
                self._make(variable, entity, made, self._share_scope(parent.by))
            above = variable
            for match in parent.by:
                if match.parameter and match.parameter not in self.values:
                    self.values[match.parameter] = f"{variable}.{name_row(match.attribute)}"
            if index == len(action.parents) - 1:
                if not parent.relation:
                    return not action.by
                self.owned[parent.relation] = variable
        if action.by or (action.kind in _OF_ONE and not action.parents):
            own = action.owner == SELF
            if action.owner and not own:
                self.owned[action.owner] = "caller"
            held = {"download": {name_row(action.attribute): 'b"content"'}}.get(action.kind)
            if not own:
                scope = self._share_scope(action.by)
                self._make("row", self.entity, self.owned, {**(held or {}), **scope})
            for match in action.by:
                if match.parameter and match.parameter not in self.values:
                    row = "caller" if own else "row"
                    self.values[match.parameter] = f"{row}.{name_row(match.attribute)}"
        if any(match.field for match in action.by):
            return False
        if action.kind in ("update", "replace") and make_body(plan, self.operation) is None:
            return False
        needed = {p.name for p in self.operation.parameters if p.location == "path"}
        for parameter in self.operation.parameters:
            if parameter.location == "path" and parameter.name not in self.values and not action.by:
                sample = make_shape_value(plan, parameter.shape, 1)
                self.values[parameter.name] = write_flat(make_literal(sample))
        required = {
            p.name for p in self.operation.parameters if p.required and p.role != "precondition"
        } - needed
        return needed <= set(self.values) and not required

    def _share_scope(self, by: tuple[Match, ...]) -> dict[str, str]:
        """Return the columns that must be as the path, which another row has settled, says."""
        return {
            name_row(match.attribute): self.values[match.parameter]
            for match in by
            if match.parameter in self.values
        }

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
                columns[name_row(relation.column)] = f"{other}.{name_row(target.key)}"
        make = self.imports.use("tests.factories", name_factory(self.plan, entity.name))
        self.setup += put(call(f"await {make}", "session", **columns), before=f"{variable} = ")

    def make_body(self) -> Any:
        """Return a body whose references name rows that are there."""
        body = make_body(self.plan, self.operation)
        view = self.plan.views.get(self.operation.body.view) if self.operation.body else None
        inner = body
        for step in self.operation.body.path if self.operation.body else ():
            inner = inner.get(step) if isinstance(inner, dict) else None
        if view is None or not isinstance(inner, dict):
            return body
        for binding in view.bindings:
            needed = binding.wire in inner or self._must_name(binding)
            target = self._find_named(binding) if needed else None
            if target is None:
                continue
            entity, key = target
            variable = f"given_{binding.member}"
            if not any(str(line).startswith(f"{variable} = ") for line in self.setup):
                self._make(variable, entity, {})
            value = f"{variable}.{name_row(key)}"
            whole = find_attribute(entity, key).type.kind in ("integer", "bigint")
            source = Source(value if whole else f"str({value})")
            if binding.view:  # the key lies within an object: `{"owner": {"id": ...}}`
                shown = self.plan.views[binding.view].bindings
                inner[binding.wire] |= {b.wire: source for b in shown if b.member == key}
            else:
                listed = isinstance(inner.get(binding.wire), list)
                inner[binding.wire] = [source] if listed else source
        if not inner and self.operation.action.kind == "update":
            self._fill_one(view.schema, inner)
        return body

    def _must_name(self, binding: Binding) -> bool:
        """Tell whether a new row must refer to another, though its request need not say so."""
        if self.operation.action.kind not in ("create", "upsert") or binding.kind != "attribute":
            return False
        attribute = find_attribute(self.entity, binding.member)
        given = attribute.default is not None or attribute.nullable or attribute.origin != "input"
        return attribute.references is not None and not given

    def _find_named(self, binding: Binding) -> tuple[Entity, str] | None:
        """Return the entity, and the attribute of it, that a field of a body names a row by."""
        if binding.kind == "attribute":
            reference = find_attribute(self.entity, binding.member).references
            return (self.plan.entities[reference[0]], reference[1]) if reference else None
        relation = (
            find_relation(self.entity, binding.member) if binding.kind == "relation" else None
        )
        if relation is None or (binding.view and not binding.by):
            return None
        if binding.view and relation.kind not in ("many_to_one", "one_to_one"):
            return None
        target = self.plan.entities[relation.target]
        return target, binding.by or target.key

    def _fill_one(self, schema: str, inner: dict[str, Any]) -> None:
        """Give an update without required fields one field to change."""
        view = self.plan.views[schema]
        plain = {b.wire for b in view.bindings if b.kind == "attribute"}
        for field in self.plan.schemas[schema].shape.fields:
            if field.wire in plain and not field.shape.read_only and name_field(field):
                attribute = next(b.member for b in view.bindings if b.wire == field.wire)
                found = find_attribute(self.entity, attribute)
                if not found.references and not found.unique:
                    shape = make_narrower(self.plan).limit(field.shape, found)
                    inner[field.wire] = make_shape_value(self.plan, shape, 7, field.wire)
                    return

    def _call(self, path: str, body: Any, headers: str | None) -> Lines:
        method = self.operation.method.lower()
        keywords = {**send_body(self.plan, self.operation, body), "headers": headers}
        if method in ("delete", "head", "options") and body is not None:
            made = call("await client.request", write_string(method.upper()), path, **keywords)
        else:
            made = call(f"await client.{method}", path, **keywords)
        return put(made, before="answer = ")

    def call(self, body: Any) -> Lines:
        """Return the call of the operation with a body."""
        return self._call(write_path(self.operation, self.values), body, self.headers)

    def _expect_success(self) -> Lines:
        body = self.make_body()
        path = write_path(self.operation, self.values)
        called = self._call(path, body, self.headers)
        found: Lines = [*self.read_stored(called), *called]
        found.append(f"assert answer.status_code == {self.operation.status}, answer.text")
        if self.operation.action.kind == "delete" and self.operation.status == 204:
            found += self._call(path, body, self.headers)
            found.append(f"assert answer.status_code == {self._find_gone_status()}")
        return found

    def read_stored(
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
            self._make(variable, self.entity, self.owned, {**self._find_path_columns(), **columns})
        lines = self._expect_stored(called)
        self.setup = before
        return lines

    def _find_path_columns(self) -> dict[str, str]:
        """Return the columns that the path gives a value to for every row of a list."""
        located = {p.name for p in self.operation.parameters if p.location == "path"}
        return {
            name_row(item.path[0]): self.values[item.parameter]
            for item in self.operation.action.filters
            if item.parameter in located and item.parameter in self.values and item.path
        }

    def _expect_stored(self, called: Lines) -> Lines:
        text = "\n".join(map(str, called))
        made = [str(line).partition(" = ")[0] for line in self.setup]
        names = [name for name in made if re.search(rf"\b{name}\b", text)]
        if not made:
            return []
        session = self.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
        if not names:
            head = f"async def prepare(session: {session}) -> None:"
            return [head, *_drop_unused_names(self.setup), "", "await database.write(prepare)"]
        any_type = self.imports.use("typing", "Any")
        result = ", ".join(names)
        many = f"tuple[{', '.join([any_type] * len(names))}]" if len(names) > 1 else any_type
        return [
            f"async def prepare(session: {session}) -> {many}:",
            *_drop_unused_names(self.setup, names),
            f"    return {result}",
            "",
            f"{result} = await database.write(prepare)",
        ]

    def _expect_unscoped(self) -> Lines:
        """Return a call with a credential that is good for nothing."""
        operation = self.operation
        limits = [use.scopes for uses in operation.auth.alternatives for use in uses]
        if operation.auth.mode != "required" or not limits or not all(limits):
            return []
        headers = write_caller_headers(self.plan, operation, self.imports, "[]")
        if headers is None or "issue_token" not in headers:
            return []
        rules: dict[str, int] = {rule.cause: rule.status for rule in operation.errors}
        path, body = write_path(operation, self.values), self.make_body()
        called = self._call(path, body, headers)
        status = rules.get("forbidden", 403)
        asserted = f"assert answer.status_code == {status}, answer.text"
        return [*self.read_stored(called), *called, asserted]

    def _expect_stale(self) -> Lines:
        """Return a change that is meant for another state of the row."""
        wires = [p.wire for p in self.operation.parameters if p.role == "precondition"]
        if not wires or self.operation.method == "GET" or self.headers is None:
            return []
        rules: dict[str, int] = {rule.cause: rule.status for rule in self.operation.errors}
        headers = self.headers.replace(
            f'{write_string(wires[0])}: "*"', f"{write_string(wires[0])}: '\"stale\"'"
        )
        called = self._call(write_path(self.operation, self.values), self.make_body(), headers)
        asserted = f"assert answer.status_code == {rules['precondition_failed']}, answer.text"
        return [*self.read_stored(called), *called, asserted]

    def _expect_foreign(self) -> Lines:
        """Return a call by another than the owner, which is refused or finds nothing."""
        plan, operation = self.plan, self.operation
        action = operation.action
        owned = bool(action.by and action.owner) or any(p.owner for p in action.parents)
        if not owned or plan.principal is None or self.headers is None:
            return []
        rules: dict[str, int] = {rule.cause: rule.status for rule in operation.errors}
        refuses = (action.owner and not action.private) or any(p.refused for p in action.parents)
        status = rules.get("forbidden" if refuses else "not_found", 403 if refuses else 404)
        before, headers = self.setup, self.headers.replace("caller.", "other.")
        body, path = self.make_body(), write_path(operation, self.values)
        make = self.imports.use("tests.factories", name_factory(plan, plan.principal.name))
        self.setup = [*before, f"other = await {make}(session)"]
        called = self._call(path, body, headers)
        lines = [*self.read_stored(called), *called]
        self.setup = before
        return [*lines, f"assert answer.status_code == {status}, answer.text"]

    def _expect_privileges_kept(self) -> Lines:
        """Return a call that asks for every privilege there is, and gets none."""
        view = self.plan.views.get(self.operation.body.view) if self.operation.body else None
        body, path = self.make_body(), self.operation.body.path if self.operation.body else ()
        if view is None or view.entity != self.entity.name or not isinstance(body, dict) or path:
            return []
        fields = {field.wire: field.shape for field in self.plan.schemas[view.schema].shape.fields}
        asked = [
            (binding.wire, attribute, value)
            for binding in view.bindings
            if binding.kind == "attribute"
            for attribute in [find_attribute(self.entity, binding.member)]
            if attribute.origin == "privilege" and not fields[binding.wire].read_only
            for value in [_choose_privilege(self.plan, attribute, fields[binding.wire])]
            if value is not None
        ]
        if not asked or self.operation.action.kind not in (
            "register",
            "create",
            "update",
            "replace",
        ):
            return []
        called = self.call(body | {wire: value for wire, _, value in asked})
        row = self.imports.use(
            f"{ENTITIES}.{self.plan.modules[self.entity.name]}", name_row_class(self.entity.name)
        )
        select = self.imports.use("sqlalchemy", "select")
        session = self.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
        any_type = self.imports.use("typing", "Any")
        columns = [name_row(attribute.name) for _, attribute, _ in asked]
        given = [make_literal(value) for _, _, value in asked]
        lines: Lines = [*self.read_stored(called), *called]
        lines += [
            f"assert answer.status_code == {self.operation.status}, answer.text",
            "",
            f"async def list_rows(session: {session}) -> list[{any_type}]:",
            f"    return list(await session.scalars({select}({row})))",
            "",
            "for stored in await database.read(list_rows):",
        ]
        for column, value in zip(columns, given, strict=True):
            sign = "is not" if value in ("True", "False") else "!="
            lines += put(value, 4, before=f"assert stored.{column} {sign} ")
        return lines

    def _find_gone_status(self) -> int:
        """Return what is answered once the row is gone; who was it himself is then unknown."""
        if self.operation.action.owner != SELF:
            return self._find_missing_status() or 404
        return {rule.cause: rule.status for rule in self.operation.errors}["unauthenticated"]

    def _find_missing_status(self) -> int:
        rules = {rule.cause: rule.status for rule in self.operation.errors}
        return rules.get("not_found", 0)

    def _expect_missing(self) -> Lines:
        return self._expect_gone(self.operation.action.by, self.entity)

    def _expect_gone(self, by: tuple[Match, ...], entity: Entity) -> Lines:
        """Return a call whose path names a row of an entity that is not there."""
        values = dict(self.values)
        for match in by:
            kind = find_attribute(entity, match.attribute).type.kind
            missing = {"uuid": "uuid4()", "integer": "987654", "bigint": "987654"}
            if kind == "uuid":
                self.imports.use("uuid", "uuid4")
            values[match.parameter] = missing.get(kind) or choose_absent_text(
                self.plan, self.operation, match.parameter
            )
        path = write_path(self.operation, values)
        body = self.make_body()
        called = self._call(path, body, self.headers)
        found: Lines = [*self.read_stored(called), *called]
        return [*found, f"assert answer.status_code == {self._find_missing_status()}, answer.text"]

    def _expect_anonymous(self) -> Lines:
        rules = {rule.cause: rule.status for rule in self.operation.errors}
        status = rules.get("unauthenticated", 401)
        body = self.make_body()
        path = write_path(self.operation, self.values)
        called = self._call(path, body, None)
        return [
            *self.read_stored(called),
            *called,
            f"assert answer.status_code == {status}, answer.text",
        ]

    def write_test(self, name: str, body: Lines) -> str:
        client = f"client: {self.imports.use_module('httpx')}.AsyncClient"
        arguments = [client]
        if any("database." in str(line) for line in body):
            arguments.append(f"database: {self.imports.use('src.core.database', 'Database')}")
        head = call(f"async def {name}", *arguments)
        return "\n".join([*write_lines(head, after=" -> None:"), *lay_out(shift(body))])


def _choose_privilege(plan: Plan, attribute: Attribute, shape: Shape) -> Any:
    """Return a value that a row does not start with, or None if there is no other."""
    first = attribute.default.value if attribute.default is not None else None
    if attribute.type.kind == "boolean":
        return not first
    for number in range(1, 6):
        try:
            value = make_shape_value(plan, shape, number)
        except NoSampleError:
            return None
        if value not in (first, None, [], {}):
            return value
    return None


def _get_inside(path: tuple[str, ...], body: Any) -> Any:
    for step in reversed(path):
        body = {step: body}
    return body


def _drop_unused_names(setup: Lines, names: list[str] | None = None) -> Lines:
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
    return shift(found)
