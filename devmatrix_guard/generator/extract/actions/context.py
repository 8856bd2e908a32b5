"""Contexts: what the path of an endpoint says, which rows it names and how they are found."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.auth import is_password
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.keys import match_parameter
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.relations.links import is_member
from devmatrix_guard.ir.api import SELF, Action, Match, Parent
from devmatrix_guard.ir.domain import Attribute, Type
from devmatrix_guard.ir.names import to_singular, to_snake
from devmatrix_guard.ir.shape import Shape
from devmatrix_guard.model.named_value import NamedValue

_CLASHES = {  # what no value of a parameter can be equal to
    "integer": ("uuid", "string", "text", "date", "datetime"),
    "number": ("uuid", "string", "text", "date", "datetime"),
    "uuid": ("integer", "bigint", "number", "string", "text"),
}
_WORDS = {
    "integer": "a whole number",
    "bigint": "a whole number",
    "number": "a number",
    "uuid": "a UUID",
    "string": "a text",
    "text": "a text",
    "date": "a date",
    "datetime": "a moment",
}


class Context(NamedValue):
    """What the path of an endpoint says.

    Attributes:
        draft: the entity of its rows, if known.
        parents: rows named earlier.
        by: how the addressed row is found.
        scope: attributes of its rows that the path gives a value to, though no row is known by it.
        problem: why the path is not understood, or "".
    """

    draft: EntityDraft | None
    parents: tuple[Parent, ...] = ()
    by: tuple[Match, ...] = ()
    scope: tuple[Match, ...] = ()
    problem: str = ""


def read_context(endpoint: Endpoint, drafts: Mapping[str, EntityDraft]) -> Context:
    """Say what the path of an endpoint means."""
    by_noun = {noun: draft for draft in drafts.values() for noun in draft.nouns}
    noun = find_noun(endpoint)
    draft = by_noun.get(noun)
    if draft is None and endpoint.ends_in_parameter:
        draft = _find_shown_elsewhere(noun, by_noun)
    elif draft is None:
        draft = _find_variation(endpoint, noun, by_noun)
    steps = read_named_rows(endpoint)
    parents: list[Parent] = []
    open_wires: list[str] = []
    problem = ""
    for prefix, wires in steps:
        parent = by_noun.get(prefix) or _find_shown_elsewhere(prefix, by_noun)
        if parent is None:
            problem = problem or f"nothing is known of the rows of /{'/'.join(prefix)}"
            open_wires += wires
            continue
        hidden = parent.private and endpoint.auth.mode == "required"
        owner = parent.owner if hidden else ""
        by = find_matches(parent, wires, endpoint) + find_scope(parent, open_wires, endpoint)
        parents.append(Parent(parent.name, by, owner=owner))
    scope = find_scope(draft, open_wires, endpoint) if draft is not None else ()
    innermost = draft or (drafts[parents[-1].entity] if parents else None)
    if innermost and len(find_scope(innermost, open_wires, endpoint)) == len(open_wires):
        problem = ""
    by = ()
    if endpoint.ends_in_parameter and draft is not None:
        by = find_matches(draft, list_last_wires(endpoint), endpoint) + scope
    elif draft is not None and noun in draft.nouns:
        by = _find_in_query(draft, endpoint)
    linked = _name_viewer_once(_find_linked_parents(parents, draft, noun, drafts))
    return Context(draft, linked, by, scope, problem)


def _find_in_query(draft: EntityDraft, endpoint: Endpoint) -> tuple[Match, ...]:
    """Return how a query that must hold the key finds one row: `PUT /tasks?id=4`."""
    one = endpoint.method in ("PUT", "PATCH", "DELETE") or endpoint.shown.kind == "item"
    if not one or endpoint.method == "POST":
        return ()
    needed = [p for p in endpoint.parameters if p.location == "query" and p.required]
    found = [p for p in needed if match_parameter(draft, p.wire) == draft.key]
    listed = any(p.shape.kind == "array" for p in found)
    return (
        (Match(draft.key, found[0].name),) if len(needed) == len(found) == 1 and not listed else ()
    )


def _name_viewer_once(parents: tuple[Parent, ...]) -> tuple[Parent, ...]:
    """Where a row must be the viewer's and lies below its owner, that owner is the viewer."""
    made = list(parents)
    for at in range(len(made) - 1):
        if made[at + 1].owner and made[at + 1].owner == made[at].relation:
            made[at] = made[at]._replace(owner=SELF)
            made[at + 1] = made[at + 1]._replace(owner="")
    return tuple(made)


def find_scope(draft: EntityDraft, wires: list[str], endpoint: Endpoint) -> tuple[Match, ...]:
    """Return the attributes of an entity that parameters without rows of their own stand for."""
    made = []
    for wire in wires:
        parameter = endpoint.find_parameter(wire, "path")
        attribute = draft.attributes.get(to_snake(wire))
        if parameter is not None and attribute is not None and attribute.origin == "parent":
            made.append(Match(attribute.name, parameter.name))
    return tuple(made)


def add_scopes(drafts: Mapping[str, EntityDraft], endpoints: list[Endpoint]) -> None:
    """Give rows an attribute for what stands before them in the path and has no rows itself."""
    by_noun = {noun: draft for draft in drafts.values() for noun in draft.nouns}
    for endpoint in endpoints:
        draft = by_noun.get(find_noun(endpoint))
        for prefix, wires in read_named_rows(endpoint) if draft is not None else ():
            if prefix in by_noun or _find_shown_elsewhere(prefix, by_noun) or not prefix:
                continue
            for wire in wires:
                parameter = endpoint.find_parameter(wire, "path")
                if draft is not None and parameter is not None:
                    _add_scope(draft, wire, parameter.shape, endpoint, prefix)


def _add_scope(
    draft: EntityDraft, wire: str, shape: Shape, endpoint: Endpoint, prefix: tuple[str, ...]
) -> None:
    name = to_snake(wire)
    known = draft.attributes.get(name)
    if known is not None:
        if known.origin == "default" and not known.references:  # shown, and given by the path alone
            draft.attributes[name] = known._replace(origin="parent", default=None)
        return
    every = all(noun[: len(prefix)] == prefix for noun in draft.nouns)
    plain = {"integer": Type("bigint")}.get(shape.kind, Type("string"))
    kind = Type("uuid") if shape.format == "uuid" else plain
    draft.attributes[name] = Attribute(
        name,
        "",
        kind,
        nullable=not every,
        origin="parent",
        hidden=True,
        pointer=endpoint.pointer,
    )


def _find_shown_elsewhere(
    noun: tuple[str, ...], by_noun: Mapping[tuple[str, ...], EntityDraft]
) -> EntityDraft | None:
    """Return the entity whose rows are listed under another row: of /rooms/{id}/bookings."""
    found = [draft for own, draft in by_noun.items() if len(noun) == 1 and own[-1] == noun[-1]]
    return found[0] if found and all(draft is found[0] for draft in found) else None


def _find_variation(
    endpoint: Endpoint, noun: tuple[str, ...], by_noun: Mapping[tuple[str, ...], EntityDraft]
) -> EntityDraft | None:
    """Return the entity of a collection seen in another light: `/articles/feed`."""
    for draft in by_noun.values():
        if endpoint.shown.schema in draft.roles and endpoint.shown.kind == "list":
            return draft
    return by_noun.get(noun[:-1])


def read_named_rows(endpoint: Endpoint) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return (collection path, parameters) for every row named before the end of the path."""
    found: list[tuple[tuple[str, ...], list[str]]] = []
    prefix: list[str] = []
    wires: list[str] = []
    for part in endpoint.segments:
        if part.parameter:
            wires.append(part.parameter)
            continue
        if wires:
            found.append((tuple(prefix), wires))
            prefix += ["{}"] * len(wires)
            wires = []
        prefix.append(to_snake(part.text))
    return found


def list_last_wires(endpoint: Endpoint) -> list[str]:
    """Return the parameters at the end of the path."""
    wires: list[str] = []
    for part in reversed(endpoint.segments):
        if not part.parameter:
            break
        wires.insert(0, part.parameter)
    return wires


def find_matches(draft: EntityDraft, wires: list[str], endpoint: Endpoint) -> tuple[Match, ...]:
    """Return by which attributes the parameters find a row."""
    made = []
    for wire in wires:
        parameter = endpoint.find_parameter(wire, "path")
        attribute = match_parameter(draft, wire)
        known = len(wires) == 1 and not is_password(to_snake(wire), Shape("string"))
        if not attribute and known:  # by a password nobody is found: none is kept
            attribute = draft.key
        if parameter is not None:
            made.append(Match(attribute, parameter.name))
    return tuple(made)


def describe_clash(action: Action, endpoint: Endpoint, drafts: Mapping[str, EntityDraft]) -> str:
    """Return why no value that a path takes can be that of a row, or ""."""
    named = [(action.entity, match) for match in action.by]
    named += [(parent.entity, match) for parent in action.parents for match in parent.by]
    for entity, match in named:
        parameter = next((p for p in endpoint.parameters if p.name == match.parameter), None)
        attribute = drafts[entity].attributes.get(match.attribute)
        if parameter is None or attribute is None or parameter.location != "path":
            continue
        kind, shape = attribute.type, parameter.shape
        wanted = shape.format if shape.kind == "string" else shape.kind
        clashes = _CLASHES.get(wanted, ())
        if kind.kind in clashes and kind.format != wanted and not kind.enum:
            said = _WORDS.get(kind.kind, kind.kind)
            return f"its path takes {_WORDS[wanted]}, and {attribute.name} of {entity} is {said}"
    return ""


def _find_linked_parents(
    parents: list[Parent],
    draft: EntityDraft | None,
    noun: tuple[str, ...],
    drafts: Mapping[str, EntityDraft],
) -> tuple[Parent, ...]:
    """Say by which relation each row of the path leads to the next."""
    made = []
    for index, parent in enumerate(parents):
        last = index + 1 == len(parents)
        child = draft if last else drafts[parents[index + 1].entity]
        if child is None:
            made.append(parent)
            continue
        relation = _find_pointing_relation(child, parent.entity)
        collection = _find_collection(drafts[parent.entity], child, noun[-1]) if last else ""
        made.append(parent._replace(relation=relation, collection=collection))
    return tuple(made)


def _find_pointing_relation(child: EntityDraft, parent: str) -> str:
    found = [r for r in child.relations.values() if r.target == parent and r.kind == "many_to_one"]
    by_origin = [r for r in found if child.attributes[r.column].origin == "parent"]
    named = [r for r in found if r.name == to_snake(parent)]
    return next((r.name for r in (*by_origin, *named, *found)), "")


def _find_collection(parent: EntityDraft, child: EntityDraft, noun: str) -> str:
    for relation in parent.relations.values():
        if relation.target != child.name or relation.kind == "many_to_one":
            continue
        agents = {relation.name, relation.name.removesuffix("_by")}
        if noun in agents or is_agent(noun, relation.name) or is_member(noun, relation.name):
            return relation.name
    return ""


def is_agent(noun: str, relation: str) -> bool:
    """Whether a noun is who or what a link relates: followers, following, favorites."""
    if noun in ("following", "followees", "followed"):
        return relation == "followed"
    stemmed = relation.split("_")[0]
    return relation.endswith("_by") and stemmed.startswith(to_singular(noun)[:5])
