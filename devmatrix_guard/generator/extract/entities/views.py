"""Views: where each field of a schema comes from in its entity."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.schemas.envelopes import find_object_name, open_shape
from devmatrix_guard.ir.domain import Binding, BindingKind, View
from devmatrix_guard.ir.shape import Field, Schema

_KINDS: dict[str, BindingKind] = {
    "attribute": "attribute",
    "relation": "relation",
    "derived": "derived",
    "password": "password",
}


def make_views(
    drafts: Mapping[str, EntityDraft], schemas: Mapping[str, Schema]
) -> tuple[View, ...]:
    """Return one view for each schema of each entity, sorted by schema."""
    views = []
    shown = {name for draft in drafts.values() for name in draft.roles}
    for draft in drafts.values():
        for name, roles in draft.roles.items():
            bindings = tuple(
                _choose_binding(draft, field, roles, schemas, shown)
                for field in schemas[name].shape.fields
            )
            views.append(View(name, draft.name, tuple(sorted(roles or {"nested"})), bindings))
    return tuple(sorted(views, key=lambda view: view.schema))


def _choose_binding(
    draft: EntityDraft,
    field: Field,
    roles: set[str],
    schemas: Mapping[str, Schema],
    shown: set[str],
) -> Binding:
    kind, member = draft.members.get(field.wire, ("ignored", ""))
    made = _KINDS.get(kind, "ignored")
    if field.wire in draft.apart and not roles & {"read", "nested"} and roles:
        made, member = "ignored", ""
    if made != "relation":
        return Binding(field.wire, made, member)
    opened = open_shape(field.shape, schemas)
    shape = opened.items if opened.kind == "array" and opened.items else field.shape
    by = draft.referenced.get(field.wire, "") if roles & {"create", "update", "replace"} else ""
    view = find_object_name(shape, schemas)
    if view and view not in shown:  # an object that shows no row
        return Binding(field.wire, "ignored")
    if view and by and not any(by in (f.name, f.wire) for f in schemas[view].shape.fields):
        by = ""  # rows of their own, where another request names rows that are there
    return Binding(field.wire, "relation", member, view, by)
