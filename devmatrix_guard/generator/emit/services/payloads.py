"""From rows to answers: pages, envelopes, tokens, results of flows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE, name_list_class
from devmatrix_guard.generator.emit.models.signatures import (
    choose_body_part,
    find_raw_content,
    find_success_content,
    has_default,
    list_parameters,
    name_parameter,
    read_sent_field,
    resolve,
    write_result_type,
)
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    Lines,
    call,
    make_comprehension,
    make_literal,
    make_mapping,
    make_sequence,
    put,
    write_flat,
    write_string,
)
from devmatrix_guard.generator.emit.services.conditions import (
    ConditionWriter,
    find_first_row,
    find_parameter,
    name_parent_variable,
)
from devmatrix_guard.generator.emit.services.response_headers import (
    SERVICE_BASE,
    find_tagged_view,
    find_total_header,
    has_link_header,
    set_links,
    sets_tag,
)
from devmatrix_guard.generator.emit.services.views import (
    convert,
    name_view_function,
    name_view_module,
)
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Extra, Match, Operation, Parameter
from devmatrix_guard.ir.domain import Entity
from devmatrix_guard.ir.shape import Shape
from devmatrix_guard.model.named_value import NamedValue

_LAST_IS_NONE = ("next_cursor", "previous_cursor", "next_link", "previous_link")


class Page(NamedValue):
    """The expressions of a page: how many rows, after how many, and its number."""

    limit: str | None = None
    offset: str | None = None
    number: str = "1"


class PayloadWriter:
    """Writes, for one service, the statements that make and return answers."""

    def __init__(self, plan: Plan, imports: Imports) -> None:
        self._plan = plan
        self._imports = imports

    def read_page(self, operation: Operation) -> tuple[Page, Lines]:
        """Return the page that is asked for and the statements that work it out."""
        pagination = operation.action.pagination
        if pagination.style == "none":
            return Page(), []
        lines: Lines = []
        limit = self._read_size(operation, lines)
        position = pagination.position
        if not position:
            return Page(limit, None), lines
        parameter = find_parameter(operation, position)
        name = name_parameter(parameter)
        optional = not parameter.required and not has_default(parameter)
        if pagination.style == "page":
            first = pagination.first_page
            number = f"({name} or {first})" if optional else name
            if self._is_unbounded(parameter, first):
                given = f"{first} if {name} is None else {name}" if optional else name
                lines.append(f"number = {self._count(operation, first, given, parameter)}")
                number = "number"
            lines.append(f"offset = ({number} - {first}) * {limit or 0}")
            return Page(limit, "offset", number), lines
        if pagination.style == "key":
            return Page(limit, "offset"), lines  # the service finds it, as soon as it has the order
        if pagination.style == "cursor":
            decode = self._imports.use("src.services.base", "read_cursor")
            lines.append(f"offset = {decode}({name})")
            return Page(limit, "offset"), lines
        if first := find_first_row(parameter):  # rows are counted from 1: `startIndex`
            given = f"({name} or {first})" if optional else name
            return Page(limit, f"{given} - {first}"), lines
        given = f"{name} or 0" if optional else name
        if self._is_unbounded(parameter, 0):
            lines.append(f"start = {self._count(operation, 0, given, parameter)}")
            return Page(limit, "start"), lines
        return Page(limit, given), lines

    def _is_unbounded(self, parameter: Parameter, least: int) -> bool:
        """Tell whether the declared form lets in what counts nothing: fractions, less than none."""
        shape = resolve(self._plan, parameter.shape)
        if shape is None or shape.kind != "integer":
            return True
        bounds = {c.kind: c.value for c in shape.constraints}
        low, above = bounds.get("ge"), bounds.get("gt")
        return not (
            (isinstance(low, (int, float)) and low >= least)
            or (isinstance(above, (int, float)) and above >= least - 1)
        )

    def _count(self, operation: Operation, least: int, given: str, parameter: Parameter) -> str:
        """Return what a parameter counts; what it cannot count is only refused as declared."""
        if not any(rule.cause == "invalid" and rule.declared for rule in operation.errors):
            return f"{self._imports.use('src.services.base', 'count_at_least')}({least}, {given})"
        function = self._imports.use("src.services.base", "count_from")
        return f"{function}({least}, {given}, {write_string(parameter.wire)})"

    def _read_size(self, operation: Operation, lines: Lines) -> str | None:
        pagination = operation.action.pagination
        default = pagination.default_size or (20 if pagination.style == "page" else 0)
        if not pagination.size:
            return str(default) if default else None
        parameter = find_parameter(operation, pagination.size)
        name = name_parameter(parameter)
        optional = not parameter.required and not has_default(parameter)
        if not optional:
            text = name
        elif default:
            text = f"{default} if {name} is None else {name}"
        else:
            text = name
        if self._is_unbounded(parameter, 0):
            text = self._count(operation, 0, text, parameter)
            if optional and not default:
                text = f"None if {name} is None else {text}"
        if pagination.maximum_size and optional and default:
            text = f"min({text}, {pagination.maximum_size})"
        elif not pagination.maximum_size:
            text = f"{self._imports.use('src.repositories.base', 'listed')}({text})"
        if text == name:
            return name
        lines.append(f"size = {text}")
        return "size"

    def needs_total(self, operation: Operation) -> bool:
        """Tell whether the answer says how many rows there are in all."""
        sources = {extra.source for extra in operation.payload.extras}
        counting = {"total", "pages", "has_more", "next_cursor", "next_link"}
        return bool(
            sources & counting or find_total_header(operation) or has_link_header(operation)
        )

    def set_headers(self, operation: Operation, page: Page) -> Lines:
        """Return statements that say in headers what a list is a part of."""
        lines: Lines = []
        if total := find_total_header(operation):
            lines.append(f"response.headers[{write_string(total)}] = str(total)")
        if has_link_header(operation):
            before = self._set_link(operation, page, "previous")
            lines += set_links(self._imports, before, self._set_link(operation, page, "next"))
        return lines

    def _set_link(self, operation: Operation, page: Page, which: str) -> Doc:
        """Return the address of the page before, or of the next one."""
        pagination = operation.action.pagination
        if not pagination.position or page.limit is None:
            return "None"
        offset = page.offset or "0"
        more, earlier = f"({offset}) + len(rows) < total", f"({offset}) > 0"
        if pagination.style == "page":
            values = {"next": f"{page.number} + 1", "previous": f"{page.number} - 1"}
        else:
            first = find_first_row(find_parameter(operation, pagination.position))
            behind = f" + {first}" if first and pagination.style == "offset" else ""
            values = {
                "next": f"({offset}) + {page.limit}{behind}",
                "previous": f"max(({offset}) - {page.limit}, 0){behind}",
            }
        value = f"{values[which]} if {more if which == 'next' else earlier} else None"
        if pagination.style == "cursor":
            cursor = self._imports.use("src.services.base", "write_cursor")
            value = f"{cursor}(({offset}) + len(rows), total)" if which == "next" else "None"
        if pagination.style == "key":
            value = self._name_last_key(operation, offset) if which == "next" else "None"
        wire = find_parameter(operation, pagination.position).wire
        link = self._imports.use("src.services.base", "link_to")
        return call(link, "request", write_string(wire), value)

    def answer_rows(self, operation: Operation, page: Page | None) -> Lines:
        """Return statements that answer with the rows called `rows`."""
        shown: Doc = "rows"
        if operation.payload.view in self._plan.views:
            row = f"await {self._show(operation.payload.view)}(row, self._show)"
            if self._is_plain_object(operation, listed=True):
                row = f"({row}).model_dump(by_alias=True)"
            shown = make_comprehension(row, "row in rows")
        return self._answer(operation, shown, page or Page(), entity=None)

    def answer_row(self, operation: Operation) -> Lines:
        """Return statements that answer with the row called `row`."""
        entity = self._plan.entities[operation.action.entity]
        shown: Doc = "None"
        if operation.payload.view in self._plan.views:
            row = self.name_shown_row(operation)
            shown = call(f"await {self._show(operation.payload.view)}", row, "self._show")
            if self._is_plain_object(operation, listed=self._is_list(operation)):
                shown = f"({write_flat(shown)}).model_dump(by_alias=True)"
            if self._is_list(operation):
                shown = make_sequence([shown])
        if operation.payload.view != find_tagged_view(self._plan, operation) or shown == "None":
            return [
                *self.set_tag(operation),
                *self._answer(operation, shown, Page(), entity=entity),
            ]
        if not sets_tag(self._plan, operation) or self._is_list(operation):
            return self._answer(operation, shown, Page(), entity=entity)
        tag = self._imports.use(SERVICE_BASE, "entity_tag")
        return [
            *put(shown, before="shown = "),
            f'response.headers["ETag"] = {tag}(shown)',
            *self._answer(operation, "shown", Page(), entity=entity),
        ]

    def name_shown_row(self, operation: Operation) -> str:
        """Return the variable of the row that is shown: a cart, where a line was put into it."""
        subject = operation.payload.subject
        if not subject:
            return "row"
        parent = operation.action.parents[int(subject.removeprefix("parent:"))]
        return name_parent_variable(self._plan, self._plan.entities[parent.entity])

    def write_tag(self, operation: Operation) -> str:
        """Return the tag of the row called `row`, as source."""
        show = self._show(find_tagged_view(self._plan, operation))
        return f"{self._imports.use(SERVICE_BASE, 'entity_tag')}(await {show}(row, self._show))"

    def set_tag(self, operation: Operation) -> Lines:
        """Return the statement that says which state the row called `row` is in."""
        if not sets_tag(self._plan, operation):
            return []
        return put(self.write_tag(operation), before='response.headers["ETag"] = ')

    def _is_list(self, operation: Operation) -> bool:
        """Tell whether a list is expected where the row is to stand."""
        shape = self._find_shape(operation, operation.payload.path)
        return shape is not None and shape.kind == "array"

    def _is_plain_object(self, operation: Operation, *, listed: bool) -> bool:
        """Tell whether any object may stand where a row is to stand: its type is a dict."""
        shape = self._find_shape(operation, operation.payload.path)
        if listed:
            shape = resolve(self._plan, shape.items) if shape is not None else None
        return shape is not None and shape.kind == "map"

    def answer_extras(self, operation: Operation) -> Lines:
        """Return statements for an answer that shows no row."""
        return self._answer(operation, "", Page(), entity=None)

    def _show(self, schema: str) -> str:
        return self._imports.use(
            name_view_module(self._plan, schema), name_view_function(self._plan, schema)
        )

    def _answer(self, operation: Operation, shown: Doc, page: Page, entity: Entity | None) -> Lines:
        result = write_result_type(self._plan, operation, self._imports)
        payload = operation.payload
        if result == "None":
            return []
        if payload.kind == "table":
            single = entity is not None and not self._is_list(operation)
            rows = make_sequence([shown]) if single or isinstance(shown, str) else shown
            return put(
                call(self._imports.use("src.services.base", "to_csv"), rows), before="return "
            )
        if not payload.path and not payload.extras:
            if not shown or shown == "None":
                return [f"return {self._choose_empty(operation)}"]
            return self._return_directly(operation, shown, result)
        for extra in payload.extras:
            if not extra.path:
                return put(self._write_extra(operation, extra, page, entity), before="return ")
        sparse: set[tuple[str, ...]] = set()
        tree: dict[str, Any] = {}
        if shown and payload.kind != "extras":
            _put(tree, payload.path, shown)
        for extra in payload.extras:
            value = self._write_extra(operation, extra, page, entity)
            may_be_null = self._may_be_null(operation, extra.path)
            if extra.source in _LAST_IS_NONE and self._must_be_text(operation, extra.path):
                value = f'{write_flat(value)} or ""'
            if value != "None" or may_be_null:
                _put(tree, extra.path, value)
            lacking = extra.source in _LAST_IS_NONE or _may_lack(extra, entity)
            if lacking and not may_be_null:
                sparse.add(extra.path[:-1])
        if sparse:
            self._imports.use("src.services.base", "without_empty")
        filled = _write_nested(tree, frozenset(sparse))
        if self._is_model(operation):
            return put(call(f"{result}.model_validate", filled), 0, before="return ")
        return put(filled, 0, before="return ")

    def _return_directly(self, operation: Operation, shown: Doc, result: str) -> Lines:
        view = self._plan.places.get(operation.payload.view)
        base = result.removeprefix("list[").removesuffix("]")
        if view is None or view.class_name == base or not self._is_model(operation):
            return put(shown, before="return ")
        return [
            *put(shown, before="shown = "),
            f"return {result}.model_validate(shown.model_dump(by_alias=True))",
        ]

    def _is_model(self, operation: Operation) -> bool:
        content = find_success_content(operation)
        shape: Shape | None = content.shape if content else None
        resolved = resolve(self._plan, shape)
        return (
            shape is not None
            and shape.kind == "ref"
            and resolved is not None
            and resolved.kind == "object"
        )

    def _may_be_null(self, operation: Operation, path: tuple[str, ...]) -> bool:
        """Tell whether a field of the answer must be there, or may be null."""
        content = find_success_content(operation)
        shape = content.shape if content else None
        required = True
        for step in path:
            resolved = resolve(self._plan, shape)
            fields = {f.wire: f for f in resolved.fields} if resolved is not None else {}
            if step not in fields:
                return True
            shape, required = fields[step].shape, fields[step].required
        return required or shape is None or shape.nullable

    def _find_shape(self, operation: Operation, path: tuple[str, ...]) -> Shape | None:
        """Return the shape of a field of the answer."""
        content = find_success_content(operation) or find_raw_content(operation)
        shape = resolve(self._plan, content.shape) if content else None
        for step in path:
            fields = {f.wire: f.shape for f in shape.fields} if shape is not None else {}
            shape = resolve(self._plan, fields.get(step))
        return shape

    def _must_be_text(self, operation: Operation, path: tuple[str, ...]) -> bool:
        """Tell whether a field of the answer is a text, even after the last page."""
        content = find_success_content(operation)
        shape, required = content.shape if content else None, True
        for step in path:
            resolved = resolve(self._plan, shape)
            field = next((f for f in resolved.fields if f.wire == step), None) if resolved else None
            if field is None:
                return False
            shape, required = field.shape, field.required
        return required and shape is not None and not shape.nullable

    def _choose_empty(self, operation: Operation) -> str:
        content = find_success_content(operation)
        shape = resolve(self._plan, content.shape) if content else None
        if self._is_model(operation):
            return f"{write_result_type(self._plan, operation, self._imports)}.model_validate({{}})"
        return "[]" if shape is not None and shape.kind == "array" else "{}"

    def _write_extra(
        self, operation: Operation, extra: Extra, page: Page, entity: Entity | None
    ) -> Doc:
        if extra.source in ("next_link", "previous_link"):
            return self._set_link(operation, page, extra.source.removesuffix("_link"))
        limit, offset = page.limit or "len(rows)", page.offset or "0"
        if extra.source == "next_cursor" and operation.action.pagination.style == "key":
            return self._name_last_key(operation, offset)
        cursor = "write_cursor"
        if extra.source in ("next_cursor", "previous_cursor"):
            self._imports.use("src.services.base", cursor)
        if extra.source == "token" or extra.source == "refresh_token":
            key = name_row(entity.key) if entity else "id"
            return f"self._show.{extra.source}(row.{key})"
        if extra.source == "expires_in":
            settings = self._imports.use("src.core.config", "get_settings")
            return f"{settings}().token_minutes * 60"
        if extra.source in ("now", "expires_at"):
            return self.write_moment(operation, extra.path, later=extra.source == "expires_at")
        texts = {
            "total": "1" if entity else "total",
            "count": "1" if entity else "len(rows)",
            "limit": limit,
            "offset": offset,
            "page": page.number,
            "pages": f"-(-total // max({limit}, 1))",
            "has_more": f"({offset}) + len(rows) < total",
            "has_previous": f"({offset}) > 0",
            "next_cursor": f"write_cursor(({offset}) + len(rows), total)",
        }
        if extra.source in texts:
            return texts[extra.source]
        if extra.source == "attribute" and entity is not None and extra.value is not None:
            attribute = find_attribute(entity, extra.value.value)
            shape = self._find_shape(operation, extra.path) or Shape("any")
            column = f"row.{name_row(attribute.name)}"
            return convert(column, attribute.type.kind, attribute.nullable, shape, self._imports)
        return make_literal(extra.value.value) if extra.value is not None else "None"

    def _name_last_key(self, operation: Operation, offset: str) -> str:
        """Return the key of the last row that is shown as text, None where no other follows."""
        key = name_row(self._plan.entities[operation.action.entity].key)
        return f"str(rows[-1].{key}) if 0 < len(rows) < total - {offset} else None"

    def write_moment(
        self, operation: Operation, path: tuple[str, ...], *, later: bool = False
    ) -> str:
        """Return the moment of the answer, as source, in the form that its field has.

        With `later` it is the moment at which a token of now ends.
        """
        now = f"{self._imports.use('src.models.base', 'utc_now')}()"
        if later:
            delta = self._imports.use("datetime", "timedelta")
            settings = self._imports.use("src.core.config", "get_settings")
            now = f"{now} + {delta}(minutes={settings}().token_minutes)"
        shape = self._find_shape(operation, path) or Shape("any")
        if shape.kind == "string" and shape.format == "date-time":
            return now
        now = f"({now})" if later else now
        number = shape.kind in ("integer", "number")
        return f"int({now}.timestamp())" if number else f"{now}.isoformat()"

    def list_distinct(self, operation: Operation, entity: Entity) -> Lines:
        """Return statements that answer with the distinct values of an attribute."""
        attribute = find_attribute(entity, operation.action.attribute)
        module = f"{PACKAGE}.{self._plan.modules[entity.name]}"
        if attribute.type.kind == "list":
            column = f"{self._imports.use(module, name_list_class(entity, attribute))}.value"
        else:
            row = self._imports.use(module, name_row_class(entity.name))
            column = f"{row}.{name_row(attribute.name)}"
        select = self._imports.use("sqlalchemy", "select")
        listed = self._imports.use("src.repositories.base", "listed")
        if operation.action.kind == "values":
            lines = [
                f"query = {select}({column}).distinct().order_by({column}).limit({listed}())",
                "values = list(await self._session.scalars(query))",
            ]
        else:
            func = self._imports.use("sqlalchemy", "func")
            lines = [
                f"query = {select}({column}, {func}.count()).group_by({column}).limit({listed}())",
                "counted = (await self._session.execute(query)).all()",
                "values = {str(value): number for value, number in counted}",
            ]
        return lines + self._answer(operation, "values", Page(), entity=None)

    def write_login(
        self, operation: Operation, entity: Entity, rows: str, conditions: ConditionWriter
    ) -> Lines:
        """Return statements that check a password and answer with the row it belongs to."""
        action = operation.action
        own = conditions.write_row(entity.name)
        parts = [
            f"{own}.{name_row(match.attribute)} == {self._read_given(operation, match)}"
            for match in action.login
        ]
        if len(parts) > 1:
            parts = [f"{self._imports.use('sqlalchemy', 'or_')}({', '.join(parts)})"]
        secret = self._read_given(operation, action.secret) if action.secret else '""'
        body = choose_body_part(self._plan, operation, self._imports)
        column = name_row(action.secret.attribute) if action.secret else "password_hash"
        verify = self._imports.use("src.core.security", "verify_password")
        to_thread = self._imports.use("asyncio", "to_thread")
        refusal = self._refuse_credentials()
        needed: Lines = ["if data is None:", *put(refusal, 4, before="raise ")]
        return [
            *(needed if body.type and body.optional else ()),
            *put(call(f"await {rows}.find", *parts), 0, before="row = "),
            f"stored = row.{column} if row is not None else None",
            f"verified = await {to_thread}({verify}, {secret}, stored)",
            "if row is None or not verified:",
            *put(refusal, 4, before="raise "),
            *self.answer_row(operation),
        ]

    def _refuse_credentials(self) -> Doc:
        return call(
            self._imports.use("src.api.errors", "ProblemError"),
            '"bad_credentials"',
            '"unauthenticated"',
            code='"bad_credentials"',
            field='"credentials"',
            message='"invalid"',
        )

    def write_refresh(
        self, operation: Operation, entity: Entity, rows: str, conditions: ConditionWriter
    ) -> Lines:
        """Return statements that answer with the row which a refresh token names."""
        read = self._imports.use("src.core.security", "read_refresh_token")
        find = self._imports.use("src.api.principal", "find_viewer")
        secret = operation.action.secret
        given = self._read_given(operation, secret) if secret else '""'
        key = f"{conditions.write_row(entity.name)}.{name_row(entity.key)}"
        return [
            f"subject = {read}({given})",
            f"key = await {find}(self._session, subject) if subject is not None else None",
            "row = None",
            "if key is not None:",
            *put(call(f"await {rows}.find", f"{key} == key"), 4, before="row = "),
            "if row is None:",
            *put(self._refuse_credentials(), 4, before="raise "),
            *self.answer_row(operation),
        ]

    def write_reset_request(
        self, operation: Operation, entity: Entity, rows: str, conditions: ConditionWriter
    ) -> Lines:
        """Return statements that hand a token to the outbox, where the caller names somebody."""
        own = conditions.write_row(entity.name)
        columns = [name_row(match.attribute) for match in operation.action.login]
        parts = [
            f"{own}.{column} == {self._read_given(operation, match)}"
            for column, match in zip(columns, operation.action.login, strict=True)
        ]
        if len(parts) > 1:
            parts = [f"{self._imports.use('sqlalchemy', 'or_')}({', '.join(parts)})"]
        issue = self._imports.use("src.core.security", "issue_reset_token")
        record = self._imports.use("src.core.outbox", "record_event")
        told = [(write_string(c), f"row.{c}") for c in dict.fromkeys(columns)]
        payload = make_mapping([*told, ('"token"', "token")])
        return [
            *put(call(f"await {rows}.find", *parts), 0, before="row = "),
            "if row is not None:",
            *put(
                call(issue, f"str(row.{name_row(entity.key)})", "row.password_hash"),
                4,
                before="token = ",
            ),
            *put(call(record, "self._session", '"password_reset_asked"', payload), 4),
            "await self._session.flush()",
        ]

    def write_reset(
        self, operation: Operation, entity: Entity, rows: str, conditions: ConditionWriter
    ) -> Lines:
        """Return statements that give who brings a token the password hashed before, once."""
        read = self._imports.use("src.core.security", "read_reset_token")
        same = self._imports.use("src.core.security", "is_same_password")
        find = self._imports.use("src.api.principal", "find_viewer")
        secret = operation.action.secret
        given = self._read_given(operation, secret) if secret else '""'
        key = f"{conditions.write_row(entity.name)}.{name_row(entity.key)}"
        found = call(f"await {rows}.find", f"{key} == key", lock="True")
        return [
            f"subject, stored = {read}({given})",
            f"key = await {find}(self._session, subject) if subject is not None else None",
            "row = None",
            "if key is not None:",
            *put(found, 4, before="row = "),
            f"if row is None or not {same}(stored, row.password_hash):",
            *put(self._refuse_credentials(), 4, before="raise "),
            "row.password_hash = hashed",
        ]

    def write_password_change(self, operation: Operation) -> Lines:
        """Return statements that give `row` the password hashed before, if the old one is right."""
        verify = self._imports.use("src.core.security", "verify_password")
        to_thread = self._imports.use("asyncio", "to_thread")
        secret = operation.action.secret
        given = self._read_given(operation, secret) if secret else '""'
        return [
            f"if not await {to_thread}({verify}, {given}, row.password_hash):",
            *put(self._refuse_credentials(), 4, before="raise "),
            "row.password_hash = hashed",
        ]

    def _read_given(self, operation: Operation, match: Match) -> str:
        if match.parameter:
            parameter = find_parameter(operation, match.parameter)
            name = name_parameter(parameter)
            return name if parameter.required else f'({name} or "")'
        return read_sent_field(self._plan, operation, match.field).partition(" if ")[0]

    def call_flow(
        self,
        operation: Operation,
        home: Entity,
        rows: str,
        repository: Callable[[str], str],
    ) -> Lines:
        """Return statements that run a flow and answer with what it returns."""
        flow = self._plan.flows[operation.action.flow]
        function = self._imports.use(f"src.workflows.{flow.name}", flow.name)
        arguments = [
            f"{name_parameter(p)}={name_parameter(p)}"
            for p in list_parameters(self._plan, operation)
        ]
        if choose_body_part(self._plan, operation, self._imports).type:
            arguments.append("data=data")
        if self._plan.principal is not None and operation.auth.mode != "none":
            arguments.append("viewer=self._viewer")
        run = call(f"await {function}", "self._session", *arguments)
        if not flow.returns or write_result_type(self._plan, operation, self._imports) == "None":
            return put(run)
        kind, _, name = flow.returns.partition(":")
        if kind not in ("row", "rows"):
            answer = write_result_type(self._plan, operation, self._imports)
            if answer == "Any":
                return put(run, 0, before="return ")
            return [*put(run, 0, before=f"result: {answer} = "), "return result"]
        lines = put(run, 0, before="result = ")
        own = rows if name == home.name else f"{repository(name)}(self._session)"
        show = self._show(operation.payload.view)
        if kind == "row":
            shown: Doc = call(f"await {show}", "row", "self._show")
            lines.append(f"row = await {own}.refresh(result)")
        else:
            lines.append(f"rows = [await {own}.refresh(item) for item in result]")
            shown = make_comprehension(f"await {show}(row, self._show)", "row in rows")
            if self.needs_total(operation):
                lines.append("total = len(rows)")
        single = self._plan.entities[name] if kind == "row" else None
        return lines + self._answer(operation, shown, Page(), single)


def _may_lack(extra: Extra, entity: Entity | None) -> bool:
    """Tell whether an answer takes a value from a row that may have none."""
    if extra.source != "attribute" or entity is None or extra.value is None:
        return False
    return find_attribute(entity, extra.value.value).nullable


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Doc) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
    tree[path[-1]] = value


def _write_nested(
    tree: dict[str, Any], sparse: frozenset[tuple[str, ...]], path: tuple[str, ...] = ()
) -> Doc:
    """Return nested objects; those at `sparse` leave out what has no value."""
    made = make_mapping(
        (
            write_string(key),
            _write_nested(value, sparse, (*path, key)) if isinstance(value, dict) else value,
        )
        for key, value in tree.items()
    )
    return call("without_empty", made) if path in sparse else made
