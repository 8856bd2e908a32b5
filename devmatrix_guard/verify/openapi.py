"""Are two OpenAPI documents equal in meaning?

Compared are operations, parameters, bodies, responses, media types, security and every schema,
with `$ref`s followed. Not compared is what changes no request and no response: titles,
descriptions, examples, tags, operation ids, servers, vendor extensions, the names of components,
and a `default` in a response (it says what a request may leave out), and
the way a thing is spelled (3.0 `nullable` or 3.1 `type: [t, "null"]`, `const` or a one-value
`enum`, boolean or numeric `exclusiveMinimum`, `allOf` of one, a type beside alternatives or in
each of them). A schema without a type is read as every reader of OpenAPI does: its values tell
it, or the keywords that only one type has (`properties`: an object, `items`: an array). Null
among the values of a schema, and a schema being nullable, say one thing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, NamedTuple

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
    ("object", {"properties", "extra", "closed", "required", "minProperties", "maxProperties"}),
    ("array", {"items", "minItems", "maxItems", "uniqueItems"}),
    ("string", {"pattern", "minLength", "maxLength"}),
    ("number", {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
)
_REMARKS = {"title", "description", "example", "examples", "externalDocs", "xml", "deprecated"}
_HEADERS_OF_HTTP = {"accept", "content-type", "authorization"}
_MISSING = "(nothing)"


class Difference(NamedTuple):
    """One place where the documents disagree; values are short JSON texts."""

    place: str
    expected: str
    found: str


class _Document:
    """One document, with `$ref`s resolved on the way."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._normal: dict[str, dict[str, Any]] = {}
        self._old = str(root.get("openapi", "")).startswith("3.0")

    def normal(self, schema: Any) -> dict[str, Any]:
        """Return a schema in one spelling; a named one is worked out once."""
        named = isinstance(schema, Mapping) and schema.keys() == {"$ref"}
        if not named:
            return _normal(schema, self)
        reference = str(schema["$ref"])
        if reference not in self._normal:
            self._normal[reference] = _normal(schema, self)
        return self._normal[reference]

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
            target = self._at(node["$ref"])
            node = {**target, **beside} if beside and isinstance(target, Mapping) else target
        return {}

    def _at(self, reference: str) -> Any:
        node: Any = self._root
        for part in reference.removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, Mapping) or name not in node:
                return {}
            node = node[name]
        return node

    def operations(self) -> dict[tuple[str, str], tuple[dict[str, Any], str]]:
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
                    found[method.upper(), _numbered(path)] = (operation, path)
        return found

    def parameters(self, operation: Mapping[str, Any], path: str) -> dict[str, dict[str, Any]]:
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
            found[f"{where} {places.get(name, name) if where == 'path' else name}"] = parameter
        return found

    def security(self, operation: Mapping[str, Any]) -> list[str]:
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
                kind = [scheme.get(key, "") for key in ("type", "in", "name", "scheme")]
                parts.append([str(k).lower() for k in kind] + sorted(scopes))
            alternatives.append(json.dumps(sorted(parts)))
        return sorted(set(alternatives))


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
    """Return where `found` (what an application serves) differs from `expected` (its spec)."""
    left, right = _Document(expected), _Document(found)
    mine, theirs = left.operations(), right.operations()
    result = [
        Difference(" ".join(key), "an operation" if key in mine else _MISSING, _MISSING)
        if key in mine
        else Difference(" ".join(key), _MISSING, "an operation")
        for key in sorted(mine.keys() ^ theirs.keys())
    ]
    for key in sorted(mine.keys() & theirs.keys()):
        result.extend(_Comparison(left, right).operation(" ".join(key), mine[key], theirs[key]))
    return result


_Identity = tuple[str | int, ...]
_Pair = tuple[_Identity, _Identity, bool]


class _Comparison:
    """Walks two documents together; remembers the pairs of schemas it is inside of."""

    def __init__(self, left: _Document, right: _Document) -> None:
        self._left = left
        self._right = right
        self._inside: set[_Pair] = set()
        self._equal: set[_Pair] = set()
        self._assumed = 0
        self._answering = False

    def operation(
        self, place: str, mine: tuple[dict[str, Any], str], theirs: tuple[dict[str, Any], str]
    ) -> Iterator[Difference]:
        (left, left_path), (right, right_path) = mine, theirs
        ours = self._left.parameters(left, left_path)
        yours = self._right.parameters(right, right_path)
        yield from _names(f"{place} parameters", ours, yours)
        for name in sorted(ours.keys() & yours.keys()):
            yield from self._parameter(f"{place} {name}", ours[name], yours[name])
        yield from self._body(f"{place} body", left.get("requestBody"), right.get("requestBody"))
        self._answering = True
        yield from self._responses(place, left.get("responses", {}), right.get("responses", {}))
        security = self._left.security(left), self._right.security(right)
        if security[0] != security[1]:
            yield Difference(f"{place} security", _short(security[0]), _short(security[1]))

    def _parameter(
        self, place: str, left: Mapping[str, Any], right: Mapping[str, Any]
    ) -> Iterator[Difference]:
        yield from _same(
            f"{place} required", bool(left.get("required")), bool(right.get("required"))
        )
        left_schema, right_schema = left.get("schema"), right.get("schema")
        if left_schema is None and right_schema is None:
            yield from self._content(place, left.get("content", {}), right.get("content", {}))
            return
        yield from self.schema(place, left_schema or {}, right_schema or {})

    def _body(self, place: str, left: Any, right: Any) -> Iterator[Difference]:
        left, right = self._left.resolve(left), self._right.resolve(right)
        if left is None and right is None:
            return
        if left is None or right is None:
            yield Difference(place, _presence(left), _presence(right))
            return
        yield from _same(
            f"{place} required", bool(left.get("required")), bool(right.get("required"))
        )
        yield from self._content(place, left.get("content", {}), right.get("content", {}))

    def _responses(
        self, place: str, left: Mapping[Any, Any], right: Mapping[Any, Any]
    ) -> Iterator[Difference]:
        mine, theirs = _by_status(left), _by_status(right)
        yield from _names(f"{place} responses", mine, theirs)
        for status in sorted(mine.keys() & theirs.keys()):
            ours = self._left.resolve(mine[status])
            yours = self._right.resolve(theirs[status])
            there = f"{place} {status}"
            yield from self._content(there, ours.get("content") or {}, yours.get("content") or {})
            yield from _names(
                f"{there} headers",
                {name.lower(): 1 for name in ours.get("headers") or {}},
                {name.lower(): 1 for name in yours.get("headers") or {}},
            )

    def _content(
        self, place: str, left: Mapping[str, Any], right: Mapping[str, Any]
    ) -> Iterator[Difference]:
        yield from _names(f"{place} media types", left, right)
        for media in sorted(left.keys() & right.keys()):
            yield from self.schema(
                f"{place} {media}", left[media].get("schema", {}), right[media].get("schema", {})
            )

    def schema(self, place: str, left: Any, right: Any) -> Generator[Difference, None, None]:
        """Yield where two schemas differ; a pair met again inside itself is taken as equal."""
        pair = (_identity(left), _identity(right), self._answering)
        if pair in self._equal:
            return
        if pair in self._inside:
            self._assumed += 1
            return
        self._inside.add(pair)
        assumed, equal = self._assumed, True
        try:
            for difference in self._schema(place, left, right):
                equal = False
                yield difference
        except GeneratorExit:
            equal = False
            raise
        finally:
            self._inside.discard(pair)
            if equal and _is_named(left, right) and (assumed == self._assumed or not self._inside):
                self._equal.add(pair)

    def _schema(self, place: str, left: Any, right: Any) -> Iterator[Difference]:
        mine, theirs = self._left.normal(left), self._right.normal(right)
        apart = {"properties", "items", "any", "extra"} | (
            {"default"} if self._answering else set()
        )
        if place.endswith(("[]", ".*")):  # these are said of what has a name
            apart |= {"default", "readOnly", "writeOnly"}
        for key in sorted((mine.keys() | theirs.keys()) - apart):
            yield from _same(f"{place} {key}", mine.get(key), theirs.get(key))
        ours, yours = mine.get("properties", {}), theirs.get("properties", {})
        yield from _names(f"{place} properties", ours, yours)
        for name in sorted(ours.keys() & yours.keys()):
            yield from self.schema(f"{place}.{name}", ours[name], yours[name])
        for key, sign in (("items", "[]"), ("extra", ".*")):
            if key in mine or key in theirs:
                yield from self.schema(place + sign, mine.get(key, {}), theirs.get(key, {}))
        yield from self._variants(place, mine.get("any", []), theirs.get("any", []))

    def _variants(self, place: str, left: list[Any], right: list[Any]) -> Iterator[Difference]:
        """Pair alternatives off in any order; as many left over on both sides, in theirs."""
        missing, remaining = [], list(right)
        for variant in left:
            twin = next((r for r in remaining if self._equals(place, variant, r)), None)
            if twin is None:
                missing.append(variant)
            else:
                remaining.remove(twin)
        if len(missing) == len(remaining):
            for number, (ours, yours) in enumerate(zip(missing, remaining, strict=True), 1):
                yield from self.schema(f"{place}|{number}", ours, yours)
            return
        for variant in missing:
            yield Difference(f"{place} alternatives", _short(variant), _MISSING)
        for variant in remaining:
            yield Difference(f"{place} alternatives", _MISSING, _short(variant))

    def _equals(self, place: str, left: Any, right: Any) -> bool:
        found = self.schema(place, left, right)
        different = next(found, None)
        found.close()
        return different is None


# --- schemas in one spelling -------------------------------------------------------------------


def _normal(schema: Any, document: _Document) -> dict[str, Any]:
    """Return a schema in one spelling: types or values, limits, properties, items, any, extra."""
    normal = _merged(schema, document)
    if not normal.keys() & {"extra", "closed"}:  # a name that must be there has any value
        named: dict[str, Any] = {name: {} for name in normal.get("required", ())}
        if named:
            normal["properties"] = named | normal.get("properties", {})
    types = normal.get("types")
    values = normal.pop("values", None)
    if types is None and values is None and "any" not in normal:
        types = next(({kind} for kind, keys in _HINTS if keys & normal.keys()), None)
    nullable = "null" in (types or ()) or "null" in (values or ())
    nullable = normal.pop("nullable", False) or nullable
    if values is not None:
        admitted = [text for text in values if types is None or _type_of(text) & types]
        normal["values"] = sorted({*admitted, "null"} if nullable else admitted)
        normal.pop("types", None)
        normal.pop("format", None)  # a format says no more than the values themselves
        _apply_limits(normal)
        if _json(normal.get("default")) not in normal["values"]:
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
    if default is not None and not _type_of(_json(default)) & types:
        del normal["default"]


def _merged(schema: Any, document: _Document) -> dict[str, Any]:
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
    if isinstance(values, list):
        normal["values"] = {_json(value) for value in values}
    for key in _LIMITS:
        value = schema.get(key)
        if (value is not None and value is not False) or (key == "default" and key in schema):
            normal[key] = value
    _bounds(normal)
    _members(normal, schema)
    parts = [_merged(part, document) for part in schema.get("allOf") or ()]
    kinds = [part for part in parts if part.keys() & {"types", "values", "any", "properties"}]
    if kinds and all(map(_admits_null, kinds)):
        normal["nullable"] = True
    for part in parts:
        part.pop("nullable", None)
        part.get("types", set()).discard("null")
        _join(normal, part)
    _alternatives(normal, schema, document)
    return normal


def _json(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True, default=str)


def _type_of(text: str) -> set[str]:
    """Return the types that a value, given as JSON, may be declared with."""
    value = json.loads(text)
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, (int, float)):
        return {"number", "integer"} if float(value).is_integer() else {"number"}
    names = {str: "string", list: "array", dict: "object", type(None): "null"}
    return {names[type(value)]}


def _bounds(normal: dict[str, Any]) -> None:
    """3.0 marks a bound exclusive with a boolean beside it; 3.1 gives the bound itself."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if normal.get(exclusive) is True:
            normal[exclusive] = normal.pop(bound, None)


def _members(normal: dict[str, Any], schema: Mapping[str, Any]) -> None:
    if isinstance(schema.get("properties"), Mapping) and schema["properties"]:
        normal["properties"] = dict(schema["properties"])
    if isinstance(schema.get("required"), list) and schema["required"]:
        normal["required"] = sorted(set(schema["required"]))
    if "items" in schema:
        normal["items"] = schema["items"]
    extra = schema.get("additionalProperties", True)
    if extra is False:
        normal["closed"] = True
    elif isinstance(extra, Mapping) and extra:
        normal["extra"] = extra


def _join(normal: dict[str, Any], part: dict[str, Any]) -> None:
    """Merge a part of an `allOf` in: what both say of a member holds together."""
    properties = dict(part.get("properties", {}))
    for name, schema in normal.get("properties", {}).items():
        properties[name] = _both(properties.get(name), schema)
    if "items" in part and "items" in normal:
        normal["items"] = _both(part["items"], normal["items"])
    if "values" in part and "values" in normal:
        normal["values"] = normal["values"] & part["values"]
    required = sorted({*part.get("required", ()), *normal.get("required", ())})
    for key, value in part.items():
        normal.setdefault(key, set(value) if key == "types" else value)
    if properties:
        normal["properties"] = properties
    if required:
        normal["required"] = required


def _admits_null(part: Mapping[str, Any]) -> bool:
    return bool(part.get("nullable")) or "null" in part.get("types", ())


def _both(left: Any, right: Any) -> Any:
    return right if left is None or left == right else {"allOf": [left, right]}


def _alternatives(normal: dict[str, Any], schema: Mapping[str, Any], document: _Document) -> None:
    for key in ("anyOf", "oneOf"):
        given = schema.get(key) or ()
        wanted = [v for v in given if not _is_null(document.resolve(v))]
        variants = list({_essence(variant): variant for variant in reversed(wanted)}.values())[::-1]
        nullable = len(wanted) < len(given)
        if len(variants) == 1:
            _join(normal, _merged(variants[0], document))
        elif variants:
            normal["any"] = [*normal.get("any", ()), *variants]
        if nullable:
            normal["types"] = {*normal.get("types", ()), "null"}
            if "values" in normal:
                normal["values"] = {*normal["values"], "null"}


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") in ("null", ["null"])


def _essence(schema: Any) -> str:
    """Return the text of an alternative without what is only said about it."""
    if isinstance(schema, Mapping):
        schema = {key: value for key, value in schema.items() if key not in _REMARKS}
    return json.dumps(schema, sort_keys=True, default=str)


# --- small comparers ---------------------------------------------------------------------------


def _names(place: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted(left.keys() - right.keys()):
        yield Difference(place, name, _MISSING)
    for name in sorted(right.keys() - left.keys()):
        yield Difference(place, _MISSING, name)


def _by_status(responses: Mapping[Any, Any]) -> dict[str, Any]:
    found = {str(status).upper(): response for status, response in responses.items()}
    return {status: response for status, response in found.items() if status[:2] != "X-"}


def _same(place: str, left: Any, right: Any) -> Iterator[Difference]:
    if _short(left, None) != _short(right, None):
        yield Difference(place, _short(left), _short(right))


def _identity(schema: Any) -> tuple[str | int, ...]:
    """What is the same each time a cycle comes round: a name, an object, or several of them."""
    if not isinstance(schema, Mapping):
        return (id(schema),)
    if isinstance(schema.get("$ref"), str):
        return (schema["$ref"],)
    if "allOf" in schema and schema.keys() <= {"allOf", "type"}:
        parts = [_identity(part) for part in schema["allOf"]]
        types = [f"type {name}" for name in schema.get("type", ())]
        return tuple(sorted({*types, *(piece for part in parts for piece in part)}, key=str))
    return (id(schema),)


def _is_named(*schemas: Any) -> bool:
    """Tell whether schemas are references: only their identity outlives the comparison."""
    return all(isinstance(s, Mapping) and s.keys() == {"$ref"} for s in schemas)


def _presence(value: Any) -> str:
    return _MISSING if value is None else "a body"


def _short(value: Any, limit: int | None = 120) -> str:
    if value is None:
        return _MISSING
    return _json(value)[:limit]


def _plain(value: Any) -> Any:
    """Return a number as JSON Schema counts it: 1.0 is 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _numbered(path: str) -> str:
    return re.sub(r"{[^}]*}", "{}", path.rstrip("/") or "/")
