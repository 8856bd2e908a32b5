"""Views: functions that show a row as a schema of the API."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.entities import LINKS, PACKAGE
from devmatrix_guard.generator.emit.models.expressions import PythonWriter
from devmatrix_guard.generator.emit.models.loads import find_relation, get_relation
from devmatrix_guard.generator.emit.models.signatures import write_signature
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    Doc,
    block,
    call,
    make_comprehension,
    make_conditional,
    make_literal,
    make_mapping,
    make_sequence,
    write_docstring,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class, split_words, to_snake
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.domain import Binding, Derived, Entity, View
from devmatrix_guard.ir.sample import Sampler
from devmatrix_guard.ir.shape import Field, Shape

BASE = "src.views.base"
_STARS = 8


def name_view_function(plan: Plan, schema: str) -> str:
    """Return the name of the function that shows rows as `schema`."""
    return f"show_{to_snake(plan.places[schema].class_name)}"


def name_view_module(plan: Plan, schema: str) -> str:
    """Return the module that shows rows as `schema`; views stand together as schemas do."""
    return f"src.views.{plan.places[schema].module.rpartition('.')[2]}"


def list_shown_views(plan: Plan) -> list[View]:
    """Return the views in which rows are shown, on their own or as a part of another."""
    wanted: set[str] = set()
    queue = [v.schema for v in plan.ir.domain.views if {"read", "nested"} & set(v.roles)]
    while queue:
        name = queue.pop()
        if name not in wanted and plan.schemas[name].shape.fields:
            wanted.add(name)
            queue += [v.ref for v in plan.schemas[name].shape.variants if v.ref in plan.views]
            queue += [binding.view for binding in plan.views[name].bindings if binding.view]
    return [view for view in plan.ir.domain.views if view.schema in wanted]


def emit_views(plan: Plan) -> dict[str, str]:
    """Return the source of every module of views, by dotted name."""
    groups: dict[str, list[View]] = {}
    for view in list_shown_views(plan):
        groups.setdefault(name_view_module(plan, view.schema), []).append(view)
    return {module: _emit_module(plan, module, views) for module, views in groups.items()}


def _emit_module(plan: Plan, module: str, views: list[View]) -> str:
    imports = Imports()
    parts = [_emit_view(plan, plan.entities[view.entity], view, module, imports) for view in views]
    title = module.rpartition(".")[2].replace("_", " ")
    return render_module(f"How rows are shown: {title}.", imports, parts)


def _emit_union(plan: Plan, entity: Entity, view: View, module: str, imports: Imports) -> str:
    """Return the view of a row that is shown as one of several schemas."""
    place, shape = plan.places[view.schema], plan.schemas[view.schema].shape
    schema = imports.use(place.module, place.class_name)
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    show = imports.use(BASE, "Show")
    kinds = shape.discriminator
    column = next((b.member for b in view.bindings if kinds and b.wire == kinds.wire), "")
    head = f"async def {name_view_function(plan, view.schema)}"
    lines = write_signature(head, [f"row: {row}", f"show: {show}"], schema, 0)
    lines.append(write_docstring(f"Show a {split_words(entity.name)} as the {schema} it is.", 4))
    last = ""
    for value, name in kinds.mapping if kinds else ():
        if name_view_module(plan, name) != module:
            imports.use(name_view_module(plan, name), name_view_function(plan, name))
        last = f"return await {name_view_function(plan, name)}(row, show)"
        lines += [f"    if row.{name_row(column)} == {write_string(value)}:", f"        {last}"]
    return "\n".join([*lines[:-2], f"    {last}"])


def _emit_view(plan: Plan, entity: Entity, view: View, module: str, imports: Imports) -> str:
    if plan.schemas[view.schema].shape.kind != "object":
        return _emit_union(plan, entity, view, module, imports)
    place = plan.places[view.schema]
    schema = imports.use(place.module, place.class_name)
    row = imports.use(f"{PACKAGE}.{plan.modules[entity.name]}", name_row_class(entity.name))
    show = imports.use(BASE, "Show")
    fields = {field.wire: field for field in plan.schemas[view.schema].shape.fields}
    writer = PythonWriter(imports, plan.entities, {"self": "row", "row": "row"})
    entries: list[tuple[str, Doc]] = []
    omitted: list[str] = []
    for binding in view.bindings:
        field = fields.get(binding.wire)
        if field is None or (field.shape.write_only and not field.required):
            continue
        if field.shape.write_only:
            entries.append((write_string(binding.wire), _stand_in_unseen(plan, field)))
            continue
        if binding.view and name_view_module(plan, binding.view) != module:
            imports.use(
                name_view_module(plan, binding.view), name_view_function(plan, binding.view)
            )
        value = _write_value(plan, entity, binding, field, writer, imports)
        if value is None:
            continue
        if isinstance(value, str) and _is_never_empty(plan, field):
            value = f"{value} or None"  # what was left out is kept as a list without values
        entries.append((write_string(binding.wire), value))
        if not field.required and not field.shape.nullable:
            omitted.append(binding.wire)
    values = make_mapping(entries)
    shown = call(f"{schema}.model_validate", values)
    if omitted:
        omit = make_sequence(map(write_string, omitted), "{}")
        shown = call(imports.use(BASE, "build"), schema, values, omit=omit)
    lines = [
        "\n".join(
            write_signature(
                f"async def {name_view_function(plan, view.schema)}",
                [f"row: {row}", f"show: {show}"],
                schema,
                0,
            )
        ),
        write_docstring(f"Show a {split_words(entity.name)} as {schema}.", 4),
        block(shown, 4, before="return "),
    ]
    if "show." not in lines[2] and ", show)" not in lines[2]:
        lines.insert(2, "    del show  # nothing in this view depends on the viewer")
    if "row." not in lines[-1] and "(row" not in lines[-1]:
        lines.insert(2, "    del row  # nothing in this view depends on the row")
    return "\n".join(lines)


def _is_never_empty(plan: Plan, field: Field) -> bool:
    """Tell whether a list may be left out, and has items where it is there."""
    shape = resolve_shape(plan, field.shape)
    if field.required or shape.kind != "array":
        return False
    return any(limit.kind == "min_items" and limit.value for limit in shape.constraints)


def _write_value(
    plan: Plan,
    entity: Entity,
    binding: Binding,
    field: Field,
    writer: PythonWriter,
    imports: Imports,
) -> Doc | None:
    if binding.kind == "attribute":
        attribute = find_attribute(entity, binding.member)
        text = f"row.{name_row(attribute.name)}"
        shape = resolve_shape(plan, field.shape)
        return convert(text, attribute.type.kind, attribute.nullable, shape, imports)
    if binding.kind == "relation":
        return _write_related(plan, entity, binding)
    if binding.kind == "derived":
        derived = next(d for d in entity.derived if d.name == binding.member)
        value = _write_derived(entity, derived, writer, imports)
        if not isinstance(value, str):
            return value
        return convert(value, derived.type.kind, False, resolve_shape(plan, field.shape), imports)
    if binding.kind == "password" and field.required:
        return _mask(resolve_shape(plan, field.shape))
    if binding.kind == "ignored" and field.required:
        return (
            "None"
            if field.shape.nullable
            else make_literal(write_stand_in(resolve_shape(plan, field.shape)))
        )
    return None


def _stand_in_unseen(plan: Plan, field: Field) -> Doc:
    """Return a value that the schema of an answer must have, and that the answer does not show."""
    if field.shape.nullable:
        return "None"
    return make_literal(Sampler(plan.schemas).make_value(field.shape, 1, name=field.name))


def _mask(shape: Shape) -> Doc:
    """Return what stands for a password that an answer must have: as many stars as it may."""
    if shape.nullable:
        return "None"
    limits = {constraint.kind: constraint.value for constraint in shape.constraints}
    if "pattern" in limits:
        return write_string(str(Sampler({}).make_value(shape, 1, name="password")))
    least = max(_STARS, int(limits.get("min_length") or 0))
    return write_string("*" * min(least, int(limits.get("max_length") or least)))


def resolve_shape(plan: Plan, shape: Shape) -> Shape:
    """Return the shape that a reference names."""
    seen = 0
    while shape.kind == "ref" and seen < 20:
        shape, seen = plan.schemas[shape.ref].shape, seen + 1
    return shape


def write_stand_in(shape: Shape) -> object:
    """Return the simplest value of a shape, for a field the application knows nothing about."""
    if shape.enum:
        return shape.enum[0]
    simple: dict[str, object] = {"string": "", "integer": 0, "number": 0, "boolean": False}
    return simple.get(shape.kind, [] if shape.kind == "array" else {})


def convert(text: str, kind: str, nullable: bool, shape: Shape, imports: Imports) -> Doc:
    """Return the value of a column as the kind of value that the schema declares."""
    function = ""
    if kind == "bytes" and shape.kind == "string" and shape.format not in ("binary", "byte"):
        encode = imports.use("base64", "b64encode")
        made = f'f"data:application/octet-stream;base64,{{{encode}({text}).decode()}}"'
        return make_conditional("None", f"{text} is None", made) if nullable else made
    if shape.kind == "number" and kind == "decimal":
        function = "float"
    elif (
        shape.kind == "string"
        and not shape.format
        and kind in ("uuid", "integer", "bigint", "number")
    ) or (shape.kind == "string" and shape.format != "decimal" and kind == "decimal"):
        function = "str"
    elif shape.kind == "integer" and kind in ("number", "decimal"):
        function = "int"
    if shape.kind == "string" and kind in ("datetime", "date") and not shape.format:
        return f"{text}.isoformat()" if not nullable else f"{text} and {text}.isoformat()"
    if not function:
        return text
    made = f"{function}({text})"
    return make_conditional("None", f"{text} is None", made) if nullable else made


def _write_related(plan: Plan, entity: Entity, binding: Binding) -> Doc:
    relation = get_relation(entity, binding.member)
    many = relation.kind in ("one_to_many", "many_to_many")
    rows = f"row.{name_row(relation.name)}"
    if binding.view:
        function = name_view_function(plan, binding.view)
        if many:
            return make_comprehension(f"await {function}(item, show)", f"item in {rows}")
        return make_conditional(f"await {function}({rows}, show)", f"{rows} is not None", "None")
    by = name_row(binding.by or plan.entities[relation.target].key)
    if many:
        return make_comprehension(f"item.{by}", f"item in {rows}")
    own = any(attribute.name == relation.column for attribute in entity.attributes)
    if own and by == name_row(plan.entities[relation.target].key):
        return f"row.{name_row(relation.column)}"
    return make_conditional(f"{rows}.{by}", f"{rows} is not None", "None")


def _write_derived(entity: Entity, derived: Derived, writer: PythonWriter, imports: Imports) -> Doc:
    key = f"row.{name_row(entity.key)}"
    if derived.kind == "expression" and derived.expression:
        return writer.write(derived.expression)
    if derived.kind == "count":
        return f"row.{name_row(derived.name)}"
    if derived.kind == "token":
        return f"show.token({key})"
    relation = find_relation(entity, derived.relation)
    if derived.kind == "viewer_linked" and relation and relation.kind == "many_to_many":
        table = imports.use(LINKS, relation.through)
        own, other = relation.through_local, relation.through_target
        return call("await show.linked", f"{table}.c.{own}", f"{table}.c.{other}", key)
    if derived.kind == "viewer_owns" and relation:
        return f"show.viewer is not None and row.{name_row(relation.column)} == show.viewer"
    return make_literal(derived.value.value) if derived.value else "None"
