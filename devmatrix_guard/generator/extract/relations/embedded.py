"""Embedded rows: one row inside another, in answers or in requests."""

from __future__ import annotations

from devmatrix_guard.generator.extract.entities.attributes import (
    choose_stored_type,
    list_properties,
    read_field_extensions,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.relations.add import add_many_to_one, point
from devmatrix_guard.generator.extract.relations.known import KnownEntities
from devmatrix_guard.generator.extract.relations.owners import OWNING
from devmatrix_guard.generator.extract.schemas.envelopes import find_object_name, open_shape
from devmatrix_guard.ir.domain import Attribute, Origin
from devmatrix_guard.ir.names import to_snake
from devmatrix_guard.ir.shape import Field


def list_embedded(known: KnownEntities, draft: EntityDraft, *, many: bool) -> list[Field]:
    """Return the properties not yet accounted for, those of one row or those of many."""
    found = []
    for item in list_properties(draft, known.schemas):
        field = item.any
        if field.wire in draft.members or "x-derived" in read_field_extensions(
            field, known.document
        ):
            continue
        opened = open_shape(field.shape, known.schemas)
        if (opened.kind == "array") is many:
            found.append(field)
    return found


def find_target(known: KnownEntities, field: Field, *, many: bool) -> EntityDraft | None:
    """Return the entity of the rows that a property shows, None if they are of none."""
    opened = open_shape(field.shape, known.schemas)
    shape = opened.items if many and opened.items else field.shape
    return known.by_schema.get(find_object_name(shape, known.schemas))


def add_embedded(known: KnownEntities, draft: EntityDraft, field: Field) -> None:
    """Add the relation to a row that stands whole inside another."""
    target = find_target(known, field, many=False)
    if target is None:
        return
    name = draft.choose_free_name(to_snake(field.wire))
    given = draft.is_input(field.wire, known.schemas)
    column = _find_foreign_key(draft, name)
    by = _find_given_by(known, draft, field.wire, target) if given else ""
    if given and not by and not column:
        _store_as_value(known, draft, field)
        return
    if target is draft and column == draft.key:
        return  # a row inside its own envelope
    if not column:
        column = _add_column(known, draft, target, name, field, given=given)
    else:
        point(draft, column, target)
    if by:
        draft.referenced[field.wire] = by
    add_many_to_one(known, draft, name, target, column, field.pointer, wire=field.wire)
    draft.members[field.wire] = ("relation", name)


def _find_foreign_key(draft: EntityDraft, name: str) -> str:
    wanted = (f"{name}_id", f"{name}_uuid", f"{name}_key")
    return next((column for column in wanted if column in draft.attributes), "")


def _find_given_by(known: KnownEntities, draft: EntityDraft, wire: str, target: EntityDraft) -> str:
    """Return the attribute of the target by which a request names the embedded row."""
    for _, field in draft.iter_fields(known.schemas, "create", "replace", "update"):
        if field.wire != wire:
            continue
        nested = find_object_name(field.shape, known.schemas)
        if not nested:
            return target.key
        for inner in known.schemas[nested].shape.fields:
            kind, name = target.members.get(inner.wire, ("", ""))
            if kind == "attribute" and (name == target.key or (name,) in target.unique):
                return name
    return ""


def _store_as_value(known: KnownEntities, draft: EntityDraft, field: Field) -> None:
    name = draft.choose_free_name(to_snake(field.wire))
    draft.attributes[name] = Attribute(
        name,
        field.wire,
        choose_stored_type(field.shape, known.schemas),
        nullable=not field.required or field.shape.nullable,
        description=field.shape.description,
        pointer=field.pointer,
    )
    draft.members[field.wire] = ("attribute", name)
    claim = "is stored as it comes, as requests give it whole and without a key"
    known.findings.add_inferred(f"domain/{draft.name}/{name}", claim, field.pointer, 0.7)


def _add_column(
    known: KnownEntities,
    draft: EntityDraft,
    target: EntityDraft,
    name: str,
    field: Field,
    *,
    given: bool,
) -> str:
    column = draft.choose_free_name(f"{name}_id")
    origin: Origin = "input" if given else "default"
    if not given and target is known.principal and name in OWNING | {to_snake(target.name)}:
        origin = "owner"
    draft.attributes[column] = Attribute(
        column,
        "",
        target.attributes[target.key].type,
        nullable=origin != "owner" and (not field.required or not given),
        origin=origin,
        references=(target.name, target.key),
        hidden=True,
        pointer=field.pointer,
    )
    return column
