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


def _find_listed(known: KnownEntities, attribute: Attribute) -> tuple[EntityDraft, str] | None:
    """Return the entity whose keys a list holds, and the key: `courseIds`, `genre_codes`."""
    if not attribute.wire or attribute.type.kind != "list":
        return None
    for other in known.drafts.values():
        for key in (other.key, *(names[0] for names in other.unique if len(names) == 1)):
            if _holds_keys(attribute, other, key):
                return other, key
    return None


def _holds_keys(attribute: Attribute, other: EntityDraft, key: str) -> bool:
    base = attribute.name
    endings = ("_ids", "_uuids", "_keys", "_refs") if key == other.key else ()
    for ending in (*endings, f"_{to_plural(key)}"):
        base = base.removesuffix(ending)
    named = base != attribute.name
    nouns = {to_singular(noun[-1]) for noun in other.nouns} | {to_snake(other.name)}
    kind = other.attributes[key].type.kind
    if attribute.type.items not in _ALIKE.get(kind, (kind,)):
        return False
    plain = kind in ("integer", "bigint", "uuid") and key == other.key
    if to_singular(base) in nouns and (named or plain):
        return True
    if attribute.name in (to_plural(key), f"{key}s") and key.rpartition("_")[0] in nouns:
        return True
    ends = any(base.endswith((f"_{noun}", f"_{to_plural(noun)}")) for noun in nouns)
    return named and ends


def add_key_list(known: KnownEntities, draft: EntityDraft, attribute: Attribute) -> None:
    """Relate rows by a list of keys, and the list that the other side has of them."""
    listed = _find_listed(known, attribute)
    if listed is None or attribute.name not in draft.attributes:
        return
    target, key = listed
    if not draft.is_input(attribute.wire, known.schemas):
        return
    if find_linked_relation(draft, target) is not None:
        return  # the rows that link endpoints join: the keys say which, and are no list beside
    field = Field(
        attribute.name, attribute.wire, Shape("any"), required=False, pointer=attribute.pointer
    )
    base = attribute.name.rpartition("_")[0] or attribute.name
    shown = []
    for other in target.attributes.values():
        back = _find_listed(known, other) if other is not attribute else None
        if back and back[0] is draft and not target.is_input(other.wire, known.schemas):
            shown.append((other, back[1]))
    del draft.attributes[attribute.name]
    name = draft.choose_free_name(to_plural(to_singular(base)))
    add_many_to_many(known, draft, name, target, field)
    show_keys(draft, name, attribute.wire, key)
    claim = f"names the {name} by {key}, each of which must be there"
    known.findings.add_inferred(f"domain/{draft.name}/{name}", claim, attribute.pointer, 0.85)
    for other, back_key in shown[:1]:
        del target.attributes[other.name]
        inverse = draft.relations[name].inverse
        target.relations[inverse] = target.relations[inverse]._replace(wire=other.wire)
        show_keys(target, inverse, other.wire, back_key)


def show_inverse_keys(known: KnownEntities, draft: EntityDraft) -> None:
    """Fill a list of keys that no request gives from the rows that point here."""
    for attribute in list(draft.attributes.values()):
        listed = _find_listed(known, attribute)
        if listed is None or draft.is_input(attribute.wire, known.schemas):
            continue
        target, key = listed
        for relation in draft.relations.values():
            if relation.target != target.name or relation.wire or relation.kind == "many_to_one":
                continue
            del draft.attributes[attribute.name]
            draft.relations[relation.name] = relation._replace(wire=attribute.wire)
            show_keys(draft, relation.name, attribute.wire, key)
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
