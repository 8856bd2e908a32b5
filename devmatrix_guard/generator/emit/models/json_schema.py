"""Shapes as JSON Schema, for the parts of the OpenAPI document that FastAPI cannot derive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from devmatrix_guard.ir.shape import JsonValue, Schema, Shape
from devmatrix_guard.model.named_value import NamedValue

_KEYWORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "min_items": "minItems",
    "max_items": "maxItems",
    "unique_items": "uniqueItems",
    "min_properties": "minProperties",
    "max_properties": "maxProperties",
}


class SchemaPlace(NamedValue):
    """The class of a schema and the module it stands in."""

    class_name: str
    module: str


class SchemaNames(Protocol):
    """What knows the schemas by name, and where the class of each stands."""

    @property
    def schemas(self) -> Mapping[str, Schema]: ...

    @property
    def places(self) -> Mapping[str, SchemaPlace]: ...


def write_json_schema(
    plan: SchemaNames, shape: Shape, inside: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return the JSON Schema of a shape; named models are referred to, the rest is spelled out."""
    schema = _write_bare(plan, shape, inside)
    if shape.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    for key, present in (("readOnly", shape.read_only), ("writeOnly", shape.write_only)):
        if present:
            schema[key] = True
    if shape.default is not None:
        schema["default"] = shape.default.value
    return schema


def iter_models(
    plan: SchemaNames, shape: Shape, inside: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield the schemas that `json_schema` refers to."""
    if shape.kind == "ref":
        target = plan.schemas[shape.ref]
        if target.shape.kind == "object":
            yield shape.ref
        elif shape.ref not in inside:
            yield from iter_models(plan, target.shape, inside | {shape.ref})
    if shape.items is not None:
        yield from iter_models(plan, shape.items, inside)
    for part in (*(field.shape for field in shape.fields), *shape.variants):
        yield from iter_models(plan, part, inside)


def _write_bare(plan: SchemaNames, shape: Shape, inside: frozenset[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if shape.kind == "ref":
        target = plan.schemas[shape.ref]
        if target.shape.kind == "object":
            return {"$ref": f"#/components/schemas/{plan.places[shape.ref].class_name}"}
        if shape.ref in inside:
            return {}  # it holds itself, and has no name in the document
        return write_json_schema(plan, target.shape, inside | {shape.ref})
    if shape.kind in ("string", "integer", "number", "boolean", "array", "null"):
        schema["type"] = shape.kind
    elif shape.kind in ("object", "map"):
        schema["type"] = "object"
    elif shape.kind in ("one_of", "any_of", "all_of"):
        key = {"one_of": "oneOf", "any_of": "anyOf", "all_of": "allOf"}[shape.kind]
        schema[key] = [write_json_schema(plan, variant, inside) for variant in shape.variants]
    if shape.kind == "object" and shape.variants:
        schema["allOf"] = [write_json_schema(plan, choice, inside) for choice in shape.variants]
    if shape.kind == "never":
        schema["not"] = {}
    if shape.format:
        schema["format"] = shape.format
    if shape.enum:
        schema["enum"] = [v.value if isinstance(v, JsonValue) else v for v in shape.enum]
    textual = shape.kind == "string"
    for constraint in shape.constraints:
        if not (textual and constraint.kind in ("ge", "gt", "le", "lt")):
            schema[_KEYWORDS[constraint.kind]] = constraint.value
    if shape.items is not None:
        key = "items" if shape.kind == "array" else "additionalProperties"
        schema[key] = write_json_schema(plan, shape.items, inside)
    elif shape.extra != "unset" and shape.kind in ("object", "map"):
        schema["additionalProperties"] = shape.extra == "allow"
    if shape.keys is not None:
        schema["propertyNames"] = write_json_schema(plan, shape.keys, inside)
    if shape.dependents:
        schema["dependentRequired"] = {name: [*others] for name, others in shape.dependents}
    if shape.fields:
        schema["properties"] = {
            field.wire: write_json_schema(plan, field.shape, inside) for field in shape.fields
        }
        if required := [field.wire for field in shape.fields if field.required]:
            schema["required"] = required
    return schema
