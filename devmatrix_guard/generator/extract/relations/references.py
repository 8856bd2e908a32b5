"""References: attributes that hold the key of another row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.entities.attributes import (
    read_field_extensions,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import PERSONS, find_noun
from devmatrix_guard.generator.extract.relations.add import add_many_to_one, point
from devmatrix_guard.generator.extract.relations.known import KnownEntities
from devmatrix_guard.generator.extract.relations.owners import MADE_BY, MAKERS, is_made_signed_in
from devmatrix_guard.generator.spec.document import Place, require_mapping
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.generator.spec.pointer import join
from devmatrix_guard.ir.api import Response
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.names import to_singular, to_snake
from devmatrix_guard.ir.shape import Field, Shape

_ABSENT = ("unknown", "not exist", "n't exist", "no such", "not found")
_DEEPEST = 6  # a schema may hold itself
_ANSWERED = ("reply_to", "in_reply_to", "replies_to", "parent")


def add_reference(known: KnownEntities, draft: EntityDraft, attribute: Attribute) -> None:
    """Add the relation that an attribute is by its `x-references` or its name."""
    if attribute.type.kind == "json" and attribute.pointer:
        _tell_kept_as_given(known, known.document.place(attribute.pointer))
    if not attribute.wire or attribute.references or attribute.type.kind in ("json", "list"):
        return
    at = join(attribute.pointer, "x-references")
    given = _read_extensions(known, attribute).get("x-references")
    if given is not None:
        target = _find_named_target(known, str(given), at)
        claim = f"points to {given}"
        known.findings.add_explicit(f"domain/{draft.name}/{attribute.name}", claim, at)
    elif attribute.name == draft.key:
        return
    else:
        found = _suggest_target(known, draft, attribute)
        if found is None:
            return
        target = found
        if not _is_enforced(known, draft, attribute, target):
            claim = f"looks like a key of {target.name}; add x-references to enforce it"
            node = f"domain/{draft.name}/{attribute.name}"
            known.findings.add_inferred(node, claim, attribute.pointer, 0.5)
            return
    point(draft, attribute.name, target)
    base = _name_reference(attribute)
    name = draft.choose_free_name(base if base != attribute.name else to_snake(target.name))
    add_many_to_one(known, draft, name, target, attribute.name, attribute.pointer)


def _tell_kept_as_given(known: KnownEntities, place: Place, depth: int = 0) -> None:
    """Tell which keys of rows are not looked up, as they lie within what is stored as it comes."""
    place = known.document.resolve(place)
    if depth > _DEEPEST or not isinstance(place.data, dict):
        return
    if "x-references" in place.data:
        text = f"x-references {place.data['x-references']} within JSON is not enforced"
        known.findings.add_ignored(text, place.get("x-references").pointer)
    below = [place.get("items"), place.get("additionalProperties")]
    properties = place.get("properties")
    below += [properties.get(str(name)) for name in require_mapping(properties)]
    for part in below:
        _tell_kept_as_given(known, part, depth + 1)


def _read_extensions(known: KnownEntities, attribute: Attribute) -> Mapping[str, Any]:
    field = Field(
        attribute.name, attribute.wire, Shape("any"), required=False, pointer=attribute.pointer
    )
    return read_field_extensions(field, known.document)


def _find_named_target(known: KnownEntities, given: str, pointer: str) -> EntityDraft:
    entity, _, key = given.partition(".")
    target = known.drafts.get(entity)
    if target is None:
        raise SpecError(f"there is no entity {entity!r}{suggest(entity, known.drafts)}", pointer)
    if key and to_snake(key) != target.key:
        raise SpecError(f"the key of {entity} is {target.key!r}, not {key!r}", pointer)
    return target


def _suggest_target(
    known: KnownEntities, draft: EntityDraft, attribute: Attribute
) -> EntityDraft | None:
    base = _name_reference(attribute)
    if base in _ANSWERED and attribute.type == draft.attributes[draft.key].type:
        return draft
    keyed = next((d for d in known.drafts.values() if _is_called_by_key(attribute, d)), None)
    if keyed is not None and keyed is not draft:
        return keyed
    if base in MADE_BY and known.principal is not None:
        return known.principal if _is_alike(attribute, known.principal) else None
    if base == attribute.name and base not in ("created_by", "assigned_to"):
        return None
    for other in known.drafts.values():
        nouns = {to_singular(noun[-1]) for noun in other.nouns}
        if base == to_snake(other.name) or base in nouns:
            return None if other is draft else other  # beside its key: what people know it by
    if base == "parent":
        return draft
    for other in known.drafts.values():
        key = other.attributes[other.key].type.kind
        if base.endswith(f"_{to_snake(other.name)}") and key == attribute.type.kind:
            return other
    if base in PERSONS | MAKERS | {"assigned_to"}:
        return known.principal
    return None


def _is_called_by_key(attribute: Attribute, other: EntityDraft) -> bool:
    """Tell whether an attribute is called as the key of other rows is: `vault_no`, `genre_code`."""
    words = {to_snake(other.name), *(to_singular(noun[-1]) for noun in other.nouns)}
    named = attribute.name in {f"{word}_{other.key}" for word in words}
    whole = attribute.name == other.key and other.key.rpartition("_")[0] in words
    return _is_alike(attribute, other) and (named or whole)


def _is_alike(attribute: Attribute, other: EntityDraft) -> bool:
    """Tell whether an attribute is of the type of the key of other rows."""
    kinds = {attribute.type.kind, other.attributes[other.key].type.kind}
    return len(kinds) == 1 or kinds == {"string", "text"}


def _name_reference(attribute: Attribute) -> str:
    """Return what a row is called that an attribute holds the key of: `owner_id`, `id_owner`."""
    return attribute.name.removesuffix("_id").removesuffix("_uuid").removeprefix("id_")


def _is_enforced(
    known: KnownEntities, draft: EntityDraft, attribute: Attribute, target: EntityDraft
) -> bool:
    """Whether the API says that the row pointed to must exist."""
    if target is known.principal:
        made = _name_reference(attribute) in MAKERS and is_made_signed_in(known, draft)
        if made or not draft.is_input(attribute.wire, known.schemas):
            return True
    if target is draft:
        return True
    for endpoint in known.endpoints:
        noun = find_noun(endpoint)
        if noun in draft.nouns and len(noun) > 2 and noun[:-2] in target.nouns:
            return True
        creates = endpoint.method == "POST" and noun in draft.nouns
        if (
            creates
            and not endpoint.ends_in_parameter
            and any(map(_tells_absence, endpoint.responses))
        ):
            return True
    return False


def _tells_absence(response: Response) -> bool:
    """Tell whether an answer may say that what a request points to is not there."""
    if response.status in ("404", "409"):
        return True
    text = response.description.lower()
    return response.status in ("400", "422") and any(word in text for word in _ABSENT)
