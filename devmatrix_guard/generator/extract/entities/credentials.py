"""Bodies that renew a token or change a password, where their shape is plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.schemas.envelopes import open_shape
from devmatrix_guard.ir.names import to_snake
from devmatrix_guard.ir.shape import Field, Schema, Shape

_REFRESH = {"refresh", "refresh_token", "refresh_tokens", "token_refresh", "refreshtoken"}
_OLD = ("old_password", "current_password", "password_old", "oldpassword", "currentpassword")
_NEW = ("new_password", "password_new", "newpassword")
_LONGEST_TOKEN = 512
_TOKENS = ("token", "reset_token", "password_reset_token", "reset_code", "code")
_PASSWORDS = ("password", *_NEW)
_FORGETS = ("forgot", "forgotten", "forget", "recover", "recovery", "reset", "lost")
_KNOWN_BY = ("email", "email_address", "mail", "username", "user_name", "login", "identifier")


class PasswordChange(NamedTuple):
    """The fields of a body, as they are sent, by which a user changes his password."""

    old: str
    new: str


class PasswordReset(NamedTuple):
    """What brings a new password and the token for it: a parameter or a field, and a field."""

    parameter: str
    token: str
    new: str


def asks_for_reset(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether who forgot his password says who he is, and nothing else."""
    if endpoint.method != "POST" or endpoint.auth.mode == "required" or not _forgets(endpoint):
        return False
    if any(part.parameter for part in endpoint.segments):
        return False
    fields = _list_sent(endpoint, schemas)
    return len(fields) == 1 and fields[0].required and fields[0].name in _KNOWN_BY


def find_password_reset(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> PasswordReset | None:
    """Return by what a forgotten password is replaced, where a request holds this alone."""
    if endpoint.method not in ("POST", "PUT", "PATCH") or not _forgets(endpoint):
        return None
    if endpoint.auth.mode == "required":
        return None
    fields = _list_sent(endpoint, schemas)
    new = [field for field in fields if field.name in _PASSWORDS and field.required]
    tokens = [f for f in fields if f.name in _TOKENS and _is_free_text(f, schemas)]
    given = [p for p in endpoint.parameters if p.location in ("path", "query")]
    if len(new) != 1 or open_shape(new[0].shape, schemas).kind != "string":
        return None
    if len(fields) == 2 and len(tokens) == 1 and not given:
        return PasswordReset("", tokens[0].wire, new[0].wire)
    plain = len(given) == 1 and to_snake(given[0].wire) in _TOKENS and given[0].required
    if len(fields) == 1 and plain and _may_be_token(given[0].shape, schemas):
        return PasswordReset(given[0].name, "", new[0].wire)
    return None


def _forgets(endpoint: Endpoint) -> bool:
    """Tell whether a path speaks of a password that is forgotten: `/password/reset/{token}`."""
    words = {word for literal in endpoint.literals for word in literal.split("_")}
    return bool(words & {*_FORGETS})


def find_refresh_field(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> str:
    """Return the field that holds a refresh token, where an operation asks for nothing else."""
    last = endpoint.literals[-1] if endpoint.literals else ""
    if endpoint.method != "POST" or last not in _REFRESH:
        return ""
    fields = _list_sent(endpoint, schemas)
    given = [field for field in fields if field.name == "refresh_token"]
    if len(given) != 1 or any(field.required for field in fields if field not in given):
        return ""
    return given[0].wire if _is_free_text(given[0], schemas) else ""


def find_password_change(
    endpoint: Endpoint, schemas: Mapping[str, Schema]
) -> PasswordChange | None:
    """Return the old and the new password of a body, where it holds these and nothing else."""
    if endpoint.method not in ("POST", "PUT", "PATCH"):
        return None
    if endpoint.auth.mode != "required" or any(part.parameter for part in endpoint.segments):
        return None
    fields = {field.name: field for field in _list_sent(endpoint, schemas) if field.required}
    old = [name for name in _OLD if name in fields]
    new = [name for name in _NEW if name in fields]
    if len(fields) != 2 or len(_list_sent(endpoint, schemas)) != 2 or not (old and new):
        return None
    if any(open_shape(f.shape, schemas).kind != "string" for f in fields.values()):
        return None
    return PasswordChange(fields[old[0]].wire, fields[new[0]].wire)


def gives_refresh_token(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether an answer holds a refresh token."""
    if any(extra.source == "refresh_token" for extra in endpoint.shown.extras):
        return True
    fields = schemas[endpoint.shown.schema].shape.fields if endpoint.shown.schema else ()
    return any(field.name == "refresh_token" for field in fields)


def _list_sent(endpoint: Endpoint, schemas: Mapping[str, Schema]) -> tuple[Field, ...]:
    """Return the fields of a body that is always there, and is one JSON object."""
    body = endpoint.body
    if body is None or not body.required or endpoint.takes != "application/json":
        return ()
    shapes = [content.shape for content in body.content if content.shape is not None]
    return open_shape(shapes[0], schemas).fields if len(shapes) == 1 else ()


def _is_free_text(field: Field, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether a field can hold a token that the application signs."""
    return field.required and _may_be_token(field.shape, schemas)


def _may_be_token(shape: Shape, schemas: Mapping[str, Schema]) -> bool:
    shape = open_shape(shape, schemas)
    if shape.kind != "string" or shape.enum or shape.format == "uuid":
        return False
    limits = {constraint.kind: constraint.value for constraint in shape.constraints}
    most = limits.get("max_length", _LONGEST_TOKEN)
    return "pattern" not in limits and isinstance(most, int) and most >= _LONGEST_TOKEN
