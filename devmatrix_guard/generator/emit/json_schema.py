"""Shapes as JSON Schema, for the parts of the OpenAPI document that FastAPI cannot derive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from devmatrix_guard.generator.emit.schemas import is_string_enum
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.ir.shape import JsonValue, Shape

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


def json_schema(plan: Plan, shape: Shape, depth: int = 0) -> dict[str, Any]:
    """Return the JSON Schema of a shape; named models are referred to, the rest is spelled out."""
    if depth > 30:
        return {}
    if shape.kind == "ref":
        target = plan.schemas[shape.ref]
        if target.shape.kind == "object":
            return {"$ref": f"#/components/schemas/{plan.places[shape.ref].class_name}"}
        return json_schema(plan, target.shape, depth + 1)
    schema = _bare(plan, shape, depth)
    if shape.nullable:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def models_in(plan: Plan, shape: Shape, depth: int = 0) -> Iterator[str]:
    """Yield the schemas that `json_schema` refers to."""
    if depth > 30:
        return
    if shape.kind == "ref":
        target = plan.schemas[shape.ref]
        if target.shape.kind == "object":
            yield shape.ref
        elif not is_string_enum(target.shape):
            yield from models_in(plan, target.shape, depth + 1)
    if shape.items is not None:
        yield from models_in(plan, shape.items, depth + 1)
    for part in (*(field.shape for field in shape.fields), *shape.variants):
        yield from models_in(plan, part, depth + 1)


def _bare(plan: Plan, shape: Shape, depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if shape.kind in ("string", "integer", "number", "boolean", "array", "null"):
        schema["type"] = shape.kind
    elif shape.kind in ("object", "map"):
        schema["type"] = "object"
    elif shape.kind in ("one_of", "any_of", "all_of"):
        key = {"one_of": "oneOf", "any_of": "anyOf", "all_of": "allOf"}[shape.kind]
        schema[key] = [json_schema(plan, variant, depth + 1) for variant in shape.variants]
    if shape.format:
        schema["format"] = shape.format
    if shape.enum:
        schema["enum"] = [v.value if isinstance(v, JsonValue) else v for v in shape.enum]
    if shape.default is not None:
        schema["default"] = shape.default.value
    textual = shape.kind == "string"
    for constraint in shape.constraints:
        if not (textual and constraint.kind in ("ge", "gt", "le", "lt")):
            schema[_KEYWORDS[constraint.kind]] = constraint.value
    if shape.items is not None:
        key = "items" if shape.kind == "array" else "additionalProperties"
        schema[key] = json_schema(plan, shape.items, depth + 1)
    elif shape.extra != "unset" and shape.kind == "object":
        schema["additionalProperties"] = shape.extra == "allow"
    if shape.fields:
        schema["properties"] = {
            field.wire: json_schema(plan, field.shape, depth + 1) for field in shape.fields
        }
        if required := [field.wire for field in shape.fields if field.required]:
            schema["required"] = required
    return schema
