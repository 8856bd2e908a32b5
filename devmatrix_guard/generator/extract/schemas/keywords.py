"""Keywords: what one schema says by itself, before any other is looked at."""

from __future__ import annotations

import json
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.document import Place, require_list
from devmatrix_guard.ir.shape import (
    Constraint,
    ConstraintKind,
    JsonValue,
    ShapeKind,
    Value,
    make_json_value,
)

_CONSTRAINTS: tuple[tuple[str, ConstraintKind], ...] = (
    ("minimum", "ge"),
    ("x-minimum", "ge"),
    ("exclusiveMinimum", "gt"),
    ("x-exclusive-minimum", "gt"),
    ("maximum", "le"),
    ("x-maximum", "le"),
    ("exclusiveMaximum", "lt"),
    ("x-exclusive-maximum", "lt"),
    ("maxItems", "max_items"),
    ("maxLength", "max_length"),
    ("maxProperties", "max_properties"),
    ("minItems", "min_items"),
    ("minLength", "min_length"),
    ("minProperties", "min_properties"),
    ("multipleOf", "multiple_of"),
    ("pattern", "pattern"),
    ("uniqueItems", "unique_items"),
)
_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_HINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("object", ("properties", "additionalProperties", "required", "minProperties")),
    ("array", ("items", "prefixItems", "minItems", "uniqueItems")),
    ("string", ("pattern", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "multipleOf")),
)
_TYPING = frozenset(
    ("type", "enum", "const", "$ref", "allOf", "oneOf", "anyOf", *_HINTS[0][1][:2], "items")
)
_BOUNDS = {"ge", "gt", "le", "lt"}
_MEANT: dict[str, set[str]] = {  # other limits say nothing of a value of the type
    "object": {"min_properties", "max_properties"},
    "array": {"min_items", "max_items", "unique_items"},
    "string": {"min_length", "max_length", "pattern", *_BOUNDS},
    "integer": {"multiple_of", *_BOUNDS},
    "number": {"multiple_of", *_BOUNDS},
    "boolean": set(),
    "null": set(),
}
_UNCHECKED = {
    "additionalItems",
    "contains",
    "contentSchema",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "not",
    "patternProperties",
    "prefixItems",
    "then",
    "unevaluatedItems",
}
ANNOTATIONS = {
    "description",
    "title",
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "default",
    "example",
    "examples",
    "externalDocs",
    "xml",
    "x-references",
    "x-relation",
    "x-sorted",
    "x-unique",
    "x-derived",
}


def read_example(place: Place) -> JsonValue | None:
    """Return the first example that stands with a schema, a property or a media type."""
    data = place.data
    if not isinstance(data, dict):
        return None
    if "example" in data:
        return make_json_value(data["example"])
    given = data.get("examples")
    if isinstance(given, list) and given:
        return make_json_value(given[0])
    named = next(iter(given.values()), None) if isinstance(given, dict) else None
    if isinstance(named, dict) and "value" in named:
        return make_json_value(named["value"])
    return None


def is_nullable(data: Any) -> bool:
    """Tell whether a schema admits null by itself; its class in Python does not."""
    if not isinstance(data, dict):
        return False
    types, values = data.get("type"), data.get("enum")
    options = data.get("anyOf") or data.get("oneOf")
    return (
        data.get("nullable") is True
        or (isinstance(types, list) and "null" in types)
        or (isinstance(values, list) and None in values)
        or (isinstance(options, list) and {"type": "null"} in options)
    )


def is_null(data: dict[str, Any]) -> bool:
    """Tell whether null is the only value that a schema admits."""
    values = [data["const"]] if "const" in data else data.get("enum")
    return isinstance(values, list) and bool(values) and all(value is None for value in values)


def has_only_annotations(data: Any) -> bool:
    """Tell whether a part of an `allOf` limits nothing, and only says something of the whole."""
    return isinstance(data, dict) and bool(data) and data.keys() <= ANNOTATIONS


def read_types(place: Place) -> list[str]:
    """Return the types a schema admits, told from its other keywords where it names none."""
    data = place.data
    given = data.get("type")
    if given is None:
        if "enum" in data or "const" in data:
            return _infer_types(read_enum(place))
        return next(([kind] for kind, keys in _HINTS if any(key in data for key in keys)), [])
    types = given if isinstance(given, list) else [given]
    for name in types:
        if name not in _TYPES:
            raise SpecError(
                f"{str(name)[:40]!r} is not a type; it is one of {', '.join(_TYPES)}",
                place.get("type").pointer,
            )
    return list(dict.fromkeys(types))


def is_typed(place: Place) -> bool:
    """Tell whether a schema says of what type it is: `minimum` alone only limits numbers."""
    data = place.data
    return not isinstance(data, dict) or bool(data.keys() & _TYPING)


def _infer_types(values: tuple[Value, ...]) -> list[str]:
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    found = {names[type(value)] for value in values if type(value) in names}
    return [found.pop()] if len(found) == 1 else []


def is_of_type(kind: str, value: Value) -> bool:
    """Tell whether a value of an `enum` is of the type that stands beside it."""
    plain: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
    }
    if kind not in plain:
        return True
    return isinstance(value, plain[kind]) and (kind == "boolean" or not isinstance(value, bool))


def convert_to_texts(kind: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return the values of a text as texts: in YAML `3` and `true` are none without quotes."""
    if kind != "string" or any(isinstance(value, JsonValue) for value in values):
        return values
    return tuple(json.dumps(value) for value in values)


def find_kind(name: str) -> ShapeKind:
    """Return the kind of shape that a type of JSON Schema is, "any" for none."""
    kinds: dict[str, ShapeKind] = {
        "object": "object",
        "array": "array",
        "string": "string",
        "integer": "integer",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
    }
    return kinds.get(name, "any")


def find_content_format(data: dict[str, Any]) -> str:
    """Return the format of a text that stands for bytes, or ""."""
    if data.get("contentEncoding") == "base64":
        return "byte"
    media_type = str(data.get("contentMediaType", "")).partition(";")[0].lower()
    written = media_type.startswith("text/") or media_type.endswith(("json", "xml"))
    return "binary" if media_type and not written else ""


def read_enum(place: Place) -> tuple[Value, ...]:
    """Return the values of `enum` or `const`, each once: 1, 1.0 and true are three."""
    data = place.data
    values = [data["const"]] if "const" in data else require_list(place.get("enum"))
    made = [make_json_value(v) if isinstance(v, (dict, list)) else v for v in values]
    seen: dict[tuple[type, Value], Value] = {(type(value), value): value for value in made}
    return tuple(seen.values())


def read_constraints(place: Place, kind: str) -> tuple[Constraint, ...]:
    """Return the limits of a schema that mean something for its type."""
    data = place.data
    found: dict[ConstraintKind, Any] = {}
    for key, name in _CONSTRAINTS:
        if key not in data or data[key] is False or data[key] is None:
            continue
        value = data[key]
        if value is True and name in ("gt", "lt"):  # 3.0: a flag on the bound
            bound: ConstraintKind = "ge" if name == "gt" else "le"
            if bound in found:
                found[name] = found.pop(bound)
            continue
        _check_constraint(name, value, key, place)
        found[name] = value
    meant = _MEANT.get(kind, found.keys())
    return tuple(Constraint(name, found[name]) for name in sorted(found.keys() & meant))


def read_dependents(data: dict[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what `dependentRequired` asks for; nothing where it cannot be told from values.

    In Python a property that is null is like one that is not there.
    """
    given, properties = data.get("dependentRequired"), data.get("properties")
    if not isinstance(given, dict) or not isinstance(properties, dict):
        return ()
    found = []
    for name, others in given.items():
        listed = others if isinstance(others, list) else [None]
        known = all(isinstance(other, str) and other in properties for other in (name, *listed))
        if not known or is_nullable(properties[name]):
            return ()
        found.append((name, tuple(listed)))
    return tuple(found)


def list_unchecked(data: dict[str, Any]) -> list[str]:
    """Return the keywords of a schema that are documented, and not checked."""
    plain = not data.keys() & {"$ref", "allOf", "anyOf", "oneOf"}
    read = {"dependentRequired"} if plain and read_dependents(data) else set[str]()
    return sorted(_UNCHECKED & data.keys() - read)


def _check_constraint(name: str, value: Any, key: str, place: Place) -> None:
    textual = name == "pattern" or key.startswith("x-")
    wanted: tuple[type, ...] = (str, int, float) if textual else (int, float)
    if name == "unique_items":
        wanted = (bool,)
    elif isinstance(value, bool):
        wanted = ()
    if not isinstance(value, wanted):
        raise SpecError(f"{key} has a value of the wrong type", place.get(key).pointer)
