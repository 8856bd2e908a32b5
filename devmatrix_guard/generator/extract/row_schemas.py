"""Schemas of rows that a spec does not describe: as elsewhere in it, or as requests give them."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint, make_class_name
from devmatrix_guard.generator.extract.entities.auth import is_known_password, is_password
from devmatrix_guard.generator.extract.entities.resources import Resource, find_noun
from devmatrix_guard.generator.extract.schemas.envelopes import BodyContent, is_reply
from devmatrix_guard.generator.extract.schemas.shapes import Shapes
from devmatrix_guard.ir.names import to_snake
from devmatrix_guard.ir.shape import Field, Schema, Shape

_IDS = ("id", "_id", "uuid")


def find_row_schema(resource: Resource, shapes: Shapes, all_endpoints: list[Endpoint]) -> str:
    """Return the schema that shows the rows of a collection, made if there is none, or ""."""
    schemas = shapes.schemas
    endpoints = sorted(
        (*resource.items, *resource.collection), key=lambda e: (e.method != "GET", e.method)
    )
    shown = [e.shown for e in endpoints if e.method in ("GET", "POST", "PUT", "PATCH")]
    found = [s.schema for s in shown if s.kind in ("item", "list") and _is_row(s.schema, schemas)]
    noun = make_class_name(resource.noun[-1])
    named = noun in schemas and bool(schemas[noun].wire)
    if named and _is_row(noun, schemas) and not holds_password(schemas[noun]):
        found += [noun] if _find_key_field(schemas[noun], noun) else []
    return found[0] if found else _make_row_schema(resource, noun, shapes, all_endpoints)


def _is_row(name: str, schemas: Mapping[str, Schema]) -> bool:
    shape = schemas[name].shape if name in schemas else Shape("any")
    return shape.kind == "object" and bool(shape.fields) and not is_reply(shape)


def holds_password(schema: Schema) -> bool:
    """Tell whether a schema asks for a password: what it makes signs in."""
    return any(is_password(field.name, field.shape) for field in schema.shape.fields)


def _find_key_field(schema: Schema, noun: str) -> str:
    """Return the field that a row is known by, or "": nobody could ask for it again."""
    keys = (*_IDS, f"{to_snake(noun)}_id")
    return next((field.name for field in schema.shape.fields if field.name in keys), "")


def _make_row_schema(
    resource: Resource, noun: str, shapes: Shapes, endpoints: list[Endpoint]
) -> str:
    """Return a schema of what the requests of a collection give, and the key of a row."""
    sent = _find_sent(resource)
    if sent is None or not _is_row(sent.schema, shapes.schemas):
        return ""
    if not resource.items and is_known_password(shapes.schemas[sent.schema]):
        return ""
    given = shapes.schemas[sent.schema]
    fields = [
        field._replace(required=False)
        for field in given.shape.fields
        if not is_password(field.name, field.shape)
        and not field.shape.write_only
        and field.shape.format != "binary"
    ]
    if not _find_key_field(given, noun):
        key = _find_key_shape(resource, noun, shapes, endpoints)._replace(read_only=True)
        fields.insert(0, Field("id", "id", key, True))
    return shapes.add(f"{noun}Response", Shape("object", fields=tuple(fields)), given.pointer)


def _find_sent(resource: Resource) -> BodyContent | None:
    for method, item in (("POST", False), ("PUT", True), ("PATCH", True)):
        endpoint = resource.find_first(method, item=item)
        if endpoint is not None and endpoint.sent is not None and endpoint.sent.kind == "item":
            return endpoint.sent
    return None


def _find_key_shape(
    resource: Resource, noun: str, shapes: Shapes, endpoints: list[Endpoint]
) -> Shape:
    """Return what the key of a row is, as the path to one says, or what refers to one."""
    deep = [
        e for e in endpoints if find_noun(e)[: len(resource.noun) + 1] == (*resource.noun, "{}")
    ]
    for endpoint in (*resource.items, *deep):
        wires = [part.parameter for part in endpoint.segments[len(resource.noun) :]]
        wire = next(filter(None, wires), "")
        parameter = endpoint.find_parameter(wire, "path")
        if parameter is not None and parameter.shape.kind in ("string", "integer"):
            return Shape(parameter.shape.kind, format=parameter.shape.format)
    name = f"{to_snake(noun)}_id"
    fields = [field for schema in shapes.schemas.values() for field in schema.shape.fields]
    named = [f.shape for f in fields if f.name == name and f.shape.kind in ("string", "integer")]
    return next((Shape(s.kind, format=s.format) for s in named), Shape("integer"))
