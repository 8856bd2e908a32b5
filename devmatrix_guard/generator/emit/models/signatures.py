"""What an operation's method takes: the same list for the service, the route and the tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from devmatrix_guard.generator.emit.models.columns import write_plain_type
from devmatrix_guard.generator.emit.models.types import TypeWriter
from devmatrix_guard.generator.emit.python.module import Imports
from devmatrix_guard.generator.emit.python.printer import Doc, write_flat, write_lines
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.api import Content, Filter, Operation, Parameter, is_json, is_list_of_edits
from devmatrix_guard.ir.defaults import fits
from devmatrix_guard.ir.shape import Field, Shape
from devmatrix_guard.model.named_value import NamedValue

_TAKEN = frozenset(
    [
        "body",
        "data",
        "database",
        "order",
        "request",
        "response",
        "result",
        "rows",
        "self",
        "session",
        "show",
        "total",
        "values",
        "viewer",
        "where",
        "row",
    ]
)
READS = frozenset(
    [
        "list",
        "feed",
        "values",
        "group_count",
        "count",
        "read",
        "download",
        "exists",
        "current",
        "login",
        "refresh",
        "health",
        "not_implemented",
    ]
)
_SCALARS = ("string", "integer", "number", "boolean")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def name_parameter(parameter: Parameter) -> str:
    """Return the Python name of a parameter."""
    return f"{parameter.name}_" if parameter.name in _TAKEN else parameter.name


def find_json_content(contents: tuple[Content, ...]) -> Content | None:
    """Return the first content that is JSON, a list of edits only where there is no other."""
    found = [c for c in contents if is_json(c.media_type)]
    whole = (c for c in found if not is_list_of_edits(c.media_type))
    return next(whole, next(iter(found), None))


def find_form_content(contents: tuple[Content, ...]) -> Content | None:
    """Return the content that is a form, where none is JSON."""
    if find_json_content(contents):
        return None
    return next((c for c in contents if c.media_type.partition(";")[0] in FORM_TYPES), None)


def read_content(plan: Plan, contents: tuple[Content, ...]) -> Content | None:
    """Return the content that the application reads: JSON, or else a form that has fields."""
    content = find_json_content(contents)
    if content is not None:
        return content if content.shape is not None else None
    form = find_form_content(contents)
    shape = resolve(plan, form.shape) if form else None
    return form if shape is not None and shape.kind == "object" else None


def list_form_schemas(plan: Plan) -> frozenset[str]:
    """Return the schemas that only forms bring: their numbers are texts."""
    from devmatrix_guard.generator.emit.models.schemas import iter_references

    forms: set[str] = set()
    others: set[str] = set()
    for schema in plan.ir.api.schemas:
        others.update(iter_references(schema.shape))
    for operation in plan.ir.api.operations:
        sent = operation.body.content if operation.body else ()
        answered = (content for response in operation.responses for content in response.content)
        for content in (*sent, *answered):
            named = iter_references(content.shape) if content.shape is not None else ()
            (forms if content is find_form_content(sent) else others).update(named)
    return frozenset(forms - others)


def is_read_as_json(plan: Plan, content: Content) -> bool:
    """Tell whether a form holds what JSON holds elsewhere, whose numbers are no texts."""
    from devmatrix_guard.generator.emit.models.schemas import iter_references

    if content.media_type.partition(";")[0].strip() != FORM_TYPES[0] or content.shape is None:
        return False
    return not set(iter_references(content.shape)) <= list_form_schemas(plan)


def resolve(plan: Plan, shape: Shape | None) -> Shape | None:
    """Return the shape behind references."""
    for _ in range(50):
        if shape is None or shape.kind != "ref":
            return shape
        shape = plan.schemas[shape.ref].shape
    return shape


def is_supported(plan: Plan, parameter: Parameter) -> bool:
    """Tell whether FastAPI can read a parameter of this kind."""
    shape = resolve(plan, parameter.shape)
    if parameter.media_type or shape is None:
        return False
    if shape.kind == "array":
        items = resolve(plan, shape.items)
        plain = items is not None and items.kind in _SCALARS
        return plain and parameter.location == "query"
    return shape.kind in _SCALARS


def is_split(plan: Plan, parameter: Parameter) -> bool:
    """Tell whether a parameter holds several values in one text: `labels=a,b`."""
    shape = resolve(plan, parameter.shape)
    listed = shape is not None and shape.kind == "array"
    return listed and parameter.location == "query" and not parameter.explode


def make_part(plan: Plan, parameter: Parameter, field: str) -> Parameter:
    """Return a property of a parameter that is an object, as a parameter: `filter[status]`."""
    shape = resolve(plan, parameter.shape)
    found = next(f for f in shape.fields if f.wire == field) if shape else None
    if found is None:
        return parameter
    return parameter._replace(
        name=f"{parameter.name}_{found.name}",
        wire=f"{parameter.wire}[{found.wire}]",
        shape=found.shape,
        required=False,
        style="",
        description="",
    )


def find_filter_parameter(plan: Plan, operation: Operation, item: Filter) -> Parameter:
    """Return the parameter, or the part of one, that a filter compares with."""
    parameter = next(p for p in operation.parameters if p.name == item.parameter)
    return make_part(plan, parameter, item.field) if item.field else parameter


def _list_parts(plan: Plan, operation: Operation) -> list[Parameter]:
    return [find_filter_parameter(plan, operation, f) for f in operation.action.filters if f.field]


def is_declared_apart(plan: Plan, operation: Operation, parameter: Parameter) -> bool:
    """Tell whether FastAPI reads a parameter in another way than the spec writes it down."""
    whole = all(p is not parameter for p in operation.parameters)
    return whole or is_split(plan, parameter)


def list_parameters(plan: Plan, operation: Operation) -> list[Parameter]:
    """Return the parameters that the method takes."""
    action = operation.action
    matches = (*action.login, *((action.secret,) if action.secret else ()))
    login = {match.parameter for match in matches}
    taken = [
        p
        for p in operation.parameters
        if is_supported(plan, p) and (p.role != "credential" or p.name in login)
    ]
    return [*taken, *_list_parts(plan, operation)]


class BodyPart(NamedValue):
    """The part of the body that the service takes.

    Attributes:
        type: its type as source; "" when the operation has no body that is read.
        path: the attributes that lead to it from the body.
        optional: it may be None.
        guards: what must not be None for the part to be read at all, as source.
        form: the fields of a form, read one by one.
    """

    type: str
    path: tuple[str, ...] = ()
    optional: bool = False
    guards: tuple[str, ...] = ()
    form: tuple[Field, ...] = ()


def choose_body_part(plan: Plan, operation: Operation, imports: Imports) -> BodyPart:
    """Return what of the body the service takes, its type imported."""
    from devmatrix_guard.generator.emit.models.schemas import name_field

    body = operation.body
    if body is None:
        return BodyPart("")
    if operation.action.kind == "upload":
        return BodyPart("bytes")
    content = read_content(plan, body.content)
    if content is None or content.shape is None:
        return BodyPart("")
    shape, fields = _open_part(plan, content.shape, body.path)
    path = tuple(name_field(field) for field in fields)
    absent = [not body.required and is_json(content.media_type), *map(_may_lack, fields)]
    steps = [".".join(("body", *path[:depth])) for depth in range(len(absent))]
    guards = tuple(step for step, lacks in zip(steps[:-1], absent, strict=False) if lacks)
    part = shape._replace(nullable=False) if fields else shape
    return BodyPart(_write_flat_type(plan, part, imports), path, any(absent), guards)


def _may_lack(field: Field) -> bool:
    return not field.required or field.shape.nullable


def _open_part(plan: Plan, shape: Shape, path: Iterable[str]) -> tuple[Shape, list[Field]]:
    """Return the part of a body at a path, and the fields that lead to it."""
    fields: list[Field] = []
    for wire in path:
        holder = resolve(plan, shape)
        field = next((f for f in holder.fields if f.wire == wire), None) if holder else None
        if field is None:
            break
        fields.append(field)
        shape = field.shape
    return shape, fields


def may_be_empty(plan: Plan, operation: Operation) -> bool:
    """Tell whether what the body gives the service needs no field."""
    content = read_content(plan, operation.body.content) if operation.body else None
    if operation.body is None or content is None or content.shape is None:
        return False
    part = resolve(plan, _open_part(plan, content.shape, operation.body.path)[0])
    return part is not None and part.kind == "object" and not any(f.required for f in part.fields)


def find_sent_field(plan: Plan, operation: Operation, wire: str) -> Field:
    """Return a field of what the body gives the service."""
    content = read_content(plan, operation.body.content) if operation.body else None
    holder = resolve(plan, content.shape) if content else None
    return next(f for f in (holder.fields if holder else ()) if f.wire == wire)


def read_sent_field(plan: Plan, operation: Operation, wire: str) -> str:
    """Return how the service reads a field of what the body gives it, None where that is not."""
    from devmatrix_guard.generator.emit.models.schemas import name_field

    body = operation.body
    content = read_content(plan, body.content) if body is not None else None
    if body is None or content is None or content.shape is None:
        return f"data.{wire}"
    shape, holders = _open_part(plan, content.shape, body.path)
    holder = resolve(plan, shape)
    fields = holder.fields if holder else ()
    name = next((name_field(f) for f in fields if wire in (f.wire, f.name)), wire)
    absent = not body.required and is_json(content.media_type)
    absent = absent or any(map(_may_lack, holders))
    return f"data.{name} if data is not None else None" if absent else f"data.{name}"


def _write_flat_type(plan: Plan, shape: Shape, imports: Imports) -> str:
    return write_flat(TypeWriter(imports, plan.places, plan.schemas).write_type(shape))


def write_plain_parameter(plan: Plan, parameter: Parameter, imports: Imports) -> str:
    """Return the type of a parameter once it has been read."""
    text = write_plain_type(parameter.shape, imports, plan.schemas)
    optional = not parameter.required and not has_default(parameter)
    return f"{text} | None" if optional and not text.endswith("None") and text != "Any" else text


def has_default(parameter: Parameter) -> bool:
    """Tell whether a parameter that is left out has a value all the same."""
    shape = parameter.shape
    if shape.default is None or shape.default.value is None:
        return False
    if shape.format == "date-time":
        return bool(find_moment(shape))
    return shape.kind not in _SCALARS or fits(shape, shape.default.value, {})


def find_moment(shape: Shape) -> str:
    """Return the moment that is the default of a shape, in a form that Python reads; or ""."""
    text = shape.default.value if shape.default is not None else None
    if not isinstance(text, str) or shape.format != "date-time" or not fits(shape, text, {}):
        return ""
    return text if datetime.fromisoformat(text).tzinfo is not None else ""


def find_success_content(operation: Operation) -> Content | None:
    """Return the JSON content of the success response."""
    for response in operation.responses:
        if response.status in (str(operation.status), "2XX", "default"):
            return find_json_content(response.content)
    return None


def find_most_items(plan: Plan, operation: Operation) -> str | None:
    """Return how many rows the answer may hold at most, as source, where the spec says so."""
    content = find_success_content(operation)
    shape = resolve(plan, content.shape) if content else None
    for wire in operation.payload.path:
        field = next((f for f in shape.fields if f.wire == wire), None) if shape else None
        shape = resolve(plan, field.shape) if field else None
    limits = shape.constraints if shape is not None and shape.kind == "array" else ()
    return next((str(c.value) for c in limits if c.kind == "max_items"), None)


def find_raw_content(operation: Operation) -> Content | None:
    """Return the content of a success response that is sent as it is: a text or a file."""
    if find_success_content(operation) is not None or operation.status == 204:
        return None
    statuses = (str(operation.status), "2XX", "default")
    found = next((r for r in operation.responses if r.status in statuses), None)
    plain = any(not extra.path for extra in operation.payload.extras)
    if found is None or not (operation.payload.kind in ("file", "table") or plain):
        return None
    return next(iter(found.content), None)


def write_result_type(plan: Plan, operation: Operation, imports: Imports) -> str:
    """Return the type of what the operation answers, as source; "None" for no body."""
    if find_raw_content(operation) is not None:
        return "bytes" if operation.payload.kind == "file" else "str"
    content = find_success_content(operation)
    if operation.payload.kind == "empty" or content is None or operation.status == 204:
        return "None"
    if content.shape is None:
        return imports.use("typing", "Any")
    return _write_flat_type(plan, content.shape, imports)


def write_signature(head: str, arguments: Sequence[Doc], result: str, indent: int) -> list[str]:
    """Return the lines of a function's head, as a formatter would break them."""
    pad = " " * indent
    joined = ", ".join(map(write_flat, arguments))
    one = f"{pad}{head}({joined}) -> {result}:"
    if len(one) <= 100:
        return [one]
    broken = [f"{pad}{head}("]
    for argument in arguments:
        broken += write_lines(argument, indent + 4, after=",")
    return [*broken, f"{pad}) -> {result}:"]
