"""Answers: with what of a row, or with which word, the body of a response is filled."""

from __future__ import annotations

from devmatrix_guard.generator.extract.actions.result import KnownApplication
from devmatrix_guard.generator.extract.endpoint import Endpoint, find_json_content
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.schemas.envelopes import (
    MOMENTS,
    find_token_source,
    make_filler,
    open_shape,
)
from devmatrix_guard.ir.api import (
    Extra,
    Parent,
    Payload,
    PayloadKind,
)
from devmatrix_guard.ir.defaults import fits
from devmatrix_guard.ir.names import to_singular, to_snake
from devmatrix_guard.ir.shape import Field, JsonValue, Shape, make_json_value

_WELL = ("ok", "up", "healthy", "pass", "alive", "available", "operational", "running", "ready")
_PLEASANTRIES = ("message", "msg", "success", "status", "ok", "code", "detail", "status_code")
_TEXT = Shape("string")
_SAID = make_json_value("OK")
_DEEPEST = 4  # objects in each other in which a token may lie


def is_view(endpoint: Endpoint, draft: EntityDraft) -> bool:
    """Tell whether the answer shows rows of the entity."""
    return endpoint.shown.schema in draft.roles


def make_payload(
    endpoint: Endpoint,
    draft: EntityDraft,
    known: KnownApplication,
    parents: tuple[Parent, ...] = (),
) -> Payload:
    """Return how the answer is filled: with rows, a row of a parent, a token, or what it says."""
    shown = endpoint.shown
    if shown.kind in ("item", "list") and shown.schema in draft.roles:
        kind: PayloadKind = "item" if shown.kind == "item" else "list"
        return Payload(kind, shown.schema, shown.path, shown.extras)
    for index, parent in enumerate(parents):
        above = known.drafts[parent.entity]
        if (
            shown.kind == "item"
            and shown.schema in above.roles
            and not _shows_sent(endpoint, known)
        ):
            return Payload("item", shown.schema, shown.path, shown.extras, f"parent:{index}")
    if shown.kind == "extras":
        return Payload("extras", "", (), shown.extras)
    signs_in = _gives_tokens(endpoint, known)
    if signs_in and shown.kind == "list" and any(e.source == "token" for e in shown.extras):
        none = Extra(shown.path, "constant", make_json_value([]))  # of what nothing is known
        return Payload("extras", "", (), (*shown.extras, none))
    if shown.kind == "scalar" and endpoint.name in known.sign_in.logins:
        return Payload("extras", "", (), (Extra((), "token"),))
    return make_message_payload(endpoint, known, draft)


def _shows_sent(endpoint: Endpoint, known: KnownApplication) -> bool:
    """Tell whether an answer shows just what was sent: it is of that row, and of none above it."""
    if endpoint.sent is None or not endpoint.sent.schema:
        return False
    sent = {field.wire for field in known.schemas[endpoint.sent.schema].shape.fields}
    return sent <= {field.wire for field in known.schemas[endpoint.shown.schema].shape.fields}


def _gives_tokens(endpoint: Endpoint, known: KnownApplication) -> bool:
    ways = known.sign_in
    return endpoint.name in (*ways.logins, *ways.registers, *ways.refreshes)


def make_message_payload(
    endpoint: Endpoint,
    known: KnownApplication,
    draft: EntityDraft | None = None,
    *,
    plain: bool = False,
) -> Payload:
    """Fill a body that says that all went well, and perhaps something of the row.

    With `plain` any plain value will do for a field that must be there: the answer is of no row.
    """
    shown = endpoint.shown
    if shown.kind == "empty":
        return Payload("empty")
    if shown.kind == "extras":
        return Payload("extras", "", (), shown.extras)
    if shown.kind == "scalar":
        return _make_scalar_payload(endpoint, draft)
    schema = known.schemas.get(shown.schema)
    if takes_message(endpoint, known):
        return Payload("extras", "", (), (Extra(("message",), "constant", _SAID),))
    if shown.kind != "item" or schema is None:
        return Payload("opaque")
    extras = _fill_reply(schema.shape.fields, shown.path, endpoint, known, draft, plain=plain)
    return Payload("opaque") if extras is None else Payload("extras", "", (), tuple(extras))


def takes_message(endpoint: Endpoint, known: KnownApplication) -> bool:
    """Tell whether an answer is an object of texts with any names: `{"message": "OK"}` is one."""
    shape = _find_shape(endpoint)
    opened = open_shape(shape, known.schemas) if shape is not None else Shape("any")
    items = opened.items if opened.kind == "map" and not opened.fields else None
    return items is not None and fits(items, _SAID.value, known.schemas)


def _find_shape(endpoint: Endpoint) -> Shape | None:
    """Return the shape of what an endpoint answers, if that is JSON of any kind."""
    success = next((r for r in endpoint.responses if r.status == str(endpoint.status)), None)
    content = find_json_content(success.content) if success is not None else None
    return (content.shape or Shape("any")) if content is not None else None


def make_health_payload(endpoint: Endpoint, known: KnownApplication, word: str) -> Payload:
    """Fill a body that says that the application is well, by `word` where it leaves that open."""
    payload = make_message_payload(endpoint, known, plain=True)
    if payload.kind != "opaque" and not takes_message(endpoint, known):
        healthy = [_say_well(extra, endpoint, known) for extra in payload.extras]
        if None in healthy:
            return Payload("opaque")
        return payload._replace(extras=tuple(filter(None, healthy)))
    shape = _find_shape(endpoint)
    said = endpoint.example or make_json_value({word: "ok"})
    if shape is None or not fits(shape, said.value, known.schemas):
        return payload
    return Payload("extras", "", (), (Extra((), "constant", said),))


def _say_well(extra: Extra, endpoint: Endpoint, known: KnownApplication) -> Extra | None:
    """Return what a status says of an application that is well; None where no word of it does."""
    if extra.path[-1:] != ("status",):
        return extra
    shape = _find_shape(endpoint)
    for wire in extra.path:
        opened = open_shape(shape, known.schemas) if shape is not None else Shape("any")
        shape = next((field.shape for field in opened.fields if field.wire == wire), None)
    opened = open_shape(shape, known.schemas) if shape is not None else Shape("any")
    words = [value for value in opened.enum if str(value).lower() in _WELL] or ["ok"]
    fitting = next((word for word in words if fits(opened, word, known.schemas)), None)
    return None if fitting is None else extra._replace(value=make_json_value(fitting))


def _fill_reply(
    fields: tuple[Field, ...],
    path: tuple[str, ...],
    endpoint: Endpoint,
    known: KnownApplication,
    draft: EntityDraft | None,
    *,
    plain: bool,
) -> list[Extra] | None:
    """Return what the fields of a reply are filled with; None where one cannot be."""
    extras: list[Extra] = []
    signs_in = _gives_tokens(endpoint, known)
    for field in fields:
        here = (*path, field.wire)
        source = find_token_source(field.name) if signs_in else None
        attribute = _find_shown_attribute(field, draft)
        if field.name in MOMENTS:
            extras.append(Extra(here, "now"))
        elif source is not None:  # beside what the answer says of the user: {username, token}
            extras.append(Extra(here, source))
        elif field.name not in _PLEASANTRIES and attribute:
            extras.append(Extra(here, "attribute", make_json_value(attribute)))
        elif plain and open_shape(field.shape, known.schemas).format == "date-time":
            extras.append(Extra(here, "now"))
        elif plain and field.required and (held := _open_object(field, known, here)):
            parts = _fill_reply(held, here, endpoint, known, draft, plain=True)
            if parts is None:
                return None
            extras += parts
        elif signs_in and (inner := _fill_token_holder(field, here, endpoint, known, draft)):
            extras += inner
        else:
            kind = open_shape(field.shape, known.schemas)
            filled = field.name in _PLEASANTRIES or (plain and _is_plain(kind))
            filled = filled or len(kind.enum) == 1 or _says_done(field, kind, endpoint)
            if field.required and not filled:
                return None
            if field.required or field.name in _PLEASANTRIES:
                filler = choose_filler(field, endpoint, known)
                extras.append(Extra(here, "constant", filler))
    return extras


def _open_object(field: Field, known: KnownApplication, path: tuple[str, ...]) -> tuple[Field, ...]:
    """Return the fields of the object that a field holds; none where it holds no such."""
    opened = open_shape(field.shape, known.schemas)
    return opened.fields if opened.kind == "object" and len(path) <= _DEEPEST else ()


def _says_done(field: Field, kind: Shape, endpoint: Endpoint) -> bool:
    """Tell whether a field only says that the row was removed: `deleted`."""
    removed = field.name in ("deleted", "removed", "is_deleted")
    return endpoint.method == "DELETE" and kind.kind == "boolean" and removed


def _fill_token_holder(
    field: Field,
    path: tuple[str, ...],
    endpoint: Endpoint,
    known: KnownApplication,
    draft: EntityDraft | None,
) -> list[Extra]:
    """Return how an object within the answer to a sign-in is filled, if it holds the token."""
    opened = open_shape(field.shape, known.schemas)
    if opened.kind != "object" or len(path) > _DEEPEST:
        return []
    inner = _fill_reply(opened.fields, path, endpoint, known, draft, plain=False) or []
    return inner if any(extra.source == "token" for extra in inner) else []


def _is_plain(shape: Shape) -> bool:
    """Tell whether some word or number will do: it has no form that it might miss."""
    free = not shape.format and not shape.constraints
    return free and shape.kind in ("string", "integer", "number", "boolean")


def _make_scalar_payload(endpoint: Endpoint, draft: EntityDraft | None) -> Payload:
    """Answer with the key of the row where the answer is of its type, else with a word."""
    kind = draft.attributes[draft.key].type.kind if draft is not None and draft.key else ""
    kinds = {"bigint": "integer", "text": "string", "uuid": "string"}
    is_key = endpoint.scalar == kinds.get(kind, kind) and endpoint.example is None
    if draft is not None and is_key and endpoint.method in ("POST", "PUT", "PATCH"):
        name = make_json_value(draft.key)
        return Payload("extras", "", (), (Extra((), "attribute", name),))
    if endpoint.scalar not in ("", "string") and endpoint.example is None:
        word = {"boolean": True}.get(endpoint.scalar, 0)
        return Payload("extras", "", (), (Extra((), "constant", make_json_value(word)),))
    text = endpoint.example or make_filler("message", _TEXT)
    return Payload("extras", "", (), (Extra((), "constant", text),))


def _find_shown_attribute(field: Field, draft: EntityDraft | None) -> str:
    """Return the attribute of the row that a field of a reply is, or ""."""
    if draft is None or not draft.key:
        return ""
    kind, name = draft.members.get(field.wire, ("", ""))
    if kind == "attribute":
        return name
    own = {f"{word}_id" for word in (to_snake(draft.name), *(n[-1] for n in draft.nouns))}
    named = {to_singular(word.removesuffix("_id")) + "_id" for word in own}
    return draft.key if field.name in {"id", *own, *named} else ""


def choose_filler(field: Field, endpoint: Endpoint, known: KnownApplication) -> JsonValue:
    """Return what a field of a reply says: the spec's example, if it fits."""
    whole = endpoint.example.value if endpoint.example is not None else None
    for step in endpoint.shown.path:
        whole = whole.get(step) if isinstance(whole, dict) else None
    example = field.example
    if isinstance(whole, dict) and field.wire in whole:
        example = make_json_value(whole[field.wire])
    if example is not None and fits(field.shape, example.value, known.schemas):
        return example
    return make_filler(field.name, open_shape(field.shape, known.schemas))
