"""Swagger 2.0 documents, read as the OpenAPI 3.0 documents that say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.spec.pointer import join, split

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_MOVED = {
    "#/definitions/": "#/components/schemas/",
    "#/parameters/": "#/components/parameters/",
    "#/responses/": "#/components/responses/",
}
_KEPT = ("info", "tags", "externalDocs", "security")
_BESIDE = ("name", "in", "description", "required", "allowEmptyValue")  # of a parameter
_STYLES = {"ssv": "spaceDelimited", "pipes": "pipeDelimited", "tsv": "spaceDelimited"}
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}


def is_swagger(root: Any) -> bool:
    """Tell whether a document is written in Swagger 2.0."""
    return isinstance(root, dict) and "openapi" not in root and str(root.get("swagger")) == "2.0"


def convert_swagger(root: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI 3.0 document that says what a Swagger 2.0 document says."""
    return _Converter(root).convert()


class _Converter:
    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._parameters = _take(root, "parameters")

    def convert(self) -> dict[str, Any]:
        root = self._root
        made: dict[str, Any] = {"openapi": "3.0.3"}
        made |= {key: root[key] for key in _KEPT if key in root}
        if servers := self._convert_servers():
            made["servers"] = servers
        made["paths"] = {
            path: self._convert_path(item) if isinstance(item, dict) else item
            for path, item in _take(root, "paths").items()
        }
        components = {
            "schemas": {
                name: _convert_schema(data) for name, data in _take(root, "definitions").items()
            },
            "parameters": {
                name: _convert_parameter(data)
                for name, data in self._parameters.items()
                if not _is_body(data)
            },
            "responses": {
                name: self._convert_response(data, self._list_types(root, "produces"))
                for name, data in _take(root, "responses").items()
            },
            "securitySchemes": {
                name: _convert_scheme(data)
                for name, data in _take(root, "securityDefinitions").items()
            },
        }
        made["components"] = {name: entries for name, entries in components.items() if entries}
        return made | {key: value for key, value in root.items() if key.startswith("x-")}

    def _convert_servers(self) -> list[dict[str, str]]:
        host, base = self._root.get("host"), self._root.get("basePath")
        path = base if isinstance(base, str) else ""
        schemes = self._root.get("schemes")
        if not isinstance(host, str) or not host:
            return [{"url": path}] if path.strip("/") else []
        known = [scheme for scheme in schemes if scheme in ("http", "https")] if schemes else []
        return [{"url": f"{scheme}://{host}{path.rstrip('/')}"} for scheme in known or ["https"]]

    def _convert_path(self, item: dict[str, Any]) -> dict[str, Any]:
        shared = _take_list(item, "parameters")
        bodies = [given for given in shared if _is_body(self._find(given))]
        made = {
            key: self._convert_operation(value, bodies)
            if key in _METHODS and isinstance(value, dict)
            else value
            for key, value in item.items()
            if key != "parameters"
        }
        plain = [_convert_parameter(given) for given in shared if given not in bodies]
        return made | ({"parameters": plain} if plain else {})

    def _convert_operation(self, data: dict[str, Any], bodies: list[Any]) -> dict[str, Any]:
        takes = self._list_types(data, "consumes")
        gives = self._list_types(data, "produces")
        left_out = ("parameters", "consumes", "produces", "schemes", "responses")
        made = {key: value for key, value in data.items() if key not in left_out}
        given = _take_list(data, "parameters")
        own = [self._find(one) for one in given if _is_body(self._find(one))]
        plain = [_convert_parameter(one) for one in given if not _is_body(self._find(one))]
        if plain:
            made["parameters"] = plain
        if body := _convert_body(own or [self._find(one) for one in bodies], takes):
            made["requestBody"] = body
        made["responses"] = {
            str(status): self._convert_response(response, gives)
            for status, response in _take(data, "responses").items()
        }
        return made

    def _list_types(self, data: Mapping[str, Any], key: str) -> list[str]:
        """Return the media types of an operation, or of the document, JSON where none is named."""
        given = data.get(key, self._root.get(key))
        return [name for name in given if isinstance(name, str)] if given else [_JSON]

    def _find(self, data: Any) -> Any:
        """Return a parameter, or the shared one that it refers to."""
        reference = data.get("$ref") if isinstance(data, dict) else None
        if isinstance(reference, str) and reference.startswith("#/parameters/"):
            return self._parameters.get(split(reference.removeprefix("#"))[-1], data)
        return data

    def _convert_response(self, data: Any, types: list[str]) -> Any:
        if not isinstance(data, dict):
            return data
        if "$ref" in data:
            return {"$ref": _move(data["$ref"])}
        made = {k: v for k, v in data.items() if k not in ("schema", "headers", "examples")}
        made.setdefault("description", "")
        examples = _take(data, "examples")
        if "schema" in data or examples:
            names = [name for name in examples if name in types or "/" in name] if examples else []
            entry = {"schema": _convert_schema(data["schema"])} if "schema" in data else {}
            made["content"] = {
                name: entry | ({"example": examples[name]} if name in examples else {})
                for name in dict.fromkeys((*(types if "schema" in data else ()), *names))
            }
        if headers := _take(data, "headers"):
            made["headers"] = {name: _convert_header(given) for name, given in headers.items()}
        return made


def _take(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SpecError(f"an object is expected under {key!r}", join("", key))
    return found


def _take_list(data: Mapping[str, Any], key: str) -> list[Any]:
    found = data.get(key)
    return found if isinstance(found, list) else []


def _move(reference: Any) -> Any:
    """Return where OpenAPI 3 keeps what a reference leads to."""
    if not isinstance(reference, str):
        return reference
    for old, new in _MOVED.items():
        if reference.startswith(old):
            return new + reference.removeprefix(old)
    return reference


def _is_body(data: Any) -> bool:
    return isinstance(data, dict) and data.get("in") in ("body", "formData")


def _convert_parameter(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    if "$ref" in data:
        return {"$ref": _move(data["$ref"])}
    made = {key: data[key] for key in _BESIDE if key in data}
    made |= {key: value for key, value in data.items() if key.startswith("x-")}
    made["schema"] = _convert_plain(data)
    form = data.get("collectionFormat", "csv")
    if data.get("type") == "array":
        if form in _STYLES:
            made |= {"style": _STYLES[form], "explode": False}
        elif data.get("in") == "query":
            made |= {"style": "form", "explode": form == "multi"}
    return made


def _convert_plain(data: Mapping[str, Any]) -> Any:
    """Return the schema that stands within a parameter or a header."""
    left_out = {*_BESIDE, "collectionFormat"}
    kept = {k: v for k, v in data.items() if k not in left_out and not k.startswith("x-")}
    return _convert_schema({**kept, **({"x-nullable": True} if data.get("x-nullable") else {})})


def _convert_header(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    said = {"description": data["description"]} if "description" in data else {}
    return said | {"schema": _convert_plain(data)}


def _convert_body(given: list[dict[str, Any]], types: list[str]) -> dict[str, Any]:
    """Return the request body that `in: body`, or the fields of a form, declare."""
    body = next((one for one in given if one.get("in") == "body"), None)
    if body is not None:
        schema = _convert_schema(body.get("schema", {}))
        made: dict[str, Any] = {"content": {name: {"schema": schema} for name in types}}
        made |= {key: body[key] for key in ("description", "required") if key in body}
        return made
    if not given:
        return {}
    files = any(one.get("type") == "file" for one in given)
    names = [name for name in types if name in (_FORM, _MULTIPART)]
    form = _MULTIPART if files or _MULTIPART in names else _FORM
    required = [str(one.get("name")) for one in given if one.get("required") is True]
    properties = {
        str(one.get("name")): _convert_plain(one)
        | ({"description": one["description"]} if "description" in one else {})
        for one in given
    }
    shape = {"type": "object", "properties": properties}
    schema = shape | ({"required": required} if required else {})
    return {"content": {form: {"schema": schema}}, "required": bool(required)}


def _convert_schema(data: Any) -> Any:
    """Return a schema, and all within it, as OpenAPI 3.0 writes it."""
    if isinstance(data, list):
        return [_convert_schema(item) for item in data]
    if not isinstance(data, dict):
        return data
    if isinstance(data.get("$ref"), str):
        return {**data, "$ref": _move(data["$ref"])}
    made = {key: _convert_keyword(key, value) for key, value in data.items()}
    if made.pop("x-nullable", None) is True:
        made["nullable"] = True
    if made.get("type") == "file":
        made |= {"type": "string", "format": "binary"}
    if isinstance(made.get("discriminator"), str):
        made["discriminator"] = {"propertyName": made["discriminator"]}
    return made


def _convert_keyword(key: str, value: Any) -> Any:
    if key in ("properties", "patternProperties") and isinstance(value, dict):
        return {name: _convert_schema(inner) for name, inner in value.items()}
    if key in ("items", "allOf", "not", "additionalProperties"):
        return _convert_schema(value)
    return value


def _convert_scheme(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    kind = data.get("type")
    if kind == "basic":
        return {**data, "type": "http", "scheme": "basic"}
    if kind != "oauth2":
        return data
    flow = str(data.get("flow", "implicit"))
    inner = {key: data[key] for key in ("authorizationUrl", "tokenUrl", "scopes") if key in data}
    inner.setdefault("scopes", {})
    kept = {k: v for k, v in data.items() if k not in ("flow", *inner)}
    return kept | {"flows": {_FLOWS.get(flow, flow): inner}}
