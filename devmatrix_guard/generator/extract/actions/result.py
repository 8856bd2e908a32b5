"""Results: what is known of an application, and the action that is found in it."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.actions.context import (
    Context,
)
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.auth import (
    SignIn,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.relations.links import Link
from devmatrix_guard.ir.api import (
    SELF,
    Action,
    ActionKind,
    Payload,
)
from devmatrix_guard.ir.shape import Schema
from devmatrix_guard.model.named_value import NamedValue


class Result(NamedValue):
    """An action, how its answer is filled, and what the parameters are for."""

    action: Action
    payload: Payload
    roles: Mapping[str, str] = {}  # never changed


class KnownApplication(NamedValue):
    """Everything known of the application when actions are worked out."""

    drafts: Mapping[str, EntityDraft]
    schemas: Mapping[str, Schema]
    links: list[Link]
    principal: EntityDraft | None
    sign_in: SignIn
    flows: Mapping[str, str]
    findings: Findings


def refuse(reason: str) -> Result:
    """Return that an operation is left to people, and why."""
    return Result(Action("not_implemented", reason=reason), Payload("opaque"))


def make_addressed(kind: ActionKind, context: Context, draft: EntityDraft) -> Action:
    """Return an action on the row, or among the rows, that a path names."""
    return Action(kind, draft.name, context.parents, context.by)


def add_guard(
    action: Action, endpoint: Endpoint, draft: EntityDraft, known: KnownApplication
) -> Action:
    """Let only the owner change a row: others get the declared 403, or find nothing."""
    owner = SELF if stands_for_viewer(draft, known) else draft.owner
    if not owner or endpoint.auth.mode != "required":
        return action
    hides = not declares_refusal(endpoint) and any(r.status == "404" for r in endpoint.responses)
    return action._replace(owner=owner, private=draft.private or hides)


def stands_for_viewer(draft: EntityDraft, known: KnownApplication) -> bool:
    """Tell whether the rows are those who sign in to this API."""
    return draft is known.principal and bool(known.sign_in.logins)


def declares_refusal(endpoint: Endpoint) -> bool:
    """Tell whether an operation declares what who may not do it is answered."""
    return any(r.status in ("403", "4XX") for r in endpoint.responses)
