"""Owners: whose a row is, and who else may see it."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.names import to_snake
from devmatrix_guard.ir.shape import Schema

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


class Owners:
    """Settles the owner of each draft once its relations are known."""

    def __init__(
        self,
        schemas: Mapping[str, Schema],
        endpoints: list[Endpoint],
        principal: EntityDraft | None,
        findings: Findings,
    ) -> None:
        self._schemas = schemas
        self._endpoints = endpoints
        self._principal = principal
        self._findings = findings

    def settle(self, draft: EntityDraft) -> None:
        """Say whose the rows are, and whether they are his alone."""
        self._settle_owner(draft)
        self._settle_privacy(draft)

    def find_possessive(self, draft: EntityDraft) -> list[Endpoint]:
        """Return the endpoints that call the rows "yours"."""
        return [
            e for e in self._list_endpoints_of(draft) if any(word in e.text for word in _POSSESSIVE)
        ]

    def _settle_owner(self, draft: EntityDraft) -> None:
        """Say which relation leads to the user a row belongs to."""
        given = draft.options.get("owner")
        if given:
            if to_snake(str(given)) not in draft.relations:
                raise SpecError(
                    f"{draft.name} has no relation {given!r}{suggest(str(given), draft.relations)}",
                    draft.pointer,
                )
            draft.owner = to_snake(str(given))
        if self._principal is None or draft is self._principal:
            return
        for relation in draft.relations.values():
            attribute = draft.attributes.get(relation.column)
            if relation.kind != "many_to_one" or relation.target != self._principal.name:
                continue
            if attribute is None or (
                attribute.wire and draft.is_input(attribute.wire, self._schemas)
            ):
                continue
            if relation.name not in OWNING | {to_snake(self._principal.name)} and not draft.owner:
                continue
            if not self.is_made_signed_in(draft):
                continue
            if not draft.owner or draft.owner == relation.name:
                draft.owner = relation.name
                draft.attributes[attribute.name] = attribute._replace(
                    origin="owner", nullable=False, default=None
                )
                claim = f"belongs to its {relation.name}, the user who made it"
                node = f"domain/{draft.name}"
                self._findings.add_inferred(node, claim, relation.pointer, 0.85)

    def _settle_privacy(self, draft: EntityDraft) -> None:
        """Rows with an owner that are never shown without a sign-in may be his alone."""
        auth = draft.options.get("private")
        if not draft.owner or any(
            e.auth.mode != "required" for e in self._list_endpoints_of(draft)
        ):
            return
        shown = draft.relations[draft.owner].wire
        draft.private = bool(auth) or bool(self.find_possessive(draft)) or not shown
        if draft.private:
            claim = "is seen by its owner only"
            node = f"domain/{draft.name}"
            self._findings.add_inferred(node, claim, draft.pointer, 0.7)

    def _list_endpoints_of(self, draft: EntityDraft) -> list[Endpoint]:
        return [endpoint for endpoint in self._endpoints if find_noun(endpoint) in draft.nouns]

    def is_made_signed_in(self, draft: EntityDraft) -> bool:
        """Whether only who has signed in makes rows."""
        return any(
            endpoint.method == "POST"
            and endpoint.auth.mode == "required"
            and find_noun(endpoint) in draft.nouns
            for endpoint in self._endpoints
        )
