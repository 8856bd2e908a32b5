"""Who signs in, and which endpoints do it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.endpoint import Endpoint, says_nothing
from devmatrix_guard.generator.extract.entities.credentials import (
    asks_for_reset,
    find_password_change,
    find_password_reset,
    find_refresh_field,
    gives_refresh_token,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.schemas.envelopes import TOKEN_SOURCES
from devmatrix_guard.generator.spec.document import Document, Place, require_mapping
from devmatrix_guard.ir.domain import Attribute, Derived, Type
from devmatrix_guard.ir.infrastructure import AuthScheme
from devmatrix_guard.ir.names import make_unique, to_snake
from devmatrix_guard.ir.shape import Field, Schema, Shape
from devmatrix_guard.model.named_value import NamedValue

_LOGIN = {
    "login",
    "log_in",
    "signin",
    "sign_in",
    "authenticate",
    "authentication",
    "auth",
    "token",
    "tokens",
    "session",
    "sessions",
    "authorize",
    "access_token",
    "iniciar_sesion",
    "inicio_sesion",
    "connexion",
    "anmeldung",
    "entrar",
}
_SIGNS_IN = {"login", "log_in", "signin", "sign_in"}  # wherever it stands: /login/by-email
_REGISTER = {
    "register",
    "registration",
    "signup",
    "sign_up",
    "registrations",
    "join",
    "registro",
    "registrar",
    "registrarse",
    "cadastro",
    "cadastrar",
    "inscription",
    "registrierung",
}
_LOGOUT = {"logout", "log_out", "signout", "sign_out", "logoff"}
_CURRENT = {
    "me",
    "user",
    "profile",
    "account",
    "current",
    "current_user",
    "whoami",
    "self",
    "myself",
    "my_profile",
    "userinfo",
    "my_account",
}
_PASSWORDS = {
    "password",
    "passwd",
    "pass",
    "pwd",
    "passphrase",
    "pass_phrase",
    "passcode",
    "pass_code",
    "plain_password",
    "user_password",
    "new_password",
}
_SECRETS = {"secret", "pin", "pin_code"}  # passwords, where somebody signs in or up with them
IDENTIFIERS = ("email", "username", "user_name", "login", "name", "phone", "handle", "identifier")
_WORD_BEFORE_TOKEN = re.compile(
    r"^[ \t]*(?:Authorization:[ \t]*)?([A-Z][A-Za-z]{2,14})[ \t]+[\w.<{$-]", re.M
)


class SignIn(NamedValue):
    """The endpoints about signing in, by `Endpoint.name`."""

    logins: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    logouts: tuple[str, ...] = ()
    refreshes: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()  # of the password of whoever calls
    asks: tuple[str, ...] = ()  # for a token that replaces a forgotten password
    resets: tuple[str, ...] = ()  # of a forgotten password


def is_password(name: str, shape: Shape) -> bool:
    """Whether a field of this name holds a password in the clear."""
    return name in _PASSWORDS or (shape.format == "password" and "confirm" not in name)


def is_secret(name: str, shape: Shape) -> bool:
    """Whether who signs in by a field of this name does so with what nobody else must know."""
    return is_password(name, shape) or name in _SECRETS


def is_known_password(schema: Schema) -> bool:
    """Whether a body is the password of a row that exists, to check or change: a key beside it."""
    keys = {"id", "_id", "uuid", "user_id", "account_id"}
    names = {f.name for f in schema.shape.fields if not is_password(f.name, f.shape)}
    return bool(names) and names <= keys and len(names) < len(schema.shape.fields)


def find_sign_in(endpoints: list[Endpoint], schemas: Mapping[str, Schema]) -> SignIn:
    """Return the endpoints that sign in, sign up and sign out."""
    logins, registers, logouts = [], [], []
    refreshes = _find_refreshes(endpoints, schemas)
    changes = tuple(e.name for e in endpoints if find_password_change(e, schemas) is not None)
    resets = tuple(e.name for e in endpoints if find_password_reset(e, schemas) is not None)
    asks = tuple(e.name for e in endpoints if resets and asks_for_reset(e, schemas))
    resets = resets if asks else ()
    for endpoint in endpoints:
        last = endpoint.literals[-1] if endpoint.literals else ""
        known = (*refreshes, *changes, *asks, *resets)
        if endpoint.ends_in_parameter or endpoint.name in known:
            continue
        if last in _LOGOUT:
            logouts.append(endpoint.name)
        elif not _takes_password(endpoint, schemas):
            continue
        elif _REGISTER & set(endpoint.literals):
            registers.append(endpoint.name)
        elif (
            last in _LOGIN
            or _SIGNS_IN & set(endpoint.literals)
            or (_names_sign_in(endpoint, last) and _gives_token(endpoint, schemas))
        ):
            logins.append(endpoint.name)
    if not logins and not registers:
        return SignIn(logouts=tuple(logouts))
    ways = (tuple(logins), tuple(registers), tuple(logouts), refreshes, changes)
    return SignIn(*ways, asks, resets)


def _names_sign_in(endpoint: Endpoint, last: str) -> bool:
    """Tell whether an operation speaks of a login, or its path of a token: `/get-token`."""
    return "login" in endpoint.text or bool({"token", "tokens", "jwt"} & set(last.split("_")))


def _find_refreshes(endpoints: list[Endpoint], schemas: Mapping[str, Schema]) -> tuple[str, ...]:
    """Return the endpoints that renew a token, where another one gives what they ask for."""
    found = [
        e
        for e in endpoints
        if find_refresh_field(e, schemas) and (_gives_token(e, schemas) or says_nothing(e))
    ]
    names = tuple(endpoint.name for endpoint in found)
    givers = [
        e
        for e in endpoints
        if e.name not in names
        and (gives_refresh_token(e, schemas) or (says_nothing(e) and _is_login(e, schemas)))
    ]
    return names if givers else ()


def _is_login(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> bool:
    last = endpoint.literals[-1] if endpoint.literals else ""
    return last in _SIGNS_IN and _takes_password(endpoint, schemas)


def _takes_password(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> bool:
    if any(is_password(p.name, p.shape) for p in endpoint.parameters if p.location == "query"):
        return True
    if endpoint.method != "POST" or endpoint.sent is None or not endpoint.sent.schema:
        return False
    fields = schemas[endpoint.sent.schema].shape.fields
    speaks = (_SIGNS_IN | _REGISTER) & set(endpoint.literals)
    is_given = is_secret if speaks else is_password
    return any(is_given(field.name, field.shape) for field in fields)


def _gives_token(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> bool:
    if any(extra.source in TOKEN_SOURCES for extra in endpoint.shown.extras):
        return True
    fields = schemas[endpoint.shown.schema].shape.fields if endpoint.shown.schema else ()
    return any("token" in field.name for field in fields)


def find_principal(
    drafts: Mapping[str, EntityDraft],
    endpoints: list[Endpoint],
    sign_in: SignIn,
    schemas: Mapping[str, Schema],
    findings: Findings,
) -> EntityDraft | None:
    """Return the entity whose rows sign in, if the API has one."""
    ways = {*sign_in.logins, *sign_in.registers}
    owners = {schema: draft for draft in drafts.values() for schema in draft.roles}
    for draft in drafts.values():
        if draft.options.get("principal") is True:
            findings.add_explicit(f"domain/{draft.name}", "signs in", draft.pointer)
            return draft
    for endpoint in endpoints:
        shown = owners.get(endpoint.shown.schema)
        sent = owners.get(endpoint.sent.schema) if endpoint.sent else None
        principal = shown or sent
        if endpoint.name in ways and principal is not None:
            claim = f"signs in, as {endpoint.method} {endpoint.path} shows"
            findings.add_inferred(f"domain/{principal.name}", claim, endpoint.pointer, 0.9)
            return principal
    for draft in drafts.values():
        taken = draft.iter_fields(schemas, "create")
        if any(is_password(field.name, field.shape) for _, field in taken):
            claim = "signs in, as it is made with a password"
            findings.add_inferred(f"domain/{draft.name}", claim, draft.pointer, 0.8)
            return draft
    asked = [_list_asked(e, schemas) for e in endpoints if e.name in sign_in.logins]
    for draft in drafts.values():
        given = {field.name for _, field in draft.iter_fields(schemas, "create")}
        if any(names and names <= given for names in asked):
            claim = "signs in, as it is made with what a login asks for"
            findings.add_inferred(f"domain/{draft.name}", claim, draft.pointer, 0.8)
            return draft
    return None


def _list_asked(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> set[str]:
    """Return the names of what a body must have."""
    if endpoint.sent is None or not endpoint.sent.schema:
        return set()
    return {field.name for field in schemas[endpoint.sent.schema].shape.fields if field.required}


def names_viewer(endpoint: Endpoint) -> bool:
    """Whether the path speaks of the signed-in user: `/me`, `/users/me`, `/user`."""
    if any(part.parameter for part in endpoint.segments) or not endpoint.literals:
        return False
    return endpoint.literals[-1] in _CURRENT and endpoint.auth.mode != "none"


def is_current(endpoint: Endpoint, principal: EntityDraft | None) -> bool:
    """Whether the endpoint is about the signed-in principal: `/user`, `/users/me`."""
    if principal is None or not names_viewer(endpoint) or endpoint.shown.kind == "list":
        return False
    if endpoint.method in ("PUT", "PATCH") and endpoint.sent is not None:
        return "update" in principal.roles.get(endpoint.sent.schema, ())
    return endpoint.shown.schema in principal.roles or endpoint.method == "DELETE"


def read_schemes(
    document: Document, endpoints: Iterable[Endpoint], *, issues_tokens: bool
) -> tuple[AuthScheme, ...]:
    """Return the security schemes of the spec, sorted by name.

    One that operations name and nothing describes is taken for a bearer token: what is meant to be
    closed must not be open.
    """
    schemes = Place(document.root, "").get("components", "securitySchemes")
    taken: set[str] = set()
    made = []
    for wire in sorted(require_mapping(schemes)):
        name = make_unique(to_snake(wire), taken)
        taken.add(name)
        place = document.resolve(schemes.get(wire))
        made.append(_make_scheme(place, name, wire, issues_tokens=issues_tokens))
    issuer: Literal["token", "configured"] = "token" if issues_tokens else "configured"
    alternatives = [uses for endpoint in endpoints for uses in endpoint.auth.alternatives]
    for wire in sorted({use.scheme for uses in alternatives for use in uses}):
        if wire not in require_mapping(schemes):
            name = make_unique(to_snake(wire), taken)
            taken.add(name)
            bare = AuthScheme(name, wire, "http", prefix="Bearer", issuer=issuer, declared=False)
            made.append(bare._replace(**_make_header()))
    return tuple(made)


def _make_scheme(place: Place, name: str, wire: str, *, issues_tokens: bool) -> AuthScheme:
    kind = place.get_text("type")
    description = place.get_text("description")
    issuer: Literal["token", "configured"] = "token" if issues_tokens else "configured"
    made = AuthScheme(
        name, wire, "http", issuer=issuer, description=description, pointer=place.pointer
    )
    if kind == "http":
        word = place.get_text("scheme").lower()
        if word == "basic":
            with_rows: Literal["password", "configured"] = (
                "password" if issues_tokens else "configured"
            )
            return made._replace(prefix="Basic", issuer=with_rows, **_make_header())
        prefix = word.capitalize()
        return made._replace(prefix=prefix, format=place.get_text("bearerFormat"), **_make_header())
    if kind == "apiKey":
        location = place.get_text("in")
        if location not in ("header", "query", "cookie"):
            raise SpecError("an apiKey is in header, query or cookie", place.get("in").pointer)
        whole = place.get_text("name").lower() == "authorization"
        prefix = _find_prefix(description) if whole else ""
        if whole and not prefix and "bearer" in f"{wire} {description}".lower():
            prefix = "Bearer"
        spoken = any(word in f"{wire} {description}".lower() for word in ("token", "jwt"))
        issues = issues_tokens and (whole or spoken)
        return made._replace(
            kind="apiKey",
            location=location,
            parameter=place.get_text("name"),
            prefix=prefix,
            issuer="token" if issues else "configured",
        )
    if kind in ("oauth2", "openIdConnect"):
        flows = require_mapping(place.get("flows"))
        scopes = {
            scope: str(text)
            for flow in flows.values()
            if isinstance(flow, dict)
            for scope, text in (flow.get("scopes") or {}).items()
        }
        return made._replace(
            kind=kind,
            prefix="Bearer",
            scopes=tuple(sorted(scopes.items())),
            flows=json.dumps(flows, sort_keys=True, ensure_ascii=False) if flows else "",
            connect_url=place.get_text("openIdConnectUrl"),
            **_make_header(),
        )
    if kind == "mutualTLS":
        return made._replace(kind="mutualTLS", issuer="configured")
    raise SpecError(
        "a security scheme is apiKey, http, oauth2, openIdConnect or mutualTLS", place.pointer
    )


def _make_header() -> dict[str, Any]:
    return {"location": "header", "parameter": "Authorization"}


def _find_prefix(description: str) -> str:
    """Return the word before the credential, from a sample in the description."""
    for found in _WORD_BEFORE_TOKEN.finditer(description):
        sample = description[found.start() : found.end() + 12].strip()
        if (
            len(sample.split()) >= 2
            and len(description[found.start() :].split("\n")[0].split()) <= 4
        ):
            return found[1]
    quoted = re.search(r"[`'\"]([A-Z][a-zA-Z]{2,14}) [<{\[$\w]", description)
    if quoted:
        return quoted[1]
    return "Bearer" if "bearer" in description.lower() else ""


def add_credentials(
    principal: EntityDraft,
    endpoints: list[Endpoint],
    sign_in: SignIn,
    schemas: Mapping[str, Schema],
    findings: Findings,
) -> None:
    """Make unique what a login asks for, and add it where no operation makes or shows it."""
    _let_differ(principal, endpoints, sign_in, schemas, findings)
    if principal.list_schemas_as("create"):
        return
    for fields in _list_fields_beside_secrets(endpoints, sign_in, schemas):
        names = [field for field in fields if is_identifier(field.shape)]
        if len(names) != 1 or {*IDENTIFIERS, names[0].name} & principal.attributes.keys():
            continue
        name, at = principal.choose_free_name(names[0].name), names[0].pointer
        kind = Type("bigint" if names[0].shape.kind == "integer" else "string")
        limits = names[0].shape.constraints
        principal.attributes[name] = Attribute(
            name, "", kind, constraints=limits, unique=True, hidden=True, pointer=at
        )
        principal.unique[(name,)] = at
        claim = "is what a login knows him by; no operation gives it"
        findings.add_inferred(f"domain/{principal.name}/{name}", claim, at, 0.8)
    if sign_in.logins and "password_hash" not in principal.attributes:
        principal.attributes["password_hash"] = Attribute(
            "password_hash", "", Type("string"), nullable=True, origin="password", hidden=True
        )


def _list_fields_beside_secrets(
    endpoints: list[Endpoint], sign_in: SignIn, schemas: Mapping[str, Schema]
) -> Iterator[list[Field]]:
    """Yield what each login asks for, but for the password."""
    for endpoint in endpoints:
        if endpoint.name in sign_in.logins and endpoint.sent is not None and endpoint.sent.schema:
            fields = schemas[endpoint.sent.schema].shape.fields
            yield [field for field in fields if not is_secret(field.name, field.shape)]


def _let_differ(
    principal: EntityDraft,
    endpoints: list[Endpoint],
    sign_in: SignIn,
    schemas: Mapping[str, Schema],
    findings: Findings,
) -> None:
    """Make unique what a login asks for beside the password: one name is one user's."""
    for fields in _list_fields_beside_secrets(endpoints, sign_in, schemas):
        named = [field.name for field in fields if field.required]
        attribute = principal.attributes.get(named[0]) if len(named) == 1 else None
        if attribute is None or attribute.references or attribute.type.enum:
            continue
        if attribute.type.kind not in ("string", "text", "integer", "bigint", "uuid"):
            continue
        principal.attributes[attribute.name] = attribute._replace(unique=True)
        principal.unique.setdefault((attribute.name,), attribute.pointer)
        node = f"domain/{principal.name}/{attribute.name}"
        findings.add_inferred(node, "is unique, as it signs in", attribute.pointer, 0.9)


def is_identifier(shape: Shape) -> bool:
    """Tell whether a value may say who signs in: a text or a number, not one of a few."""
    return shape.kind in ("string", "integer") and not shape.enum


def add_token_value(
    principal: EntityDraft, schemas: Mapping[str, Schema], findings: Findings
) -> None:
    """Turn a token that the principal shows, and no request gives, into a derived value."""
    for wire, (kind, name) in list(principal.members.items()):
        attribute = principal.attributes.get(name)
        if kind != "attribute" or attribute is None or principal.is_input(wire, schemas):
            continue
        if name not in ("token", "access_token", "jwt", "auth_token", "api_token"):
            continue
        del principal.attributes[name]
        principal.derived[name] = Derived(
            name, wire, Type("string"), "token", pointer=attribute.pointer
        )
        principal.members[wire] = ("derived", name)
        node = f"domain/{principal.name}/{name}"
        findings.add_inferred(node, "is an access token, made when shown", attribute.pointer, 0.95)
