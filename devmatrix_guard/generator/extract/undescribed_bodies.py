"""Bodies that a spec forgets: `PUT /books/{id}` without one, where `POST /books` describes a book.

A change without a body changes nothing. Where another operation of the same rows says what is
given for one, that is taken, for a PATCH any part of it. The document that is served marks it.
"""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.auth import names_viewer
from devmatrix_guard.generator.extract.entities.resources import Resource, find_resources
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.row_schemas import holds_password
from devmatrix_guard.generator.extract.schemas.envelopes import BodyContent
from devmatrix_guard.generator.extract.schemas.shapes import Shapes
from devmatrix_guard.ir.api import Body, Content
from devmatrix_guard.ir.names import split_words
from devmatrix_guard.ir.shape import Schema, Shape

_JSON = "application/json"
_CHANGES = {"update", "updates", "replace", "replaces", "edit", "edits", "modify", "modifies"}
_CHANGES |= {"change", "changes", "save", "saves", "put", "patch"}
_MAKES = {"create", "creates", "add", "adds", "new", "insert", "register", "post", "make", "save"}


def describe_bodies(
    endpoints: list[Endpoint], shapes: Shapes, findings: Findings
) -> list[Endpoint]:
    """Return the endpoints, with a body for those that make or change a row and describe none."""
    made: dict[str, Endpoint] = {}
    for resource in find_resources(endpoints).values():
        for endpoint in (*resource.collection, *resource.items):
            source = _find_source(endpoint, resource, shapes.schemas)
            if source is not None and _lacks_body(endpoint):
                made[endpoint.name] = _describe(endpoint, source, shapes, findings)
    return [made.get(endpoint.name, endpoint) for endpoint in endpoints]


def _lacks_body(endpoint: Endpoint) -> bool:
    """Tell whether an operation must be given a row, and says neither so nor anything else."""
    if endpoint.body is not None or names_viewer(endpoint) or "x-flow" in endpoint.extensions:
        return False
    if any(parameter.location == "query" for parameter in endpoint.parameters):
        return False
    wanted = {"PUT": _CHANGES, "PATCH": _CHANGES, "POST": _MAKES}.get(endpoint.method, set())
    if endpoint.ends_in_parameter is (endpoint.method == "POST"):
        return False
    said = {w.lower() for w in (*split_words(endpoint.wire), *split_words(endpoint.summary))}
    return bool(wanted) and (not said or bool(said & wanted))


def _find_source(
    endpoint: Endpoint, resource: Resource, schemas: Mapping[str, Schema]
) -> Endpoint | None:
    """Return the operation that says what is given for a row of these, if one does."""
    ways = [("POST", False), ("PUT", True), ("PATCH", True)]
    if endpoint.method == "PATCH":
        ways.reverse()
    found = [resource.find_first(method, item=item) for method, item in ways]
    return next((e for e in found if e is not None and _is_plain(e.sent, e, schemas)), None)


def _is_plain(sent: BodyContent | None, endpoint: Endpoint, schemas: Mapping[str, Schema]) -> bool:
    if sent is None or sent.kind != "item" or sent.path or endpoint.takes != _JSON:
        return False
    return sent.schema in schemas and not holds_password(schemas[sent.schema])


def _describe(endpoint: Endpoint, source: Endpoint, shapes: Shapes, findings: Findings) -> Endpoint:
    """Return the endpoint with the body of another operation on the same rows."""
    name = source.sent.schema if source.sent is not None else ""
    if endpoint.method == "PATCH" and source.method != "PATCH":
        given = shapes.schemas[name]
        fields = tuple(f._replace(required=False) for f in given.shape.fields)
        name = shapes.add(f"{name}Change", Shape("object", fields=fields), given.pointer)
    body = Body((Content(_JSON, Shape("ref", name), declared=False),), required=True)
    text = (
        f"{endpoint.method} {endpoint.path} declares no body; it takes that of "
        f"{source.method} {source.path}"
    )
    findings.add_assumed(text, endpoint.pointer)
    return endpoint._replace(body=body, sent=BodyContent("item", name), takes=_JSON)
