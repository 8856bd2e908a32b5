"""Signing in: who registers, who gets a token, and the rows of whoever calls."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.actions.answers import make_message_payload, make_payload
from devmatrix_guard.generator.extract.actions.context import (
    Context,
)
from devmatrix_guard.generator.extract.actions.result import KnownApplication, Result, refuse
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.auth import (
    IDENTIFIERS,
    is_current,
    is_identifier,
    is_secret,
)
from devmatrix_guard.generator.extract.entities.credentials import (
    find_password_change,
    find_password_reset,
    find_refresh_field,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.schemas.envelopes import BodyContent
from devmatrix_guard.ir.api import (
    Action,
    Extra,
    Match,
)
from devmatrix_guard.ir.shape import Schema


def sign_in(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Register, give a token or take it back: `POST /users/login`."""
    if endpoint.name in known.sign_in.logouts:
        text = f"{endpoint.method} {endpoint.path} takes no token back: each is good until it ends"
        known.findings.add_ignored(text, endpoint.pointer)
        return Result(Action("logout"), make_message_payload(endpoint, known))
    principal = known.principal
    if endpoint.name in (*known.sign_in.refreshes, *known.sign_in.changes):
        return _renew(endpoint, known)
    if endpoint.name in (*known.sign_in.asks, *known.sign_in.resets):
        return _reset(endpoint, known)
    if endpoint.name not in (*known.sign_in.logins, *known.sign_in.registers):
        return None
    if principal is None:
        return refuse("it signs in, but no entity is known whose rows do")
    if endpoint.name in known.sign_in.registers:
        return Result(Action("register", principal.name), make_payload(endpoint, principal, known))
    login, secret = _match_credentials(endpoint, principal, known.schemas)
    if not login or secret is None:
        return refuse("no identifier is known to sign in by")
    roles = {match.parameter: "credential" for match in (*login, secret) if match.parameter}
    action = Action("login", principal.name, login=login, secret=secret)
    if endpoint.shown.kind == "opaque" and endpoint.answers in ("", "application/json"):
        token = Extra(("token",), "token")  # an object of any kind may hold it
        endpoint = endpoint._replace(shown=BodyContent("extras", extras=(token,)))
    return Result(action, make_payload(endpoint, principal, known), roles)


def _renew(endpoint: Endpoint, known: KnownApplication) -> Result | None:
    """Give new tokens for a refresh token, or a new password to who knows the old one."""
    principal = known.principal
    if principal is None or "password_hash" not in principal.attributes:
        return None
    payload = make_payload(endpoint, principal, known)
    change = find_password_change(endpoint, known.schemas)
    if change is None:
        secret = Match("", "", find_refresh_field(endpoint, known.schemas))
        if not any(extra.source == "token" for extra in payload.extras):
            return None
        return Result(Action("refresh", principal.name, secret=secret), payload)
    old, new = Match("password_hash", "", change.old), Match("password_hash", "", change.new)
    action = Action("current_password", principal.name, secret=old, new_secret=new)
    return Result(action, payload)


def _reset(endpoint: Endpoint, known: KnownApplication) -> Result | None:
    """Hand out a token for who forgot his password, or take it and a new password."""
    principal = known.principal
    if principal is None or "password_hash" not in principal.attributes:
        return None
    payload = make_message_payload(endpoint, known)
    reset = find_password_reset(endpoint, known.schemas)
    if reset is not None:
        token = Match("", reset.parameter, reset.token)
        new = Match("password_hash", "", reset.new)
        action = Action("reset_password", principal.name, secret=token, new_secret=new)
        roles = {reset.parameter: "credential"} if reset.parameter else {}
        return Result(action, payload, roles)
    login, _ = _match_credentials(endpoint, principal, known.schemas)
    if not login:
        return refuse("no identifier is known to sign in by")
    text = (
        f"{endpoint.method} {endpoint.path} puts a token for a new password into the outbox; "
        "nothing sends it until you write what reads the outbox"
    )
    known.findings.add_assumed(text, endpoint.pointer)
    return Result(Action("ask_reset", principal.name, login=login), payload)


def _match_credentials(
    endpoint: Endpoint, principal: EntityDraft, schemas: Mapping[str, Schema]
) -> tuple[tuple[Match, ...], Match | None]:
    given: dict[str, tuple[str, str]] = {}
    secret = None
    described = False
    for parameter in endpoint.parameters:
        if parameter.location == "query":
            given[parameter.name] = (parameter.name, "")
            if is_secret(parameter.name, parameter.shape):
                secret = Match("password_hash", parameter.name)
    named: set[str] = set()
    if endpoint.sent and endpoint.sent.schema:
        for field in schemas[endpoint.sent.schema].shape.fields:
            given[field.name] = ("", field.wire)
            # `required` may name a field that `properties` does not: `pwd` beside `password`.
            if is_secret(field.name, field.shape) and not described:
                secret = Match("password_hash", "", field.wire)
                described = field.shape.kind != "any"
            elif is_identifier(field.shape):
                named.add(field.name)
    login = []
    unique = [names[0] for names in principal.unique if len(names) == 1]
    for name, (source, wire) in given.items():
        targets = [name] if name in principal.attributes else []
        if not targets and (name in IDENTIFIERS or {name} == named):
            targets = [n for n in unique if n in IDENTIFIERS]
        login += [Match(target, source, wire) for target in targets]
    return tuple(login), secret


def read_current(endpoint: Endpoint, context: Context, known: KnownApplication) -> Result | None:
    """Show or change the row of whoever calls: `GET /user`."""
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
    return Result(action, make_payload(endpoint, principal, known)) if action else None
