"""Answers that a spec announces and does not describe: `"200": {description: the jobs}`.

A GET that shows nothing, a POST whose new row nobody can address and a sign-in without a token
are of no use. Where a spec gives no body at all for these, the rows are shown as elsewhere in it,
or as requests give them, with their key. The document that is served marks such a body.
"""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint, make_class_name
from devmatrix_guard.generator.extract.entities.auth import (
    SignIn,
    is_known_password,
    is_password,
    names_viewer,
)
from devmatrix_guard.generator.extract.entities.resources import Resource, find_resources
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.schemas.envelopes import BodyContent, is_reply, unwrap
from devmatrix_guard.generator.extract.schemas.shapes import Shapes
from devmatrix_guard.ir.api import Content
from devmatrix_guard.ir.names import to_singular, to_snake
from devmatrix_guard.ir.shape import Field, Schema, Shape

_JSON = "application/json"
_IDS = ("id", "_id", "uuid")


def describe_answers(
    endpoints: list[Endpoint], shapes: Shapes, sign_in: SignIn, findings: Findings
) -> list[Endpoint]:
    """Return the endpoints, with a body for those answers that need one and have none."""
    special = {*sign_in.registers, *sign_in.logouts}
    described: dict[str, Endpoint] = {}
    for endpoint in endpoints:
        if endpoint.name in sign_in.logins and _is_silent(endpoint):
            token = Shape("object", fields=(Field("token", "token", Shape("string"), True),))
            name = shapes.add("TokenResponse", token, endpoint.pointer)
            described[endpoint.name] = _describe(endpoint, Shape("ref", name), shapes, findings)
    rest = [e for e in endpoints if e.name not in {*special, *sign_in.logins}]
    for resource in find_resources(e for e in rest if not names_viewer(e)).values():
        silent = [e for e in (*resource.collection, *resource.items) if _shows_rows(e, resource)]
        name = _find_row_schema(resource, shapes) if silent else ""
        for endpoint in silent if name else ():
            row = Shape("ref", name)
            listed = endpoint.method == "GET" and not endpoint.ends_in_parameter
            shape = Shape("array", items=row) if listed else row
            described[endpoint.name] = _describe(endpoint, shape, shapes, findings)
    return [described.get(endpoint.name, endpoint) for endpoint in endpoints]


def _is_silent(endpoint: Endpoint) -> bool:
    """Tell whether an operation answers with success, and the spec does not say with what."""
    success = next((r for r in endpoint.responses if r.status == str(endpoint.status)), None)
    return endpoint.status in (200, 201) and success is not None and not success.content


def _shows_rows(endpoint: Endpoint, resource: Resource) -> bool:
    """Tell whether an answer without a description is one of the rows of a collection."""
    if not _is_silent(endpoint) or not resource.noun or "x-flow" in endpoint.extensions:
        return False
    last = resource.noun[-1]
    if endpoint.method == "GET":
        return endpoint.ends_in_parameter or to_singular(last) != last
    made = endpoint.method == "POST" and not endpoint.ends_in_parameter
    known = endpoint.status == 201 or any(e.method == "GET" for e in resource.collection)
    return made and known and endpoint.sent is not None and endpoint.sent.kind == "item"


def _describe(endpoint: Endpoint, shape: Shape, shapes: Shapes, findings: Findings) -> Endpoint:
    content = Content(_JSON, shape, declared=False)
    status = str(endpoint.status)
    responses = tuple(
        response._replace(content=(content,)) if response.status == status else response
        for response in endpoint.responses
    )
    text = (
        f"{endpoint.method} {endpoint.path} declares no body for its {status}; it answers with "
        f"{_name_shape(shape)}"
    )
    findings.add_assumed(text, endpoint.pointer)
    shown = unwrap(shape, shapes.schemas)
    return endpoint._replace(responses=responses, shown=shown, answers=_JSON)


def _name_shape(shape: Shape) -> str:
    return f"a list of {shape.items.ref}" if shape.items is not None else f"a {shape.ref}"


def _find_row_schema(resource: Resource, shapes: Shapes) -> str:
    """Return the schema that shows the rows of a collection, made if there is none, or ""."""
    schemas = shapes.schemas
    endpoints = sorted(
        (*resource.items, *resource.collection), key=lambda e: (e.method != "GET", e.method)
    )
    shown = [e.shown for e in endpoints if e.method in ("GET", "POST", "PUT", "PATCH")]
    found = [s.schema for s in shown if s.kind in ("item", "list") and _is_row(s.schema, schemas)]
    noun = make_class_name(resource.noun[-1])
    named = noun in schemas and bool(schemas[noun].wire)
    if named and _is_row(noun, schemas) and not _holds_password(schemas[noun]):
        found.append(noun)
    return found[0] if found else _make_row_schema(resource, noun, shapes)


def _is_row(name: str, schemas: Mapping[str, Schema]) -> bool:
    shape = schemas[name].shape if name in schemas else Shape("any")
    return shape.kind == "object" and bool(shape.fields) and not is_reply(shape)


def _holds_password(schema: Schema) -> bool:
    return any(is_password(field.name, field.shape) for field in schema.shape.fields)


def _make_row_schema(resource: Resource, noun: str, shapes: Shapes) -> str:
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
        if not is_password(field.name, field.shape) and not field.shape.write_only
    ]
    keys = {*_IDS, f"{to_snake(noun)}_id"}
    if not any(field.name in keys for field in fields):
        key = _find_key_shape(resource)._replace(read_only=True)
        fields.insert(0, Field("id", "id", key, True))
    return shapes.add(f"{noun}Response", Shape("object", fields=tuple(fields)), given.pointer)


def _find_sent(resource: Resource) -> BodyContent | None:
    for method, item in (("POST", False), ("PUT", True), ("PATCH", True)):
        endpoint = resource.find_first(method, item=item)
        if endpoint is not None and endpoint.sent is not None and endpoint.sent.kind == "item":
            return endpoint.sent
    return None


def _find_key_shape(resource: Resource) -> Shape:
    """Return what the key of a row is, as the path to one says."""
    for endpoint in resource.items:
        parameter = endpoint.find_parameter(endpoint.segments[-1].parameter, "path")
        if parameter is not None and parameter.shape.kind in ("string", "integer"):
            return Shape(parameter.shape.kind, format=parameter.shape.format)
    return Shape("integer")
