"""Owners: whose a row is, and who else may see it."""

from __future__ import annotations

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.relations.add import add_many_to_one
from devmatrix_guard.generator.extract.relations.known import KnownEntities
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.domain import Attribute
from devmatrix_guard.ir.names import to_snake

OWNING = {
    "author",
    "owner",
    "user",
    "creator",
    "created_by",
    "posted_by",
    "account",
    "writer",
    "sender",
    "reviewer",
}
# Nobody makes rows in the name of another, though a body may have a place for it.
MADE_BY = {"added_by", "opened_by", "registered_by", "submitted_by", "uploaded_by"}
MAKERS = {
    "author",
    "custodian",
    "owner",
    "creator",
    "created_by",
    "posted_by",
    "proprietor",
    "submitter",
    "uploader",
    "writer",
} | MADE_BY
_POSSESSIVE = (
    " my ",
    "your ",
    "current user",
    "authenticated user",
    "logged-in user",
    "logged in user",
    "signed-in user",
    "user's ",
    "users own",
    "own ",
)


def settle_owner(known: KnownEntities, draft: EntityDraft) -> None:
    """Say whose the rows are, and whether they are his alone."""
    _choose_owner(known, draft)
    _settle_privacy(known, draft)
    _tell_ownerless(known, draft)


def _find_possessive(known: KnownEntities, draft: EntityDraft) -> list[Endpoint]:
    """Return the endpoints that call the rows "yours"."""
    return [
        e for e in _list_endpoints_of(known, draft) if any(word in e.text for word in _POSSESSIVE)
    ]


def _choose_owner(known: KnownEntities, draft: EntityDraft) -> None:
    """Say which relation leads to the user a row belongs to."""
    given = draft.options.get("owner")
    if given:
        if to_snake(str(given)) not in draft.relations:
            raise SpecError(
                f"{draft.name} has no relation {given!r}{suggest(str(given), draft.relations)}",
                draft.pointer,
            )
        draft.owner = to_snake(str(given))
    if known.principal is None or draft is known.principal:
        return
    for relation in draft.relations.values():
        attribute = draft.attributes.get(relation.column)
        if relation.kind != "many_to_one" or relation.target != known.principal.name:
            continue
        if attribute is None:
            continue
        is_given = bool(attribute.wire) and draft.is_input(attribute.wire, known.schemas)
        if is_given and relation.name not in MAKERS:
            continue
        if (
            relation.name not in OWNING | MAKERS | {to_snake(known.principal.name)}
            and not draft.owner
        ):
            continue
        if not is_made_signed_in(known, draft):
            continue
        if not draft.owner or draft.owner == relation.name:
            draft.owner = relation.name
            draft.attributes[attribute.name] = attribute._replace(
                origin="owner", nullable=False, default=None
            )
            claim = f"belongs to its {relation.name}, the user who made it"
            node = f"domain/{draft.name}"
            known.findings.add_inferred(node, claim, relation.pointer, 0.85)
            if is_given:
                text = f"{draft.name}.{attribute.wire} is whoever makes it, whatever a request says"
                known.findings.add_assumed(text, attribute.pointer)


def _settle_privacy(known: KnownEntities, draft: EntityDraft) -> None:
    """Rows with an owner that are never shown without a sign-in may be his alone."""
    auth = draft.options.get("private")
    if not draft.owner or any(e.auth.mode != "required" for e in _list_endpoints_of(known, draft)):
        return
    owner = draft.relations[draft.owner]
    shown = owner.wire or draft.attributes[owner.column].wire
    draft.private = bool(auth) or bool(_find_possessive(known, draft)) or not shown
    if draft.private:
        claim = "is seen by its owner only"
        node = f"domain/{draft.name}"
        known.findings.add_inferred(node, claim, draft.pointer, 0.7)
    else:
        _tell_readers(known, draft)


def _tell_readers(known: KnownEntities, draft: EntityDraft) -> None:
    """Say that whoever is signed in reads the rows of others, and what he adds below them."""
    own = _list_endpoints_of(known, draft)
    reads = [e for e in own if e.method == "GET"]
    if not reads or any(use.scopes for e in reads for uses in e.auth.alternatives for use in uses):
        return
    added = sorted(
        other.name
        for other in known.drafts.values()
        if other is not draft
        and any(
            e.method == "POST" and noun[-2:-1] == ("{}",) and noun[:-2] in draft.nouns
            for e in _list_endpoints_of(known, other)
            for noun in [find_noun(e)]
        )
    )
    adds = f", and adds each {' and '.join(added)} below it" if added else ""
    text = f"whoever is signed in reads each {draft.name} of another{adds}"
    text += "; x-entity: {private: true} would keep it to its owner"
    known.findings.add_assumed(text, draft.pointer)


def _tell_ownerless(known: KnownEntities, draft: EntityDraft) -> None:
    """Say that whoever is signed in changes all rows, where nothing says whose they are."""
    above = any(len(noun) == 1 for noun in draft.nouns)
    if known.principal is None or draft is known.principal or draft.owner or not above:
        return
    changes = [
        e
        for e in _list_endpoints_of(known, draft)
        if e.method in ("PUT", "PATCH", "DELETE") and e.ends_in_parameter
    ]
    scoped = any(use.scopes for e in changes for uses in e.auth.alternatives for use in uses)
    if changes and not scoped and all(e.auth.mode == "required" for e in changes):
        text = f"whoever is signed in changes each {draft.name}, as nothing says whose it is"
        known.findings.add_assumed(f"{text}; x-entity: {{owner: …}} would", draft.pointer)


def _list_endpoints_of(known: KnownEntities, draft: EntityDraft) -> list[Endpoint]:
    return [endpoint for endpoint in known.endpoints if find_noun(endpoint) in draft.nouns]


def is_made_signed_in(known: KnownEntities, draft: EntityDraft) -> bool:
    """Whether only who has signed in makes rows."""
    return any(
        endpoint.method == "POST"
        and endpoint.auth.mode == "required"
        and find_noun(endpoint) in draft.nouns
        for endpoint in known.endpoints
    )


def add_hidden_owner(known: KnownEntities, draft: EntityDraft) -> None:
    """Rows that the API calls "yours" belong to the user who made them."""
    principal = known.principal
    if principal is None or draft is principal or not is_made_signed_in(known, draft):
        return
    if any(r.target == principal.name and r.column for r in draft.relations.values()):
        return
    spoken = _find_possessive(known, draft)
    if not spoken:
        return
    name = draft.choose_free_name("owner")
    column = draft.choose_free_name("owner_id")
    draft.attributes[column] = Attribute(
        column,
        "",
        principal.attributes[principal.key].type,
        origin="owner",
        references=(principal.name, principal.key),
        hidden=True,
        pointer=spoken[0].pointer,
    )
    add_many_to_one(known, draft, name, principal, column, spoken[0].pointer)
