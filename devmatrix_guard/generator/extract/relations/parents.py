"""Parents: rows that stand below others in the path: `/projects/{id}/tasks`."""

from __future__ import annotations

from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.relations.add import add_many_to_many, add_many_to_one
from devmatrix_guard.generator.extract.relations.known import KnownEntities
from devmatrix_guard.generator.extract.relations.links import is_member
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.names import to_snake
from devmatrix_guard.ir.shape import Field, Shape


def add_parents(known: KnownEntities) -> None:
    """Add the relations that paths below other paths speak of."""
    by_noun = {noun: draft for draft in known.drafts.values() for noun in draft.nouns}
    for endpoint in known.endpoints:
        noun = find_noun(endpoint)
        if endpoint.name in known.linked or len(noun) < 3 or noun[-2] != "{}":
            continue
        child, parent = by_noun.get(noun), by_noun.get(noun[:-2])
        if child is None or parent is None or child is parent:
            continue
        if child is known.principal:
            _add_members(known, child, parent, endpoint)
        elif any(r.target == parent.name for r in child.relations.values()):
            _give_parent_origin(known, child, parent, endpoint)
        else:
            _add_parent(known, child, parent, endpoint)


def _add_members(
    known: KnownEntities, child: EntityDraft, parent: EntityDraft, endpoint: Endpoint
) -> None:
    """Who signs in belongs to nobody, and may be a member of many: `/rooms/{id}/members`."""
    noun = find_noun(endpoint)[-1]
    between = [r for r in child.relations.values() if r.target == parent.name]
    related = [r for r in parent.relations.values() if r.target == child.name]
    if between or any(is_member(noun, r.name) or r.name == noun for r in related):
        return
    field = Field(noun, "", Shape("any"), required=False, pointer=endpoint.pointer)
    add_many_to_many(known, parent, parent.choose_free_name(noun), child, field)


def _give_parent_origin(
    known: KnownEntities, child: EntityDraft, parent: EntityDraft, endpoint: Endpoint
) -> None:
    """A foreign key that no request gives comes from the path."""
    if endpoint.method != "POST":
        return
    for relation in child.relations.values():
        attribute = child.attributes.get(relation.column)
        if relation.target != parent.name or attribute is None:
            continue
        given = attribute.wire and child.is_input(attribute.wire, known.schemas)
        if not given and attribute.origin == "default":
            child.attributes[attribute.name] = attribute._replace(
                origin="parent", nullable=False, default=None
            )


def _add_parent(
    known: KnownEntities, child: EntityDraft, parent: EntityDraft, endpoint: Endpoint
) -> None:
    name = child.choose_free_name(to_snake(parent.name))
    column = child.choose_free_name(f"{name}_id")
    only_nested = all(len(noun) > 1 for noun in child.nouns)
    child.attributes[column] = Attribute(
        column,
        "",
        parent.attributes[parent.key].type,
        nullable=not only_nested,
        origin="parent",
        references=(parent.name, parent.key),
        hidden=True,
        pointer=endpoint.pointer,
    )
    add_many_to_one(known, child, name, parent, column, endpoint.pointer)


def narrow_keys(known: KnownEntities) -> None:
    """Let what tells rows apart below another row be unique there: the e-mail of an attendee."""
    by_noun = {noun: draft for draft in known.drafts.values() for noun in draft.nouns}
    named = {
        (relation.target, draft.referenced.get(relation.wire, ""))
        for draft in known.drafts.values()
        for relation in draft.relations.values()
    } | {a.references for draft in known.drafts.values() for a in draft.attributes.values()}
    for draft in known.drafts.values():
        for name, nouns in draft.unique_among.items():
            above = {by_noun.get(noun[:-2]) if noun[-2:-1] == ("{}",) else None for noun in nouns}
            parent = above.pop() if len(above) == 1 else None
            if parent is None or draft.is_principal or (draft.name, name) in named:
                continue
            columns = [
                relation.column
                for relation in draft.relations.values()
                if relation.target == parent.name and relation.kind == "many_to_one"
            ]
            if len(columns) == 1 and (name,) in draft.unique:
                _narrow_key(known, draft, name, columns[0])


def _narrow_key(known: KnownEntities, draft: EntityDraft, name: str, column: str) -> None:
    draft.attributes[name] = draft.attributes[name]._replace(unique=False)
    at = draft.unique.pop((name,))
    draft.unique[column, name] = at
    known.findings.forget(f"domain/{draft.name}/{name}")
    claim = f"is unique by {column}, {name}, as rows are told apart by {name} below another row"
    known.findings.add_inferred(f"domain/{draft.name}", claim, at, 0.85)
