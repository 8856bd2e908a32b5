"""Addressed rows: endpoints that name a row and say one word about it: `POST /orders/{id}/ship`.

The row is named by the path, or by the body where all is said by POST: `POST /orders.ship`.
"""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.behavior.infer import LISTED, BodyAttribute
from devmatrix_guard.generator.extract.actions.answers import choose_filler, takes_message
from devmatrix_guard.generator.extract.actions.context import (
    read_context,
    read_named_rows,
)
from devmatrix_guard.generator.extract.actions.result import KnownApplication
from devmatrix_guard.generator.extract.behavior import AddressedRow
from devmatrix_guard.generator.extract.endpoint import Endpoint, find_json_content
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.schemas.envelopes import BodyContent, open_shape
from devmatrix_guard.ir.api import Parent
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.names import split_words, to_plural, to_singular, to_snake
from devmatrix_guard.ir.shape import Field, Schema

_DONE = ("ok", "success", "deleted", "removed")
_STORED = {
    ("boolean", ""): ("boolean",),
    ("integer", ""): ("integer", "bigint"),
    ("string", ""): ("string", "text"),
    ("string", "uuid"): ("uuid",),
    ("string", "date"): ("date",),
    ("string", "date-time"): ("datetime",),
}
_BULK = (("bulk",), ("batch",))
_BULK_DELETES = ("bulk_delete", "batch_delete", "delete_many", "bulk_remove", "delete_bulk")
_WORDS = ("message", "msg", "detail", "status", "result")


def find_addressed_rows(endpoints: list[Endpoint], known: KnownApplication) -> list[AddressedRow]:
    """Return the endpoints that address a row and then say one word about it, and no more."""
    linked = {name for link in known.links for name in (*link.makes, *link.breaks)}
    found = []
    for endpoint in endpoints:
        if endpoint.method in ("GET", "HEAD") or endpoint.name in linked:
            continue
        if "x-flow" in endpoint.extensions:
            continue
        row = (
            _address_by_name(endpoint, known)
            or _address_by_path(endpoint, known)
            or _address_by_body(endpoint, known)
            or _address_listed(endpoint, known)
        )
        if row is not None:
            found.append(row)
    return found


def _address_by_name(endpoint: Endpoint, known: KnownApplication) -> AddressedRow | None:
    """Read `PATCH /tasks/{id}` without a body where the operation is called `toggleTask`."""
    words = split_words(endpoint.wire)
    context = read_context(endpoint, known.drafts)
    draft = context.draft
    if not endpoint.ends_in_parameter or endpoint.method == "DELETE" or len(words) < 2:
        return None
    if draft is None or context.parents or context.problem or endpoint.sent is not None:
        return None
    if any(parameter.location == "query" for parameter in endpoint.parameters):
        return None  # they say what changes
    reply = _make_reply(endpoint, draft, known)
    if endpoint.shown.kind != "empty" and endpoint.shown.schema not in draft.roles and not reply:
        return None
    by = {match.attribute: f"path.{match.parameter}" for match in context.by if match.attribute}
    return AddressedRow(endpoint, draft.name, by, words[0].lower(), (), reply) if by else None


def _address_by_path(endpoint: Endpoint, known: KnownApplication) -> AddressedRow | None:
    """Read `POST /orders/{id}/ship`."""
    if not read_named_rows(endpoint) or len(endpoint.segments) < 3 or endpoint.ends_in_parameter:
        return None
    context = read_context(endpoint, known.drafts)
    owner = known.drafts.get(context.parents[-1].entity) if context.parents else None
    above = _find_columns_above(context.parents, known) if owner is not None else None
    if owner is None or above is None or context.problem or _names_other_rows(endpoint, known):
        return None
    reply = _make_reply(endpoint, owner, known)
    if endpoint.shown.kind != "empty" and endpoint.shown.schema not in owner.roles and not reply:
        return None
    by = {m.attribute: f"path.{m.parameter}" for m in context.parents[-1].by if m.attribute}
    fields = _list_body_attributes(endpoint, owner, known.schemas)
    amount = _find_amount(endpoint, owner, known.schemas)
    if (endpoint.sent is not None and not fields and not amount) or not by:
        return None
    if not endpoint.segments[-2].parameter:
        return None
    verb = "_".join(split_words(endpoint.segments[-1].text))
    verb = f"un{verb}" if endpoint.method == "DELETE" else verb
    return AddressedRow(endpoint, owner.name, by | above, verb, fields, reply, amount)


def _names_other_rows(endpoint: Endpoint, known: KnownApplication) -> bool:
    """Tell whether a path ends in a collection: `POST /boards/{id}/labels` makes a label."""
    noun, word = find_noun(endpoint), to_snake(endpoint.segments[-1].text)
    is_plural = to_singular(word) != word and to_plural(to_singular(word)) == word
    return is_plural or any(noun in draft.nouns for draft in known.drafts.values())


def _find_columns_above(
    parents: tuple[Parent, ...], known: KnownApplication
) -> dict[str, str] | None:
    """Return by which columns the row is one of the row above it; None where that is not plain."""
    if len(parents) == 1:
        return {}
    if len(parents) != 2:
        return None
    above, row = parents
    relation = known.drafts[row.entity].relations.get(above.relation)
    by_key = [m.parameter for m in above.by if m.attribute == known.drafts[above.entity].key]
    if relation is None or len(above.by) != 1 or not by_key or above.owner:
        return None
    return {relation.column: f"path.{by_key[0]}"}


def _address_by_body(endpoint: Endpoint, known: KnownApplication) -> AddressedRow | None:
    """Read `POST /orders.ship` and `DELETE /orders` with `{"id": ...}`."""
    removes = endpoint.method == "DELETE" and len(endpoint.segments) == 1
    if endpoint.ends_in_parameter or not (removes or len(endpoint.segments) == 2):
        return None
    if endpoint.method == "PATCH":
        return None
    collection = find_noun(endpoint)[:1]
    draft = next((d for d in known.drafts.values() if collection in d.nouns), None)
    sent = endpoint.sent
    if draft is None or sent is None or sent.kind != "item" or sent.path:
        return None
    fields = known.schemas[sent.schema].shape.fields
    keys = [
        field
        for field in fields
        if (field.required or len(fields) == 1)
        and draft.members.get(field.wire) == ("attribute", draft.key)
    ]
    if len(keys) != 1:
        return None
    reply = _make_reply(endpoint, draft, known)
    if endpoint.shown.kind != "empty" and endpoint.shown.schema not in draft.roles and not reply:
        return None
    told = _list_body_attributes(endpoint, draft, known.schemas, keys[0].wire)
    if len(fields) > 1 and not told:
        return None
    verb = "delete" if removes else "_".join(split_words(endpoint.segments[1].text))
    given = f"body.{keys[0].wire}"
    if not keys[0].required:
        given = f"coalesce({given}, {'0' if keys[0].shape.kind == 'integer' else repr('')})"
    by = {draft.key: given}
    return AddressedRow(endpoint, draft.name, by, verb, told, reply)


def _address_listed(endpoint: Endpoint, known: KnownApplication) -> AddressedRow | None:
    """Read `DELETE /orders` with `{"ids": [...]}`, and `POST /orders/bulk-delete`."""
    noun = find_noun(endpoint)
    removes = endpoint.method == "DELETE" and (len(noun) == 1 or noun[1:] in _BULK)
    named = endpoint.method == "POST" and len(noun) == 2 and noun[1] in _BULK_DELETES
    draft = next((d for d in known.drafts.values() if noun[:1] in d.nouns), None)
    sent = endpoint.sent
    if endpoint.ends_in_parameter or not (removes or named) or draft is None:
        return None
    if sent is None or sent.kind != "values" or len(sent.path) != 1 or draft is known.principal:
        return None
    content = find_json_content(endpoint.body.content if endpoint.body is not None else ())
    if content is None or content.shape is None or not content.shape.ref:
        return None
    fields = open_shape(content.shape, known.schemas).fields
    field, items = fields[0], fields[0].shape.items
    if items is None or len(fields) > 1 or not field.required:
        return None
    key = draft.attributes[draft.key]
    fits = key.type.kind in _STORED.get((items.kind, items.format), ())
    reply = _make_reply(endpoint, draft, known)
    tells = any(told.startswith("found.") for told in reply.values())
    if not fits or tells or (endpoint.shown.kind != "empty" and not reply):
        return None
    whole = endpoint._replace(sent=BodyContent("item", content.shape.ref))
    return AddressedRow(whole, draft.name, {key.name: f"body.{field.wire}"}, LISTED, (), reply)


def _make_reply(endpoint: Endpoint, draft: EntityDraft, known: KnownApplication) -> dict[str, str]:
    """Return an answer that tells less than the row: `{"id": 7, "message": "cancelled"}`.

    Its fields say that all went well, or what the row has; {} where one says more, or nothing does.
    """
    if takes_message(endpoint, known):
        return {"message": "'OK'"}
    schema = known.schemas.get(endpoint.shown.schema)
    if schema is None or endpoint.shown.path:
        return {}
    if any(schema.name in other.roles for other in known.drafts.values()):
        return {}
    reply: dict[str, str] = {}
    for field in schema.shape.fields:
        kind, name = draft.members.get(field.wire, ("", ""))
        if kind == "attribute" and _can_show(field, draft.attributes[name]):
            reply[field.wire] = f"found.{name}"
        elif field.name in _DONE and field.shape.kind == "boolean":
            reply[field.wire] = "true"
        elif field.name in _WORDS and field.shape.kind == "string" and not field.shape.enum:
            reply[field.wire] = repr(choose_filler(field, endpoint, known).value)
        elif field.required:
            return {}
    return reply


def _find_amount(endpoint: Endpoint, draft: EntityDraft, schemas: Mapping[str, Schema]) -> str:
    """Return the one thing that a body gives, if it is a number that the row does not have."""
    sent = endpoint.sent
    if sent is None or sent.kind != "item" or sent.path:
        return ""
    fields = schemas[sent.schema].shape.fields if sent.schema in schemas else ()
    plain = len(fields) == 1 and fields[0].shape.kind in ("integer", "number")
    needed = plain and fields[0].required and not fields[0].shape.nullable
    return fields[0].wire if needed and fields[0].wire not in draft.members else ""


def _can_show(field: Field, attribute: Attribute) -> bool:
    """Tell whether a field of an answer can hold what a row has, as it is stored."""
    kinds = _STORED.get((field.shape.kind, field.shape.format), ())
    null = attribute.nullable and not field.shape.nullable
    return attribute.type.kind in kinds and not null and not attribute.hidden


def _list_body_attributes(
    endpoint: Endpoint, draft: EntityDraft, schemas: Mapping[str, Schema], key: str = ""
) -> tuple[BodyAttribute, ...]:
    """Return what a body says of the row, if it says nothing else: `{"dueDate": "2026-03-01"}`.

    What it says in the field `key` is which row is meant.
    """
    sent = endpoint.sent
    if sent is None or sent.kind != "item" or sent.path:
        return ()
    if endpoint.method != "POST" and draft.roles.get(sent.schema, set()) & {"update", "replace"}:
        return ()  # one side of the row, which the body gives as it is
    fields = schemas[sent.schema].shape.fields if sent.schema in schemas else ()
    fields = tuple(field for field in fields if field.wire != key)
    members = [draft.members.get(field.wire, ("", "")) for field in fields]
    if any(kind != "attribute" or name == draft.key for kind, name in members):
        return ()
    return tuple(
        BodyAttribute(name, field.wire, field.required)
        for (_, name), field in zip(members, fields, strict=True)
    )
