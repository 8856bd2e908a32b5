"""From bodies to rows: which columns a body sets, and what the application sets itself."""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.generator.emit.models.columns import attribute_of, default_of, row_name
from devmatrix_guard.generator.emit.models.entities import PACKAGE
from devmatrix_guard.generator.emit.models.loads import relation_of
from devmatrix_guard.generator.emit.models.repositories import repository_class, repository_module
from devmatrix_guard.generator.emit.models.schemas import field_name
from devmatrix_guard.generator.emit.models.signatures import body_part, parameter_name, resolve
from devmatrix_guard.generator.emit.models.validators import validator_function, validator_module
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    Lines,
    block,
    call,
    flat,
    literal,
    mapping,
    put,
    shifted,
    string,
)
from devmatrix_guard.generator.emit.services.conditions import find_parameter, parent_variable
from devmatrix_guard.generator.names import row_class, snake, words
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Operation
from devmatrix_guard.ir.domain import Binding, Entity, Relation, View
from devmatrix_guard.ir.shape import Field

_SERVICE = "src.services.base"
_NEVER_FROM_BODY = ("created_at", "updated_at", "key", "owner", "parent")


class ValueWriter:
    """Writes, for one service, the statements that fill a dict called `values`."""

    def __init__(self, plan: Plan, entity: Entity, imports: Imports) -> None:
        self._plan = plan
        self._entity = entity
        self._imports = imports
        self._constants: dict[str, str] = {}

    def constants(self) -> list[str]:
        """Return the tables from field to column that the statements use."""
        return [self._constants[name] for name in sorted(self._constants)]

    def new(self, operation: Operation, source: str) -> Lines:
        """Return statements for the values of a new row; `source` is the variable of the body."""
        view = self._view(operation)
        lines = self._given(operation, view, source, "given")
        lines += self._assigned(operation)
        machine = self._plan.machines.get(self._entity.name)
        if machine is not None:
            column = string(row_name(machine.attribute))
            lines.append(f"values.setdefault({column}, {string(machine.initial)})")
        if view is not None:
            lines += self._special(view, source, operation, new=True)
        lines += self._slugs(new=True)
        return [*lines, self._check()]

    def changes(self, operation: Operation) -> Lines:
        """Return statements for the values that a body changes in the row called `row`."""
        view = self._view(operation)
        replace = operation.action.kind in ("replace", "upsert")
        lines = self._given(operation, view, "data", "given" if replace else "changed")
        if replace and view is not None and (blank := self._blank(view)):
            lines += put(mapping(blank), 0, before="values = ", after=" | values")
        lines += self._assigned(operation, only_constants=True)
        if view is not None:
            lines += self._special(view, "data", operation, new=False)
        lines += self._slugs(new=False)
        return [*lines, self._check("row")]

    def keys_from_path(self, operation: Operation) -> Lines:
        """Return statements that give a new row the key that the path names."""
        lines: Lines = []
        for match in operation.action.by:
            if match.parameter:
                value = parameter_name(find_parameter(operation, match.parameter))
                lines.append(f"values[{string(row_name(match.attribute))}] = {value}")
        return lines

    def _view(self, operation: Operation) -> View | None:
        return self._plan.views.get(operation.body.view) if operation.body else None

    def _check(self, current: str = "") -> str:
        module = validator_module(self._plan, self._entity.name)
        function = self._imports.use(module, validator_function(self._entity.name))
        more = f", {current}" if current else ""
        return f"await {function}(self._session, values{more})"

    def _given(self, operation: Operation, view: View | None, source: str, how: str) -> Lines:
        any_type = self._imports.use("typing", "Any")
        table = self._table(view) if view else ""
        if not table:
            return [f"values: dict[str, {any_type}] = {{}}"]
        function = self._imports.use(_SERVICE, how)
        if source == "data" and body_part(self._plan, operation, self._imports).optional:
            return [f"values = {function}(data, {table}) if data is not None else {{}}"]
        return [f"values = {function}({source}, {table})"]

    def _table(self, view: View) -> str:
        """Return the name of the table from field to column of a view, made on the first call."""
        entries: list[tuple[str, Doc]] = []
        for binding, field in self._fields(view):
            column = self._column(binding, field)
            if column:
                entries.append((string(field_name(field)), string(column)))
        if not entries:
            return ""
        name = f"_{snake(self._plan.places[view.schema].class_name).upper()}"
        self._constants[name] = block(mapping(entries), 0, before=f"{name} = ")
        return name

    def _fields(self, view: View) -> Iterator[tuple[Binding, Field]]:
        shape = resolve(self._plan, self._plan.schemas[view.schema].shape)
        fields = {field.wire: field for field in shape.fields} if shape else {}
        for binding in view.bindings:
            field = fields.get(binding.wire)
            if field is not None and not field.shape.read_only:
                yield binding, field

    def _column(self, binding: Binding, field: Field) -> str:
        """Return the column that a field goes to as it is, or ""."""
        if binding.kind == "attribute":
            attribute = attribute_of(self._entity_of(binding), binding.member)
            return "" if attribute.origin in _NEVER_FROM_BODY else row_name(attribute.name)
        if binding.kind == "relation" and not binding.view:
            relation = relation_of(self._entity_of(binding), binding.member)
            if relation and self._is_key(relation, binding) and self._is_plain(field):
                return row_name(relation.column)
        return ""

    def _entity_of(self, _binding: Binding) -> Entity:
        return self._entity

    def _is_key(self, relation: Relation, binding: Binding) -> bool:
        own = any(a.name == relation.column for a in self._entity.attributes)
        to_one = relation.kind in ("many_to_one", "one_to_one")
        key = self._plan.entities[relation.target].key
        return own and to_one and (binding.by or key) == key

    def _is_plain(self, field: Field) -> bool:
        shape = resolve(self._plan, field.shape)
        return shape is not None and shape.kind in ("string", "integer")

    def _blank(self, view: View) -> list[tuple[str, Doc]]:
        entries: list[tuple[str, Doc]] = []
        for binding, _ in self._fields(view):
            if binding.kind != "attribute":
                continue
            attribute = attribute_of(self._entity, binding.member)
            if attribute.origin in (*_NEVER_FROM_BODY, "slug", "flow"):
                continue
            default = default_of(attribute, self._imports)
            first = attribute.default.value if attribute.default else None
            if isinstance(first, dict | list):
                default = literal(first)
            if attribute.nullable:
                entries.append((string(row_name(attribute.name)), default or "None"))
            elif default is not None and attribute.origin == "input":
                entries.append((string(row_name(attribute.name)), default))
        return entries

    def _assigned(self, operation: Operation, *, only_constants: bool = False) -> Lines:
        lines: Lines = []
        for item in operation.action.assign:
            target = f"values[{string(row_name(item.attribute))}]"
            if item.source == "viewer":
                value = "self._viewer"
            elif item.source.startswith("parent:"):
                parent = operation.action.parents[int(item.source.removeprefix("parent:"))]
                entity = self._plan.entities[parent.entity]
                value = f"{parent_variable(self._plan, entity)}.{row_name(entity.key)}"
            elif item.source.startswith("parameter:"):
                name = item.source.removeprefix("parameter:")
                value = parameter_name(find_parameter(operation, name))
            else:
                value = flat(literal(item.value.value if item.value else None))
            if not only_constants or item.source not in ("viewer",):
                lines.append(f"{target} = {value}")
        return lines

    def _special(self, view: View, source: str, operation: Operation, *, new: bool) -> Lines:
        """Return statements for passwords and related rows."""
        lines: Lines = []
        for binding, field in self._fields(view):
            value = f"{source}.{field_name(field)}"
            if binding.kind == "password":
                lines += self._password(binding, field, value, new=new)
            elif binding.kind == "relation" and not self._column(binding, field):
                lines += self._relation(binding, field, value)
        if lines and source == "data" and body_part(self._plan, operation, self._imports).optional:
            return ["if data is not None:", *shifted(lines)]
        return lines

    def _password(self, binding: Binding, field: Field, value: str, *, new: bool) -> Lines:
        hash_password = self._imports.use("src.core.security", "hash_password")
        to_thread = self._imports.use("asyncio", "to_thread")
        column = string(row_name(binding.member))
        statement = f"values[{column}] = await {to_thread}({hash_password}, {value})"
        if new and field.required:
            return [statement]
        return [f"if {value} is not None:", f"    {statement}"]

    def _relation(self, binding: Binding, field: Field, value: str) -> Lines:
        relation = relation_of(self._entity, binding.member)
        if relation is None:
            return []
        target = self._plan.entities[relation.target]
        many = relation.kind in ("one_to_many", "many_to_many")
        row = self._imports.use(
            f"{PACKAGE}.{self._plan.modules[target.name]}", row_class(target.name)
        )
        name = string(row_name(relation.name))
        guard = "" if field.required and not field.shape.nullable else f"if {value} is not None:"
        owned = binding.view and (relation.kind == "one_to_many" or not binding.by)
        if owned and binding.view in self._plan.views:
            nested = ValueWriter(self._plan, target, self._imports)
            table = nested._table(self._plan.views[binding.view])
            self._constants |= nested._constants
            given = self._imports.use(_SERVICE, "given")
            made = f"{row}(**{given}({{}}, {table}))" if table else f"{row}()"
            if many:
                made_item = made.replace("{}", "item")
                statement = f"values[{name}] = [{made_item} for item in {value}]"
            else:
                statement = f"values[{name}] = {made.replace('{}', value)}"
            return [guard, f"    {statement}"] if guard else [statement]
        by = row_name(binding.by or target.key)
        inner = resolve(self._plan, field.shape)
        item_shape = resolve(self._plan, inner.items) if inner and inner.items else inner
        key = by
        if item_shape is not None and item_shape.kind == "object":
            match = next((f for f in item_shape.fields if f.name == by or f.wire == by), None)
            key = field_name(match) if match else by
            keys = f"{{item.{key} for item in {value}}}" if many else f"{{{value}.{key}}}"
        else:
            keys = f"set({value})" if many else f"{{{value}}}"
        repository = self._imports.use(
            repository_module(self._plan, target.name), repository_class(target.name)
        )
        error = self._imports.use("src.api.errors", "unknown_reference")
        related = f"related_{relation.name}"
        keys_name = f"{relation.name}_keys"
        result = f"list({related})" if many else f"{related}[0]"
        statements = [
            f"{keys_name} = {keys}",
            *put(
                call(
                    f"await {repository}(self._session).list",
                    call(f"{row}.{by}.in_", keys_name),
                ),
                0,
                before=f"{related} = ",
            ),
            f"if len({related}) < len({keys_name}):",
            f"    raise {error}({string(binding.wire)}, {string(words(target.name))})",
            f"values[{name}] = {result}",
        ]
        return [guard, *shifted(statements)] if guard else statements

    def _slugs(self, *, new: bool) -> Lines:
        lines: Lines = []
        for attribute in self._entity.attributes:
            if attribute.origin != "slug" or not attribute.origin_of:
                continue
            slugify = self._imports.use(_SERVICE, "slugify")
            numbered = self._imports.use(_SERVICE, "numbered")
            source = string(row_name(attribute.origin_of))
            column = f"{row_class(self._entity.name)}.{row_name(attribute.name)}"
            self._imports.use(
                f"{PACKAGE}.{self._plan.modules[self._entity.name]}", row_class(self._entity.name)
            )
            rows = f"self._{self._plan.modules[self._entity.name]}_rows"
            statements = [
                f"slug = {slugify}(values[{source}])",
                f"taken = await {rows}.values_like({column}, slug)",
                f"values[{string(row_name(attribute.name))}] = {numbered}(slug, taken)",
            ]
            if new:
                lines += statements
            else:
                origin = f"row.{row_name(attribute.origin_of)}"
                lines.append(f"if values.get({source}, {origin}) != {origin}:")
                lines += shifted(statements)
        return lines
