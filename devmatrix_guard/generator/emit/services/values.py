"""From bodies to rows: which columns a body sets, and what the application sets itself."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row, write_default
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.loads import find_relation
from devmatrix_guard.generator.emit.models.repositories import (
    name_repository_class,
    name_repository_module,
)
from devmatrix_guard.generator.emit.models.schemas import name_field
from devmatrix_guard.generator.emit.models.signatures import (
    choose_body_part,
    find_sent_field,
    name_parameter,
    resolve,
)
from devmatrix_guard.generator.emit.models.validators import (
    has_validator,
    name_validator_function,
    name_validator_module,
)
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    Lines,
    block,
    call,
    make_comprehension,
    make_conditional,
    make_literal,
    make_mapping,
    put,
    shift,
    write_docstring,
    write_flat,
    write_string,
)
from devmatrix_guard.generator.emit.services.conditions import find_parameter, name_parent_variable
from devmatrix_guard.generator.names import name_row_class, split_words, to_snake
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.domain import Binding, Entity, Relation, View
from devmatrix_guard.ir.shape import Field
from devmatrix_guard.model.named_value import NamedValue

_SERVICE = "src.services.base"
_NEVER_FROM_BODY = ("created_at", "updated_at", "key", "owner", "parent", "privilege")


class Secret(NamedValue):
    """A password that a body brings.

    Attributes:
        field: its field.
        always: every body of the operation has it.
    """

    field: Field
    always: bool


def find_secret(plan: Plan, operation: Operation) -> Secret | None:
    """Return the password that one row of an operation is given, or None."""
    body = operation.body
    changed = operation.action.new_secret
    if changed is not None:
        return Secret(find_sent_field(plan, operation, changed.field), True)
    view = plan.views.get(body.view) if body is not None else None
    if body is None or view is None or operation.action.kind not in _ONE_ROW:
        return None
    fields = {field.wire: field for field in plan.schemas[view.schema].shape.fields}
    for binding in view.bindings:
        field = fields.get(binding.wire)
        if binding.kind == "password" and field is not None and not field.shape.read_only:
            new = operation.action.kind in ("create", "register")
            needed = field.required and not field.shape.nullable
            optional = choose_body_part(plan, operation, Imports()).optional
            return Secret(field, new and needed and not optional)
    return None


_ONE_ROW = ("create", "register", "update", "replace", "upsert", "current_update")

_LASTING = ("integer", "bigint", "uuid")


class ValueWriter:
    """Writes, for one service, the statements that fill a dict called `values`."""

    def __init__(self, plan: Plan, entity: Entity, imports: Imports) -> None:
        self._plan = plan
        self._entity = entity
        self._imports = imports
        self._constants: dict[str, str] = {}

    def write_constants(self) -> list[str]:
        """Return the tables from field to column that the statements use."""
        return [self._constants[name] for name in sorted(self._constants)]

    def write_new(self, operation: Operation, source: str) -> Lines:
        """Return statements for the values of a new row; `source` is the variable of the body."""
        view = self._find_view(operation)
        lines = self._read_given(operation, view, source, "given")
        lines += self._assign(operation)
        machine = self._plan.machines.get(self._entity.name)
        if machine is not None:
            column = write_string(name_row(machine.attribute))
            lines.append(f"values.setdefault({column}, {write_string(machine.initial)})")
        if view is not None:
            lines += self._set_special(view, source, operation, new=True)
        lines += self._set_slugs(new=True)
        return [*lines, *self._check()]

    def write_changes(self, operation: Operation) -> Lines:
        """Return statements for the values that a body changes in the row called `row`."""
        view = self._find_view(operation)
        replace = operation.action.kind in ("replace", "upsert")
        lines = self._read_given(operation, view, "data", "given" if replace else "changed")
        lines += self._keep_key(view)
        if replace and view is not None and (blank := self._fill_blank(view)):
            lines += put(make_mapping(blank), 0, before="values = ", after=" | values")
        lines += self._assign(operation, only_constants=True)
        if view is not None:
            lines += self._set_special(view, "data", operation, new=False)
        lines += self._set_slugs(new=False)
        return [*lines, *self._check(), *self._check_circles(view)]

    def _keep_key(self, view: View | None) -> Lines:
        """Leave out a key that a body may give: a row is known by it, and so is who signs in."""
        key = find_attribute(self._entity, self._entity.key)
        given = view is not None and any(b.member == key.name for b, _ in self._iter_fields(view))
        if not given or key.origin != "client_key" or key.type.kind not in _LASTING:
            return []
        return [f"values.pop({write_string(name_row(key.name))}, None)"]

    def read_keys_from_path(self, operation: Operation) -> Lines:
        """Return statements that give a new row the key that the path names."""
        lines: Lines = []
        for match in operation.action.by:
            if match.parameter:
                value = name_parameter(find_parameter(operation, match.parameter))
                lines.append(f"values[{write_string(name_row(match.attribute))}] = {value}")
        return lines

    def _find_view(self, operation: Operation) -> View | None:
        return self._plan.views.get(operation.body.view) if operation.body else None

    def _check(self) -> Lines:
        if not has_validator(self._entity):
            return []
        module = name_validator_module(self._plan, self._entity.name)
        function = self._imports.use(module, name_validator_function(self._entity.name))
        return [f"await {function}(self._session, values)"]

    def _check_circles(self, view: View | None) -> Lines:
        """Refuse that a row comes to stand below itself: a parent, or where those below show."""
        lines: Lines = []
        shown = {
            r.column
            for r in self._entity.relations
            if r.target == self._entity.name
            and (
                (r.kind == "one_to_many" and r.wire)
                or (r.kind == "many_to_one" and "parent" in r.name.split("_"))
            )
        }
        for binding, field in self._iter_fields(view) if view is not None else ():
            name = self._name_column(binding, field)
            if not name or name not in {name_row(column) for column in shown}:
                continue
            rows = f"self._{self._plan.modules[self._entity.name]}_rows"
            column = write_string(name)
            error = self._imports.use("src.api.errors", "ProblemError")
            told = {
                "code": write_string("circle"),
                "field": write_string(binding.wire),
                "message": write_string("puts it below itself"),
            }
            raised = call(error, write_string("invalid"), write_string("conflict"), **told)
            asked = call(f"await {rows}.closes_circle", "row", column, f"values.get({column})")
            lines += put(asked, 0, before="if ", after=":")
            lines += shift(put(raised, 0, before="raise "))
        return lines

    def _read_given(self, operation: Operation, view: View | None, source: str, how: str) -> Lines:
        any_type = self._imports.use("typing", "Any")
        table = self._name_table(view) if view else ""
        if not table:
            return [f"values: dict[str, {any_type}] = {{}}"]
        function = self._imports.use(_SERVICE, how)
        if source == "data" and choose_body_part(self._plan, operation, self._imports).optional:
            read = make_conditional(call(function, "data", table), "data is not None", "{}")
            return put(read, before="values = ")
        return [f"values = {function}({source}, {table})"]

    def _name_table(self, view: View) -> str:
        """Return the name of the table from field to column of a view, made on the first call."""
        entries: list[tuple[str, Doc]] = []
        for binding, field in self._iter_fields(view):
            column = self._name_column(binding, field)
            if column:
                entries.append((write_string(name_field(field)), write_string(column)))
        if not entries:
            return ""
        name = f"_{to_snake(self._plan.places[view.schema].class_name).upper()}"
        self._constants[name] = block(make_mapping(entries), 0, before=f"{name} = ")
        return name

    def _iter_fields(self, view: View) -> Iterator[tuple[Binding, Field]]:
        shape = resolve(self._plan, self._plan.schemas[view.schema].shape)
        fields = {field.wire: field for field in shape.fields} if shape else {}
        for binding in view.bindings:
            field = fields.get(binding.wire)
            if field is not None and not field.shape.read_only:
                yield binding, field

    def _name_column(self, binding: Binding, field: Field) -> str:
        """Return the column that a field goes to as it is, or ""."""
        if binding.kind == "attribute":
            attribute = find_attribute(self._find_entity(binding), binding.member)
            return "" if attribute.origin in _NEVER_FROM_BODY else name_row(attribute.name)
        if binding.kind == "relation" and not binding.view:
            relation = find_relation(self._find_entity(binding), binding.member)
            if relation and self._is_key(relation, binding) and self._is_plain(field):
                return name_row(relation.column)
        return ""

    def _find_entity(self, _binding: Binding) -> Entity:
        return self._entity

    def _is_key(self, relation: Relation, binding: Binding) -> bool:
        own = any(a.name == relation.column for a in self._entity.attributes)
        to_one = relation.kind in ("many_to_one", "one_to_one")
        key = self._plan.entities[relation.target].key
        return own and to_one and (binding.by or key) == key

    def _is_plain(self, field: Field) -> bool:
        shape = resolve(self._plan, field.shape)
        return shape is not None and shape.kind in ("string", "integer")

    def _fill_blank(self, view: View) -> list[tuple[str, Doc]]:
        entries: list[tuple[str, Doc]] = []
        for binding, _ in self._iter_fields(view):
            if binding.kind != "attribute":
                continue
            attribute = find_attribute(self._entity, binding.member)
            if attribute.origin in (*_NEVER_FROM_BODY, "slug", "flow"):
                continue
            default = write_default(attribute, self._imports)
            first = attribute.default.value if attribute.default else None
            if isinstance(first, dict | list):
                default = make_literal(first)
            if attribute.nullable:
                entries.append((write_string(name_row(attribute.name)), default or "None"))
            elif default is not None and attribute.origin == "input":
                entries.append((write_string(name_row(attribute.name)), default))
        return entries

    def _assign(self, operation: Operation, *, only_constants: bool = False) -> Lines:
        lines: Lines = []
        for item in operation.action.assign:
            target = f"values[{write_string(name_row(item.attribute))}]"
            if item.source == "viewer":
                value = "self._viewer"
            elif item.source.startswith("parent:"):
                parent = operation.action.parents[int(item.source.removeprefix("parent:"))]
                entity = self._plan.entities[parent.entity]
                value = f"{name_parent_variable(self._plan, entity)}.{name_row(entity.key)}"
            elif item.source.startswith("parameter:"):
                name = item.source.removeprefix("parameter:")
                parameter = find_parameter(operation, name)
                value = name_parameter(parameter)
                if only_constants and not parameter.required:
                    lines += [f"if {value} is not None:", f"    {target} = {value}"]
                    continue
            else:
                value = write_flat(make_literal(item.value.value if item.value else None))
            if not only_constants or item.source not in ("viewer",):
                lines.append(f"{target} = {value}")
        return lines

    def _set_special(self, view: View, source: str, operation: Operation, *, new: bool) -> Lines:
        """Return statements for passwords and related rows."""
        lines: Lines = []
        replaces = not new and operation.action.kind in ("replace", "upsert")
        for binding, field in self._iter_fields(view):
            value = f"{source}.{name_field(field)}"
            if binding.kind == "password":
                secret = find_secret(self._plan, operation)
                always = secret is not None and secret.always
                lines += self._set_password(binding, field, value, new=new, always=always)
            elif binding.kind == "relation" and not self._name_column(binding, field):
                set_ = self._set_relation(binding, field, value, new=new)
                lines += [*set_, *(self._unlink(binding, set_) if replaces else ())]
        if (
            lines
            and not all("hashed" in str(line) for line in lines)
            and source == "data"
            and choose_body_part(self._plan, operation, self._imports).optional
        ):
            return ["if data is not None:", *shift(lines)]
        return lines

    def _set_password(
        self, binding: Binding, field: Field, value: str, *, new: bool, always: bool
    ) -> Lines:
        column = write_string(name_row(binding.member))
        if value.startswith("data."):  # the route has hashed it, before the transaction began
            if always:
                return [f"values[{column}] = hashed"]
            return ["if hashed is not None:", f"    values[{column}] = hashed"]
        hash_password = self._imports.use("src.core.security", "hash_password")
        to_thread = self._imports.use("asyncio", "to_thread")
        statement = f"values[{column}] = await {to_thread}({hash_password}, {value})"
        if new and field.required:
            return [statement]
        return [f"if {value} is not None:", f"    {statement}"]

    def _set_relation(self, binding: Binding, field: Field, value: str, *, new: bool) -> Lines:
        relation = find_relation(self._entity, binding.member)
        if relation is None:
            return []
        target = self._plan.entities[relation.target]
        many = relation.kind in ("one_to_many", "many_to_many")
        row = self._imports.use(
            f"{PACKAGE}.{self._plan.modules[target.name]}", name_row_class(target.name)
        )
        name = write_string(name_row(relation.name))
        guard = "" if field.required and not field.shape.nullable else f"if {value} is not None:"
        owned = binding.view and (relation.kind == "one_to_many" or not binding.by)
        if owned and binding.view in self._plan.views:
            made = self._make_nested(target, self._plan.views[binding.view])
            shown: Doc = made.replace("{}", value)
            if many:
                shown = make_comprehension(made.replace("{}", "item"), f"item in {value}")
            setting = put(shown, 0, before=f"values[{name}] = ")
            return [guard, *shift(setting)] if guard else setting
        by = name_row(binding.by or target.key)
        key = self._name_given_key(field, by)
        named = f"item.{key}" if key else "item"
        keys: Doc = f"{{{value}.{key}}}" if key else f"{{{value}}}"
        if many:
            every = make_comprehension(named, f"item in {value}", "{}")
            keys = every if key else f"set({value})"
        repository = self._imports.use(
            name_repository_module(self._plan, target.name), name_repository_class(target.name)
        )
        error = self._imports.use("src.api.errors", "unknown_reference")
        related = f"related_{relation.name}"
        keys_name = f"{relation.name}_keys"
        result: Doc = f"list({related})" if many else f"{related}[0]"
        unlinking: Lines = []
        if relation.keeps_order:
            pairs = f"place, item in enumerate({value})"
            keys = make_comprehension(f"{named}: place", pairs, "{}")
            result = call("sorted", related, key=f"lambda row: {keys_name}[row.{by}]")
            if not new:
                unlinking = [f"row.{name_row(relation.name)} = []"]
                unlinking.append("await self._session.flush()  # they are linked in their order")
        statements = [
            *put(keys, 0, before=f"{keys_name} = "),
            *put(
                call(
                    f"await {repository}(self._session).list",
                    call(f"{row}.{by}.in_", keys_name),
                ),
                0,
                before=f"{related} = ",
            ),
            f"if len({related}) < len({keys_name}):",
            f"    raise {error}"
            f"({write_string(binding.wire)}, {write_string(split_words(target.name))})",
            *unlinking,
            *put(result, 0, before=f"values[{name}] = "),
        ]
        return [guard, *shift(statements)] if guard else statements

    def _unlink(self, binding: Binding, made: Lines) -> Lines:
        """Return what takes away the links that a replaced row is given no more."""
        relation = find_relation(self._entity, binding.member)
        linked = relation is not None and relation.kind == "many_to_many" and relation.keeps_order
        if relation is None or not linked or not str(made[0]).startswith("if "):
            return []
        return ["else:", f"    values[{write_string(name_row(relation.name))}] = []"]

    def _name_given_key(self, field: Field, by: str) -> str:
        """Return where the key of a row stands in what a body gives, "" where that is the key."""
        inner = resolve(self._plan, field.shape)
        item_shape = resolve(self._plan, inner.items) if inner and inner.items else inner
        if item_shape is None or item_shape.kind != "object":
            return ""
        match = next((f for f in item_shape.fields if f.name == by or f.wire == by), None)
        return name_field(match) if match else by

    def _make_nested(self, target: Entity, view: View) -> str:
        """Return what makes a row of a body inside another, `{}` being that body."""
        row = name_row_class(target.name)
        nested = ValueWriter(self._plan, target, self._imports)
        nested._constants = self._constants
        table = nested._name_table(view)
        given = self._imports.use(_SERVICE, "given")
        inner = [
            (binding, field, relation)
            for binding, field in nested._iter_fields(view)
            if binding.kind == "relation" and binding.view in self._plan.views
            for relation in [find_relation(target, binding.member)]
            if relation is not None and relation.kind == "one_to_many"
        ]
        if not inner or not table:
            return f"{row}(**{given}({{}}, {table}))" if table else f"{row}()"
        place = self._plan.places[view.schema]
        name = f"_make_{to_snake(place.class_name)}"
        if name not in self._constants:
            self._constants[name] = ""  # it may lead back to itself
            schema = self._imports.use(place.module, place.class_name)
            lines = [
                f"def {name}(data: {schema}) -> {row}:",
                write_docstring(f"Return a {split_words(target.name)} with the rows below it.", 4),
                f"    values = {given}(data, {table})",
            ]
            for binding, field, relation in inner:
                other = self._plan.entities[relation.target]
                self._imports.use(
                    f"{PACKAGE}.{self._plan.modules[other.name]}", name_row_class(other.name)
                )
                value = f"data.{name_field(field)}"
                made = nested._make_nested(other, self._plan.views[binding.view])
                rows = f"[{made.replace('{}', 'item')} for item in {value}{_or_none(field)}]"
                column = write_string(name_row(relation.name))
                lines += block(rows, 4, before=f"values[{column}] = ").splitlines()
            self._constants[name] = "\n".join([*lines, f"    return {row}(**values)"])
        return f"{name}({{}})"

    def _set_slugs(self, *, new: bool) -> Lines:
        lines: Lines = []
        for attribute in self._entity.attributes:
            if attribute.origin != "slug" or not attribute.origin_of:
                continue
            slugify = self._imports.use(_SERVICE, "slugify")
            numbered = self._imports.use(_SERVICE, "numbered")
            source = write_string(name_row(attribute.origin_of))
            column = f"{name_row_class(self._entity.name)}.{name_row(attribute.name)}"
            self._imports.use(
                f"{PACKAGE}.{self._plan.modules[self._entity.name]}",
                name_row_class(self._entity.name),
            )
            rows = f"self._{self._plan.modules[self._entity.name]}_rows"
            statements = [
                f"slug = {slugify}(values[{source}])",
                f"taken = await {rows}.values_like({column}, slug)",
                f"values[{write_string(name_row(attribute.name))}] = {numbered}(slug, taken)",
            ]
            if new:
                lines += statements
            else:
                origin = f"row.{name_row(attribute.origin_of)}"
                lines.append(f"if values.get({source}, {origin}) != {origin}:")
                lines += shift(statements)
        return lines


def _or_none(field: Field) -> str:
    """Return what stands for a list that may be left out, as source."""
    return "" if field.required and not field.shape.nullable else " or ()"
