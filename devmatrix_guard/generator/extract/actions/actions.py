"""Actions: what each operation does to the domain, or an honest word that it is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devmatrix_guard.generator.behavior.infer import BodyAttribute
from devmatrix_guard.generator.extract.actions.context import (
    Context,
    find_matches,
    is_agent,
    list_last_wires,
    read_context,
    read_named_rows,
)
from devmatrix_guard.generator.extract.actions.filters import read_listing
from devmatrix_guard.generator.extract.behavior import AddressedRow
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.auth import (
    IDENTIFIERS,
    SignIn,
    is_current,
    is_password,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.files import (
    find_file,
    is_file,
    is_table,
    says_whole,
)
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.relations.links import Link
from devmatrix_guard.generator.extract.schemas.envelopes import BodyContent, make_filler, open_shape
from devmatrix_guard.ir.api import (
    SELF,
    Action,
    Assignment,
    Extra,
    Filter,
    Match,
    Parent,
    Payload,
    PayloadKind,
)
from devmatrix_guard.ir.defaults import fits
from devmatrix_guard.ir.names import split_words, to_plural, to_singular, to_snake
from devmatrix_guard.ir.shape import Field, JsonValue, Schema, Shape, make_json_value
from devmatrix_guard.model.named_value import NamedValue

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
_PLEASANTRIES = ("message", "msg", "success", "status", "ok", "code", "detail", "status_code")
_TEXT = Shape("string")
_SAYS_UPSERT = ("upsert", "create or ", "creates or ", "or create", "or creates")
_TAGGED = frozenset(("read", "current", "update", "replace", "upsert", "delete", "upload"))
_FOLLOWED = ("you follow", "followed", "following", "feed", "timeline")


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


def find_addressed_rows(endpoints: list[Endpoint], known: KnownApplication) -> list[AddressedRow]:
    """Return the endpoints that address a row and then say one word about it, and no more."""
    linked = {name for link in known.links for name in (*link.makes, *link.breaks)}
    found = []
    for endpoint in endpoints:
        if endpoint.method in ("GET", "HEAD") or endpoint.name in linked:
            continue
        steps = read_named_rows(endpoint)
        if not steps or len(endpoint.segments) < 3:
            continue
        if endpoint.ends_in_parameter or "x-flow" in endpoint.extensions:
            continue
        context = read_context(endpoint, known.drafts)
        owner = known.drafts.get(context.parents[-1].entity) if context.parents else None
        if owner is None or context.problem or len(context.parents) != 1:
            continue
        if endpoint.shown.kind != "empty" and endpoint.shown.schema not in owner.roles:
            continue
        by = {m.attribute: f"path.{m.parameter}" for m in context.parents[0].by if m.attribute}
        fields = _list_body_attributes(endpoint, owner, known.schemas)
        if endpoint.sent is not None and not fields:
            continue
        if by and endpoint.segments[-2].parameter:
            verb = "_".join(split_words(endpoint.segments[-1].text))
            verb = f"un{verb}" if endpoint.method == "DELETE" else verb
            found.append(AddressedRow(endpoint, owner.name, by, verb, fields))
    return found


def _list_body_attributes(
    endpoint: Endpoint, draft: EntityDraft, schemas: Mapping[str, Schema]
) -> tuple[BodyAttribute, ...]:
    """Return what a body says of the row, if it says nothing else: `{"dueDate": "2026-03-01"}`."""
    sent = endpoint.sent
    if sent is None or sent.kind != "item" or sent.path or endpoint.method != "POST":
        return ()
    fields = schemas[sent.schema].shape.fields if sent.schema in schemas else ()
    members = [draft.members.get(field.wire, ("", "")) for field in fields]
    if any(kind != "attribute" or name == draft.key for kind, name in members):
        return ()
    return tuple(
        BodyAttribute(name, field.wire, field.required)
        for (_, name), field in zip(members, fields, strict=True)
    )


def find_action(endpoint: Endpoint, known: KnownApplication) -> Result:
    """Say what an endpoint does; `not_implemented` with the reason where that is not clear."""
    context = _guard_parents(endpoint, read_context(endpoint, known.drafts), known)
    for attempt in _ATTEMPTS:
        result = attempt(endpoint, context, known)
        if result is not None:
            result = _apply_scope(result, context)
            lost = _describe_loss(result.action)
            return _refuse(lost) if lost else _add_lookups(result, endpoint)
    reason = context.problem or "no rule says what it does; give it an x-flow"
    return _refuse(reason)


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


def _refuse(reason: str) -> Result:
    return Result(Action("not_implemented", reason=reason), Payload("opaque"))


def _add_lookups(result: Result, endpoint: Endpoint) -> Result:
    in_path = {p.name: "lookup" for p in endpoint.parameters if p.location == "path"}
    if result.action.kind in _TAGGED and (result.action.by or result.action.kind == "current"):
        reads = result.action.kind in ("read", "current")
        wanted = "if-none-match" if reads else "if-match"
        for parameter in endpoint.parameters:
            if parameter.location == "header" and parameter.wire.lower() == wanted:
                in_path[parameter.name] = "precondition"
    if result.action.kind == "flow":
        in_path = {p.name: "flow" for p in endpoint.parameters}
    return result._replace(roles={**in_path, **result.roles})


# attempts, in order


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


def _sign_in(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    if endpoint.name in known.sign_in.logouts:
        return Result(Action("logout"), _make_message_payload(endpoint, known))
    principal = known.principal
    if endpoint.name not in (*known.sign_in.logins, *known.sign_in.registers):
        return None
    if principal is None:
        return _refuse("it signs in, but no entity is known whose rows do")
    if endpoint.name in known.sign_in.registers:
        return Result(Action("register", principal.name), _make_payload(endpoint, principal, known))
    login, secret = _match_credentials(endpoint, principal, known.schemas)
    if not login or secret is None:
        return _refuse("no identifier is known to sign in by")
    roles = {match.parameter: "credential" for match in (*login, secret) if match.parameter}
    action = Action("login", principal.name, login=login, secret=secret)
    if endpoint.shown.kind == "opaque" and endpoint.answers in ("", "application/json"):
        token = Extra(("token",), "token")  # an object of any kind may hold it
        endpoint = endpoint._replace(shown=BodyContent("extras", extras=(token,)))
    return Result(action, _make_payload(endpoint, principal, known), roles)


def _match_credentials(
    endpoint: Endpoint, principal: EntityDraft, schemas: Mapping[str, Schema]
) -> tuple[tuple[Match, ...], Match | None]:
    given: dict[str, tuple[str, str]] = {}
    secret = None
    for parameter in endpoint.parameters:
        if parameter.location == "query":
            given[parameter.name] = (parameter.name, "")
            if is_password(parameter.name, parameter.shape):
                secret = Match("password_hash", parameter.name)
    if endpoint.sent and endpoint.sent.schema:
        for field in schemas[endpoint.sent.schema].shape.fields:
            given[field.name] = ("", field.wire)
            if is_password(field.name, field.shape):
                secret = Match("password_hash", "", field.wire)
    login = []
    unique = [names[0] for names in principal.unique if len(names) == 1]
    for name, (source, wire) in given.items():
        targets = [name] if name in principal.attributes else []
        if not targets and name in IDENTIFIERS:
            targets = [n for n in unique if n in IDENTIFIERS]
        login += [Match(target, source, wire) for target in targets]
    return tuple(login), secret


def _read_current(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    principal = known.principal
    if principal is None or not is_current(endpoint, principal):
        return None
    if endpoint.method == "POST":
        return None
    kinds: dict[str, Action] = {
        "GET": Action("current", principal.name),
        "PUT": Action("current_update", principal.name),
        "PATCH": Action("current_update", principal.name),
        "DELETE": Action("current_delete", principal.name),
    }
    action = kinds.get(endpoint.method)
    return Result(action, _make_payload(endpoint, principal, known)) if action else None


def _link(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    for link in known.links:
        if endpoint.name not in (*link.makes, *link.breaks):
            continue
        kind: Action = Action("link" if endpoint.name in link.makes else "unlink")
        holder = known.drafts[link.entity]
        steps = read_named_rows(endpoint)
        holder_by = find_matches(holder, steps[-1][1], endpoint)
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
        return Result(action, _make_payload(endpoint, holder, known))
    return None


def _read_health(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    if endpoint.method != "GET" or endpoint.ends_in_parameter or context.draft:
        return None
    words = [word for word in endpoint.literals if word]
    if not words or words[-1] not in _HEALTH:
        return None
    payload = _make_message_payload(endpoint, known)
    healthy = tuple(
        extra._replace(value=make_json_value("ok")) if extra.path[-1:] == ("status",) else extra
        for extra in payload.extras
    )
    return Result(Action("health"), payload._replace(extras=healthy))


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


def _read_file(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
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
    action = _add_guard(action._replace(kind="upload"), endpoint, draft, known)
    if endpoint.method == "DELETE":
        emptied = (Assignment(name, "constant", make_json_value(None)),)
        action = action._replace(kind="update", attribute="", assign=emptied)
    elif not is_file(endpoint.takes):
        return None
    return Result(action, _make_payload(endpoint, draft, known))


def _read_table(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
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
        action = _make_addressed("read", context, draft)
    else:
        listing = read_listing(endpoint, draft, known.drafts, known.schemas)
        action = Action("list", draft.name, filters=listing.filters, ordering=listing.ordering)
        action = action._replace(pagination=listing.pagination)
    if draft.private:
        action = action._replace(owner=draft.owner, private=True)
    return Result(action, payload)


def _read_part(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Change one side of a row: `PUT /orders/{id}/status` with `{"status": "shipped"}`."""
    if endpoint.method not in ("PUT", "PATCH") or endpoint.sent is None or context.draft:
        return None
    if context.problem or not context.parents or not endpoint.segments[-2].parameter:
        return None
    whole = context.parents[-1]
    draft = known.drafts[whole.entity]
    if not draft.roles.get(endpoint.sent.schema, set()) & {"update", "replace"}:
        return None
    action = Action("update", draft.name, context.parents[:-1], whole.by)
    claim = f"changes {draft.name} by what the body has"
    known.findings.add_inferred(f"api/{endpoint.name}", claim, endpoint.pointer, 0.8)
    payload = _make_payload(endpoint, draft, known)
    return Result(_add_guard(action, endpoint, draft, known), payload)


def _read_rows(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Plain create, read, update, delete and list."""
    draft = context.draft
    if draft is None or context.problem or any(not match.attribute for match in context.by):
        return None
    item = endpoint.ends_in_parameter
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
        return Result(_make_addressed("exists", context, draft), payload)
    if endpoint.shown.kind not in ("item", "list") or not _is_view(endpoint, draft):
        return None
    action = _make_addressed("read", context, draft)
    if draft.private:
        action = action._replace(owner=draft.owner, private=True)
    return Result(action, _make_payload(endpoint, draft, known))


def _list(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    if endpoint.shown.kind == "extras" and "count" in endpoint.literals[-1]:
        return Result(
            _make_addressed("count", context, draft), _make_payload(endpoint, draft, known)
        )
    if endpoint.shown.kind != "list" or not _is_view(endpoint, draft):
        return None
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
    payload = _make_payload(endpoint, draft, known)
    if listing.pagination.style == "cursor":
        payload = payload._replace(extras=tuple(map(_make_cursor, payload.extras)))
    return Result(action, payload, listing.roles)


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
        _is_view(endpoint, draft)
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
    assign = []
    for index, parent in enumerate(context.parents):
        relation = draft.relations.get(parent.relation)
        if relation is not None and index == len(context.parents) - 1:
            assign.append(Assignment(relation.column, f"parent:{index}"))
    if endpoint.auth.mode == "required":
        assign += [
            Assignment(a.name, "viewer") for a in draft.attributes.values() if a.origin == "owner"
        ]
    payload = _make_payload(endpoint, draft, known, context.parents)
    return Result(action._replace(assign=tuple(assign)), payload)


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
    by = context.by
    if not by:
        wire = draft.attributes[draft.key].wire
        fields = known.schemas[sent.schema].shape.fields
        if not wire or not any(field.wire == wire for field in fields):
            return None
        by = (Match(draft.key, "", wire),)
    whole = endpoint.method == "PUT" and bool(draft.roles[sent.schema] & {"create", "replace"})
    action = _make_addressed("replace" if whole else "update", context, draft)._replace(by=by)
    created = any(response.status == "201" for response in endpoint.responses)
    if whole and (created or any(word in endpoint.text for word in _SAYS_UPSERT)):
        action = action._replace(kind="upsert")
    payload = _make_payload(endpoint, draft, known, context.parents)
    return Result(_add_guard(action, endpoint, draft, known), payload)


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
    action = _make_addressed("update", context, draft)._replace(assign=assign)
    roles = {p.name: "assign" for p, member in given if member}
    return Result(
        _add_guard(action, endpoint, draft, known), _make_payload(endpoint, draft, known), roles
    )


def _delete(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    action = _add_guard(_make_addressed("delete", context, draft), endpoint, draft, known)
    return Result(action, _make_payload(endpoint, draft, known, context.parents))


def _delete_many(
    endpoint: Endpoint, context: Context, draft: EntityDraft, known: KnownApplication
) -> Result | None:
    """Remove the rows of a collection that the query says."""
    if find_noun(endpoint) not in draft.nouns or endpoint.sent is not None:
        return None
    listing = read_listing(endpoint, draft, known.drafts, known.schemas)
    if listing.unused:
        return None
    action = _make_addressed("delete_many", context, draft)._replace(filters=listing.filters)
    if draft.owner and endpoint.auth.mode == "required":
        action = action._replace(owner=draft.owner, private=True)
    return Result(action, _make_payload(endpoint, draft, known), listing.roles)


def _make_addressed(kind: str, context: Context, draft: EntityDraft) -> Action:
    base: dict[str, Action] = {
        "read": Action("read"),
        "exists": Action("exists"),
        "count": Action("count"),
        "update": Action("update"),
        "replace": Action("replace"),
        "delete": Action("delete"),
        "delete_many": Action("delete_many"),
    }
    return base[kind]._replace(entity=draft.name, parents=context.parents, by=context.by)


def _add_guard(
    action: Action, endpoint: Endpoint, draft: EntityDraft, known: KnownApplication
) -> Action:
    """Let only the owner change a row: others get the declared 403, or find nothing."""
    owner = SELF if _stands_for_viewer(draft, known) else draft.owner
    if not owner or endpoint.auth.mode != "required":
        return action
    hides = not declares_refusal(endpoint) and any(r.status == "404" for r in endpoint.responses)
    return action._replace(owner=owner, private=draft.private or hides)


def _stands_for_viewer(draft: EntityDraft, known: KnownApplication) -> bool:
    """Tell whether the rows are those who sign in to this API."""
    return draft is known.principal and bool(known.sign_in.logins)


def declares_refusal(endpoint: Endpoint) -> bool:
    """Tell whether an operation declares what who may not do it is answered."""
    return any(r.status in ("403", "4XX") for r in endpoint.responses)


def _guard_parents(endpoint: Endpoint, context: Context, known: KnownApplication) -> Context:
    """Let only himself change what stands below who signs in: `POST /users/{id}/cards`."""
    if endpoint.method in ("GET", "HEAD") or endpoint.auth.mode != "required":
        return context
    draft = context.draft
    if draft is None or not context.parents:
        return context
    last = context.parents[-1]
    if last.owner or not _stands_for_viewer(known.drafts[last.entity], known):
        return context
    if draft.owner and draft.owner != last.relation:
        return context  # made by others about him: a review, a message
    own = last._replace(owner=SELF, refused=declares_refusal(endpoint))
    return context._replace(parents=(*context.parents[:-1], own))


# the answer


def _is_view(endpoint: Endpoint, draft: EntityDraft) -> bool:
    return endpoint.shown.schema in draft.roles


def _make_payload(
    endpoint: Endpoint,
    draft: EntityDraft,
    known: KnownApplication,
    parents: tuple[Parent, ...] = (),
) -> Payload:
    shown = endpoint.shown
    if shown.kind in ("item", "list") and shown.schema in draft.roles:
        kind: PayloadKind = "item" if shown.kind == "item" else "list"
        return Payload(kind, shown.schema, shown.path, shown.extras)
    for index, parent in enumerate(parents):
        if shown.kind == "item" and shown.schema in known.drafts[parent.entity].roles:
            return Payload("item", shown.schema, shown.path, shown.extras, f"parent:{index}")
    if shown.kind == "extras":
        return Payload("extras", "", (), shown.extras)
    if shown.kind == "scalar" and endpoint.name in known.sign_in.logins:
        return Payload("extras", "", (), (Extra((), "token"),))
    return _make_message_payload(endpoint, known, draft)


def _make_message_payload(
    endpoint: Endpoint, known: KnownApplication, draft: EntityDraft | None = None
) -> Payload:
    """Fill a body that says that all went well, and perhaps something of the row."""
    shown = endpoint.shown
    if shown.kind == "empty":
        return Payload("empty")
    if shown.kind == "extras":
        return Payload("extras", "", (), shown.extras)
    if shown.kind == "scalar":
        return _make_scalar_payload(endpoint, draft)
    schema = known.schemas.get(shown.schema)
    if shown.kind != "item" or schema is None:
        return Payload("opaque")
    extras = []
    for field in schema.shape.fields:
        attribute = _find_shown_attribute(field, draft)
        if field.name in _PLEASANTRIES or not attribute:
            if field.required and field.name not in _PLEASANTRIES:
                return Payload("opaque")
            if not field.required and field.name not in _PLEASANTRIES:
                continue
            filler = _choose_filler(field, endpoint, known)
            extras.append(Extra((*shown.path, field.wire), "constant", filler))
        else:
            name = make_json_value(attribute)
            extras.append(Extra((*shown.path, field.wire), "attribute", name))
    return Payload("extras", "", (), tuple(extras))


def _make_scalar_payload(endpoint: Endpoint, draft: EntityDraft | None) -> Payload:
    """Answer with the key of the row where the answer is of its type, else with a word."""
    kind = draft.attributes[draft.key].type.kind if draft is not None and draft.key else ""
    kinds = {"bigint": "integer", "text": "string", "uuid": "string"}
    is_key = endpoint.scalar == kinds.get(kind, kind) and endpoint.example is None
    if draft is not None and is_key and endpoint.method in ("POST", "PUT", "PATCH"):
        name = make_json_value(draft.key)
        return Payload("extras", "", (), (Extra((), "attribute", name),))
    if endpoint.scalar not in ("", "string") and endpoint.example is None:
        word = {"boolean": True}.get(endpoint.scalar, 0)
        return Payload("extras", "", (), (Extra((), "constant", make_json_value(word)),))
    text = endpoint.example or make_filler("message", _TEXT)
    return Payload("extras", "", (), (Extra((), "constant", text),))


def _find_shown_attribute(field: Field, draft: EntityDraft | None) -> str:
    """Return the attribute of the row that a field of a reply is, or ""."""
    if draft is None or not draft.key:
        return ""
    kind, name = draft.members.get(field.wire, ("", ""))
    if kind == "attribute":
        return name
    own = {f"{word}_id" for word in (to_snake(draft.name), *(n[-1] for n in draft.nouns))}
    named = {to_singular(word.removesuffix("_id")) + "_id" for word in own}
    return draft.key if field.name in {"id", *own, *named} else ""


def _choose_filler(field: Field, endpoint: Endpoint, known: KnownApplication) -> JsonValue:
    """Return what a field of a reply says: the spec's example, if it fits."""
    whole = endpoint.example.value if endpoint.example is not None else None
    for step in endpoint.shown.path:
        whole = whole.get(step) if isinstance(whole, dict) else None
    example = field.example
    if isinstance(whole, dict) and field.wire in whole:
        example = make_json_value(whole[field.wire])
    if example is not None and fits(field.shape, example.value, known.schemas):
        return example
    return make_filler(field.name, open_shape(field.shape, known.schemas))


_ATTEMPTS = (
    _read_flow_action,
    _sign_in,
    _read_current,
    _link,
    _read_health,
    _read_value_list,
    _read_file,
    _read_table,
    _read_part,
    _read_rows,
)
