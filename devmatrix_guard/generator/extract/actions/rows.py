"""Rows: plain create, read, update, delete and list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devmatrix_guard.generator.extract.actions.answers import is_view, make_payload
from devmatrix_guard.generator.extract.actions.context import (
    Context,
    is_agent,
)
from devmatrix_guard.generator.extract.actions.filters import find_path_filter, read_listing
from devmatrix_guard.generator.extract.actions.result import (
    KnownApplication,
    Result,
    add_guard,
    make_addressed,
    refuse,
)
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.auth import names_viewer
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.ir.api import (
    Action,
    ActionKind,
    Assignment,
    Extra,
    Match,
    Ordering,
    Payload,
    SortKey,
)

_SAYS_UPSERT = ("upsert", "create or ", "creates or ", "or create", "or creates")
_NEWEST = {"latest", "newest", "most_recent"}
_NOT_BELOW = {  # what lies above or beside a row, though it is of its kind
    "ancestors",
    "breadcrumb",
    "breadcrumbs",
    "duplicates",
    "parents",
    "path",
    "recommendations",
    "recommended",
    "related",
    "siblings",
    "similar",
}
_COUNTS = {"count", "counts", "total"}
_OWN: Mapping[str, ActionKind] = {
    "GET": "read",
    "PUT": "replace",
    "PATCH": "update",
    "DELETE": "delete",
}
_FOLLOWED = ("you follow", "followed", "following", "feed", "timeline")


def read_rows(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Plain create, read, update, delete and list."""
    draft = context.draft
    if draft is None or context.problem or any(not match.attribute for match in context.by):
        return None
    item = endpoint.ends_in_parameter or bool(context.by)
    makers: dict[tuple[str, bool], _Maker] = {
        ("GET", True): _read,
        ("HEAD", True): _read,
        ("GET", False): _list,
        ("HEAD", False): _list,
        ("POST", False): _create,
        ("POST", True): _update,
        ("PUT", True): _update,
        ("PATCH", True): _update,
        ("PUT", False): _update,
        ("PATCH", False): _update,
        ("DELETE", True): _delete,
        ("DELETE", False): _delete_many,
    }
    maker = makers.get((endpoint.method, item))
    return maker(endpoint, context, draft, known) if maker else None


_Maker = Callable[[Endpoint, Context, EntityDraft, KnownApplication], "Result | None"]


def _read(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    if endpoint.method == "HEAD":
        payload = Payload("empty")
        return Result(make_addressed("exists", context, draft), payload)
    if endpoint.shown.kind not in ("item", "list") or not is_view(endpoint, draft):
        return None
    action = make_addressed("read", context, draft)
    if draft.private:
        action = action._replace(owner=draft.owner, private=True)
    return Result(action, make_payload(endpoint, draft, known))


def _list(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    if endpoint.shown.kind == "extras" and _COUNTS & set(endpoint.literals[-1].split("_")):
        return Result(make_addressed("count", context, draft), make_payload(endpoint, draft, known))
    if endpoint.shown.kind == "item" and endpoint.literals[-1] in _NEWEST:
        return _find_newest(endpoint, context, draft, known)
    if endpoint.shown.kind != "list" or not is_view(endpoint, draft):
        return None
    word = endpoint.literals[-1]
    if word in _NOT_BELOW and context.parents and context.parents[-1].entity == draft.name:
        return refuse(f"{word} are no rows below one, and nothing says which they are")
    listing = read_listing(endpoint, draft, known.drafts, known.schemas)
    for parameter in listing.unused:
        known.findings.add_ignored(
            f"nothing is known to depend on the parameter {parameter.wire}", parameter.pointer
        )
    action = Action(
        "list",
        draft.name,
        context.parents,
        filters=listing.filters,
        ordering=listing.ordering,
        pagination=listing.pagination,
    )
    if draft.private:
        action = action._replace(owner=draft.owner, private=True)
    action = _narrow(action, endpoint, context, draft, known)
    payload = make_payload(endpoint, draft, known)
    if listing.pagination.style in ("cursor", "key"):
        payload = payload._replace(extras=tuple(map(_make_cursor, payload.extras)))
        if not _tells_next(endpoint, payload):
            action = action._replace(pagination=listing.pagination._replace(style="key"))
    return Result(action, payload, listing.roles)


def _find_newest(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    """Show the row that was made last, where rows tell: `GET /readings/latest`."""
    told = [a.name for a in draft.attributes.values() if a.origin in ("created_at", "key")]
    if not is_view(endpoint, draft) or not told:
        return None
    newest = sorted(told, key=lambda name: name == draft.key)[0]
    action = make_addressed("read", context, draft)
    action = action._replace(ordering=Ordering((SortKey((newest,), descending=True),)))
    if draft.private:
        action = action._replace(owner=draft.owner, private=True)
    claim = f"shows the {draft.name} with the greatest {newest}"
    known.findings.add_inferred(f"api/{endpoint.name}", claim, endpoint.pointer, 0.8)
    return Result(action, make_payload(endpoint, draft, known))


def _tells_next(endpoint: Endpoint, payload: Payload) -> bool:
    """Tell whether an answer says where its list goes on; else only its last row does."""
    sources = {extra.source for extra in payload.extras}
    headers = [header.wire.lower() for r in endpoint.responses for header in r.headers]
    return bool(sources & {"next_cursor", "next_link"}) or "link" in headers


def read_own(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Show, change or remove the row of whoever calls, of another kind: `/specialists/me`."""
    above = find_noun(endpoint)[:-1]
    draft = next((d for d in known.drafts.values() if above in d.nouns), None)
    if known.principal is None or draft is None or not names_viewer(endpoint):
        return None
    if draft is known.principal or endpoint.method not in _OWN:
        return None
    if not draft.owner:
        return refuse(f"nothing says which {draft.name} is that of whoever calls")
    sent = endpoint.sent.schema if endpoint.sent is not None else ""
    if endpoint.method in ("PUT", "PATCH") and sent not in draft.roles:
        return None
    if endpoint.shown.kind != "empty" and not is_view(endpoint, draft):
        return None
    claim = f"is about the {draft.name} of whoever calls"
    known.findings.add_inferred(f"api/{endpoint.name}", claim, endpoint.pointer, 0.85)
    action = Action(_OWN[endpoint.method], draft.name, owner=draft.owner, private=True)
    return Result(action, make_payload(endpoint, draft, known))


def read_narrowed(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """List the rows that have what the end of a path says: `GET /books/author/{author}`."""
    named = len(endpoint.segments) > 2 and not endpoint.segments[-2].parameter
    if endpoint.method != "GET" or not endpoint.ends_in_parameter or not named:
        return None
    if context.draft or context.parents or context.problem or endpoint.shown.kind != "list":
        return None
    above = find_noun(endpoint)[:-1]
    shown = [draft for draft in known.drafts.values() if is_view(endpoint, draft)]
    draft = next((d for d in shown if above in d.nouns), shown[0] if shown else None)
    if draft is None:
        return None
    kept = find_path_filter(endpoint, draft, known.drafts, known.schemas)
    result = _list(endpoint, context, draft, known) if kept else None
    if kept is None or result is None:
        return None
    claim = (
        f"lists the {draft.name} rows with the {'.'.join(kept.path or kept.attributes)} it names"
    )
    known.findings.add_inferred(f"api/{endpoint.name}", claim, endpoint.pointer, 0.85)
    action = result.action._replace(filters=(kept, *result.action.filters))
    return result._replace(action=action)


def _make_cursor(extra: Extra) -> Extra:
    """Take `next` for a cursor where lists go on by one, unless it is among links."""
    linked = any("link" in word.lower() or "url" in word.lower() for word in extra.path)
    moved = extra.source == "next_link" and not linked
    return extra._replace(source="next_cursor") if moved else extra


def _narrow(
    action: Action,
    endpoint: Endpoint,
    context: Context,
    draft: EntityDraft,
    known: KnownApplication,
) -> Action:
    """Apply what a special path adds to a list: a feed, or the viewer's own rows."""
    noun = find_noun(endpoint)
    if known.principal is None or endpoint.auth.mode != "required":
        return action
    kept = next((link for link in known.links if link.noun and link.noun == noun), None)
    if kept is not None:
        return action._replace(kind="feed", via=(kept.relation,), owner="", private=False)
    followed = known.principal.relations.get("followed_by")
    last = noun[-1]
    feeds = last in ("feed", "timeline", "stream", "following")
    if followed and draft.owner and (feeds or any(w in endpoint.text for w in _FOLLOWED[:2])):
        known.findings.add_inferred(
            f"api/{endpoint.name}",
            f"lists {draft.name} rows whose {draft.owner} the viewer follows",
            endpoint.pointer,
            0.9,
        )
        return action._replace(kind="feed", via=(draft.owner, "followed_by"))
    if context.parents or (noun in draft.nouns and len(noun) == 1):
        return action
    mine = noun[0] in ("me", "user", "my", "account") or "me" in noun or last in ("my", "mine")
    if not mine:
        return action
    for relation in draft.relations.values():
        if relation.name.endswith("_by") and is_agent(last, relation.name):
            return action._replace(kind="feed", via=(relation.name,))
    return action._replace(owner=draft.owner, private=True) if draft.owner else action


def _create(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    sent = endpoint.sent
    if sent is None or sent.schema not in draft.roles:
        return None
    if find_noun(endpoint) not in draft.nouns and sent.kind != "list":
        return None
    if not (
        is_view(endpoint, draft)
        or endpoint.shown.kind
        in (
            "empty",
            "extras",
            "item",
            "list",
            "scalar",
        )
    ):
        return None
    registers = draft is known.principal and endpoint.auth.mode != "required"
    action = Action("register" if registers else "create", draft.name, context.parents)
    if sent.kind == "list":
        action = action._replace(kind="create_many")
    assign = _assign_parent(context, draft)
    if endpoint.auth.mode == "required":
        named = {given.attribute for given in assign}  # by the path: `/users/{id}/orders`
        own = [a.name for a in draft.attributes.values() if a.origin == "owner"]
        assign += [Assignment(name, "viewer") for name in own if name not in named]
    payload = make_payload(endpoint, draft, known, context.parents)
    return Result(action._replace(assign=tuple(assign)), payload)


def _assign_parent(context: Context, draft: EntityDraft) -> list[Assignment]:
    """Return how a new row points to the row that its path names last."""
    last = len(context.parents) - 1
    relation = draft.relations.get(context.parents[last].relation) if context.parents else None
    return [Assignment(relation.column, f"parent:{last}")] if relation is not None else []


def _update(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    sent = endpoint.sent
    if sent is None:
        return _update_by_query(endpoint, context, draft, known)
    if sent.schema not in draft.roles or sent.kind != "item":
        return None
    if endpoint.method == "POST" and "update" not in draft.roles[sent.schema]:
        return None
    if endpoint.method == "POST" and endpoint.status == 201:
        return None  # it makes something of the row that is named
    by = context.by
    if not by:
        wire = draft.attributes[draft.key].wire
        fields = known.schemas[sent.schema].shape.fields
        if not wire or not any(field.wire == wire for field in fields):
            return None
        by = (Match(draft.key, "", wire),)
    whole = endpoint.method == "PUT" and bool(draft.roles[sent.schema] & {"create", "replace"})
    action = make_addressed("replace" if whole else "update", context, draft)._replace(by=by)
    created = any(response.status == "201" for response in endpoint.responses)
    only = not draft.list_schemas_as("create") and all(m.attribute != draft.key for m in by)
    if whole and (created or only or any(word in endpoint.text for word in _SAYS_UPSERT)):
        assign = (*action.assign, *_assign_parent(context, draft))
        action = action._replace(kind="upsert", assign=assign)
    payload = make_payload(endpoint, draft, known, context.parents)
    return Result(add_guard(action, endpoint, draft, known), payload)


def _update_by_query(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    """`POST /pet/{id}?name=...` changes what the query names."""
    query = [p for p in endpoint.parameters if p.location == "query"]
    given = [(p, draft.members.get(p.wire)) for p in query]
    assign = tuple(
        Assignment(member[1], f"parameter:{parameter.name}")
        for parameter, member in given
        if member and member[0] == "attribute"
    )
    if not assign or not context.by:
        return None
    action = make_addressed("update", context, draft)._replace(assign=assign)
    roles = {p.name: "assign" for p, member in given if member}
    return Result(
        add_guard(action, endpoint, draft, known), make_payload(endpoint, draft, known), roles
    )


def _delete(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    action = add_guard(make_addressed("delete", context, draft), endpoint, draft, known)
    return Result(action, make_payload(endpoint, draft, known, context.parents))


def _delete_many(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    """Remove the rows of a collection that the query says."""
    if find_noun(endpoint) not in draft.nouns or endpoint.sent is not None:
        return None
    listing = read_listing(endpoint, draft, known.drafts, known.schemas)
    if listing.unused:
        return None
    action = make_addressed("delete_many", context, draft)._replace(filters=listing.filters)
    if draft.owner and endpoint.auth.mode == "required":
        action = action._replace(owner=draft.owner, private=True)
    return Result(action, make_payload(endpoint, draft, known), listing.roles)


def read_part(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Show or change one side of a row: `PUT /orders/{id}/status` with `{"status": "shipped"}`."""
    if context.problem or not context.parents or context.draft or endpoint.ends_in_parameter:
        return None
    if not endpoint.segments[-2].parameter:
        return None
    whole = context.parents[-1]
    draft = known.drafts[whole.entity]
    if endpoint.method == "GET" and endpoint.shown.kind == "item" and is_view(endpoint, draft):
        action = Action("read", draft.name, context.parents[:-1], whole.by)
        private = {"owner": draft.owner, "private": True} if draft.private else {}
        return Result(action._replace(**private), make_payload(endpoint, draft, known))
    if endpoint.method not in ("PUT", "PATCH") or endpoint.sent is None:
        return None
    if not draft.roles.get(endpoint.sent.schema, set()) & {"update", "replace"}:
        return None
    action = Action("update", draft.name, context.parents[:-1], whole.by)
    claim = f"changes {draft.name} by what the body has"
    known.findings.add_inferred(f"api/{endpoint.name}", claim, endpoint.pointer, 0.8)
    payload = make_payload(endpoint, draft, known)
    return Result(add_guard(action, endpoint, draft, known), payload)
