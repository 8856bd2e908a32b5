"""Inverses: the other side of each relation, and what follows from both."""

from __future__ import annotations

from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.relations.known import Cascade, KnownEntities
from devmatrix_guard.generator.extract.relations.owners import OWNING
from devmatrix_guard.ir.domain import Derived, Relation
from devmatrix_guard.ir.names import to_plural, to_singular, to_snake


def add_inverses(known: KnownEntities) -> None:
    """Give each row the list of those that point to it, and say what deletion does to them."""
    for draft in list(known.drafts.values()):
        for relation in list(draft.relations.values()):
            if relation.inverse or relation.kind != "many_to_one":
                continue
            target = known.drafts[relation.target]
            wanted = to_plural(to_snake(draft.name))
            if relation.name not in (to_snake(target.name), *OWNING):
                wanted = f"{relation.name}_{wanted}" if draft is not target else "children"
            name = target.choose_free_name(wanted)
            cascade = choose_on_delete(known, draft, relation, target)
            draft.relations[relation.name] = relation._replace(inverse=name, on_delete=cascade)
            target.relations[name] = Relation(
                name,
                "",
                "one_to_many",
                draft.name,
                column=relation.column,
                inverse=relation.name,
                on_delete=cascade,
                pointer=relation.pointer,
            )


def choose_on_delete(
    known: KnownEntities,
    draft: EntityDraft,
    relation: Relation,
    target: EntityDraft,
    *,
    part: bool = False,
) -> Cascade:
    """Say what becomes of the rows of `draft` when the one they point to goes.

    Those that are a part of it go with it; others stand against it.
    """
    attribute = draft.attributes[relation.column]
    if attribute.origin in ("parent", "owner") and not attribute.nullable:
        return "cascade"
    for endpoint in known.endpoints:
        refused = any(response.status == "409" for response in endpoint.responses)
        if endpoint.method == "DELETE" and refused and find_noun(endpoint) in target.nouns:
            return "restrict"
    if part:
        return "cascade"
    return "set_null" if attribute.nullable else "restrict"


def add_counts(known: KnownEntities, draft: EntityDraft) -> None:
    """Turn numbers that count the rows of a relation into derived values."""
    for wire, (kind, name) in list(draft.members.items()):
        attribute = draft.attributes.get(name)
        if kind != "attribute" or attribute is None or draft.is_input(wire, known.schemas):
            continue
        if attribute.type.kind not in ("integer", "bigint", "number"):
            continue
        counted = name.removesuffix("_count").removeprefix("num_").removeprefix("total_")
        counted = counted.removeprefix("number_of_")
        relation = draft.relations.get(to_plural(to_singular(counted)))
        if counted == name or relation is None or relation.kind == "many_to_one":
            continue
        del draft.attributes[name]
        draft.derived[name] = Derived(
            name, wire, attribute.type, "count", relation.name, pointer=attribute.pointer
        )
        draft.members[wire] = ("derived", name)
        claim = f"is the number of {relation.name}"
        node = f"domain/{draft.name}/{name}"
        known.findings.add_inferred(node, claim, attribute.pointer, 0.9)
