"""Additions: the relations that every step adds to the drafts."""

from __future__ import annotations

from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.relations.known import KnownEntities
from devmatrix_guard.generator.extract.schemas.envelopes import find_object_name, open_shape
from devmatrix_guard.ir.domain import Relation, RelationKind
from devmatrix_guard.ir.names import to_plural, to_snake
from devmatrix_guard.ir.shape import Field


def point(draft: EntityDraft, column: str, target: EntityDraft) -> None:
    """Let an attribute hold the key of another row."""
    attribute = draft.attributes[column]
    made_up = attribute.default is not None and attribute.default.text in ('""', "0")
    draft.attributes[column] = attribute._replace(
        type=target.attributes[target.key].type,
        references=(target.name, target.key),
        default=None if made_up else attribute.default,  # the emptiest value names no row
    )


def add_many_to_one(
    known: KnownEntities,
    draft: EntityDraft,
    name: str,
    target: EntityDraft,
    column: str,
    pointer: str,
    *,
    wire: str = "",
    kind: RelationKind = "many_to_one",
) -> None:
    """Add that each row of the draft leads to one of the target."""
    draft.relations[name] = Relation(name, wire, kind, target.name, column=column, pointer=pointer)
    claim = f"points to {target.name} by {column}"
    known.findings.add_inferred(f"domain/{draft.name}/{name}", claim, pointer, 0.9)


def add_many_to_many(
    known: KnownEntities, draft: EntityDraft, name: str, target: EntityDraft, field: Field
) -> None:
    """Add a table of links between two drafts, seen from both."""
    local, other = to_snake(draft.name), to_snake(target.name)
    if local == other:
        other = f"other_{other}"
    inverse = target.choose_free_name(
        to_plural(local) if local != other else f"{to_plural(local)}_of"
    )
    table = f"{local}_{name}"
    made = Relation(
        name,
        field.wire,
        "many_to_many",
        target.name,
        through=table,
        through_local=f"{local}_id",
        through_target=f"{other}_id",
        inverse=inverse,
        on_delete="cascade",
        pointer=field.pointer,
    )
    given = draft.is_input(field.wire, known.schemas)
    draft.relations[name] = made._replace(keeps_order=given)
    target.relations[inverse] = made._replace(
        name=inverse,
        wire="",
        target=draft.name,
        through_local=made.through_target,
        through_target=made.through_local,
        inverse=name,
    )
    if given:
        draft.referenced[field.wire] = _find_given_by_item(known, draft, field.wire, target)


def _find_given_by_item(
    known: KnownEntities, draft: EntityDraft, wire: str, target: EntityDraft
) -> str:
    for _, field in draft.iter_fields(known.schemas, "create", "replace", "update"):
        if field.wire != wire:
            continue
        opened = open_shape(field.shape, known.schemas)
        nested = find_object_name(opened.items, known.schemas) if opened.items else ""
        for inner in known.schemas[nested].shape.fields if nested else ():
            kind, name = target.members.get(inner.wire, ("", ""))
            if kind == "attribute" and (name == target.key or (name,) in target.unique):
                return name
    return target.key


def show_keys(draft: EntityDraft, relation: str, wire: str, key: str) -> None:
    """Let a property be the keys of the rows that a relation leads to."""
    draft.members[wire] = ("relation", relation)
    draft.referenced[wire] = key
