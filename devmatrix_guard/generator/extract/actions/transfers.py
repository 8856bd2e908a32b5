"""Transfers: files sent and taken as they are, and rows answered as lines of text."""

from __future__ import annotations

from devmatrix_guard.generator.extract.actions.answers import make_payload
from devmatrix_guard.generator.extract.actions.context import (
    Context,
)
from devmatrix_guard.generator.extract.actions.filters import read_listing
from devmatrix_guard.generator.extract.actions.result import (
    KnownApplication,
    Result,
    add_guard,
    make_addressed,
)
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.files import (
    find_file,
    is_file,
    is_table,
    says_whole,
)
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.ir.api import (
    Action,
    Assignment,
    Payload,
)
from devmatrix_guard.ir.shape import make_json_value


def read_file(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Send or take a file as it is: `GET /documents/{id}/content`, `PUT /users/{id}/avatar`."""
    fetches = endpoint.method == "GET" and is_file(endpoint.answers)
    if context.problem or not (fetches or endpoint.method in ("POST", "PUT", "PATCH", "DELETE")):
        return None
    above, draft = context.parents, context.draft
    by = context.by
    if not endpoint.ends_in_parameter:
        if not above or not endpoint.segments[-2].parameter:
            return None
        draft, by, above = known.drafts[above[-1].entity], above[-1].by, above[:-1]
    name = find_file(draft, endpoint) if draft is not None else ""
    if draft is None or not name or (endpoint.ends_in_parameter and not fetches):
        return None
    action = Action("download", draft.name, above, by, attribute=name)
    if fetches:
        action = action._replace(owner=draft.owner, private=True) if draft.private else action
        return Result(action, Payload("file"))
    action = add_guard(action._replace(kind="upload"), endpoint, draft, known)
    if endpoint.method == "DELETE":
        emptied = (Assignment(name, "constant", make_json_value(None)),)
        action = action._replace(kind="update", attribute="", assign=emptied)
    elif not is_file(endpoint.takes):
        return None
    return Result(action, make_payload(endpoint, draft, known))


def read_table(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Answer rows as lines of text: `GET /reports/{id}.csv`, `GET /reports/export`."""
    if endpoint.method != "GET" or not is_table(endpoint.answers) or context.problem:
        return None
    noun = find_noun(endpoint)
    whole = noun[:-1] if says_whole(noun[-1]) else noun
    one = endpoint.ends_in_parameter or whole[-1:] == ("{}",)
    noun = whole[:-1] if whole[-1:] == ("{}",) else whole
    draft = next((d for d in known.drafts.values() if noun in d.nouns), None)
    if draft is None or not draft.roles.get(draft.main, set()) & {"read"}:
        return None
    payload = Payload("table", draft.main)
    if one and not endpoint.ends_in_parameter:
        action = Action("read", draft.name, context.parents[:-1], context.parents[-1].by)
    elif one:
        action = make_addressed("read", context, draft)
    else:
        listing = read_listing(endpoint, draft, known.drafts, known.schemas)
        action = Action("list", draft.name, filters=listing.filters, ordering=listing.ordering)
        action = action._replace(pagination=listing.pagination)
    if draft.private:
        action = action._replace(owner=draft.owner, private=True)
    return Result(action, payload)
