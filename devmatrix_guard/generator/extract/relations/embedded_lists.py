"""Embedded lists: many rows inside one."""

from __future__ import annotations

from typing import Any

from devmatrix_guard.generator.extract.entities.attributes import (
    read_field_extensions,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.relations.add import add_many_to_many, add_many_to_one
from devmatrix_guard.generator.extract.relations.embedded import find_target
from devmatrix_guard.generator.extract.relations.inverses import choose_on_delete
from devmatrix_guard.generator.extract.relations.key_lists import add_keys, find_linked_relation
from devmatrix_guard.generator.extract.relations.known import Cascade, KnownEntities
from devmatrix_guard.ir.domain import Attribute, Relation
from devmatrix_guard.ir.names import to_snake
from devmatrix_guard.ir.shape import Field

_BELOW = ("branches", "children", "descendants", "kids", "members", "nodes", "parts", "replies")


def add_collection(known: KnownEntities, draft: EntityDraft, field: Field) -> None:
    """Add the relation to rows that stand in a list inside another."""
    target = find_target(known, field, many=True)
    if target is None:
        return
    options = read_field_extensions(field, known.document).get("x-relation")
    options = options if isinstance(options, dict) else {}
    if options.get("target") and options["target"] in known.drafts:
        target = known.drafts[options["target"]]
    linked = find_linked_relation(draft, target)
    if linked is not None:
        given = draft.is_input(field.wire, known.schemas)
        draft.relations[linked.name] = linked._replace(wire=field.wire, keeps_order=given)
        draft.members[field.wire] = ("relation", linked.name)
        add_keys(known, draft, field.wire, linked.name, target)
        return
    name = draft.choose_free_name(to_snake(field.wire))
    back = _name_back(target, draft)
    nested = any(noun[:-2] in draft.nouns for noun in target.nouns if len(noun) > 2)
    nested = nested or not target.nouns
    nested = nested or (target is draft and _is_below(name))
    declared = options.get("kind")
    if declared == "many_to_many" or (declared is None and not back and not nested):
        add_many_to_many(known, draft, name, target, field)
        add_keys(known, draft, field.wire, name, target)
    else:
        if not back:
            back = _add_back(known, target, draft, field)
        follows: Cascade = (
            "cascade"
            if nested
            else choose_on_delete(known, target, target.relations[back], draft, part=field.required)
        )
        cascade = _read_cascade(options.get("cascade"), default=follows)
        draft.relations[name] = Relation(
            name,
            field.wire,
            "one_to_many",
            target.name,
            column=target.relations[back].column,
            inverse=back,
            on_delete=cascade,
            order_by=to_snake(str(options.get("order_by", ""))) if options.get("order_by") else "",
            pointer=field.pointer,
        )
        target.relations[back] = target.relations[back]._replace(inverse=name, on_delete=cascade)
    draft.members[field.wire] = ("relation", name)
    kind = draft.relations[name].kind.replace("_", " ")
    node = f"domain/{draft.name}/{name}"
    if options:
        known.findings.add_explicit(node, f"is {kind} of {target.name}", field.pointer)
    else:
        known.findings.add_inferred(node, f"is {kind} of {target.name}", field.pointer, 0.8)


def _name_back(target: EntityDraft, draft: EntityDraft) -> str:
    """Return the relation of `target` that points to `draft` and has no inverse yet."""
    for relation in target.relations.values():
        points = relation.target == draft.name and relation.kind == "many_to_one"
        if points and not relation.inverse:
            return relation.name
    return ""


def _add_back(known: KnownEntities, target: EntityDraft, draft: EntityDraft, field: Field) -> str:
    below = target is draft
    name = target.choose_free_name("parent" if below else to_snake(draft.name))
    column = target.choose_free_name(f"{name}_id")
    target.attributes[column] = Attribute(
        column,
        "",
        draft.attributes[draft.key].type,
        nullable=below,
        origin="parent",
        references=(draft.name, draft.key),
        hidden=True,
        pointer=field.pointer,
    )
    add_many_to_one(known, target, name, draft, column, field.pointer)
    return name


def _is_below(name: str) -> bool:
    """Tell whether rows of their own kind in a row are its parts: children, subtasks, replies."""
    return name in _BELOW or name.startswith(("sub", "child", "nested"))


def _read_cascade(given: Any, *, default: Cascade) -> Cascade:
    known: dict[Any, Cascade] = {
        "delete": "cascade",
        True: "cascade",
        "set_null": "set_null",
        "restrict": "restrict",
        False: "restrict",
        "none": "restrict",
    }
    return known.get(given, default)
