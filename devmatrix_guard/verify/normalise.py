"""An OpenAPI document in one normal form, so that two of them can be compared.

`$ref`s are followed, 3.0 `nullable` and 3.1 `type: [t, "null"]` are one thing, and so are `const`
and a one-value `enum`, boolean and numeric `exclusiveMinimum`, `allOf` of one and the one. See
`openapi` for all that makes no difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_LIMITS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
    "format",
    "uniqueItems",
    "readOnly",
    "writeOnly",
    "default",
)
_HINTS: tuple[tuple[str, set[str]], ...] = (
    (
        "object",
        {"properties", "extra", "names", "closed", "required", "minProperties", "maxProperties"},
    ),
    ("array", {"items", "minItems", "maxItems", "uniqueItems"}),
    ("string", {"pattern", "minLength", "maxLength"}),
    ("number", {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
)
_KEPT = (  # compared as they are written
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "dependentRequired",
    "dependentSchemas",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
)
_REMARKS = {"title", "description", "example", "examples", "externalDocs", "xml", "deprecated"}
_HEADERS_OF_HTTP = {"accept", "content-type", "authorization"}
_EXACT = 1 << 53  # beyond it most readers of JSON no longer tell neighbours apart


class Document:
    """One document, with `$ref`s resolved on the way."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._normal: dict[str, dict[str, Any]] = {}
        self._old = str(root.get("openapi", "")).startswith("3.0")

    def normalise(self, schema: Any) -> dict[str, Any]:
        """Return a schema in its normal form; a named one is worked out once."""
        name = _find_name(schema)
        if not name:
            return _normalise_schema(schema, self)
        if name not in self._normal:
            self._normal[name] = {}  # while it is worked out: it may be one of its own parts
            self._normal[name] = _normalise_schema(schema, self)
        return self._normal[name]

    def resolve(self, node: Any) -> Any:
        """Follow local references; keywords beside a `$ref` win in 3.1, and say little in 3.0."""
        for _ in range(64):
            if not (isinstance(node, Mapping) and isinstance(node.get("$ref"), str)):
                return node
            beside = {
                key: value
                for key, value in node.items()
                if key != "$ref" and (not self._old or key in ("readOnly", "writeOnly"))
            }
            target = self._find(node["$ref"])
            node = {**target, **beside} if beside and isinstance(target, Mapping) else target
        return {}

    def _find(self, reference: str) -> Any:
        node: Any = self._root
        for part in reference.removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, Mapping) or name not in node:
                return {}
            node = node[name]
        return node

    def index_operations(self) -> dict[tuple[str, str], tuple[dict[str, Any], str]]:
        """Return (method, path with numbered parameters) -> (operation, path as written)."""
        found: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
        for path, raw in self._root.get("paths", {}).items():
            if path.startswith("x-"):
                continue
            item = self.resolve(raw)
            for method in _METHODS:
                if isinstance(item, Mapping) and method in item:
                    shared = {"parameters": item.get("parameters", ())}
                    operation = {**item[method], "path": shared["parameters"]}
                    found[method.upper(), _number_placeholders(path)] = (operation, path)
        return found

    def index_parameters(
        self, operation: Mapping[str, Any], path: str
    ) -> dict[str, dict[str, Any]]:
        """Return `in name` -> parameter; path parameters go by their position in the path."""
        names = re.findall(r"{([^}]*)}", path)
        places = {name: f"#{names.index(name)}" for name in names}
        found: dict[str, dict[str, Any]] = {}
        for raw in (*operation["path"], *operation.get("parameters", ())):
            parameter = self.resolve(raw)
            where, name = parameter.get("in", ""), parameter.get("name", "")
            if where == "header":
                name = name.lower()
                if name in _HEADERS_OF_HTTP:
                    continue
            if (where == "path" and name not in places) or where == "querystring":
                continue  # no caller has a place for it, or nothing reads it
            found[f"{where} {places.get(name, name) if where == 'path' else name}"] = parameter
        for name, place in places.items():  # what a path names and nobody declares is a text
            text = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            found.setdefault(f"path {place}", text)
        return found

    def index_headers(self, response: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the headers of a response by name, whose case means nothing."""
        given = (response.get("headers") or {}).items()
        found = {name.lower(): {"in": "header", **self.resolve(value)} for name, value in given}
        return {name: header for name, header in found.items() if name != "content-type"}

    def find_style(self, parameter: Mapping[str, Any]) -> str:
        """Return how a list or an object is written in a parameter; a plain value has one way."""
        normal = self.normalise(parameter.get("schema", {}))
        listed = "values" in normal and not any(v.startswith(("[", "{")) for v in normal["values"])
        if listed or not {"array", "object"} & {*normal.get("types", ["array"])}:
            return ""
        usual = "form" if parameter.get("in") in ("query", "cookie") else "simple"
        style = parameter.get("style", usual)
        return f"{style} {bool(parameter.get('explode', style == 'form'))}"

    def list_security(self, operation: Mapping[str, Any]) -> list[str]:
        """Return the alternatives, each as sorted text of what its schemes are."""
        schemes = self._root.get("components", {}).get("securitySchemes", {})
        wanted = operation.get("security", self._root.get("security", ()))
        alternatives = []
        for requirement in wanted or ():
            parts = []
            if not requirement.keys() <= schemes.keys():
                continue  # nobody can meet it: the document does not say what it is
            for name, scopes in requirement.items():
                scheme = self.resolve(schemes.get(name, {}))
                says = ("in", "name") if scheme.get("type") == "apiKey" else ("scheme",)
                kind = [scheme.get(key, "") for key in ("type", *says)]
                parts.append([str(k).lower() for k in kind] + sorted(scopes))
            alternatives.append(json.dumps(sorted(parts)))
        return sorted(set(alternatives))


def _normalise_schema(schema: Any, document: Document) -> dict[str, Any]:
    """Return a schema in its normal form: types or values, limits, members, items, extra."""
    normal = _merge_all_of(schema, document)
    if not normal.keys() & {"extra", "closed"}:  # a name that must be there has any value
        named: dict[str, Any] = {name: {} for name in normal.get("required", ())}
        if named:
            normal["properties"] = named | normal.get("properties", {})
    if "any" in normal:
        _fold_alternatives(normal, document)
    types = normal.get("types")
    values = normal.pop("values", None)
    if types is None and values is None and "any" not in normal:
        types = next(({kind} for kind, keys in _HINTS if keys & normal.keys()), None)
    nullable = "null" in (types or ()) or "null" in (values or ())
    nullable = normal.pop("nullable", False) or nullable
    if values is not None:
        admitted = [text for text in values if types is None or _find_types(text) & types]
        if not set(admitted) - {"null"} and (types or set()) - {"null"} == {"string"}:
            admitted = [
                write_json(text) for text in values if text != "null"
            ]  # YAML without quotes
        normal["values"] = sorted({*admitted, "null"} if nullable else admitted)
        normal.pop("types", None)
        normal.pop("format", None)  # a format says no more than the values themselves
        _apply_limits(normal)
        if write_json(normal.get("default")) not in normal["values"]:
            normal.pop("default", None)  # what no request may say is no default
        types = None
    elif "any" in normal:
        rest = (types or set()) - {"null"}
        normal.pop("types", None)
        if rest:
            normal["any"] = [{"allOf": [v], "type": sorted(rest)} for v in normal["any"]]
        if nullable:
            normal["nullable"] = True
    elif types is not None:
        _drop_meaningless(normal, types)
        normal["types"] = sorted({*types, "null"} if nullable else types)
    return normal


def _fold_alternatives(normal: dict[str, Any], document: Document) -> None:
    """Make one list of alternatives that are lists; say of the whole that one of them is null."""
    normal["any"] = _flatten(normal, document)
    known = [document.normalise(variant) for variant in normal["any"]]
    if all(variant.keys() == {"values"} for variant in known):
        listed = {text for variant in known for text in variant["values"]}
        normal["values"] = listed & normal.get("values", listed)
        del normal["any"]
        return
    if _join_types(normal, known):
        return
    if "types" in normal and "null" not in normal["types"]:
        return
    variants = []
    for variant, single in zip(normal["any"], known, strict=True):
        types = {*single.get("types", ())}.union(*map(_find_types, single.get("values", ())))
        rest = sorted(types - {"null"})
        if "null" in types and rest:
            normal["nullable"] = True
            variant = {"allOf": [variant], "type": rest}
        variants.append(variant)
    normal["any"] = variants


def _join_types(normal: dict[str, Any], variants: list[dict[str, Any]]) -> bool:
    """Make alternatives of different types one schema of several, and tell whether it can be.

    What is said of each is said of its type alone, as in `type: [string, number]`.
    """
    apart = {"types", "default"}  # a default of one of several is nobody's
    said = [key for variant in variants for key in variant if key not in apart]
    types = [kind for variant in variants for kind in variant.get("types", ())]
    taken = {"any", "values", "nullable", "readOnly", "writeOnly"} | normal.keys()
    distinct = not said or (len(types) == len(set(types)) and len(said) == len(set(said)))
    if not distinct or taken & set(said) or not all(v.get("types") for v in variants):
        return False
    if normal.get("types", set()) - {"null"}:
        return False
    for variant in variants:
        normal.update({key: value for key, value in variant.items() if key not in apart})
    normal["types"] = {*types, *normal.get("types", ())}
    del normal["any"]
    return True


def _flatten(normal: dict[str, Any], document: Document) -> list[Any]:
    """Return the alternatives, each once, with those of an alternative in its place."""
    found: dict[str, Any] = {}
    for variant in normal["any"]:
        single = document.normalise(variant)
        inner = single["any"] if single.keys() - {"nullable"} == {"any"} else None
        if single.get("nullable") and inner and "null" in normal.get("types", ("null",)):
            normal["nullable"] = True
        for part in [variant] if inner is None else inner:
            found.setdefault(
                json.dumps(document.normalise(part), sort_keys=True, default=str), part
            )
    return list(found.values())


def _apply_limits(normal: dict[str, Any]) -> None:
    """Leave out the listed values that a limit refuses, and then the limits."""
    checks: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
        ("minLength", lambda value, limit: not isinstance(value, str) or len(value) >= limit),
        ("maxLength", lambda value, limit: not isinstance(value, str) or len(value) <= limit),
        ("minimum", lambda value, limit: not isinstance(value, int | float) or value >= limit),
        ("maximum", lambda value, limit: not isinstance(value, int | float) or value <= limit),
    )
    for key, holds in checks:
        limit = normal.pop(key, None)
        if isinstance(limit, int | float):
            kept = [v for v in normal["values"] if holds(json.loads(v), limit)]
            normal["values"] = kept or normal["values"]  # nobody means a schema of no value


def _drop_meaningless(normal: dict[str, Any], types: set[str]) -> None:
    """Leave out limits on other types, and a default that no request may say."""
    kinds = types | ({"number"} if "integer" in types else set())
    for kind, keys in _HINTS:
        if kind not in kinds and "(never)" not in kinds:
            for key in keys & normal.keys():
                del normal[key]
    default = normal.get("default")
    if default is not None and not _find_types(write_json(default)) & types:
        del normal["default"]


def _merge_all_of(schema: Any, document: Document) -> dict[str, Any]:
    """Return a schema with the parts of an `allOf`, and alternatives that are one, merged in."""
    schema = document.resolve(schema)
    if not isinstance(schema, Mapping):
        return {} if schema is not False else {"types": {"(never)"}}
    if schema.get("not") == {}:
        return {"types": {"(never)"}}
    normal: dict[str, Any] = {}
    types = schema.get("type")
    if types is not None:
        normal["types"] = set([types] if isinstance(types, str) else types)
    if schema.get("nullable") is True:
        normal["nullable"] = True
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list) and values:
        normal["values"] = {write_json(value) for value in values}
    for key in _LIMITS:
        value = schema.get(key)
        if (value is not None and value is not False) or (key == "default" and key in schema):
            normal[key] = value
    if form := _find_content_format(schema):
        normal.setdefault("format", form)
    if normal.get("format") == "int64" and normal.get("types", set()) <= {"integer", "null"}:
        del normal["format"]  # an application keeps whole numbers in 64 bits, and says so
    for key in schema.keys() & set(_KEPT):
        normal[key] = _describe_essence(schema[key])
    _normalise_bounds(normal)
    _normalise_members(normal, schema)
    parts = [_merge_all_of(part, document) for part in schema.get("allOf") or ()]
    kinds = [part for part in parts if part.keys() & {"types", "values", "any", "properties"}]
    if types is None and kinds and all(map(_allows_null, kinds)):
        normal["nullable"] = True
    for part in parts:
        part.pop("nullable", None)
        part.get("types", set()).discard("null")
        _join(normal, part)
    _normalise_alternatives(normal, schema, document)
    return normal


def _find_content_format(schema: Mapping[str, Any]) -> str:
    """Return what 3.0 called the format of a text that 3.1 tells the encoding or media type of."""
    if schema.get("contentEncoding") == "base64":
        return "byte"
    return "binary" if "contentMediaType" in schema else ""


def _find_name(schema: Any) -> str:
    """Return what tells a reference from all others, with a type or a limit beside it; or ""."""
    if not isinstance(schema, Mapping):
        return ""
    if schema.keys() == {"$ref"}:
        return str(schema["$ref"])
    parts = schema.get("allOf", ())
    inner = _find_name(parts[0]) if len(parts) == 1 else ""
    beside = {key: value for key, value in schema.items() if key != "allOf"}
    simple = beside.keys() <= {"type", "additionalProperties"}
    return f"{inner} {write_json(beside)}" if inner and simple else ""


def write_json(value: Any) -> str:
    """Return a value as text, equal for values that JSON takes as equal."""
    return json.dumps(_normalise_value(value), sort_keys=True, default=str)


def _find_types(text: str) -> set[str]:
    """Return the types that a value, given as JSON, may be declared with."""
    value = json.loads(text)
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, (int, float)):
        return {"number", "integer"} if float(value).is_integer() else {"number"}
    names = {str: "string", list: "array", dict: "object", type(None): "null"}
    return {names[type(value)]}


def _normalise_bounds(normal: dict[str, Any]) -> None:
    """3.0 marks a bound exclusive with a boolean beside it; 3.1 gives the bound itself."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if normal.get(exclusive) is True:
            normal[exclusive] = normal.pop(bound, None)


def _normalise_members(normal: dict[str, Any], schema: Mapping[str, Any]) -> None:
    if isinstance(schema.get("properties"), Mapping) and schema["properties"]:
        normal["properties"] = dict(schema["properties"])
    if isinstance(schema.get("required"), list) and schema["required"]:
        normal["required"] = sorted(set(schema["required"]))
    if "items" in schema:
        normal["items"] = schema["items"]
    if "propertyNames" in schema:
        normal["names"] = {"allOf": [schema["propertyNames"]], "type": "string"}
    extra = schema.get("additionalProperties", True)
    if extra is False or schema.get("unevaluatedProperties") is False:
        normal["closed"] = True
    elif isinstance(extra, Mapping) and extra:
        normal["extra"] = extra


def _join(normal: dict[str, Any], part: dict[str, Any]) -> None:
    """Merge a part of an `allOf` in: what both say of a member holds together."""
    properties = dict(part.get("properties", {}))
    for name, schema in normal.get("properties", {}).items():
        properties[name] = _intersect(properties.get(name), schema)
    if "items" in part and "items" in normal:
        normal["items"] = _intersect(part["items"], normal["items"])
    if "values" in part and "values" in normal:
        normal["values"] = normal["values"] & part["values"]
    required = sorted({*part.get("required", ()), *normal.get("required", ())})
    for key, value in part.items():
        normal.setdefault(key, set(value) if key == "types" else value)
    if properties:
        normal["properties"] = properties
    if required:
        normal["required"] = required


def _allows_null(part: Mapping[str, Any]) -> bool:
    return bool(part.get("nullable")) or "null" in part.get("types", ())


def _intersect(left: Any, right: Any) -> Any:
    return right if left is None or left == right else {"allOf": [left, right]}


def _normalise_alternatives(
    normal: dict[str, Any], schema: Mapping[str, Any], document: Document
) -> None:
    for key in ("anyOf", "oneOf"):
        given = schema.get(key) or ()
        wanted = [v for v in given if not _is_null(document.resolve(v))]
        variants = list(
            {_describe_essence(variant): variant for variant in reversed(wanted)}.values()
        )[::-1]
        nullable = len(wanted) < len(given)
        if len(variants) == 1:
            _join(normal, _merge_all_of(variants[0], document))
        elif variants:
            if schema.get("unevaluatedProperties") is False and "properties" not in normal:
                normal.pop("closed")  # it is said of each of them
                variants = [{"allOf": [v], "additionalProperties": False} for v in variants]
            normal["any"] = [*normal.get("any", ()), *variants]
        if nullable:
            normal["types"] = {*normal.get("types", ()), "null"}
            if "values" in normal:
                normal["values"] = {*normal["values"], "null"}


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") in ("null", ["null"])


def _describe_essence(schema: Any) -> str:
    """Return the text of an alternative without what is only said about it."""
    if isinstance(schema, Mapping):
        schema = {key: value for key, value in schema.items() if key not in _REMARKS}
    return json.dumps(schema, sort_keys=True, default=str)


def _normalise_value(value: Any) -> Any:
    """Return a number as JSON Schema counts it: 1.0 is 1; a large one as a double can hold it."""
    if isinstance(value, int) and abs(value) > _EXACT:
        value = float(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number_placeholders(path: str) -> str:
    return re.sub(r"{[^}]*}", "{}", path)
