"""Errors: what an operation answers for each cause, and how the body is filled."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint, find_json_content
from devmatrix_guard.generator.extract.schemas.envelopes import (
    find_object_name,
    make_filler,
    open_shape,
)
from devmatrix_guard.ir.api import ErrorBody, ErrorCause, ErrorRule, ErrorSource, Response, Slot
from devmatrix_guard.ir.defaults import fits
from devmatrix_guard.ir.names import make_unique, to_pascal, to_snake
from devmatrix_guard.ir.shape import Field, JsonValue, Schema, Shape

_TITLES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "invalid",
}
_MESSAGES = (
    "message",
    "msg",
    "detail",
    "description",
    "error_description",
    "error_message",
    "reason",
    "details",
    "errormessage",
)
_PROBLEM = "application/problem+json"
_DEFAULTS: dict[ErrorCause, tuple[int, ...]] = {
    "invalid": (422, 400),
    "malformed": (400, 422),
    "unauthenticated": (401, 403),
    "bad_credentials": (401, 403, 400, 422),
    "forbidden": (403,),
    "not_found": (404,),
    "conflict": (409, 422, 400),
    "precondition_failed": (412, 428, 409),
    "precondition_required": (428,),
    "unsupported_media_type": (415,),
    "not_implemented": (501,),
    "internal": (500,),
}
_CREDENTIALS = (
    "token",
    "credential",
    "authentic",
    "api key",
    "unauthorized",
    "signed in",
    "log in",
)
_SPOKEN: dict[ErrorCause, tuple[str, ...]] = {
    "bad_credentials": ("password", "credential", "login", "email", "user", "token"),
    "conflict": ("exist", "taken", "already", "duplicate", "conflict", "unique", "in use"),
}
# Never what an invalid request gets, however they are described ("no valid token").
_OF_OTHERS = ("401", "403", "404", "407", "410")


def _speaks_of(cause: ErrorCause, response: Response) -> bool:
    """Tell whether a declared 400 is for this cause as well, by what its description says."""
    words = _SPOKEN.get(cause)
    text = response.description.lower()
    return words is None or any(word in text for word in words)


def _speaks_of_credentials(response: Response | None) -> bool:
    """Tell whether a declared 403 is for those who do not say who they are."""
    text = response.description.lower() if response is not None else ""
    return any(word in text for word in _CREDENTIALS)


class Errors:
    """Works out the error rules of operations, and collects the bodies they use."""

    def __init__(self, schemas: Mapping[str, Schema], endpoints: list[Endpoint]) -> None:
        self._schemas = schemas
        self._bodies: dict[tuple[str, str], ErrorBody] = {}
        self._common = self._find_most_frequent(endpoints)

    def _find_most_frequent(self, endpoints: list[Endpoint]) -> tuple[str, str]:
        """Return (schema, media type) of the error body that the API declares most often."""
        counts: dict[tuple[str, str], int] = {}
        for endpoint in endpoints:
            for response in endpoint.responses:
                content = find_json_content(response.content)
                if response.status[:1] not in "45d" or content is None or content.shape is None:
                    continue
                name = find_object_name(content.shape, self._schemas)
                if name and (response.status != "default" or endpoint.shown.schema != name):
                    counts[name, content.media_type] = counts.get((name, content.media_type), 0) + 1
        return max(counts, key=lambda key: (counts[key], key), default=("", ""))

    def list_bodies(self) -> tuple[ErrorBody, ...]:
        """Return every error body in use, sorted by name."""
        return tuple(sorted(self._bodies.values(), key=lambda body: body.name))

    def make_rules(self, endpoint: Endpoint, causes: set[ErrorCause]) -> tuple[ErrorRule, ...]:
        """Return one rule for each of the causes, sorted."""
        declared = {r.status: r for r in endpoint.responses if r.status[:1] in "45d"}
        made = [self._make_rule(cause, declared, endpoint) for cause in sorted(causes)]
        return tuple(made)

    def _make_rule(
        self, cause: ErrorCause, declared: Mapping[str, Response], endpoint: Endpoint
    ) -> ErrorRule:
        wanted = _DEFAULTS[cause]
        if cause == "unauthenticated" and not _speaks_of_credentials(declared.get("403")):
            wanted = (401,)  # that 403 is for those who are known
        status = next((s for s in wanted if str(s) in declared), 0)
        if status == 400 and not _speaks_of(cause, declared["400"]):
            status = (
                0  # that 400 is for what cannot be read, and a client would not tell them apart
            )
        if cause == "invalid" and not status:
            status = next(
                (
                    int(r.status)
                    for r in declared.values()
                    if r.status.isdigit()
                    and r.status not in _OF_OTHERS
                    and "valid" in r.description.lower()
                ),
                0,
            )
        if status:
            return ErrorRule(cause, status, self._read_body(declared[str(status)], endpoint), True)
        status = wanted[0]
        for general in (f"{status // 100}XX", "default"):
            if general in declared and not (general == "default" and not declared[general].content):
                return ErrorRule(cause, status, self._read_body(declared[general], endpoint), True)
        return ErrorRule(cause, status, self._find_nearest(declared, endpoint), False)

    def _find_nearest(self, declared: Mapping[str, Response], endpoint: Endpoint) -> str:
        """Return the body of another error of this operation, else a problem of our own."""
        for response in declared.values():
            content = find_json_content(response.content)
            if content is not None and content.shape is not None:
                return self._read_body(response, endpoint)
        return self._choose_usual()

    def _choose_usual(self) -> str:
        """Return the body most errors of this API have, else a problem of our own."""
        schema, media_type = self._common
        if schema:
            return self._add_shaped(schema, media_type)
        problem = (
            Slot(("type",), "type"),
            Slot(("title",), "title"),
            Slot(("status",), "status"),
            Slot(("detail",), "message"),
            Slot(("instance",), "instance", required=False),
        )
        return self._add("Problem", _PROBLEM, "", problem)

    def _add_shaped(self, schema: str, media_type: str) -> str:
        """Return the body of a named shape; how it is filled is worked out once."""
        known = self._bodies.get((media_type, schema))
        if known is not None:
            return known.name
        slots = self._read_slots(self._schemas[schema].shape.fields, (), 0)
        return self._add(schema, media_type, schema, slots)

    def _read_body(self, response: Response, endpoint: Endpoint) -> str:
        content = find_json_content(response.content)
        if content is None or content.shape is None:
            return self._choose_usual()
        name = find_object_name(content.shape, self._schemas)
        if not name:
            opened = open_shape(content.shape, self._schemas)
            source: ErrorSource = "message" if opened.kind == "string" else "null"
            if opened.kind in ("map", "any"):
                return self._add(
                    f"{endpoint.name} error",
                    content.media_type,
                    "",
                    (Slot(("message",), "message"),),
                )
            return self._add(f"{endpoint.name} error", content.media_type, "", (Slot((), source),))
        return self._add_shaped(name, content.media_type)

    def _add(self, name: str, media_type: str, schema: str, slots: tuple[Slot, ...]) -> str:
        key = (media_type, schema or str(slots))
        if key not in self._bodies:
            taken = {body.name for body in self._bodies.values()}
            label = make_unique(to_pascal(name), taken).replace("_", "")
            self._bodies[key] = ErrorBody(label, media_type, schema, slots)
        return self._bodies[key].name

    def _read_slots(
        self, fields: tuple[Field, ...], path: tuple[str, ...], depth: int
    ) -> tuple[Slot, ...]:
        found: list[Slot] = []
        for field in fields:
            here = (*path, field.wire)
            opened = open_shape(field.shape, self._schemas)
            if opened.kind == "object" and depth < 4:
                if field.required or not found or field.name in ("error", "errors"):
                    found += self._read_slots(opened.fields, here, depth + 1)
                continue
            slot = self._read_slot(field, here, opened)
            if slot is not None:
                found.append(slot)
        return tuple(found)

    def _read_slot(self, field: Field, path: tuple[str, ...], opened: Shape) -> Slot | None:
        name = to_snake(field.wire)
        source: ErrorSource | None = None
        if opened.kind == "array":
            return self._list_slot(field, path, opened)
        if name == "status" and (said := _find_said_status(field, opened)) is not None:
            return Slot(path, "constant", required=field.required, value=said)
        if opened.kind == "map":
            listed = opened.items is not None and opened.items.kind in ("array", "any")
            if name in ("errors", "error", "fields", "validation_errors", "details") and (
                listed or opened.items is None
            ):
                source = "field_messages"
        elif opened.kind in ("integer", "number"):
            named = name in ("status", "status_code", "http_status", "statuscode")
            source = "status" if named else "code_number" if "code" in name else None
        elif opened.kind == "boolean":
            source = "true" if name in ("error", "is_error") else "false"
        elif opened.kind in ("string", "any"):
            source = _find_text_source(name, opened)
        if source is not None:
            return Slot(path, source, required=field.required)
        if not field.required:
            return None
        if field.shape.nullable:
            return Slot(path, "null")
        return Slot(path, "constant", value=make_filler(name, opened))

    def _list_slot(self, field: Field, path: tuple[str, ...], opened: Shape) -> Slot:
        items = open_shape(opened.items, self._schemas) if opened.items else Shape("any")
        if items.kind == "object":
            return Slot(
                path, "field_errors", self._read_entry_slots(items), required=field.required
            )
        if items.kind in ("string", "any", "any_of", "one_of"):
            return Slot(path, "messages", required=field.required)
        if items.kind == "map":
            entry = (Slot(("field",), "field"), Slot(("message",), "message"))
            return Slot(path, "field_errors", entry, required=field.required)
        return Slot(
            path, "constant", value=make_filler("", Shape("array")), required=field.required
        )

    def _read_entry_slots(self, items: Shape) -> tuple[Slot, ...]:
        made: list[Slot] = []
        for slot in self._read_slots(items.fields, (), 3):
            name = to_snake(slot.path[-1])
            if name in ("field", "name", "param", "parameter", "property", "path", "pointer"):
                slot = slot._replace(source="field")
            elif name in ("loc", "location"):
                slot = slot._replace(source="location" if slot.source == "messages" else "field")
            made.append(slot)
        return tuple(made)


def _find_said_status(field: Field, opened: Shape) -> JsonValue | None:
    """Return the word that an example says a body has for its status: `fail`, `error`."""
    if opened.kind != "string" or field.example is None:
        return None
    word = field.example.value
    return field.example if fits(opened, word, {}) and not str(word).isdigit() else None


def _find_text_source(name: str, opened: Shape) -> ErrorSource | None:
    if opened.enum:
        return None
    if name in _MESSAGES:
        return "message"
    if name in ("status", "status_code", "http_status"):
        return "status_text"
    table: dict[str, ErrorSource] = {
        "error": "message",
        "errors": "message",
        "title": "title",
        "code": "code",
        "error_code": "code",
        "type": "type",
        "instance": "instance",
        "path": "instance",
        "timestamp": "timestamp",
        "time": "timestamp",
        "request_id": "request_id",
        "trace_id": "request_id",
        "correlation_id": "request_id",
        "field": "field",
    }
    return table.get(name)
