"""Links: sub-paths that put the signed-in user, or another row, into a relation or out of it.

POST and DELETE /articles/{slug}/favorite      PUT and DELETE /groups/{id}/members/{user_id}
POST and DELETE /users/me/books/{book_id}      POST and DELETE /favorites/{book_id}
"""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.naming import is_form_of
from devmatrix_guard.generator.extract.entities.resources import Resource, find_noun
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.ir.domain import Derived, Relation, Type
from devmatrix_guard.ir.names import to_plural, to_singular, to_snake
from devmatrix_guard.ir.shape import Schema
from devmatrix_guard.model.named_value import NamedValue

# Verbs about what one user thinks of a row; others change the row itself, for everyone.
_PERSONAL = {
    "attend",
    "block",
    "bookmark",
    "clap",
    "endorse",
    "favorite",
    "favourite",
    "fave",
    "follow",
    "heart",
    "join",
    "like",
    "love",
    "mute",
    "pin",
    "recommend",
    "rsvp",
    "save",
    "star",
    "subscribe",
    "subscription",
    "upvote",
    "vote",
    "watch",
    "wish",
    "wishlist",
}
# What of the signed-in user a path speaks of, and lists of rows that one user keeps.
_OWN = frozenset(("me", "my", "mine", "current", "self", "myself", "current_user", "profile"))
_KEPT = frozenset((*_PERSONAL, "watchlist", "watch_list", "wish_list", "saved", "reading_list"))
_NEGATIONS = ("un", "dis", "remove_", "de")
_ENDS = {
    "join": ("leave", "quit"),
    "enroll": ("withdraw", "drop", "leave"),
    "enrol": ("withdraw", "drop", "leave"),
    "attend": ("leave", "cancel_attendance"),
    "register": ("withdraw",),
}
_MEMBERS = {
    "member": ("joined",),
    "participant": ("joined", "attended", "enrolled", "enroled", "registered"),
    "attendee": ("attended", "joined", "rsvped", "registered"),
    "student": ("enrolled", "enroled", "joined"),
    "player": ("joined",),
    "subscriber": ("subscribed",),
    "user": ("joined", "attended", "subscribed"),
}


class Link(NamedValue):
    """A many-to-many relation made and broken by endpoints.

    Attributes:
        entity, relation: where it stands.
        target: the entity on the other side.
        verb: the word of the path.
        makes, breaks: names of endpoints.
        by_viewer: the other side is the signed-in user.
        noun: the path of a list of what the signed-in user keeps, which names no other row.
    """

    entity: str
    relation: str
    target: str
    verb: str
    makes: tuple[str, ...]
    breaks: tuple[str, ...]
    by_viewer: bool
    noun: tuple[str, ...] = ()


def find_links(
    drafts: Mapping[str, EntityDraft],
    resources: Mapping[tuple[str, ...], Resource],
    principal: EntityDraft | None,
    schemas: Mapping[str, Schema],
    findings: Findings,
) -> list[Link]:
    """Add the relations that link endpoints speak of, and return the links."""
    by_noun = {noun: draft for draft in drafts.values() for noun in draft.nouns}
    found: list[Link] = []
    for noun, resource in resources.items():
        link = _find_kept_link(resource, by_noun, principal)
        holder = by_noun.get(noun[:-2]) if len(noun) > 2 and noun[-2] == "{}" else None
        if link is not None:
            for draft in drafts.values():
                draft.nouns = [own for own in draft.nouns if own != noun]
        elif holder is not None:
            link = _find_viewer_link(holder, noun, resource, resources, principal, schemas)
            if link is None and resource.items:
                link = _find_row_link(holder, resource, by_noun)
        if link is not None:
            pointer = (*resource.collection, *resource.items)[0].pointer
            claim = f"relates many {link.entity} rows to many {link.target} rows ({link.verb})"
            node = f"domain/{link.entity}/{link.relation}"
            findings.add_inferred(node, claim, pointer, 0.9)
            _add_relation(drafts, link, pointer)
            found.append(link)
    return found


def _find_kept_link(
    resource: Resource,
    by_noun: Mapping[tuple[str, ...], EntityDraft],
    principal: EntityDraft | None,
) -> Link | None:
    """Return what the signed-in user keeps rows with that are there without him, if that is it."""
    noun = resource.noun
    if principal is None or not resource.items or "{}" in noun:
        return None
    verb = to_singular(noun[-1])
    if not (_OWN & set(noun[:-1]) or verb in _KEPT):
        return None
    bare = [e for e in resource.items if e.sent is None and e.auth.mode == "required"]
    makes = tuple(e.name for e in bare if e.method in ("POST", "PUT"))
    breaks = tuple(e.name for e in bare if e.method == "DELETE")
    elsewhere = {own: draft for own, draft in by_noun.items() if own != noun}
    holder = _find_linked_entity(resource.items[0], elsewhere)
    others = [e for e in (*resource.collection, *resource.items) if e.sent is not None]
    shown = [e.shown.schema for e in resource.collection if e.method == "GET" and e.shown.schema]
    if not makes or not breaks or others or holder is None or holder is principal:
        return None
    if any(schema not in holder.roles for schema in shown):
        return None
    past = _make_past_tense(verb) if verb in _KEPT else "kept"
    name = holder.choose_free_name(f"{past}_by")
    return Link(holder.name, name, principal.name, verb, makes, breaks, True, noun)


def _find_viewer_link(
    holder: EntityDraft,
    noun: tuple[str, ...],
    resource: Resource,
    resources: Mapping[tuple[str, ...], Resource],
    principal: EntityDraft | None,
    schemas: Mapping[str, Schema],
) -> Link | None:
    if principal is None or resource.items:
        return None
    bare = [e for e in resource.collection if e.sent is None and e.auth.mode == "required"]
    makes = [e.name for e in bare if e.method in ("POST", "PUT")]
    breaks = [e.name for e in bare if e.method == "DELETE"]
    verb = noun[-1]
    for word in (*(f"{negation}{verb}" for negation in _NEGATIONS), *_ENDS.get(verb, ())):
        opposite = resources.get((*noun[:-1], word))
        if opposite is not None:
            breaks += [e.name for e in opposite.collection if e.method in ("POST", "PUT", "DELETE")]
    flag = _flag(holder, verb, schemas)
    personal = to_singular(verb) in _PERSONAL
    if not makes or not (breaks or flag) or (flag and not personal):
        return None
    if flag and holder.is_input(flag, schemas):
        return None
    name = holder.choose_free_name(f"{_make_past_tense(to_singular(verb))}_by")
    return Link(holder.name, name, principal.name, verb, tuple(makes), tuple(breaks), True)


def _find_row_link(
    holder: EntityDraft, resource: Resource, by_noun: Mapping[tuple[str, ...], EntityDraft]
) -> Link | None:
    bare = [e for e in resource.items if e.sent is None]
    makes = [e.name for e in bare if e.method in ("POST", "PUT")]
    breaks = [e.name for e in bare if e.method == "DELETE"]
    if not makes or not breaks:
        return None
    target = _find_linked_entity(resource.items[0], by_noun)
    if target is None or any(e.method == "POST" and e.sent for e in resource.collection):
        return None
    verb = resource.noun[-1]
    name = holder.choose_free_name(verb)
    return Link(holder.name, name, target.name, verb, tuple(makes), tuple(breaks), False)


def _find_linked_entity(
    endpoint: Endpoint, by_noun: Mapping[tuple[str, ...], EntityDraft]
) -> EntityDraft | None:
    """Return the entity that the last parameter addresses: by its name, or by the noun before."""
    parameter = to_snake(endpoint.segments[-1].parameter)
    noun = endpoint.literals[-1]
    words = {parameter.removesuffix("_id"), to_singular(noun)}
    for own, draft in sorted(by_noun.items(), key=lambda item: len(item[0])):
        if own != find_noun(endpoint) and {to_snake(draft.name), to_singular(own[-1])} & words:
            return draft
    return None


def _flag(holder: EntityDraft, verb: str, schemas: Mapping[str, Schema]) -> str:
    """Return the boolean property that says whether the viewer is linked by `verb`."""
    for _, field in holder.iter_fields(schemas, "read", "nested"):
        if field.shape.kind == "boolean" and names_link(field.name, verb):
            return field.wire
    return ""


def names_link(name: str, verb: str) -> bool:
    """Whether a field is named after a link: `favorited`, `isFavorite`, `is_following`."""
    bare = name
    for prefix in ("is_", "has_", "viewer_", "am_", "i_", "user_", "by_me_"):
        bare = bare.removeprefix(prefix)
    bare = bare.removesuffix("_by_me").removesuffix("_by_user").removesuffix("_by_viewer")
    return is_form_of(bare, to_singular(verb)) or is_form_of(bare, verb)


def is_member(noun: str, relation: str) -> bool:
    """Whether a noun is who a relation made by link endpoints relates: the members who joined."""
    return relation.removesuffix("_by") in _MEMBERS.get(to_singular(noun), ())


def _make_past_tense(verb: str) -> str:
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return f"{verb[:-1]}ied"
    return verb if verb.endswith("ed") else f"{verb}ed"


def _add_relation(drafts: Mapping[str, EntityDraft], link: Link, pointer: str) -> None:
    holder, target = drafts[link.entity], drafts[link.target]
    local, other = to_snake(link.entity), to_snake(link.target)
    if link.entity == link.target:
        other = f"by_{other}"
    past = link.relation.removesuffix("_by")
    inverse = past if link.entity == link.target else f"{past}_{to_plural(local)}"
    inverse = target.choose_free_name(inverse)
    table = f"{local}_{link.relation}"
    holder.relations[link.relation] = Relation(
        link.relation,
        "",
        "many_to_many",
        link.target,
        through=table,
        through_local=f"{local}_id",
        through_target=f"{other}_id",
        inverse=inverse,
        on_delete="cascade",
        pointer=pointer,
    )
    target.relations[inverse] = Relation(
        inverse,
        "",
        "many_to_many",
        link.entity,
        through=table,
        through_local=f"{other}_id",
        through_target=f"{local}_id",
        inverse=link.relation,
        on_delete="cascade",
        pointer=pointer,
    )


def add_link_values(
    drafts: Mapping[str, EntityDraft],
    links: list[Link],
    schemas: Mapping[str, Schema],
    findings: Findings,
) -> None:
    """Turn flags and counts that no request gives into values derived from links."""
    for link in links:
        holder = drafts[link.entity]
        for wire, (kind, name) in list(holder.members.items()):
            attribute = holder.attributes.get(name)
            if kind != "attribute" or attribute is None or holder.is_input(wire, schemas):
                continue
            derived = _make_derived(link, attribute.name, attribute.type, wire, drafts)
            if derived is None:
                continue
            del holder.attributes[name]
            holder.derived[name] = derived._replace(pointer=attribute.pointer)
            holder.members[wire] = ("derived", name)
            node = f"domain/{holder.name}/{name}"
            claim = f"is worked out from {derived.relation} ({derived.kind})"
            findings.add_inferred(node, claim, attribute.pointer, 0.9)


def _make_derived(
    link: Link, name: str, kind: Type, wire: str, drafts: Mapping[str, EntityDraft]
) -> Derived | None:
    if kind.kind == "boolean" and link.by_viewer and names_link(name, link.verb):
        return Derived(name, wire, kind, "viewer_linked", relation=link.relation)
    if kind.kind not in ("integer", "bigint", "number"):
        return None
    counted = name.removesuffix("_count").removesuffix("s_total").removeprefix("num_")
    counted = counted.removeprefix("total_").removeprefix("number_of_")
    if counted == name and name != to_plural(link.verb):
        return None
    relation = drafts[link.entity].relations[link.relation]
    if link.entity == link.target and counted in ("following", "followed", "followee"):
        return Derived(name, wire, kind, "count", relation=relation.inverse)
    if is_form_of(counted, link.verb) or is_form_of(to_singular(counted), to_singular(link.verb)):
        return Derived(name, wire, kind, "count", relation=link.relation)
    if link.by_viewer and is_member(counted, link.relation):
        return Derived(name, wire, kind, "count", relation=link.relation)
    return None
