"""Addressed rows: endpoints that name a row and say one word about it: `POST /orders/{id}/ship`."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.behavior.infer import BodyAttribute
from devmatrix_guard.generator.extract.actions.context import (
    read_context,
    read_named_rows,
)
from devmatrix_guard.generator.extract.actions.result import KnownApplication
from devmatrix_guard.generator.extract.behavior import AddressedRow
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.ir.names import split_words
from devmatrix_guard.ir.shape import Schema


def find_addressed_rows(endpoints: list[Endpoint], known: KnownApplication) -> list[AddressedRow]:
    """Return the endpoints that address a row and then say one word about it, and no more."""
    linked = {name for link in known.links for name in (*link.makes, *link.breaks)}
    found = []
    for endpoint in endpoints:
        if endpoint.method in ("GET", "HEAD") or endpoint.name in linked:
            continue
        steps = read_named_rows(endpoint)
        if not steps or len(endpoint.segments) < 3:
            continue
        if endpoint.ends_in_parameter or "x-flow" in endpoint.extensions:
            continue
        context = read_context(endpoint, known.drafts)
        owner = known.drafts.get(context.parents[-1].entity) if context.parents else None
        if owner is None or context.problem or len(context.parents) != 1:
            continue
        if endpoint.shown.kind != "empty" and endpoint.shown.schema not in owner.roles:
            continue
        by = {m.attribute: f"path.{m.parameter}" for m in context.parents[0].by if m.attribute}
        fields = _list_body_attributes(endpoint, owner, known.schemas)
        if endpoint.sent is not None and not fields:
            continue
        if by and endpoint.segments[-2].parameter:
            verb = "_".join(split_words(endpoint.segments[-1].text))
            verb = f"un{verb}" if endpoint.method == "DELETE" else verb
            found.append(AddressedRow(endpoint, owner.name, by, verb, fields))
    return found


def _list_body_attributes(
    endpoint: Endpoint, draft: EntityDraft, schemas: Mapping[str, Schema]
) -> tuple[BodyAttribute, ...]:
    """Return what a body says of the row, if it says nothing else: `{"dueDate": "2026-03-01"}`."""
    sent = endpoint.sent
    if sent is None or sent.kind != "item" or sent.path or endpoint.method != "POST":
        return ()
    fields = schemas[sent.schema].shape.fields if sent.schema in schemas else ()
    members = [draft.members.get(field.wire, ("", "")) for field in fields]
    if any(kind != "attribute" or name == draft.key for kind, name in members):
        return ()
    return tuple(
        BodyAttribute(name, field.wire, field.required)
        for (_, name), field in zip(members, fields, strict=True)
    )
