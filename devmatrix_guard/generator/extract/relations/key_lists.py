"""Lists of keys: attributes that hold the keys of many other rows."""

from __future__ import annotations

from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.relations.add import add_many_to_many, show_keys
from devmatrix_guard.generator.extract.relations.known import KnownEntities
from devmatrix_guard.ir.domain import Attribute, Relation
from devmatrix_guard.ir.names import to_plural, to_singular, to_snake
from devmatrix_guard.ir.shape import Field, Shape

_ALIKE = {
    "bigint": ("bigint", "integer"),
    "integer": ("integer", "bigint"),
    "string": ("text", "string"),
}


def _find_listed(known: KnownEntities, attribute: Attribute) -> EntityDraft | None:
    """Return the entity whose keys a list holds: `courseIds`, `course_ids`."""
    if not attribute.wire or attribute.type.kind != "list":
        return None
    base = attribute.name
    for ending in ("_ids", "_uuids", "_keys", "_refs"):
        base = base.removesuffix(ending)
    named = base != attribute.name
    for other in known.drafts.values():
        nouns = {to_singular(noun[-1]) for noun in other.nouns} | {to_snake(other.name)}
        kind = other.attributes[other.key].type.kind
        if attribute.type.items not in _ALIKE.get(kind, (kind,)):
            continue
        plain = kind in ("integer", "bigint", "uuid")
        if to_singular(base) in nouns and (named or plain):
            return other
        word = next(
            (noun for noun in nouns if base.endswith((f"_{noun}", f"_{to_plural(noun)}"))), ""
        )
        if named and word:
            return other
    return None


def add_key_list(known: KnownEntities, draft: EntityDraft, attribute: Attribute) -> None:
    """Relate rows by a list of keys, and the list that the other side has of them."""
    target = _find_listed(known, attribute)
    if target is None or attribute.name not in draft.attributes:
        return
    if not draft.is_input(attribute.wire, known.schemas):
        return
    if find_linked_relation(draft, target) is not None:
        return  # the rows that link endpoints join: the keys say which, and are no list beside
    field = Field(
        attribute.name, attribute.wire, Shape("any"), required=False, pointer=attribute.pointer
    )
    base = attribute.name.rpartition("_")[0] or attribute.name
    shown = [
        a
        for a in target.attributes.values()
        if a is not attribute
        and _find_listed(known, a) is draft
        and not target.is_input(a.wire, known.schemas)
    ]
    del draft.attributes[attribute.name]
    name = draft.choose_free_name(to_plural(to_singular(base)))
    add_many_to_many(known, draft, name, target, field)
    show_keys(draft, name, attribute.wire, target.key)
    claim = f"names the {name} by {target.key}, each of which must be there"
    known.findings.add_inferred(f"domain/{draft.name}/{name}", claim, attribute.pointer, 0.85)
    for other in shown[:1]:
        del target.attributes[other.name]
        inverse = draft.relations[name].inverse
        target.relations[inverse] = target.relations[inverse]._replace(wire=other.wire)
        show_keys(target, inverse, other.wire, draft.key)


def show_inverse_keys(known: KnownEntities, draft: EntityDraft) -> None:
    """Fill a list of keys that no request gives from the rows that point here."""
    for attribute in list(draft.attributes.values()):
        target = _find_listed(known, attribute)
        if target is None or draft.is_input(attribute.wire, known.schemas):
            continue
        for relation in draft.relations.values():
            if relation.target != target.name or relation.wire or relation.kind == "many_to_one":
                continue
            del draft.attributes[attribute.name]
            draft.relations[relation.name] = relation._replace(wire=attribute.wire)
            show_keys(draft, relation.name, attribute.wire, target.key)
            break


def add_keys(
    known: KnownEntities, draft: EntityDraft, wire: str, name: str, target: EntityDraft
) -> None:
    """Let `label_ids` in a request say which rows `labels` are."""
    for key in (target.key, *(names[0] for names in target.unique if len(names) == 1)):
        wanted = f"{to_singular(to_snake(wire))}_{to_plural(key)}"
        attribute = draft.attributes.get(wanted)
        if attribute is None or attribute.type.kind != "list" or not attribute.wire:
            continue
        del draft.attributes[wanted]
        draft.members[attribute.wire] = ("relation", name)
        draft.referenced[attribute.wire] = key
        claim = f"names the {name} by {key}"
        known.findings.add_inferred(f"domain/{draft.name}/{name}", claim, attribute.pointer, 0.85)
        return


def find_linked_relation(draft: EntityDraft, target: EntityDraft) -> Relation | None:
    """Return the relation that link endpoints make between the two, if it is not shown yet."""
    for relation in draft.relations.values():
        linked = relation.kind == "many_to_many" and relation.target == target.name
        if linked and not relation.wire and not relation.name.endswith("_by"):
            return relation
    return None
