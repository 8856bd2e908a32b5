"""Services: one class for each entity, one method for each operation."""

from __future__ import annotations

import re
from collections.abc import Callable

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.loads import get_relation, load_paths
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.models.signatures import (
    READS,
    choose_body_part,
    find_filter_parameter,
    find_most_items,
    has_default,
    list_parameters,
    name_parameter,
    resolve,
    write_plain_parameter,
    write_result_type,
    write_signature,
)
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    Line,
    Lines,
    block,
    call,
    lay_out,
    make_sequence,
    put,
    shift,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.emit.services.conditions import (
    ConditionWriter,
    find_owner_column,
    find_parameter,
    name_parent_variable,
)
from devmatrix_guard.generator.emit.services.payloads import PayloadWriter
from devmatrix_guard.generator.emit.services.response_headers import (
    SERVICE_BASE,
    find_precondition,
    find_tagged_view,
    may_create,
    needs_request,
    needs_response,
    set_place,
)
from devmatrix_guard.generator.emit.services.values import ValueWriter, find_secret
from devmatrix_guard.generator.names import split_words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Filter, Operation, Ordering, Parameter, SortKey
from devmatrix_guard.ir.domain import Entity


def name_service_class(entity: str) -> str:
    """Return the class of an entity's service."""
    return f"{entity}Service"


def name_service_module(plan: Plan, entity: str) -> str:
    """Return the module of an entity's service."""
    return f"src.services.{plan.modules[entity]}_service"


def is_served(plan: Plan, operation: Operation) -> bool:
    """Tell whether an operation is a method of a service; the others answer in the route."""
    action = operation.action
    if action.kind == "flow":
        return action.flow in plan.flows and bool(find_home(plan, operation))
    known = action.kind not in ("not_implemented", "health", "logout")
    return known and action.entity in plan.entities


_ROW = re.compile(r"\brow\b")
_WRITTEN = frozenset(("create", "register", "update", "replace", "upsert"))
_WRITES = frozenset(
    ("create", "create_many", "register", "update", "replace", "upsert", "current_update")
)


def is_written(plan: Plan, entity: str) -> bool:
    """Tell whether requests write rows of an entity, apart from flows."""
    return any(op.action.kind in _WRITES for op in plan.list_operations(entity))


def find_home(plan: Plan, operation: Operation) -> str:
    """Return the entity whose service an operation belongs to, or ""."""
    if operation.action.entity in plan.entities:
        return operation.action.entity
    flow = plan.flows.get(operation.action.flow)
    returned = flow.returns.rpartition(":")[2] if flow else ""
    if returned in plan.entities:
        return returned
    return flow.entities[0] if flow and flow.entities else ""


def emit_service(plan: Plan, entity: Entity) -> str:
    """Return the module of one service."""
    return _ServiceWriter(plan, entity).write()


class _ServiceWriter:
    """Writes the service of one entity."""

    def __init__(self, plan: Plan, entity: Entity) -> None:
        self.plan = plan
        self.entity = entity
        self.imports = Imports()
        self.conditions = ConditionWriter(plan, self.imports)
        self.values = ValueWriter(plan, entity, self.imports)
        self.payloads = PayloadWriter(plan, self.imports)
        self.rows = f"self._{plan.modules[entity.name]}_rows"
        self.thing = write_string(split_words(entity.name))

    def write(self) -> str:
        operations = [
            op
            for op in self.plan.ir.api.operations
            if is_served(self.plan, op) and find_home(self.plan, op) == self.entity.name
        ]
        methods = [self._write_method(operation) for operation in operations]
        session = self.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
        viewer = self.imports.use("src.api.principal", "Viewer")
        show = self.imports.use("src.views.base", "Show")
        head = [
            f"class {name_service_class(self.entity.name)}:",
            write_docstring(f"What can be done with {self.entity.table.replace('_', ' ')}.", 4),
            "",
            f"    def __init__(self, session: {session}, viewer: {viewer} | None = None) -> None:",
            "        self._session = session",
            "        self._viewer = viewer",
            f"        self._show = {show}(session, viewer)",
            block(
                call(self._use_repository(self.entity.name), "session"),
                8,
                before=f"{self.rows} = ",
            ),
        ]
        text = "\n".join(head) + "".join(f"\n\n{method}" for method in methods)
        if "_find_row(" in text:
            text += "\n\n" + self._find_method()
        title = f"The service of {split_words(self.entity.name)} operations."
        return render_module(title, self.imports, [*self.values.write_constants(), text])

    def _use_repository(self, entity: str) -> str:
        return self.imports.use(
            name_repository_module(self.plan, entity), name_repository_class(entity)
        )

    def _find_method(self) -> str:
        row = self.conditions.write_row(self.entity.name)
        column = self.imports.use("sqlalchemy", "ColumnElement")
        error = self.imports.use("src.api.errors", "not_found")
        head = write_signature(
            "async def _find_row",
            ["self", f"*where: {column}[bool]", "lock: bool = False"],
            row,
            4,
        )
        return "\n".join(
            [
                *head,
                f"        row = await {self.rows}.find(*where, lock=lock)",
                "        if row is None:",
                f"            raise {error}({self.thing})",
                "        return row",
            ]
        )

    def _write_method(self, operation: Operation) -> str:
        arguments = ["self"]
        for parameter in list_parameters(self.plan, operation):
            kind = write_plain_parameter(self.plan, parameter, self.imports)
            arguments.append(f"{name_parameter(parameter)}: {kind}")
        part = choose_body_part(self.plan, operation, self.imports)
        if part.type:
            optional = " | None" if part.optional else ""
            arguments.append(f"data: {part.type}{optional}")
        if secret := find_secret(self.plan, operation):
            arguments.append("hashed: str" if secret.always else "hashed: str | None")
        if needs_request(self.plan, operation):
            arguments.append(f"request: {self.imports.use('fastapi', 'Request')}")
        if needs_response(self.plan, operation):
            arguments.append(f"response: {self.imports.use('fastapi', 'Response')}")
        result = write_result_type(self.plan, operation, self.imports)
        name = operation.name
        body = self._write_body(operation)
        summary = operation.summary or operation.name.replace("_", " ")
        lines = write_signature(f"async def {name}", arguments, result, 4)
        text = write_docstring(_make_sentence(summary), 8)
        return "\n".join([*lines, text, *lay_out(shift(body, 8))])

    def _write_body(self, operation: Operation) -> Lines:
        kinds: dict[str, Callable[[Operation], Lines]] = {
            "list": self._list,
            "feed": self._list,
            "values": self._list_distinct,
            "group_count": self._list_distinct,
            "count": self._count,
            "read": self._read,
            "download": self._download,
            "upload": self._upload,
            "exists": self._read,
            "create": self._create,
            "create_many": self._create_many,
            "register": self._create,
            "update": self._update,
            "replace": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
            "delete_many": self._delete_many,
            "link": self._link,
            "unlink": self._link,
            "login": self._log_in,
            "refresh": self._refresh,
            "current_password": self._change_password,
            "ask_reset": self._ask_reset,
            "reset_password": self._reset_password,
            "current": self._return_current,
            "current_update": self._update,
            "current_delete": self._delete,
            "flow": self._call_flow,
        }
        return [*self._load_parents(operation), *kinds[operation.action.kind](operation)]

    def _load_parents(self, operation: Operation) -> Lines:
        lines: Lines = []
        parents = operation.action.parents
        for index, parent in enumerate(parents):
            entity = self.plan.entities[parent.entity]
            where = self.conditions.matches(operation, entity, parent.by)
            column = find_owner_column(entity, parent.owner)
            if column and not parent.refused:
                row = self.conditions.write_row(entity.name)
                where.append(f"{row}.{column} == self._viewer")
            if index:
                above = self.plan.entities[parents[index - 1].entity]
                relation, collection = parents[index - 1].relation, parents[index - 1].collection
                where.append(self.conditions.match_child(entity, above, relation, collection))
            variable = name_parent_variable(self.plan, entity)
            find = call(f"await {self._use_repository(entity.name)}(self._session).find", *where)
            error = self.imports.use("src.api.errors", "not_found")
            lines += put(find, 0, before=f"{variable} = ")
            lines += [
                f"if {variable} is None:",
                f"    raise {error}({write_string(split_words(entity.name))})",
            ]
            if column and parent.refused:
                error = self.imports.use("src.api.errors", "forbidden")
                lines += [
                    f"if {variable}.{column} != self._viewer:",
                    f"    raise {error}({write_string(split_words(entity.name))})",
                ]
        return lines

    def _write_conditions(self, operation: Operation) -> list[Doc]:
        """Return the conditions for the addressed row, parents included."""
        action = operation.action
        where = self.conditions.matches(operation, self.entity, action.by)
        where += self._match_parent(operation)
        if not action.by and action.kind.startswith("current"):
            key = f"{self.conditions.write_row(self.entity.name)}.{name_row(self.entity.key)}"
            where.append(f"{key} == self._viewer")
        return where + self._match_own_rows(operation)

    def _match_own_rows(self, operation: Operation) -> list[Doc]:
        """Return the condition that leaves out what only others may see."""
        column = find_owner_column(self.entity, operation.action.owner)
        if not column or not operation.action.private:
            return []
        return [f"{self.conditions.write_row(self.entity.name)}.{column} == self._viewer"]

    def _match_parent(self, operation: Operation) -> list[Doc]:
        parents = operation.action.parents
        if not parents:
            return []
        last = parents[-1]
        parent = self.plan.entities[last.entity]
        if not last.relation and not last.collection:
            return []
        return [self.conditions.match_child(self.entity, parent, last.relation, last.collection)]

    def _find(self, operation: Operation, *, lock: bool = False) -> Lines:
        arguments = self._write_conditions(operation)
        found = call("await self._find_row", *arguments, lock="True" if lock else None)
        lines = put(found, 0, before="row = ")
        ordering = operation.action.ordering
        if ordering.default:  # the first of many, as `/latest`
            order = make_sequence(self._sort_by(ordering, ordering.default))
            found = call(f"await {self.rows}.find_first", *arguments, order=order)
            error = self.imports.use("src.api.errors", "not_found")
            lines = put(found, 0, before="row = ")
            lines += ["if row is None:", f"    raise {error}({self.thing})"]
        return lines + self._check_owner(operation) + self._check_state(operation)

    def _check_state(self, operation: Operation) -> Lines:
        """Return what refuses a row that is in another state than the one asked for."""
        parameter = find_precondition(operation)
        if parameter is None or not find_tagged_view(self.plan, operation):
            return []
        reads = operation.action.kind in READS
        check = self.imports.use(SERVICE_BASE, "check_none_match" if reads else "check_match")
        tag = self.payloads.write_tag(operation)
        asked = any(rule.cause == "precondition_required" for rule in operation.errors)
        required = "True" if asked and not reads and not parameter.required else None
        return put(call(check, name_parameter(parameter), tag, required=required))

    def _check_owner(self, operation: Operation) -> Lines:
        column = find_owner_column(self.entity, operation.action.owner)
        if not column or operation.action.private:
            return []
        error = self.imports.use("src.api.errors", "forbidden")
        return [f"if row.{column} != self._viewer:", f"    raise {error}({self.thing})"]

    def _list(self, operation: Operation) -> Lines:
        lines = self._narrow(operation)
        page, lines_of_page = self.payloads.read_page(operation)
        lines += lines_of_page
        lines += self._order(operation)
        if operation.action.pagination.style == "key":
            lines += self._find_last_row(operation)
        limit = page.limit or find_most_items(self.plan, operation)
        rows = call(
            f"await {self.rows}.list", "*where", limit=limit, offset=page.offset, order="order"
        )
        lines += put(rows, 0, before="rows = ")
        if self.payloads.needs_total(operation):
            lines.append(f"total = await {self.rows}.count(*where)")
        lines += self.payloads.set_headers(operation, page)
        return lines + self.payloads.answer_rows(operation, page)

    def _find_last_row(self, operation: Operation) -> Lines:
        """Return statements that find the place of the row behind which a list goes on."""
        parameter = find_parameter(operation, operation.action.pagination.position)
        check = self.imports.use(SERVICE_BASE, "check_place")
        key = self.conditions.convert(parameter, find_attribute(self.entity, self.entity.key))
        place = call(f"await {self.rows}.find_place", key, "*where", order="order")
        found = [
            *put(place, 0, before="place = "),
            f"offset = {check}(place, {write_string(parameter.wire)})",
        ]
        if parameter.required:
            return found
        return ["offset = 0", f"if {name_parameter(parameter)} is not None:", *shift(found)]

    def _narrow(self, operation: Operation) -> Lines:
        """Return statements that gather the conditions for the rows that are meant."""
        action = operation.action
        column = self.imports.use("sqlalchemy", "ColumnElement")
        fixed = self._match_parent(operation) + self._match_own_rows(operation)
        if action.via:
            fixed.append(self.conditions.find_viewer(self.entity, action.via))
        lines = put(make_sequence(fixed), before=f"where: list[{column}[bool]] = ")
        for item in action.filters:
            lines += self._filter(operation, item)
        return lines

    def _filter(self, operation: Operation, item: Filter) -> Lines:
        """Return statements that add the condition of a filter, where one is asked for."""
        parameter = find_filter_parameter(self.plan, operation, item)
        name = name_parameter(parameter)
        added = call("where.append", self.conditions.write_filter(operation, self.entity, item))
        left_out = [write_string(value) for value in item.everything]
        if not parameter.required:
            left_out.insert(0, "None")
        if not left_out:
            return put(added)
        if left_out == ["None"]:
            return [f"if {name} is not None:", *put(added, 4)]
        if len(left_out) == 1:
            return [f"if {name} != {left_out[0]}:", *put(added, 4)]
        return [f"if {name} not in ({', '.join(left_out)}):", *put(added, 4)]

    def _order(self, operation: Operation) -> Lines:
        ordering = operation.action.ordering
        base = self.imports.use("src.repositories.base", "OrderBy")
        default = self._sort_by(ordering, ordering.default)
        declared = f"order: list[{base}] = "
        lines = put(make_sequence(default), 0, before=declared)
        asked = find_parameter(operation, ordering.parameter) if ordering.parameter else None
        shape = resolve(self.plan, asked.shape) if asked is not None else None
        several = shape is not None and shape.kind == "array"
        name, indent = name_parameter(asked) if asked is not None else "", 4 if several else 0
        if several and ordering.choices:
            lines.append(f"for value in reversed({name} or []):  # the first counts most")
            name = "value"
        for choice in ordering.choices:
            keys = [*self._sort_by(ordering, choice.keys), *(["*order"] if several else [])]
            lines += shift([f"if {name} == {write_string(choice.value)}:"], indent)
            lines += put(make_sequence(keys), indent + 4, before="order = ")
        if ordering.direction_parameter:
            parameter = find_parameter(operation, ordering.direction_parameter)
            lines.append(f"if {self._asks_for_descent(ordering, parameter)}:")
            lines.append("    order = [key.desc() for key in order]")
        return lines

    def _sort_by(self, ordering: Ordering, keys: tuple[SortKey, ...]) -> list[Doc]:
        """Return columns, all in ascending order where a parameter says which way."""
        if ordering.direction_parameter:
            keys = tuple(key._replace(descending=False) for key in keys)
        return self.conditions.sort_keys(self.entity, keys)

    def _asks_for_descent(self, ordering: Ordering, parameter: Parameter) -> str:
        name = name_parameter(parameter)
        shape = resolve(self.plan, parameter.shape)
        values = [str(value) for value in shape.enum] if shape else []
        downwards = any(key.descending for key in ordering.default)
        wanted = "asc" if downwards and not has_default(parameter) else "desc"
        spelled = next((v for v in values if v.lower().startswith(wanted)), wanted)
        return f"{name} {'!=' if wanted == 'asc' else '=='} {write_string(spelled)}"

    def _list_distinct(self, operation: Operation) -> Lines:
        return self.payloads.list_distinct(operation, self.entity)

    def _count(self, operation: Operation) -> Lines:
        lines = self._narrow(operation)
        lines.append(f"total = await {self.rows}.count(*where)")
        return lines + self.payloads.answer_extras(operation)

    def _read(self, operation: Operation) -> Lines:
        lines = self._find(operation)
        if write_result_type(self.plan, operation, self.imports) == "None":
            first = lines[0]
            if len(lines) == 1 and isinstance(first, Line):
                return [first._replace(before="")]
            return lines
        return lines + self.payloads.answer_row(operation)

    def _download(self, operation: Operation) -> Lines:
        column = name_row(operation.action.attribute)
        error = self.imports.use("src.api.errors", "not_found")
        return [
            *self._find(operation),
            f"if row.{column} is None:",
            f"    raise {error}({write_string(split_words(operation.action.attribute))})",
            f"return row.{column}",
        ]

    def _upload(self, operation: Operation) -> Lines:
        stored = f"row.{name_row(operation.action.attribute)} = data"
        return [*self._find(operation, lock=True), stored, *self._answer_changed(operation)]

    def _create(self, operation: Operation) -> Lines:
        lines = self.values.write_new(operation, "data")
        place = set_place(self.plan, operation, self.imports)
        answer = self._answer_changed(operation)
        named = bool(place) or any(_ROW.search(str(line)) for line in answer)
        return [*lines, *self._add(named=named), *place, *answer]

    def _add(self, *, named: bool = True) -> Lines:
        made = f"{self.conditions.write_row(self.entity.name)}(**values)"
        return put(call(f"await {self.rows}.add", made), before="row = " if named else "")

    def _create_many(self, operation: Operation) -> Lines:
        row = self.conditions.write_row(self.entity.name)
        optional = choose_body_part(self.plan, operation, Imports()).optional
        inner = self.values.write_new(operation, "item")
        inner += self._add()
        inner.append(f"rows.append(await {self.rows}.refresh(row))")
        lines: Lines = [f"rows: list[{row}] = []"]
        lines += [f"for item in data{' or []' if optional else ''}:", *shift(inner)]
        if operation.payload.kind != "item":
            return lines + self.payloads.answer_rows(operation, None)
        error = self.imports.use("src.api.errors", "not_found")
        lines += ["if not rows:", f"    raise {error}({self.thing})", "row = rows[-1]"]
        return lines + self.payloads.answer_row(operation)

    def _update(self, operation: Operation) -> Lines:
        lines = self._find(operation, lock=True)
        return lines + self._write(operation) + self._answer_changed(operation)

    def _write(self, operation: Operation) -> Lines:
        lines = self.values.write_changes(operation)
        assign = self.imports.use("src.services.base", "assign")
        return [*lines, f"{assign}(row, values)"]

    def _upsert(self, operation: Operation) -> Lines:
        where = call(f"await {self.rows}.find", *self._write_conditions(operation), lock="True")
        lines = put(where, 0, before="found = ")
        lines.append("if found is None:")
        new = self.values.write_new(operation, "data")
        new += self.values.read_keys_from_path(operation)
        new += self._add()
        if may_create(operation):
            new.append("response.status_code = 201")
        new += set_place(self.plan, operation, self.imports)
        lines += shift(new)
        old = ["row = found", *self._check_owner(operation), *self._write(operation)]
        lines += ["else:", *shift(old)]
        return lines + self._answer_changed(operation)

    def _answer_changed(self, operation: Operation) -> Lines:
        empty = write_result_type(self.plan, operation, self.imports) == "None"
        tag = self.payloads.set_tag(operation)
        if empty and not tag:
            return ["await self._session.flush()"]
        if operation.payload.subject and not tag:
            return [
                "await self._session.flush()",
                *self._read_subject(operation),
                *self.payloads.answer_row(operation),
            ]
        lines: Lines = [f"row = await {self.rows}.{self._choose_reading(operation)}(row)"]
        return [*lines, *tag] if empty else [*lines, *self.payloads.answer_row(operation)]

    def _read_subject(self, operation: Operation) -> Lines:
        """Return the statement that reads the row above, which is shown, as it is by now."""
        subject = operation.payload.subject
        parent = operation.action.parents[int(subject.removeprefix("parent:"))]
        row = self.payloads.name_shown_row(operation)
        rows = f"{self._use_repository(parent.entity)}(self._session)"
        return [f"{row} = await {rows}.refresh({row})"]

    def _choose_reading(self, operation: Operation) -> str:
        """Return how a row that was changed is shown: read again only where others are shown."""
        alone = not load_paths(self.plan, self.entity)
        alone = alone and not any(d.kind == "count" for d in self.entity.derived)
        return "settle" if alone and operation.action.kind in _WRITTEN else "refresh"

    def _delete(self, operation: Operation) -> Lines:
        lines = self._find(operation, lock=True)
        if self.entity.soft_delete:
            now = self.imports.use("src.models.base", "utc_now")
            removal = [f"row.{name_row(self.entity.soft_delete)} = {now}()"]
            removal.append("await self._session.flush()")
        else:
            removal = [f"await {self.rows}.delete(row)"]
        if write_result_type(self.plan, operation, self.imports) == "None":
            return lines + removal
        answer = self.payloads.answer_row(operation)
        if operation.payload.subject:
            return [*lines, *removal, *self._read_subject(operation), *answer]
        last = answer[-1]
        if isinstance(last, Line):
            kept = last._replace(before=last.before.replace("return ", "answer = "))
            return [*lines, *answer[:-1], kept, *removal, "return answer"]
        return [*lines, *removal, *answer]

    def _delete_many(self, operation: Operation) -> Lines:
        return [
            *self._narrow(operation),
            f"await {self.rows}.delete_where(*where)",
            *self.payloads.answer_extras(operation),
        ]

    def _link(self, operation: Operation) -> Lines:
        action = operation.action
        relation = get_relation(self.entity, action.relation)
        lines = self._find(operation)
        table = self.imports.use("src.models.entities.links", relation.through)
        other = "self._viewer"
        if action.other != "viewer":
            target = self.plan.entities[action.other or relation.target]
            where = self.conditions.matches(operation, target, action.other_by)
            find = call(f"await {self._use_repository(target.name)}(self._session).find", *where)
            error = self.imports.use("src.api.errors", "not_found")
            lines += put(find, 0, before="other = ")
            lines += [
                "if other is None:",
                f"    raise {error}({write_string(split_words(target.name))})",
            ]
            other = f"other.{name_row(target.key)}"
        pair = (
            f"{{{write_string(relation.through_local)}: row.{name_row(self.entity.key)}, "
            f"{write_string(relation.through_target)}: {other}}}"
        )
        lines += [f"pair = {pair}", f"await {self.rows}.{action.kind}({table}, pair)"]
        return lines + self._answer_changed(operation)

    def _log_in(self, operation: Operation) -> Lines:
        return self.payloads.write_login(operation, self.entity, self.rows, self.conditions)

    def _refresh(self, operation: Operation) -> Lines:
        return self.payloads.write_refresh(operation, self.entity, self.rows, self.conditions)

    def _change_password(self, operation: Operation) -> Lines:
        lines = self._find(operation, lock=True)
        lines += self.payloads.write_password_change(operation)
        return lines + self._answer_changed(operation)

    def _ask_reset(self, operation: Operation) -> Lines:
        lines = self.payloads.write_reset_request(
            operation, self.entity, self.rows, self.conditions
        )
        return lines + self.payloads.answer_extras(operation)

    def _reset_password(self, operation: Operation) -> Lines:
        lines = self.payloads.write_reset(operation, self.entity, self.rows, self.conditions)
        return lines + self._answer_changed(operation)

    def _return_current(self, operation: Operation) -> Lines:
        return self._find(operation) + self.payloads.answer_row(operation)

    def _call_flow(self, operation: Operation) -> Lines:
        return self.payloads.call_flow(operation, self.entity, self.rows, self._use_repository)


def _make_sentence(text: str) -> str:
    clean = text.strip()
    return clean[:1].upper() + clean[1:] + ("" if clean.endswith((".", "!", "?")) else ".")
