"""What a body is about: the rows in it, and the fields that are only wrapping."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.ir.api import Extra, ExtraSource
from devmatrix_guard.ir.defaults import fits
from devmatrix_guard.ir.names import to_singular, to_snake
from devmatrix_guard.ir.shape import Field, JsonValue, Schema, Shape, make_json_value
from devmatrix_guard.model.named_value import NamedValue

MOMENTS = ("timestamp", "server_time", "checked_at")
_SOURCES: dict[str, ExtraSource] = {
    **dict.fromkeys(
        (
            "total",
            "total_count",
            "total_items",
            "total_results",
            "total_elements",
            "total_records",
            "count",
            "number_of_items",
            "totalcount",
            "item_count",
        ),
        "total",
    ),
    **dict.fromkeys(
        ("limit", "page_size", "per_page", "size", "pagesize", "items_per_page"), "limit"
    ),
    **dict.fromkeys(("offset", "skip", "start"), "offset"),
    **dict.fromkeys(("page", "current_page", "page_number", "number"), "page"),
    **dict.fromkeys(("pages", "total_pages", "page_count", "last_page"), "pages"),
    **dict.fromkeys(
        ("next_cursor", "cursor", "next_page_token", "continuation_token", "end_cursor"),
        "next_cursor",
    ),
    **dict.fromkeys(("prev_cursor", "previous_cursor", "start_cursor"), "previous_cursor"),
    **dict.fromkeys(("has_more", "has_next", "has_next_page"), "has_more"),
    **dict.fromkeys(("has_previous", "has_prev", "has_previous_page"), "has_previous"),
    **dict.fromkeys(("next", "next_url", "next_page"), "next_link"),
    **dict.fromkeys(("previous", "prev", "previous_url", "prev_page"), "previous_link"),
    **dict.fromkeys(
        (
            "token",
            "access_token",
            "jwt",
            "auth_token",
            "id_token",
            "api_token",
            "jwt_token",
            "bearer_token",
        ),
        "token",
    ),
    "refresh_token": "refresh_token",
    **dict.fromkeys(("expires_in", "expires", "expires_in_seconds"), "expires_in"),
    **dict.fromkeys(MOMENTS, "now"),
}
TOKEN_SOURCES = ("token", "refresh_token", "expires_in")
# Only beside a token: a voucher that ends some day is a row.
_ENDS = (
    "expires_at",
    "expires_on",
    "expiration",
    "expiration_time",
    "expiry",
    "token_expires_at",
    "valid_until",
)
_FILLERS = (
    "token_type",
    "type",
    "success",
    "status",
    "message",
    "msg",
    "code",
    "status_code",
    "error",
    "errors",
    "request_id",
    "object",
    "kind",
    "ok",
)
_WORDS = ("success", "message", "msg", "ok", "object")  # plain, as long as no object lies there
_SUCCESS = ("success", "ok")  # what clients look at first, required or not
_CONTAINERS = ("meta", "metadata", "pagination", "paging", "page_info", "links", "_links")
# Words that only say where a page of rows ends; a `total` may be what an order costs.
_PAGES_ONLY = frozenset(
    (
        "total_count",
        "total_items",
        "total_results",
        "total_elements",
        "total_records",
        "items_per_page",
        "next_cursor",
        "next_page_token",
        "continuation_token",
        "end_cursor",
        "has_more",
        "has_next",
        "has_next_page",
    )
)
_OF_PAGES = frozenset(
    (
        "total",
        "limit",
        "offset",
        "page",
        "pages",
        "next_cursor",
        "previous_cursor",
        "has_more",
        "has_previous",
        "next_link",
        "previous_link",
    )
)
_PLAIN = ("string", "integer", "number", "boolean", "null")
_HOLDERS = (
    "data",
    "item",
    "items",
    "result",
    "results",
    "content",
    "records",
    "rows",
    "payload",
    "body",
    "response",
    "list",
    "entries",
    "values",
    "collection",
    "document",
)


# What an envelope says in the words of the spec's example, though it might leave it out.
_SAID = frozenset(("kind", "message", "msg", "object", "ok", "status", "success"))
_REPLIES = frozenset((*_SOURCES, *_FILLERS, "detail", "details", "description", "result", "reason"))


def find_token_source(name: str) -> ExtraSource | None:
    """Return what of a sign-in a field of this name tells: the token, its span or end, or None."""
    source = _SOURCES.get(name.strip("_"))
    if source is None and name.strip("_") in _ENDS:
        return "expires_at"
    return source if source in TOKEN_SOURCES else None


def says_how(field: Field) -> bool:
    """Tell whether a field of an answer says how the request went, and nothing of a row."""
    return field.name in ("error", "errors", "message", "msg", "success", "ok")


def is_reply(shape: Shape) -> bool:
    """Tell whether an object only says how a request went: a message, a status, a token, a count.

    Such an object has no row behind it, however many operations answer with it.
    """
    names = [field.name.strip("_") for field in shape.fields]
    if any(_SOURCES.get(name) == "token" for name in names):
        names = [name for name in names if name not in _ENDS]
    return bool(names) and all(name in _REPLIES for name in names)


class BodyContent(NamedValue):
    """What a body carries.

    Attributes:
        kind: empty, item, list, values, map, extras (only wrapping), scalar, opaque.
        schema: of a row, for item and list.
        path: where the rows lie.
        extras: the wrapping.
    """

    kind: str
    schema: str = ""
    path: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()


def unwrap(shape: Shape | None, schemas: Mapping[str, Schema], *, depth: int = 0) -> BodyContent:
    """Say what a body of this shape carries, looking through envelopes."""
    if shape is None:
        return BodyContent("opaque")
    opened = open_shape(shape, schemas)
    if is_union(opened):
        return BodyContent("item", find_object_name(shape, schemas))
    if opened.kind == "object":
        return _unwrap_object(shape, opened, schemas, depth)
    if opened.kind == "array" and opened.items is not None:
        return _unwrap_array(opened.items, schemas)
    if opened.kind == "map":
        numbers = opened.items is not None and opened.items.kind == "integer"
        return BodyContent("map" if numbers else "opaque")
    if opened.kind in ("string", "integer", "number", "boolean"):
        return BodyContent("scalar")
    return BodyContent("opaque")


class OpenPlace(NamedValue):
    """Where an answer leaves open what it shows: `{"data": {}}`, `type: object` or no schema.

    Attributes:
        path: where that lies.
        extras: the wrapping.
        listed: whether a list stands there; None where either may.
    """

    path: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()
    listed: bool | None = None


def find_open_place(shape: Shape | None, schemas: Mapping[str, Schema]) -> OpenPlace | None:
    """Return where a body of this shape may hold anything, or None where all of it is known."""
    opened = open_shape(shape, schemas) if shape is not None else Shape("any")
    found, listed = _is_open(opened, schemas)
    if found:
        return OpenPlace(listed=listed)
    if opened.kind != "object":
        return None
    fields = opened.fields
    holders = [field for field in fields if not _is_wrapping(field, fields, schemas)]
    if len(holders) != 1 or holders[0].name not in _HOLDERS:
        return None
    found, listed = _is_open(open_shape(holders[0].shape, schemas), schemas)
    if not found:
        return None
    others = tuple(field for field in opened.fields if field is not holders[0])
    return OpenPlace((holders[0].wire,), _read_extras(others, (), schemas), listed)


def _is_open(opened: Shape, schemas: Mapping[str, Schema]) -> tuple[bool, bool | None]:
    """Tell whether a shape says nothing of what is in it, and whether it is a list."""
    if opened.kind == "any":
        return True, None
    if opened.kind in ("map", "object"):
        return not opened.fields and opened.items is None and not opened.variants, False
    if opened.kind == "array" and opened.items is not None:
        return _is_open(open_shape(opened.items, schemas), schemas)[0], True
    return False, None


def open_shape(shape: Shape, schemas: Mapping[str, Schema]) -> Shape:
    """Follow references until a shape that is none."""
    for _ in range(20):
        if shape.kind != "ref" or shape.ref not in schemas:
            return shape
        shape = schemas[shape.ref].shape
    return Shape("any")


def is_union(shape: Shape) -> bool:
    """Tell whether a shape is one of several objects, told apart by a discriminator."""
    return shape.kind in ("one_of", "any_of") and bool(shape.fields)


def find_object_name(shape: Shape, schemas: Mapping[str, Schema]) -> str:
    """Return the name of the object schema that `shape` leads to, or ""."""
    for _ in range(20):
        if shape.kind != "ref" or shape.ref not in schemas:
            return ""
        target = schemas[shape.ref].shape
        if target.kind == "object" or is_union(target):
            return shape.ref
        shape = target
    return ""


def _unwrap_array(items: Shape, schemas: Mapping[str, Schema]) -> BodyContent:
    name = find_object_name(items, schemas)
    if name:
        return BodyContent("list", name)
    scalar = open_shape(items, schemas).kind in ("string", "integer", "number", "boolean")
    return BodyContent("values" if scalar else "opaque")


def _unwrap_object(
    shape: Shape, opened: Shape, schemas: Mapping[str, Schema], depth: int
) -> BodyContent:
    name = find_object_name(shape, schemas)
    holder = _find_holder(opened.fields, name, schemas) if depth < 3 else None
    if holder is None:
        if opened.fields and all(_is_wrapping(f, opened.fields, schemas) for f in opened.fields):
            extras = _read_extras(opened.fields, (), schemas)
            if any(extra.source in TOKEN_SOURCES or extra.source == "total" for extra in extras):
                return BodyContent("extras", name, (), extras)
        return BodyContent("item", name)
    inner = unwrap(holder.shape, schemas, depth=depth + 1)
    paged = any(_SOURCES.get(field.name.strip("_")) in _OF_PAGES for field in opened.fields)
    whole = inner.kind == "item" and paged and holder.name not in _HOLDERS
    if whole or inner.kind in ("opaque", "scalar", "empty", "map"):
        return BodyContent("item", name)  # where no rows are paged, a `size` is what it says
    others = tuple(field for field in opened.fields if field is not holder)
    outer = _read_extras(others, (), schemas)
    moved = tuple(extra._replace(path=(holder.wire, *extra.path)) for extra in inner.extras)
    return BodyContent(inner.kind, inner.schema, (holder.wire, *inner.path), (*outer, *moved))


def _find_holder(
    fields: tuple[Field, ...], name: str, schemas: Mapping[str, Schema]
) -> Field | None:
    """Return the field that holds the rows, if all the others only wrap it."""
    holders = [field for field in fields if not _is_wrapping(field, fields, schemas)]
    if len(holders) != 1:
        return _find_paged_rows(fields, schemas)
    field = holders[0]
    opened = open_shape(field.shape, schemas)
    if opened.kind == "array" and opened.items is not None:
        listed = bool(find_object_name(opened.items, schemas))
        alone = len(fields) == 1 or field.name in _HOLDERS
        return field if listed or alone else None
    target = find_object_name(field.shape, schemas)
    if not target or target == name:
        return None
    alone = len(fields) == 1 or field.name in _HOLDERS or field.name in _WORDS
    signs_in = any(find_token_source(other.name) == "token" for other in fields)
    words = to_snake(target).split("_")
    named = field.name.rpartition("_")[2] in words or to_snake(target).startswith(field.name)
    return field if alone or named or signs_in else None


def _find_paged_rows(fields: tuple[Field, ...], schemas: Mapping[str, Schema]) -> Field | None:
    """Return the one list of objects of a page, whatever plain things stand beside it.

    A page is told by a word that nothing else has: `has_more`, `nextPageToken`, `totalResults`.
    """
    names = {field.name.strip("_") for field in fields}
    if not names & _PAGES_ONLY or "id" in names:
        return None
    rows = []
    for field in fields:
        opened = open_shape(field.shape, schemas)
        if opened.kind == "array" and opened.items is not None:
            if find_object_name(opened.items, schemas):
                rows.append(field)
        elif opened.kind not in _PLAIN and not _is_wrapping(field, fields, schemas):
            return None
    return rows[0] if len(rows) == 1 else None


def _is_wrapping(field: Field, fields: tuple[Field, ...], schemas: Mapping[str, Schema]) -> bool:
    name = field.name.strip("_")
    if name in _SOURCES or name in _FILLERS or name in _CONTAINERS:
        return name == "errors" or not _holds_rows(field, name, schemas)
    stem = name.removesuffix("_count").removeprefix("total_").removeprefix("num_")
    if stem == name or field.shape.kind not in ("integer", "number"):
        return False
    return any(
        to_singular(other.name) == to_singular(stem)
        for other in fields
        if other.shape.kind == "array"
    )


def _holds_rows(field: Field, name: str, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether rows lie under a word that else only wraps: `{"success": {"id": 1, ...}}`."""
    opened = open_shape(field.shape, schemas)
    if opened.kind == "array":
        return True
    spoken = name in _WORDS and opened.kind == "object" and bool(opened.fields)
    return spoken and not is_reply(opened)


def _read_extras(
    fields: tuple[Field, ...],
    path: tuple[str, ...],
    schemas: Mapping[str, Schema],
) -> tuple[Extra, ...]:
    found: list[Extra] = []
    for field in fields:
        here = (*path, field.wire)
        opened = open_shape(field.shape, schemas)
        if opened.kind == "object" and len(here) < 4:
            found += _read_extras(opened.fields, here, schemas)
            continue
        extra = _read_extra(field, here, opened)
        if extra is not None:
            found.append(extra)
    return tuple(found)


def _read_extra(field: Field, path: tuple[str, ...], opened: Shape) -> Extra | None:
    name = field.name.strip("_")
    source = _SOURCES.get(name)
    if source is None and (name.endswith("_count") or name.startswith(("total_", "num_"))):
        source = "total"
    if source in ("next_link", "previous_link") and opened.kind == "integer":
        source = None
    if source == "now" and opened.kind not in ("string", "integer", "number"):
        source = None
    if source is not None:
        return Extra(path, source)
    example = field.example
    if name in _SAID and example is not None and fits(opened, example.value, {}):
        return Extra(path, "constant", example)
    says_so = name in _SUCCESS and opened.kind == "boolean"
    if not says_so and (field.shape.nullable or not field.required):
        return Extra(path, "null") if field.shape.nullable else None
    return Extra(path, "constant", make_filler(name, opened))


def make_filler(name: str, shape: Shape) -> JsonValue:
    """Return a value that fits `shape`, for a field that has nothing to say."""
    if shape.default is not None:
        return shape.default
    if shape.enum:
        first = shape.enum[0]
        return first if isinstance(first, JsonValue) else make_json_value(first)
    words = {
        "token_type": "bearer",
        "type": "bearer",
        "status": "success",
        "message": "OK",
        "msg": "OK",
        "object": "list",
        "kind": "list",
    }
    numbers = {"code": 200, "status": 200, "status_code": 200}
    by_kind: dict[str, object] = {
        "string": words.get(name, ""),
        "integer": numbers.get(name, 0),
        "number": 0,
        "boolean": name not in ("error", "errors"),
        "array": [],
        "null": None,
    }
    return make_json_value(by_kind.get(shape.kind, {}))
