"""Actions: what each operation does to the domain, or an honest word that it is not known."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.actions.answers import make_health_payload, make_payload
from devmatrix_guard.generator.extract.actions.context import (
    Context,
    describe_clash,
    find_matches,
    list_last_wires,
    read_context,
    read_named_rows,
)
from devmatrix_guard.generator.extract.actions.result import (
    KnownApplication,
    Result,
    declares_refusal,
    refuse,
    stands_for_viewer,
)
from devmatrix_guard.generator.extract.actions.rows import (
    read_narrowed,
    read_own,
    read_part,
    read_rows,
)
from devmatrix_guard.generator.extract.actions.sign_in import read_current, sign_in
from devmatrix_guard.generator.extract.actions.transfers import read_file, read_table
from devmatrix_guard.generator.extract.endpoint import Endpoint, is_credential
from devmatrix_guard.generator.extract.schemas.envelopes import open_shape
from devmatrix_guard.ir.api import (
    SELF,
    Action,
    Assignment,
    Filter,
    Match,
    Payload,
    PayloadKind,
)
from devmatrix_guard.ir.names import to_plural, to_singular, to_snake
from devmatrix_guard.ir.shape import Schema

_HEALTH = {
    "healthcheck",
    "health_check",
    "status",
    "health",
    "healthz",
    "ping",
    "live",
    "ready",
    "readiness",
    "liveness",
    "heartbeat",
}
_OF_ROWS = frozenset(("live", "ready", "status"))  # words that other paths have as well
_GREETINGS = frozenset(("api", "app", "hello", "home", "index", "info", "root", "test", "version"))
_PREFIXES = frozenset(("api", "app", "server", "service", "system", "internal", "monitoring"))
_CHANGES = frozenset(("update", "replace", "current_update"))
_TAGGED = frozenset(("read", "current", "update", "replace", "upsert", "delete", "upload"))


def find_action(endpoint: Endpoint, known: KnownApplication) -> Result:
    """Say what an endpoint does; `not_implemented` with the reason where that is not clear."""
    unread = _describe_unread(endpoint, known.schemas)
    if unread:
        return refuse(unread)
    context = _guard_parents(endpoint, read_context(endpoint, known.drafts), known)
    for attempt in _ATTEMPTS:
        result = attempt(endpoint, context, known)
        if result is not None:
            result = _name_owner_once(_apply_scope(result, context), known)
            lost = (
                _describe_loss(result.action)
                or describe_clash(result.action, endpoint, known.drafts)
                or _describe_nothing(result.action, endpoint, known)
            )
            return refuse(lost) if lost else _add_lookups(result, endpoint)
    reason = context.problem or "no rule says what it does; give it an x-flow"
    return refuse(reason)


def _describe_unread(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> str:
    """Return what of a request is in a form that is not read, and cannot be left out, or ""."""
    for parameter in endpoint.parameters:
        kind = open_shape(parameter.shape, schemas).kind
        if parameter.location == "path" and (kind in ("array", "object") or parameter.media_type):
            return f"{parameter.wire} in its path is no single value"
    if endpoint.takes != "multipart/form-data" or not endpoint.sent or not endpoint.sent.schema:
        return ""
    for field in schemas[endpoint.sent.schema].shape.fields:
        shape = open_shape(field.shape, schemas)
        inner = open_shape(shape.items, schemas) if shape.items is not None else shape
        if inner.kind == "object":
            return f"the part {field.wire} of its form is an object"
    return ""


def _apply_scope(result: Result, context: Context) -> Result:
    """Keep lists and new rows within what the path says of them: the rows of one tenant."""
    action = result.action
    if not context.scope or context.draft is None or action.entity != context.draft.name:
        return result
    if action.kind in ("create", "create_many", "register", "upsert"):
        given = [Assignment(m.attribute, f"parameter:{m.parameter}") for m in context.scope]
        action = action._replace(assign=(*action.assign, *given))
    if action.kind in ("list", "count", "delete_many", "feed"):
        kept = tuple(Filter(m.parameter, "eq", (m.attribute,)) for m in context.scope)
        action = action._replace(filters=(*kept, *action.filters))
    return result._replace(action=action)


def _name_owner_once(result: Result, known: KnownApplication) -> Result:
    """Where a row must be the viewer's and lies below its owner, it is he who must be the viewer.

    Of the rows of others the path then finds none, as of those that are not there.
    """
    action = result.action
    last = action.parents[-1] if action.parents else None
    if last is None or not action.owner or action.owner != last.relation:
        return result
    if known.drafts[last.entity] is not known.principal:
        return result
    own = last if last.owner else last._replace(owner=SELF, refused=not action.private)
    action = action._replace(parents=(*action.parents[:-1], own), owner="", private=False)
    return result._replace(action=action)


def _describe_loss(action: Action) -> str:
    """Return why the rows that a path names cannot be found, or ""."""
    for parent in action.parents:
        if any(not match.attribute for match in parent.by):
            return f"it is not clear by what the path addresses {parent.entity}"
        if not parent.relation and not parent.collection:
            return f"nothing relates {action.entity} to {parent.entity}"
    if any(not match.attribute for match in (*action.by, *action.other_by)):
        return f"it is not clear by what the path addresses {action.entity}"
    return ""


def _describe_nothing(action: Action, endpoint: Endpoint, known: KnownApplication) -> str:
    """Return why a change would say that all is well and change nothing, or ""."""
    sent = endpoint.sent.schema if endpoint.sent is not None else ""
    draft = known.drafts.get(action.entity)
    if action.kind not in _CHANGES or draft is None or not sent or action.assign:
        return ""
    members = [draft.members.get(f.wire, ("", "")) for f in known.schemas[sent].shape.fields]
    for kind, name in members:
        attribute = draft.attributes.get(name)
        if kind and (attribute is None or attribute.origin != "privilege"):
            return ""
    return "nothing that its body gives can be set by its callers; give it an x-flow"


def _add_lookups(result: Result, endpoint: Endpoint) -> Result:
    named = {match.parameter for match in result.action.by}
    in_path = {
        p.name: "lookup" for p in endpoint.parameters if p.location == "path" or p.name in named
    }
    if result.action.kind in _TAGGED and (result.action.by or result.action.kind == "current"):
        reads = result.action.kind in ("read", "current")
        wanted = "if-none-match" if reads else "if-match"
        for parameter in endpoint.parameters:
            if parameter.location == "header" and parameter.wire.lower() == wanted:
                in_path[parameter.name] = "precondition"
    if result.action.kind == "flow":
        in_path = {p.name: "flow" for p in endpoint.parameters}
    in_path |= {p.name: "credential" for p in endpoint.parameters if is_credential(p)}
    return result._replace(roles={**in_path, **result.roles})


def _read_flow_action(
    endpoint: Endpoint, context: Context, known: KnownApplication
) -> Result | None:
    name = known.flows.get(endpoint.name)
    if name is None:
        return None
    shown = endpoint.shown
    kind: PayloadKind = "empty" if shown.kind == "empty" else "flow"
    payload = Payload(kind, shown.schema, shown.path, shown.extras)
    entity = context.draft.name if context.draft else ""
    if not entity and context.parents:
        entity = context.parents[-1].entity
    return Result(Action("flow", entity, flow=name), payload)


def _link(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    for link in known.links:
        if endpoint.name not in (*link.makes, *link.breaks):
            continue
        kind: Action = Action("link" if endpoint.name in link.makes else "unlink")
        holder = known.drafts[link.entity]
        steps = read_named_rows(endpoint)
        wires = list_last_wires(endpoint) if link.noun else steps[-1][1]
        holder_by = find_matches(holder, wires, endpoint)
        other_by: tuple[Match, ...] = ()
        if not link.by_viewer:
            other_by = find_matches(known.drafts[link.target], list_last_wires(endpoint), endpoint)
        action = kind._replace(
            entity=link.entity,
            parents=context.parents[:-1],
            by=holder_by,
            relation=link.relation,
            other="viewer" if link.by_viewer else link.target,
            other_by=other_by,
        )
        return Result(action, make_payload(endpoint, holder, known))
    return None


def _read_health(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    if endpoint.method != "GET" or context.draft:
        return None
    if any(segment.parameter for segment in endpoint.segments):
        return None  # `/claims/{id}/status` is that of the claim
    words = [word for word in endpoint.literals if word]
    if endpoint.shown.kind == "list" or "html" in endpoint.answers:
        return None
    if set(words) <= _GREETINGS:  # `GET /`: that the application is there
        payload = make_health_payload(endpoint, known, "message")
        return Result(Action("health"), payload) if payload.kind != "opaque" else None
    if words[-1] not in _HEALTH:
        return None
    if words[-1] in _OF_ROWS and not set(words[:-1]) <= _HEALTH | _PREFIXES:
        return None  # `/comments/status?status=open`
    return Result(Action("health"), make_health_payload(endpoint, known, "status"))


def _read_value_list(
    endpoint: Endpoint, context: Context, known: KnownApplication
) -> Result | None:
    """A list of plain values: all tags that any article has."""
    if endpoint.method != "GET" or endpoint.shown.kind not in ("values", "map"):
        return None
    if context.parents:
        return None
    spoken_of = {to_singular(word) for word in endpoint.literals} | {
        to_singular(word) for part in endpoint.shown.path for word in to_snake(part).split("_")
    }
    counted = endpoint.shown.kind == "map"
    for draft in known.drafts.values():
        for attribute in draft.attributes.values():
            if attribute.hidden or not attribute.wire:
                continue
            stem = to_singular(attribute.name.removesuffix("_list").removesuffix("_names"))
            listed = attribute.type.kind == "list" or attribute.type.enum
            spoken = stem in spoken_of or (counted and _speaks_of(endpoint, stem))
            if spoken and (listed or stem in spoken_of):
                kind: Action = Action("group_count" if counted else "values", draft.name)
                shown = endpoint.shown
                payload = Payload("map" if counted else "values", "", shown.path, shown.extras)
                claim = f"gives the values of {draft.name}.{attribute.name}"
                known.findings.add_inferred(f"api/{endpoint.name}", claim, endpoint.pointer, 0.8)
                return Result(kind._replace(attribute=attribute.name), payload)
    return None


def _speaks_of(endpoint: Endpoint, word: str) -> bool:
    return (
        word in endpoint.text.split() or to_plural(word) in endpoint.text.replace(".", " ").split()
    )


def _guard_parents(endpoint: Endpoint, context: Context, known: KnownApplication) -> Context:
    """Let only himself change what stands below who signs in: `POST /users/{id}/cards`."""
    if endpoint.method in ("GET", "HEAD") or endpoint.auth.mode != "required":
        return context
    draft = context.draft
    if draft is None or not context.parents:
        return context
    last = context.parents[-1]
    above = known.drafts[last.entity]
    his = above is known.principal and draft.owner == last.relation  # whom a token names
    if last.owner or not (his or stands_for_viewer(above, known)):
        return context
    if draft.owner and draft.owner != last.relation:
        return context  # made by others about him: a review, a message
    own = last._replace(owner=SELF, refused=declares_refusal(endpoint))
    return context._replace(parents=(*context.parents[:-1], own))


_ATTEMPTS = (
    _read_flow_action,
    sign_in,
    read_own,
    read_current,
    _link,
    _read_health,
    _read_value_list,
    read_file,
    read_table,
    read_part,
    read_narrowed,
    read_rows,
)
