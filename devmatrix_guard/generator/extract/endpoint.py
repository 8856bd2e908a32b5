"""Endpoints: the operations of a spec as declared, before anyone asks what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.schemas.envelopes import BodyContent, open_shape, unwrap
from devmatrix_guard.generator.extract.schemas.keywords import read_example
from devmatrix_guard.generator.extract.schemas.shapes import Shapes
from devmatrix_guard.generator.spec.check import METHODS
from devmatrix_guard.generator.spec.document import Document, Place, require_list, require_mapping
from devmatrix_guard.ir.api import (
    Auth,
    Body,
    Content,
    Header,
    Location,
    Parameter,
    Response,
    SchemeUse,
    is_list_of_edits,
)
from devmatrix_guard.ir.names import make_unique, to_pascal, to_singular, to_snake
from devmatrix_guard.ir.shape import JsonValue, Shape
from devmatrix_guard.model.named_value import NamedValue

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_PREFIX = re.compile(r"(api|rest|v?\d+(\.\d+)*|public)\Z", re.IGNORECASE)
_VERSION = re.compile(r"v\d+([._]\d+)*((alpha|beta|rc|p)\d*)?\Z", re.IGNORECASE)
_FORMATS = frozenset(
    (
        "atom",
        "csv",
        "gif",
        "html",
        "ics",
        "jpeg",
        "jpg",
        "json",
        "ndjson",
        "pdf",
        "png",
        "rss",
        "svg",
        "txt",
        "xls",
        "xlsx",
        "xml",
        "yaml",
        "yml",
        "zip",
    )
)
_LONGEST_NAME = 48
_FORMAT = re.compile(r"\.([A-Za-z]+)\Z")
_METHOD = re.compile(r":([A-Za-z][A-Za-z_-]*)\Z")
_CALLED = re.compile(r"(?<=\w)\.([A-Za-z][A-Za-z_]*)\Z")
_TAKEN = ("authenticate", "json_as", "router", "schemes")  # what a module of routes has beside them
_JSON = re.compile(r"application/([\w.+-]*\+)?json\b", re.IGNORECASE)


class Segment(NamedValue):
    """A part of a path: literal text, or a parameter (its wire name)."""

    text: str
    parameter: str = ""


class Endpoint(NamedValue):
    """One operation as declared.

    Attributes:
        segments: of the path, without a prefix such as `/api/v1`.
        sent: what the request body carries; None without one.
        shown: what the body of the success response carries.
        scalar: the kind of the success response where it is a plain value, or "".
        takes, answers: the media types of the two, or "".
        example: of the success response, or None.
        extensions: the `x-` keys of the operation.
        filters: `x-filter` of its parameters, by `Parameter.name`.
    """

    name: str
    wire: str
    method: str
    path: str
    route: str
    segments: tuple[Segment, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: tuple[Response, ...]
    status: int
    sent: BodyContent | None
    shown: BodyContent
    scalar: str
    takes: str
    answers: str
    example: JsonValue | None
    auth: Auth
    tags: tuple[str, ...]
    summary: str
    description: str
    deprecated: bool
    extensions: Mapping[str, Any]
    filters: Mapping[str, str]
    pointer: str

    @property
    def literals(self) -> tuple[str, ...]:
        """The literal segments, in snake case."""
        return tuple(to_snake(part.text) for part in self.segments if not part.parameter)

    @property
    def ends_in_parameter(self) -> bool:
        """Whether the path addresses one row."""
        return bool(self.segments) and bool(self.segments[-1].parameter)

    @property
    def text(self) -> str:
        """Summary, description and name as lower-case words, to look for hints in."""
        return f"{self.summary} {self.description} {to_snake(self.name).replace('_', ' ')}".lower()

    def find_parameter(self, wire: str, location: str) -> Parameter | None:
        """Return the parameter of this name, if it is declared."""
        found = (p for p in self.parameters if p.wire == wire and p.location == location)
        return next(found, None)


def says_nothing(endpoint: Endpoint) -> bool:
    """Tell whether an operation answers with success, and the spec does not say with what."""
    success = next((r for r in endpoint.responses if r.status == str(endpoint.status)), None)
    return endpoint.status in (200, 201) and success is not None and not success.content


def read_endpoints(document: Document, shapes: Shapes) -> list[Endpoint]:
    """Return all operations in the order of the spec.

    Raises:
        SpecError: an operation is not as OpenAPI wants it.
    """
    return _Reader(document, shapes).read()


class _Reader:
    def __init__(self, document: Document, shapes: Shapes) -> None:
        self._document = document
        self._shapes = shapes
        self._top = Place(document.root, "")
        self._names = set(_TAKEN)
        self._shared: dict[str, Response] = {}

    def read(self) -> list[Endpoint]:
        found = []
        paths = self._top.get("paths")
        for path in require_mapping(paths):
            if path.startswith("x-"):
                continue
            item = self._document.resolve(paths.get(path))
            for method in METHODS:
                if method in require_mapping(item):
                    found.append(self._read_endpoint(path, method, item))
        return found

    def _read_endpoint(self, path: str, method: str, item: Place) -> Endpoint:
        place = item.get(method)
        data = require_mapping(place)
        wire = place.get_text("operationId")
        segments = _split_segments(path)
        name = make_unique(
            _shorten(to_snake(wire or _describe_path(method, segments))), self._names
        )
        self._names.add(name)
        parameters = self._read_parameters(item, place, path, name)
        responses = self._read_responses(place.get("responses"), name)
        body, sent = self._read_body(place.get("requestBody"), name)
        success = _find_success(responses)
        tags = tuple(tag for tag in require_list(place.get("tags")) if isinstance(tag, str))
        return Endpoint(
            name=name,
            wire=wire,
            method=method.upper(),
            path=path,
            route=_make_route(path, parameters),
            segments=segments,
            parameters=parameters,
            body=body,
            responses=responses,
            status=_choose_status(success, method),
            sent=sent,
            shown=self._read_shown(success),
            scalar=self._read_scalar(success),
            takes=_choose_content(body.content if body else ()).media_type,
            answers=_choose_content(success.content if success else ()).media_type,
            example=_choose_content(success.content if success else ()).example,
            auth=self._read_auth(place, parameters),
            tags=tags,
            summary=place.get_text("summary"),
            description=place.get_text("description"),
            deprecated=data.get("deprecated") is True,
            extensions={k: v for k, v in data.items() if k.startswith("x-")},
            filters=self._read_filters(parameters),
            pointer=place.pointer,
        )

    def _read_parameters(
        self, item: Place, operation: Place, path: str, name: str
    ) -> tuple[Parameter, ...]:
        places: dict[tuple[str, str], Place] = {}
        for owner in (item, operation):
            declared = owner.get("parameters")
            for index in range(len(require_list(declared))):
                place = self._document.resolve(declared.get(index))
                wire, location = place.get_text("name"), place.get_text("in")
                if location == "querystring":
                    continue
                if not wire or location not in ("path", "query", "header", "cookie"):
                    raise SpecError("a parameter needs `name` and `in`", place.pointer)
                places[location, wire] = place
        in_path = _PARAMETER.findall(path)
        taken: set[str] = {"session", "request", "body", "viewer", "response"}
        made = []
        for (location, wire), place in places.items():
            if location == "path" and wire not in in_path:
                continue
            made.append(self._read_parameter(place, wire, location, name, taken))
        for wire in dict.fromkeys(in_path):
            if ("path", wire) not in places:
                place = Place({"schema": {"type": "string"}}, operation.pointer)
                made.append(self._read_parameter(place, wire, "path", name, taken))
        return tuple(made)

    def _read_parameter(
        self, place: Place, wire: str, location: str, operation: str, taken: set[str]
    ) -> Parameter:
        data = require_mapping(place)
        name = make_unique(to_snake(wire), taken)
        taken.add(name)
        media_type, schema = "", place.get("schema")
        content = place.get("content")
        if require_mapping(content):
            media_type = next(iter(content.data))
            schema = content.get(media_type, "schema")
        where: dict[str, Location] = {
            "path": "path",
            "query": "query",
            "header": "header",
            "cookie": "cookie",
        }
        style = place.get_text("style")
        plain = style in ("", "form")
        return Parameter(
            name=name,
            wire=wire,
            location=where[location],
            shape=self._shapes.convert_top(schema, f"{operation} {wire}"),
            required=location == "path" or data.get("required") is True,
            style=style,
            explode=bool(data.get("explode", plain and location in ("query", "cookie"))),
            media_type=media_type,
            deprecated=data.get("deprecated") is True,
            description=place.get_text("description"),
            pointer=place.pointer,
        )

    def _read_filters(self, parameters: tuple[Parameter, ...]) -> dict[str, str]:
        found = {}
        for parameter in parameters:
            data = self._document.place(parameter.pointer).data
            if isinstance(data, dict) and "x-filter" in data:
                found[parameter.name] = str(data["x-filter"])
        return found

    def _read_body(self, place: Place, name: str) -> tuple[Body | None, BodyContent | None]:
        if place.data is None:
            return None, None
        place = self._document.resolve(place)
        contents = self._read_contents(place.get("content"), f"{name} request")
        shown = (
            unwrap(_find_json_shape(contents), self._shapes.schemas)
            if contents
            else BodyContent("opaque")
        )
        rows = shown.kind in ("item", "list")
        body = Body(
            content=contents,
            required=require_mapping(place).get("required") is True,
            path=shown.path if rows else (),
            many=shown.kind == "list",
            description=place.get_text("description"),
            pointer=place.pointer,
        )
        return body, shown

    def _read_contents(self, place: Place, context: str) -> tuple[Content, ...]:
        made = []
        for media_type in require_mapping(place):
            entry = place.get(media_type)
            has = "schema" in require_mapping(entry)
            shape = self._shapes.convert_top(entry.get("schema"), context) if has else None
            example = read_example(entry)
            if example is None and media_type.lower().startswith("text/plain"):
                example = read_example(entry.get("schema"))
            made.append(Content(media_type, shape, example))
        return tuple(made)

    def _read_responses(self, place: Place, name: str) -> tuple[Response, ...]:
        made = []
        for status in require_mapping(place):
            if status.startswith("x-"):
                continue
            response = self._document.resolve(place.get(status))
            context = f"{name} response"
            if response.pointer.startswith("/components/responses/"):
                context = response.pointer.rpartition("/")[2]
            elif not status.startswith("2"):
                context = f"{name} {status} response"
            made.append(self._read_response(response, status, context, name))
        return tuple(sorted(made, key=_rank_response))

    def _read_response(self, place: Place, status: str, context: str, name: str) -> Response:
        """Return a response; a shared one is read once."""
        shared = place.pointer.startswith("/components/")
        wanted = status if status == "default" else status.upper()
        if shared and place.pointer in self._shared:
            return self._shared[place.pointer]._replace(status=wanted)
        require_mapping(place)
        made = Response(
            wanted,
            place.get_text("description"),
            self._read_contents(place.get("content"), context),
            self._read_headers(place.get("headers"), name),
            place.pointer,
        )
        if shared:
            self._shared[place.pointer] = made
        return made

    def _read_headers(self, place: Place, name: str) -> tuple[Header, ...]:
        made = []
        for wire in require_mapping(place):
            header = self._document.resolve(place.get(wire))
            schema = header.get("schema")
            shape = self._shapes.convert_top(schema, f"{name} {wire} header")
            required = require_mapping(header).get("required") is True
            made.append(
                Header(to_snake(wire), wire, shape, required, header.get_text("description"))
            )
        return tuple(made)

    def _read_shown(self, success: Response | None) -> BodyContent:
        if success is None or not success.content:
            return BodyContent("empty")
        if _is_bare_text(success.content):
            return BodyContent("scalar")
        return unwrap(_find_json_shape(success.content), self._shapes.schemas)

    def _read_scalar(self, success: Response | None) -> str:
        if success is not None and _is_bare_text(success.content):
            return "string"
        shape = _find_json_shape(success.content) if success is not None else None
        kind = open_shape(shape, self._shapes.schemas).kind if shape is not None else ""
        return kind if kind in ("string", "integer", "number", "boolean") else ""

    def _read_header_auth(self, parameters: tuple[Parameter, ...]) -> Auth:
        """Say who may call an operation that takes `Authorization` as a header like any other."""
        header = next((p for p in parameters if is_credential(p)), None)
        if header is None:
            return Auth()
        schemes = self._top.get("components", "securitySchemes")
        known = [
            wire
            for wire in require_mapping(schemes)
            if schemes.get(wire).get_text("scheme").lower() == "bearer"
            or schemes.get(wire).get_text("name").lower() == "authorization"
        ]
        use = SchemeUse(known[0] if known else "Authorization", ())
        return Auth("required" if header.required else "optional", ((use,),), declared=False)

    def _read_auth(self, place: Place, parameters: tuple[Parameter, ...]) -> Auth:
        if "security" not in require_mapping(place) and self._top.get("security").data is None:
            return self._read_header_auth(parameters)
        source = place if "security" in require_mapping(place) else self._top
        requirements = source.get("security")
        alternatives = []
        for index in range(len(require_list(requirements))):
            uses = requirements.get(index)
            alternatives.append(
                tuple(
                    SchemeUse(
                        wire, tuple(s for s in require_list(uses.get(wire)) if isinstance(s, str))
                    )
                    for wire in require_mapping(uses)
                )
            )
        if not alternatives:
            return Auth()
        if () in alternatives:
            kept = tuple(uses for uses in alternatives if uses)
            return Auth("optional" if kept else "none", kept)
        return Auth("required", tuple(alternatives))


def is_credential(parameter: Parameter) -> bool:
    """Tell whether a parameter is the header by which callers say who they are."""
    return parameter.location == "header" and parameter.wire.lower() == "authorization"


def find_json_content(contents: tuple[Content, ...]) -> Content | None:
    """Return the content that is JSON and no list of edits, else a form, else the first."""
    kept = [c for c in contents if _JSON.match(c.media_type) and not is_list_of_edits(c.media_type)]
    forms = [content for content in contents if "form" in content.media_type]
    return next(iter((*kept, *forms, *contents)), None)


def _choose_content(contents: tuple[Content, ...]) -> Content:
    return find_json_content(contents) or Content("", None)


def _find_json_shape(contents: tuple[Content, ...]) -> Shape | None:
    content = find_json_content(contents)
    return content.shape if content else None


def _is_bare_text(contents: tuple[Content, ...]) -> bool:
    """Tell whether a body is a text of which there is an example and no schema."""
    found = find_json_content(contents)
    text = found is not None and found.media_type.lower().startswith("text/plain")
    return text and found is not None and found.shape is None and found.example is not None


def _split_segments(path: str) -> tuple[Segment, ...]:
    """Return the parts of a path that say what it is about.

    A version says nothing of that, wherever it stands, nor does the format of all answers. What
    follows a colon is a custom method (`/reports/{id}:archive`), another format one of its own
    (`/reports/{id}.csv`): both are parts like those behind a slash.
    """
    parts = [part for part in path.strip("/").split("/") if part]
    while parts and _PREFIX.match(parts[0]) and len(parts) > 1:
        parts = parts[1:]
    kept = [part for part in parts if not _VERSION.match(part)]
    made: list[Segment] = []
    for part in kept or parts:
        made += _split_part(part)
    return tuple(made)


def _describe_path(method: str, segments: tuple[Segment, ...]) -> str:
    """Return the words an operation without an id is called by: of parameters only the last."""
    last = len(segments) - 1
    words = [
        part.parameter or part.text
        for place, part in enumerate(segments)
        if not part.parameter or place == last
    ]
    return " ".join([method, *words])


def _shorten(name: str) -> str:
    """Return a name that fits on a line with what calls it, cut between words."""
    if len(name) <= _LONGEST_NAME:
        return name
    return name[: _LONGEST_NAME + 1].rpartition("_")[0] or name[:_LONGEST_NAME]


def _split_part(part: str) -> list[Segment]:
    """Return the segments of one part: parameters, a custom method or format behind them.

    A word behind the dot of a literal (`/candidates.close`) is a method, too.
    """
    endings: list[str] = []
    for pattern in (_METHOD, _FORMAT):
        found = pattern.search(part)
        known = found is not None and (pattern is _METHOD or found[1].lower() in _FORMATS)
        if found is None or not known or not part[: found.start()]:
            continue
        part = part[: found.start()]
        if found[1].lower() != "json":
            endings.insert(0, found[1])
    names = _PARAMETER.findall(part)
    called = _CALLED.search(part)
    if called is not None and not names:
        part = part[: called.start()]
        endings.insert(0, called[1])
    own = [Segment(f"{{{name}}}", name) for name in names] or [Segment(part)]
    return [*own, *map(Segment, endings)]


def _make_route(path: str, parameters: tuple[Parameter, ...]) -> str:
    names = {p.wire: p.name for p in parameters if p.location == "path"}
    used: set[str] = set()

    def place(found: re.Match[str]) -> str:
        name = make_unique(names[found[1]], used)  # a parameter may stand in a path twice
        used.add(name)
        return f"{{{name}}}"

    return _PARAMETER.sub(place, path)


def _rank_response(response: Response) -> tuple[bool, bool, str]:
    return (response.status[:1] not in "23", response.status == "default", response.status)


def _find_success(responses: tuple[Response, ...]) -> Response | None:
    for digit in ("2", "3"):
        found = next((r for r in responses if r.status.startswith(digit)), None)
        if found is not None:
            return found
    if len(responses) == 1 and responses[0].status == "default":
        return responses[0]  # whatever it is called, there is no other answer
    return next((r for r in responses if r.status == "default" and not _is_failure(r)), None)


def _is_failure(response: Response) -> bool:
    text = response.description.lower()
    return any(word in text for word in ("error", "fail", "problem", "unexpected"))


def _choose_status(success: Response | None, method: str) -> int:
    if success is not None and success.status.isdigit():
        return int(success.status)
    open_ended = success is None or success.status == "default"
    return 201 if method == "post" and open_ended else 200


def make_class_name(text: str) -> str:
    """Return the class name that a path noun suggests: `line-items` -> `LineItem`."""
    return to_pascal(to_singular(to_snake(text)))
