"""Answers that a spec announces and does not describe: `"200": {description: the jobs}`.

A GET that shows nothing, a POST whose new row nobody can address and a sign-in without a token
are of no use. Where a spec gives no body at all for these, or leaves open what is in it (`data`
that may be anything, no schema), the rows are shown as elsewhere in it, as an example shows them or
as requests give them, with their key. The document that is served marks such a body.
"""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import (
    Endpoint,
    find_json_content,
    says_nothing,
)
from devmatrix_guard.generator.extract.entities.auth import (
    SignIn,
    names_viewer,
)
from devmatrix_guard.generator.extract.entities.credentials import find_refresh_field
from devmatrix_guard.generator.extract.entities.resources import (
    PERSONS,
    Resource,
    find_noun,
    find_resources,
)
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.row_schemas import find_row_schema, holds_password
from devmatrix_guard.generator.extract.schemas.envelopes import (
    BodyContent,
    OpenPlace,
    find_open_place,
    unwrap,
)
from devmatrix_guard.generator.extract.schemas.example_shapes import infer_shape
from devmatrix_guard.generator.extract.schemas.shapes import Shapes
from devmatrix_guard.ir.api import Content, Extra, Response, is_json
from devmatrix_guard.ir.names import to_singular
from devmatrix_guard.ir.shape import Field, Schema, Shape, make_json_value

_JSON = "application/json"
_SOME = ("all", "filter", "find", "list", "mine", "my", "search")  # of the rows before it
_TAKEN = ("item", "list", "extras")


def describe_answers(
    endpoints: list[Endpoint], shapes: Shapes, sign_in: SignIn, findings: Findings
) -> list[Endpoint]:
    """Return the endpoints, with a body for those answers that need one and have none."""
    endpoints = [_mark_open(endpoint, shapes) for endpoint in endpoints]
    special = {*sign_in.registers, *sign_in.logouts, *sign_in.logins, *sign_in.refreshes}
    described: dict[str, Endpoint] = {}
    renewed = [e for e in endpoints if e.name in sign_in.refreshes]
    asked = [find_refresh_field(endpoint, shapes.schemas) for endpoint in renewed]
    tokens = [("token", "token"), *(("refresh_token", wire) for wire in asked[:1])]
    for endpoint in endpoints:
        if endpoint.name in (*sign_in.logins, *sign_in.refreshes):
            described[endpoint.name] = _describe_login(endpoint, tokens, shapes, findings)
    resources = find_resources(e for e in endpoints if e.name not in special | set(described))
    rows: dict[tuple[str, ...], str] = {}
    users: list[str] = []
    ordered = sorted(resources.values(), key=lambda r: r.find_first("POST", item=False) is None)
    for resource in map(_leave_out_viewers, ordered):
        both = (*resource.collection, *resource.items)
        silent = [e for e in both if _shows_rows(e, resource, shapes.schemas)]
        has_list = any(_is_plural_of(own, resource.noun) for own in resources)
        name = find_row_schema(resource, shapes, endpoints) if silent or has_list else ""
        name = name or _find_same_rows(resource, rows)
        if not name:
            continue
        rows[resource.noun] = name
        if _signs_up(resource, shapes.schemas):
            users.insert(0, name)
        elif sign_in.logins and to_singular(resource.noun[-1]) in PERSONS:
            users.append(name)
        for endpoint in silent:
            row = Shape("ref", name)
            shape = Shape("array", items=row) if _is_listing(endpoint) else row
            described[endpoint.name] = _describe(endpoint, shape, shapes, findings)
    made = tuple(e for e in endpoints if e.name in sign_in.registers)
    if made and not users and any(map(names_viewer, endpoints)):
        name = find_row_schema(Resource(("users",), made, ()), shapes, endpoints)
        users += [name] if name else []
    for endpoint in endpoints:
        of_user = endpoint.name in sign_in.registers or names_viewer(endpoint)
        above, listed = _find_row_above(endpoint, rows), _find_listed_elsewhere(endpoint, rows)
        name = users[0] if of_user and users else above or listed
        if name and endpoint.name not in described and _takes_row(endpoint, shapes.schemas):
            row = Shape("ref", name)
            shape = Shape("array", items=row) if name == listed else row
            described[endpoint.name] = _describe(endpoint, shape, shapes, findings)
    found = [described.get(endpoint.name, endpoint) for endpoint in endpoints]
    done = {*sign_in.logouts, *sign_in.changes, *sign_in.asks, *sign_in.resets}
    return [_close(endpoint, shapes.schemas, done) for endpoint in found]


def _leave_out_viewers(resource: Resource) -> Resource:
    return resource._replace(
        collection=tuple(e for e in resource.collection if not names_viewer(e)),
        items=tuple(e for e in resource.items if not names_viewer(e)),
    )


def _find_same_rows(resource: Resource, rows: Mapping[tuple[str, ...], str]) -> str:
    """Return the schema of rows that are made below others: `/reviews/{id}` of a book's."""
    if len(resource.noun) != 1 or not resource.items:
        return ""
    found = {name for own, name in rows.items() if own[-1] == resource.noun[0]}
    return found.pop() if len(found) == 1 else ""


def _find_row_above(endpoint: Endpoint, rows: Mapping[tuple[str, ...], str]) -> str:
    """Return the schema of the row of which a path says one word more: `/dogs/{id}/adopt`."""
    noun = find_noun(endpoint)
    if endpoint.method not in ("POST", "PUT", "PATCH") or endpoint.shown.kind != "open":
        return ""
    above = endpoint.segments[-2].parameter if len(endpoint.segments) > 1 else ""
    return rows.get(noun[:-2], "") if above and not endpoint.ends_in_parameter else ""


def _find_listed_elsewhere(endpoint: Endpoint, rows: Mapping[tuple[str, ...], str]) -> str:
    """Return the schema of rows that are listed apart: `/keepers/{id}/dogs`, `/dogs` of `/dog`."""
    noun = find_noun(endpoint)
    if not _is_listing(endpoint) or not noun:
        return ""
    if "{}" not in noun:
        if noun[-1] in _SOME and noun[:-1] in rows:
            return rows[noun[:-1]]
        return next((name for own, name in rows.items() if _is_plural_of(noun, own)), "")
    if endpoint.shown.kind != "open":
        return ""
    return next((name for own, name in rows.items() if own[-1] == noun[-1] != "{}"), "")


def _is_plural_of(noun: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether a path lists the rows that another has one by one: `/dogs` of `/dog/{id}`."""
    if not noun or not other or noun == other or noun[:-1] != other[:-1]:
        return False
    return noun[-1] != other[-1] == to_singular(noun[-1])


def _mark_open(endpoint: Endpoint, shapes: Shapes) -> Endpoint:
    """Return the endpoint with what its example shows, where its answer has no other form."""
    found = _find_open(endpoint, shapes.schemas)
    if found is None or endpoint.shown.kind == "empty":
        return endpoint
    if endpoint.example is not None:
        name = f"{endpoint.name} response"
        shape = infer_shape(endpoint.example.value, name, shapes, endpoint.pointer)
        shown = unwrap(shape, shapes.schemas)
        if shown.kind in _TAKEN and shown.path[: len(found.path)] == found.path:
            return endpoint._replace(shown=shown)
    return endpoint._replace(shown=BodyContent("open")) if found.path else endpoint


def _close(endpoint: Endpoint, schemas: Mapping[str, Schema], done: set[str]) -> Endpoint:
    """Return the endpoint, an envelope of which nobody knows what is in it as a mere reply.

    Where any object will do, of what is only `done` and shows no row, it is an empty one.
    """
    found = _find_open(endpoint, schemas)
    silent = endpoint.method == "DELETE" or endpoint.name in done
    if found is not None and endpoint.shown.kind == "opaque" and silent:
        return endpoint._replace(shown=BodyContent("extras"))
    if found is None or endpoint.shown.kind != "open":
        return endpoint
    held = Extra(found.path, "constant", make_json_value([] if found.listed else {}))
    return endpoint._replace(shown=BodyContent("extras", "", (), (*found.extras, held)))


def _describe_login(
    endpoint: Endpoint, tokens: list[tuple[str, str]], shapes: Shapes, findings: Findings
) -> Endpoint:
    """Return a sign-in with its tokens in what its answer leaves open."""
    if says_nothing(endpoint):
        fields = tuple(Field(name, wire, Shape("string"), True) for name, wire in tokens)
        token = Shape("object", fields=fields)
        name = shapes.add("TokenResponse", token, endpoint.pointer)
        return _describe(endpoint, Shape("ref", name), shapes, findings)
    found = _find_open(endpoint, shapes.schemas)
    if found is None or found.listed or endpoint.shown.kind not in ("open", "opaque"):
        return endpoint
    if any(extra.source == "token" for extra in found.extras):
        return endpoint
    findings.add_assumed(
        f"{endpoint.method} {endpoint.path} does not say what it answers; it gives a token",
        endpoint.pointer,
    )
    given = Extra((*found.path, "token"), "token")
    return endpoint._replace(shown=BodyContent("extras", "", (), (*found.extras, given)))


def _signs_up(resource: Resource, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether rows are made with a password: they are those who sign in."""
    made = [e.sent.schema for e in resource.collection if e.method == "POST" and e.sent]
    return any(holds_password(schemas[name]) for name in made if name)


def _find_success(endpoint: Endpoint) -> Response | None:
    return next((r for r in endpoint.responses if r.status == str(endpoint.status)), None)


def _find_open(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> OpenPlace | None:
    """Return where the answer of an endpoint may hold anything; None where all of it is known."""
    success = _find_success(endpoint)
    if endpoint.status not in (200, 201) or success is None:
        return None
    content = find_json_content(success.content)
    if content is None:
        return OpenPlace()
    return find_open_place(content.shape, schemas) if is_json(content.media_type) else None


def _is_listing(endpoint: Endpoint) -> bool:
    return endpoint.method == "GET" and not endpoint.ends_in_parameter


def _takes_row(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether an answer leaves a place where a row, or for a list a list of them, may be."""
    found = _find_open(endpoint, schemas)
    if found is None or "x-flow" in endpoint.extensions:
        return False
    if endpoint.shown.kind == "empty":
        return True
    listed = None if endpoint.example is None else isinstance(endpoint.example.value, list)
    kinds = {found.listed, listed if not found.path else None} - {None}
    return endpoint.shown.kind in ("open", "opaque") and kinds <= {_is_listing(endpoint)}


def _shows_rows(endpoint: Endpoint, resource: Resource, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether an answer without a description is one of the rows of a collection."""
    if not resource.noun or not _takes_row(endpoint, schemas):
        return False
    last = resource.noun[-1]
    if endpoint.method == "GET":
        return endpoint.ends_in_parameter or to_singular(last) != last or bool(resource.items)
    sends = endpoint.sent is not None and endpoint.sent.kind == "item"
    if endpoint.method in ("PUT", "PATCH"):
        return sends and endpoint.ends_in_parameter and endpoint.shown.kind != "empty"
    made = endpoint.method == "POST" and not endpoint.ends_in_parameter
    both = (*resource.collection, *resource.items)
    known = endpoint.status == 201 or any(e.method == "GET" for e in both)
    return made and known and sends


def _describe(endpoint: Endpoint, shape: Shape, shapes: Shapes, findings: Findings) -> Endpoint:
    """Return the endpoint with a body of this shape, beside what its spec declares of it."""
    shown = unwrap(shape, shapes.schemas)
    status, name = str(endpoint.status), _name_shape(shape)
    found = _find_open(endpoint, shapes.schemas)
    if endpoint.shown.kind != "empty" and found is not None:
        text = f"{endpoint.method} {endpoint.path} does not say what it answers; it is {name}"
        findings.add_assumed(text, endpoint.pointer)
        return endpoint._replace(
            shown=shown._replace(path=(*found.path, *shown.path), extras=found.extras)
        )
    content = Content(_JSON, shape, declared=False)
    responses = tuple(
        response._replace(content=(content,)) if response.status == status else response
        for response in endpoint.responses
    )
    text = (
        f"{endpoint.method} {endpoint.path} declares no body for its {status}; it answers with "
        f"{name}"
    )
    findings.add_assumed(text, endpoint.pointer)
    return endpoint._replace(responses=responses, shown=shown, answers=_JSON)


def _name_shape(shape: Shape) -> str:
    return f"a list of {shape.items.ref}" if shape.items is not None else f"one {shape.ref}"
