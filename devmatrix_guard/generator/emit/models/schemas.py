"""The schemas of the API as Pydantic models, one module for each entity."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from devmatrix_guard.generator.emit.models.json_schema import SchemaPlace, write_json_schema
from devmatrix_guard.generator.emit.models.types import BASE, Mode, TypeWriter
from devmatrix_guard.generator.emit.python.module import Imports, render_module
from devmatrix_guard.generator.emit.python.printer import (
    LINE_LENGTH,
    Doc,
    block,
    call,
    make_chain,
    make_literal,
    make_mapping,
    make_sequence,
    make_subscript,
    measure_width,
    write_docstring,
    write_flat,
    write_string,
)
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.defaults import choose_default, fits
from devmatrix_guard.ir.shape import Field, Schema, Shape

PACKAGE = "src.models.schemas"

_COUNTS = ("min_properties", "max_properties")
# Names that a schema's class, or a field, must not take from the module it stands in.
_TAKEN_CLASSES = frozenset(
    [
        "Annotated",
        "AskingModel",
        "AsyncSession",
        "Base",
        "BaseModel",
        "Callable",
        "ColumnElement",
        "CountedModel",
        "Mapping",
        "NamedTuple",
        "OrderBy",
        "ProblemError",
        "Sequence",
        "Show",
        "Viewer",
        "Any",
        "ApiModel",
        "APIRouter",
        "Body",
        "ConfigDict",
        "DatabaseDep",
        "Day",
        "Decimal",
        "DecimalText",
        "Depends",
        "BeforeValidator",
        "Callable",
        "ClassVar",
        "CoreSchema",
        "Field",
        "File",
        "FileResponse",
        "Form",
        "Format",
        "Header",
        "HidingModel",
        "Literal",
        "Moment",
        "Omissible",
        "Path",
        "Pattern",
        "PlainSerializer",
        "Query",
        "Request",
        "Response",
        "Shape",
        "StrEnum",
        "TypeAliasType",
        "Text",
        "UUID",
        "UploadFile",
        "Union",
        "Uuid",
    ]
)
_TAKEN_FIELDS = frozenset(
    [
        "bool",
        "byte_format",
        "bytes",
        "construct",
        "copy",
        "date",
        "dependent_required",
        "dict",
        "duration_format",
        "email_format",
        "float",
        "float32",
        "from_orm",
        "hostname_format",
        "int",
        "int32",
        "ipv4_format",
        "ipv6_format",
        "json",
        "json_flag",
        "json_number",
        "json_whole",
        "list",
        "no_nul",
        "one_of",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "schema",
        "schema_json",
        "str",
        "time_format",
        "unique_items",
        "update_forward_refs",
        "uri_format",
        "validate",
        "write_only",
    ]
)


def name_schema_module(group: str) -> str:
    """Return the dotted name of the module that holds a group of schemas."""
    return f"{PACKAGE}.{group}"


def name_class(schema: Schema, rows: frozenset[str] = frozenset()) -> str:
    """Return the class of a schema; `rows` are the classes of tables, which keep their names."""
    taken = schema.name in _TAKEN_CLASSES or schema.name in rows
    return f"{schema.name}Schema" if taken else schema.name


def name_field(field: Field) -> str:
    """Return the attribute of a model that holds a field."""
    return name_python_field(field.name)


def name_python_field(name: str) -> str:
    """Return the attribute of a model that holds the field called `name` in the IR."""
    taken = name in _TAKEN_FIELDS or name.startswith(("_", "model_"))
    return f"{name.lstrip('_')}_" if taken else name


def place_schemas(ir: ApplicationIR, entity_modules: Mapping[str, str]) -> dict[str, SchemaPlace]:
    """Decide in which module each schema stands, so that modules never import in a circle.

    Args:
        ir: the application.
        entity_modules: the module name of each entity.
    """
    views = {view.schema: entity_modules[view.entity] for view in ir.domain.views}
    schemas = {schema.name: schema for schema in ir.api.schemas}
    uses = {
        name: set(iter_references(schema.shape)) & set(schemas) for name, schema in schemas.items()
    }
    group = {name: views.get(name) or _group_by_use(uses[name], views) for name in schemas}
    _merge_circles(group, uses)
    rows = frozenset(name_row_class(entity.name) for entity in ir.domain.entities)
    return {
        name: SchemaPlace(name_class(schemas[name], rows), name_schema_module(group[name]))
        for name in schemas
    }


def iter_references(shape: Shape) -> Iterator[str]:
    """Yield the names of the schemas that a shape mentions."""
    if shape.kind == "ref":
        yield shape.ref
    if shape.items is not None:
        yield from iter_references(shape.items)
    for field in shape.fields:
        yield from iter_references(field.shape)
    for variant in shape.variants:
        yield from iter_references(variant)


def _group_by_use(used: Iterable[str], views: Mapping[str, str]) -> str:
    """An envelope stands with the one entity it wraps, everything else is shared."""
    groups = sorted({views[name] for name in used if name in views})
    return groups[0] if len(groups) == 1 else "shared"


def _merge_circles(group: dict[str, str], uses: Mapping[str, set[str]]) -> None:
    """Put groups that need one another into the first of them."""
    while True:
        edges: dict[str, set[str]] = {g: set() for g in group.values()}
        for name, targets in uses.items():
            edges[group[name]] |= {group[t] for t in targets} - {group[name]}
        circle = _find_circle(edges)
        if not circle:
            return
        first = min(circle)
        for name, own in group.items():
            if own in circle:
                group[name] = first


def _find_circle(edges: Mapping[str, set[str]]) -> set[str]:
    """Return the nodes of one circle, or nothing."""
    done: set[str] = set()
    for start in sorted(edges):
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(sorted(edges[start])))]
        path.append(start)
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                path.pop()
                done.add(node)
            elif target in path:
                return set(path[path.index(target) :])
            elif target not in done:
                stack.append((target, iter(sorted(edges[target]))))
                path.append(target)
    return set()


def sort_schemas(schemas: Sequence[Schema]) -> list[Schema]:
    """Return the schemas with those that others mention before them, as far as possible."""
    by_name = {schema.name: schema for schema in schemas}
    ordered: dict[str, Schema] = {}
    open_names: set[str] = set()

    def visit(schema: Schema) -> None:
        if schema.name in ordered or schema.name in open_names:
            return
        open_names.add(schema.name)
        for name in sorted(set(iter_references(schema.shape))):
            if name in by_name:
                visit(by_name[name])
        ordered[schema.name] = schema

    for schema in schemas:
        visit(schema)
    return list(ordered.values())


def emit_schemas(
    module: str,
    schemas: Sequence[Schema],
    all_schemas: Mapping[str, Schema],
    places: Mapping[str, SchemaPlace],
    request_schemas: frozenset[str],
    form_schemas: frozenset[str] = frozenset(),
) -> str:
    """Return the module that holds `schemas`.

    Args:
        module: its dotted name.
        schemas: what stands in it.
        all_schemas: every schema by name.
        places: where every schema stands.
        request_schemas: schemas that requests bring, in which read-only fields may be missing.
        form_schemas: schemas that only forms bring: their numbers come as texts.
    """
    imports = Imports()
    ordered = sort_schemas(schemas)
    parts = []
    for index, schema in enumerate(ordered):
        later = frozenset(s.name for s in ordered[index:])
        read: Mode = "text" if schema.name in form_schemas else "json"
        writer = TypeWriter(imports, places, all_schemas, module, later, read)
        parts.append(_emit_schema(schema, writer, relaxed=schema.name in request_schemas))
    title = module.rpartition(".")[2].replace("_", " ")
    return render_module(f"Schemas of the API: {title}.", imports, parts)


def is_string_enum(shape: Shape) -> bool:
    """Tell whether a schema becomes an enumeration of texts."""
    texts = all(isinstance(value, str) for value in shape.enum)
    return shape.kind == "string" and bool(shape.enum) and texts and not shape.nullable


def _emit_schema(schema: Schema, writer: TypeWriter, *, relaxed: bool) -> str:
    name = writer.places[schema.name].class_name
    if is_string_enum(schema.shape):
        return _emit_enum(name, schema, writer)
    if schema.shape.kind == "object":
        return _emit_model(name, schema, writer, relaxed=relaxed)
    if any(later in writer.later for later in iter_references(schema.shape)):
        alias = writer.imports.use("typing_extensions", "TypeAliasType")  # which may wait for them
        return block(
            call(alias, write_string(name), writer.write_type(schema.shape)), before=f"{name} = "
        )
    return block(writer.write_type(schema.shape), before=f"{name} = ")


def _emit_enum(name: str, schema: Schema, writer: TypeWriter) -> str:
    base = writer.imports.use("enum", "StrEnum")
    lines = [
        f"class {name}({base}):",
        write_docstring(schema.shape.description or f"{name}.", 4),
        "",
    ]
    members = name_enum_members(tuple(str(value) for value in schema.shape.enum))
    lines += [f"    {member} = {write_string(value)}" for member, value in members]
    return "\n".join(lines)


def name_enum_members(values: Sequence[str]) -> list[tuple[str, str]]:
    """Return (member name, value) for the values of an enumeration."""
    members: dict[str, str] = {}
    for value in values:
        word = "".join(c if c.isascii() and c.isalnum() else "_" for c in value).strip("_").upper()
        name = word or "EMPTY"
        if not name.isidentifier() or keyword.iskeyword(name) or name in ("MRO", "NAME", "VALUE"):
            name = f"VALUE_{name}"
        while name in members:
            name += "_"
        members[name] = value
    return list(members.items())


def _emit_model(name: str, schema: Schema, writer: TypeWriter, *, relaxed: bool) -> str:
    shape = schema.shape
    is_counted = any(constraint.kind in _COUNTS for constraint in shape.constraints)
    is_hiding = any(field.shape.write_only for field in shape.fields)
    bases = ["CountedModel"] * is_counted + ["AskingModel"] * bool(shape.dependents)
    bases += ["HidingModel"] * is_hiding
    named = ", ".join(writer.imports.use(BASE, base) for base in bases or ["ApiModel"])
    lines = [f"class {name}({named}):"]
    lines.append(write_docstring(shape.description or f"The schema {schema.wire or name}.", 4))
    body = [*_write_config(shape, writer, relaxed=relaxed)]
    fields = []
    for field in shape.fields:
        optional = relaxed and field.shape.read_only
        fields.append(_emit_field(field, writer, required=field.required and not optional))
    if body and fields:
        body.append("")
    body += fields
    return "\n".join([*lines, "", *body] if body else lines)


def _write_config(shape: Shape, writer: TypeWriter, *, relaxed: bool) -> list[str]:
    limits = {c.kind: c.value for c in shape.constraints}
    settings: dict[str, Doc | None] = {}
    if shape.extra != "unset":
        settings["extra"] = write_string(shape.extra)
    extra: dict[str, Any] = {}
    if relaxed and any(f.required and f.shape.read_only for f in shape.fields):
        required = [field.wire for field in shape.fields if field.required]
        extra["required"] = required
    if shape.variants:
        extra["allOf"] = [write_json_schema(writer, choice) for choice in shape.variants]
    if extra:
        settings["json_schema_extra"] = make_literal(extra)
    lines = []
    if settings:
        config = call(writer.imports.use("pydantic", "ConfigDict"), **settings)
        lines.append(block(config, 4, before="model_config = "))
    for kind in _COUNTS:
        if kind in limits:
            int_class_var = make_subscript(writer.imports.use("typing", "ClassVar"), "int")
            lines.append(f"    {kind}: {write_flat(int_class_var)} = {limits[kind]}")
    lines += _write_dependents(shape, writer)
    hidden = [field.wire for field in shape.fields if field.shape.write_only]
    if hidden:
        texts = make_subscript("frozenset", "str")
        typed = make_subscript(writer.imports.use("typing", "ClassVar"), texts)
        names = call("frozenset", make_sequence(map(write_string, hidden), "{}"))
        lines.append(block(names, 4, before=f"write_only: {write_flat(typed)} = "))
    if shape.extra == "allow" and shape.items is not None:
        value = make_subscript("dict", "str", writer.write_type(shape.items))
        lines.append(block(make_chain("__pydantic_extra__: ", value), 4))
    return lines


def _write_dependents(shape: Shape, writer: TypeWriter) -> list[str]:
    if not shape.dependents:
        return []
    names = {field.wire: write_string(name_field(field)) for field in shape.fields}
    asked = [
        (names[name], make_sequence([names[other] for other in others], "()"))
        for name, others in shape.dependents
    ]
    mapping = writer.imports.use("collections.abc", "Mapping")
    kind = make_subscript(mapping, "str", make_subscript("tuple", "str", "..."))
    typed = make_subscript(writer.imports.use("typing", "ClassVar"), kind)
    return [block(make_mapping(asked), 4, before=f"dependent_required: {write_flat(typed)} = ")]


def _emit_field(field: Field, writer: TypeWriter, *, required: bool) -> str:
    shape = field.shape
    name = name_field(field)
    default: Doc | None = None
    kind = writer.write_type(shape)
    if not required:
        default = write_default(shape, writer)
        if default is None:
            default = "None"
            if not (shape.nullable or write_flat(kind) == choose_any(kind)):
                kind = make_subscript(writer.imports.use(BASE, "Omissible"), kind)
    details = _write_details(field, name, document_default(shape, default, writer))
    if details:
        described = call(writer.imports.use("pydantic", "Field"), **details)
        kind = make_subscript(writer.imports.use("typing", "Annotated"), kind, described)
    if default is None:
        return block(kind, 4, before=f"{name}: ")
    head, value = f"{name}: {write_flat(kind)} = (", write_flat(default)
    width = measure_width(head)
    if isinstance(default, str) and width + 4 <= LINE_LENGTH < width + 3 + len(value):
        return f"    {head}\n        {value}\n    )"  # a formatter breaks the value first
    return block(kind, 4, before=f"{name}: ", after=f" = {value}")


def choose_any(kind: Doc) -> str:
    """Return how a type that admits everything is written."""
    return "Any" if write_flat(kind) in ("Any", "None") else ""


def write_default(shape: Shape, writer: TypeWriter) -> Doc | None:
    """Return the default of a value as source; None without one that Python can use."""
    value = choose_default(shape, writer.schemas)
    if value is None or not fits(shape, value, writer.schemas):
        return None
    if shape.kind == "ref":
        target = writer.schemas[shape.ref].shape
        if is_string_enum(target):
            return call(writer.import_schema_class(shape.ref), write_string(value))
        return write_default(target._replace(default=shape.default or target.default), writer)
    if shape.kind == "array" and shape.items is not None and not _is_plain(shape.items):
        return None
    if shape.kind in ("object", "one_of", "any_of"):
        return None
    if shape.kind == "string" and not shape.enum and isinstance(value, str):
        if shape.format == "decimal":
            return call(writer.imports.use("decimal", "Decimal"), write_string(value))
        if shape.format == "uuid":
            return call(writer.imports.use("uuid", "UUID"), write_string(value))
        if shape.format == "date":
            day = date.fromisoformat(value)
            made = writer.imports.use("datetime", "date")
            return call(made, str(day.year), str(day.month), str(day.day))
        if shape.format == "date-time":
            return None
    return make_literal(value)


def _is_plain(shape: Shape) -> bool:
    """Tell whether a value is in Python what it is in JSON."""
    special = shape.format in ("date", "date-time", "decimal", "uuid")
    plain = shape.kind in ("string", "integer", "number", "boolean", "any")
    return bool(shape.enum) or (plain and not special)


def document_default(shape: Shape, default: Doc | None, writer: TypeWriter) -> Doc | None:
    """Return the default of a spec that Python's own does not show in the OpenAPI document."""
    value = choose_default(shape, writer.schemas)
    return make_literal(value) if value is not None and default in (None, "None") else None


def _write_details(field: Field, name: str, shown: Doc | None) -> dict[str, Doc | None]:
    shape = field.shape
    extra: list[tuple[str, Doc]] = []
    if shown is not None:
        extra.append((write_string("default"), shown))
    for key, present in (
        ("readOnly", shape.read_only),
        ("writeOnly", shape.write_only),
        ("deprecated", shape.deprecated),
    ):
        if present:
            extra.append((write_string(key), "True"))
    details: dict[str, Doc | None] = {}
    if field.wire != name:
        details["alias"] = write_string(field.wire)
    if shape.description:
        details["description"] = write_string(shape.description)
    if extra:
        details["json_schema_extra"] = make_mapping(extra)
    return details
